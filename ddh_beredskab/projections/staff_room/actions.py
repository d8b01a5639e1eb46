"""What is to be done, by whom, by when?

    {actions: [{number, text, owner, due_at, status, at, by, changed: {by, at},
                notes: [{at, by, status, owner, note}]}]}

`notes` tells each move: to another status, or to another owner. Whether a task is overdue depends on the hour, and
is asked of `overdue`.
"""

from __future__ import annotations

from datetime import datetime

from ddh_beredskab.journal.messages import StoredMessage
from ddh_beredskab.projections.read_model import Json, instant, iso, plain
from schemas import crisis_staff as s
from schemas.base import Event

EVENTS: tuple[type[Event], ...] = (s.ActionAdded, s.ActionStatusChanged, s.ActionReassigned)


def fold(doc: Json | None, row: StoredMessage) -> Json:
    """The list after one event."""
    actions: list[Json] = (doc or {"actions": []})["actions"]
    mark: Json = {"by": row.actor.person, "at": iso(row.time)}
    match row.message:
        case s.ActionAdded() as added:
            return {"actions": [*actions, plain(added) | mark | {"status": "waiting", "changed": mark, "notes": []}]}
        case s.ActionStatusChanged() as moved:
            note = mark | {"status": moved.status, "owner": None, "note": moved.note}
            return {"actions": _with(actions, moved.number, {"status": moved.status}, note)}
        case s.ActionReassigned() as given:
            note = mark | {"status": None, "owner": given.owner, "note": ""}
            change = {"owner": given.owner, "due_at": iso(given.due_at) if given.due_at else None}
            return {"actions": _with(actions, given.number, change, note)}
        case _:
            return {"actions": actions}


def overdue(action: Json, now: datetime) -> bool:
    """Should the task have been done by now?"""
    return action["status"] != "done" and action["due_at"] is not None and instant(action["due_at"]) < now


def _with(actions: list[Json], number: int, change: Json, note: Json) -> list[Json]:
    changed = {"by": note["by"], "at": note["at"]}
    return [
        each | change | {"changed": changed, "notes": [*each["notes"], note]} if each["number"] == number else each
        for each in actions
    ]
