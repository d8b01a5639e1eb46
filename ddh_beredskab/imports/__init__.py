"""Files from other channels: citizens' questions (chatbot, web form, other call systems) and the survey's scores.

`sheets.py` reads a file into rows, `cells.py` one cell by what `playbooks/imports.yaml` says of the channel,
`questions.py` and `scores.py` make items and answers of rows, `storing.py` puts them in; `bad_rows.py` tells the rest.
"""
