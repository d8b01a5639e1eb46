"""What did the authority say of the situation, and when is its next picture due? All versions as they were received.

    {requested: {at, due_at} | null, overdue_at, agreed_hours, agreed: {by, at, note} | null, next_due_at,
     pictures: [{number, sender, received_by, by, headings, at, typed_by, minutes_after_activation}]}

`requested` and `overdue_at` end when a picture comes. `next_due_at` is the agreed interval's, from the latest picture.
`due_at` is the clock a screen shows.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from ddh_beredskab.core.playbook import Limits
from ddh_beredskab.journal.messages import StoredMessage
from ddh_beredskab.projections.read_model import Json, instant, iso, plain
from schemas import crisis_staff as s
from schemas.base import Event

EVENTS: tuple[type[Event], ...] = (
    s.SituationPictureRequested,
    s.SituationPictureReceived,
    s.SituationPictureOverdue,
    s.AuthorityStatusAgreed,
    s.StaffStoodDown,
)


def fold(doc: Json | None, row: StoredMessage) -> Json:
    """The pictures after one event."""
    doc, at = doc or _new(), iso(row.time)
    match row.message:
        case s.SituationPictureRequested() as asked:
            return doc | {"requested": {"at": at, "due_at": iso(asked.due_at)}}
        case s.SituationPictureReceived() as received:
            picture = plain(received) | {"at": at, "typed_by": row.actor.person}
            hours = doc["agreed_hours"]
            next_due = iso(row.time + timedelta(hours=hours)) if hours else None
            came: Json = {"requested": None, "overdue_at": None, "next_due_at": next_due}
            return doc | came | {"pictures": [*doc["pictures"], picture]}
        case s.SituationPictureOverdue() as missed:
            return doc | {"overdue_at": iso(missed.due_at)}
        case s.AuthorityStatusAgreed() as agreed:
            due_at = iso(agreed.due_at) if agreed.due_at else None
            said: Json = {"by": row.actor.person, "at": at, "note": agreed.note}
            return doc | {"agreed_hours": agreed.hours, "agreed": said, "next_due_at": due_at}
        case _:
            return doc | {"requested": None, "overdue_at": None, "next_due_at": None}


def due_at(doc: Json | None, called_out_at: datetime | None, limits: Limits) -> datetime | None:
    """By when the authority's next picture is awaited; null: none is. The first is, from the call-out on."""
    awaited: list[datetime] = []
    if called_out_at is not None and not (doc and doc["pictures"]):
        awaited.append(called_out_at + timedelta(minutes=limits.situation_picture_due_minutes))
    if doc and doc["requested"]:
        awaited.append(instant(doc["requested"]["due_at"]))
    if doc and doc["next_due_at"]:
        awaited.append(instant(doc["next_due_at"]))
    return min(awaited, default=None)


def _new() -> Json:
    return {
        "requested": None,
        "overdue_at": None,
        "agreed_hours": 0,
        "agreed": None,
        "next_due_at": None,
        "pictures": [],
    }
