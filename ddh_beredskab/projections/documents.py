"""Reading what has been folded: one document, or several of a kind.

The rule kept: readers never wait for writers and never write; what is not there yet is null.
"""

from __future__ import annotations

import json

from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.projections.read_model import Json, ReadModel

_GET = Statement("SELECT body FROM documents WHERE model = :model AND key = :key")
_SEVERAL = Statement("SELECT key, body FROM documents WHERE model = :model AND key IN {list:keys}")


def document(conn: Conn, model: ReadModel, key: str) -> Json | None:
    """The model's answer for a key."""
    row = conn.one(_GET, model=model.stored_name, key=key)
    return json.loads(row[0]) if row else None


def documents(conn: Conn, model: ReadModel, keys: list[str]) -> dict[str, Json]:
    """The model's answers for several keys; those not there are left out."""
    if not keys:
        return {}
    rows = conn.all(_SEVERAL, model=model.stored_name, keys=json.dumps(keys))
    return {str(key): json.loads(body) for key, body in rows}
