"""The HTTP door: commands and citizens' questions from other systems, and what became of a command.

`door.py` is the application under /api, `body.py` reads what is sent, `mistakes.py` says what is wrong with it,
`problems.py` how errors look, `outcome.py` what became of a command, `description.py` the OpenAPI document.
"""

from ddh_beredskab.web.api.door import create_api
from ddh_beredskab.web.api.token import api_token

__all__ = ["api_token", "create_api"]
