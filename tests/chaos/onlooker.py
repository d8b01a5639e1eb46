"""Whoever looks at the pages during the chaos: the operator, by a token that every web process here is given."""

from __future__ import annotations

import os

TOKEN = "et-token-til-kaos-0123456789"
OPERATOR = {"Authorization": f"Bearer {TOKEN}"}
os.environ["DDH_API_TOKEN"] = TOKEN
