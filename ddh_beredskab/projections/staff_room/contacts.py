"""Whom outside the staff do we talk to, and who holds the line?

{contacts: [{number, name, organisation, function, phone, held_by, note, added: {by, at}, changed: {by, at} | null,
             closed: {by, at, note} | null}]}
"""

from __future__ import annotations

from ddh_beredskab.journal.messages import StoredMessage
from ddh_beredskab.projections.read_model import Json, iso, plain
from schemas import crisis_staff as s
from schemas.base import Event

EVENTS: tuple[type[Event], ...] = (s.ExternalContactAdded, s.ExternalContactChanged, s.ExternalContactClosed)


def fold(doc: Json | None, row: StoredMessage) -> Json:
    """The contacts after one event."""
    contacts: list[Json] = (doc or {"contacts": []})["contacts"]
    mark: Json = {"by": row.actor.person, "at": iso(row.time)}
    match row.message:
        case s.ExternalContactAdded() as added:
            return {"contacts": [*contacts, plain(added) | {"added": mark, "changed": None, "closed": None}]}
        case s.ExternalContactChanged() as changed:
            return {"contacts": _with(contacts, changed.number, plain(changed) | {"changed": mark})}
        case s.ExternalContactClosed() as closed:
            return {"contacts": _with(contacts, closed.number, {"closed": mark | {"note": closed.note}})}
        case _:
            return {"contacts": contacts}


def _with(contacts: list[Json], number: int, change: Json) -> list[Json]:
    return [each | change if each["number"] == number else each for each in contacts]
