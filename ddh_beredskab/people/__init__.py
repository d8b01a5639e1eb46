"""People: who they are, how they log in, which roles they have, and how they are reached.

Rules kept: nobody is anybody by default; a session can be ended by others at once; no password, code or link is stored
as it is; what is given and taken is written down and stays. The tables live in the operation's journal.
"""
