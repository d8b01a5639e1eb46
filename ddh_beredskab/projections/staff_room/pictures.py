"""What did the authority say of the situation, and when is its next picture due? All versions as they were received.

    {requested: {at, due_at} | null, overdue_at, agreed_hours, agreed: {by, at, note} | null, next_due_at,
     pictures: [{number, sender, received_by, by, headings, at, typed_by, minutes_after_activation}]}

`requested` and `overdue_at` end when a picture comes. `next_due_at` is the agreed interval's, from the latest picture.
"""

from __future__ import annotations

from datetime import timedelta

from ddh_beredskab.journal.messages import StoredMessage
from ddh_beredskab.projections.read_model import Json, iso, plain
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


def _new() -> Json:
    return {
        "requested": None,
        "overdue_at": None,
        "agreed_hours": 0,
        "agreed": None,
        "next_due_at": None,
        "pictures": [],
    }
