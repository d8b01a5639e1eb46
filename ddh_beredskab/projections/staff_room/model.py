"""What lies on the staff's table? Statuses, pictures, contacts, meetings, the relief plan, actions, cards.

The rule kept: one model and one position for all parts, so that following the journal costs no more than it must; an
event touches the parts that name its type and no other document.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.journal.messages import StoredMessage
from ddh_beredskab.projections.documents import documents
from ddh_beredskab.projections.read_model import Json, ReadModel
from ddh_beredskab.projections.staff_room import actions, cards, contacts, meetings, pictures, relief_plan, statuses
from schemas.base import Event
from schemas.crisis_staff import StaffStoodDown

Part = Literal["statuses", "pictures", "contacts", "meetings", "relief_plan", "actions", "cards"]


@dataclass(frozen=True, slots=True)
class _Fold:
    """A part: the events it hears, and what one of them makes of its document (null: there is none yet)."""

    events: tuple[type[Event], ...]
    fold: Callable[[Json | None, StoredMessage], Json]


PARTS: dict[Part, _Fold] = {
    "statuses": _Fold(statuses.EVENTS, statuses.fold),
    "pictures": _Fold(pictures.EVENTS, pictures.fold),
    "contacts": _Fold(contacts.EVENTS, contacts.fold),
    "meetings": _Fold(meetings.EVENTS, meetings.fold),
    "relief_plan": _Fold(relief_plan.EVENTS, relief_plan.fold),
    "actions": _Fold(actions.EVENTS, actions.fold),
    "cards": _Fold(cards.EVENTS, cards.fold),
}

_PARTS_OF: dict[type, tuple[Part, ...]] = {
    event: tuple(name for name, part in PARTS.items() if event in part.events)
    for each in PARTS.values()
    for event in each.events
}


def part_key(crisis: str, part: Part) -> str:
    """The document of one part."""
    return f"{crisis}/{part}"


def keys(message: StoredMessage) -> tuple[str, ...]:
    """The parts that hear the event."""
    return tuple(part_key(message.subject, part) for part in _PARTS_OF.get(type(message.message), ()))


def fold(key: str, doc: Json | None, row: StoredMessage) -> Json | None:
    """The part after one event. That the staff goes home says nothing where nothing had been said."""
    if doc is None and isinstance(row.message, StaffStoodDown):
        return None
    return next(part for name, part in PARTS.items() if key == part_key(row.subject, name)).fold(doc, row)


STAFF_ROOM = ReadModel("staff_room", keys, fold)


def staff_room(conn: Conn, crisis: str, *parts: Part) -> dict[Part, Json | None]:
    """The parts asked for (none named: all) in one look; a part nothing has happened to is null."""
    wanted: dict[Part, str] = {part: part_key(crisis, part) for part in parts or PARTS}
    found = documents(conn, STAFF_ROOM, list(wanted.values()))
    return {part: found.get(key) for part, key in wanted.items()}
