"""Which points of each role's actioncard are done, when and by whom?

    {roles: {<role>: {<point>: {done, text, by, at, note}}}}

Points are keys and count from 1, as text. `text` is how the point read when it was ticked; the card itself is data.
"""

from __future__ import annotations

from ddh_beredskab.journal.messages import StoredMessage
from ddh_beredskab.projections.read_model import Json, iso
from schemas import crisis_staff as s
from schemas.base import Event

EVENTS: tuple[type[Event], ...] = (s.ActionCardTicked,)


def fold(doc: Json | None, row: StoredMessage) -> Json:
    """The cards after one tick."""
    roles: Json = (doc or {"roles": {}})["roles"]
    if not isinstance(ticked := row.message, s.ActionCardTicked):
        return {"roles": roles}
    point: Json = {
        "done": ticked.done,
        "text": ticked.text,
        "by": row.actor.person,
        "at": iso(row.time),
        "note": ticked.note,
    }
    card: Json = roles.get(ticked.role, {})
    return {"roles": roles | {ticked.role: card | {str(ticked.point): point}}}
