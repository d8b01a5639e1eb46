"""What is DDH-status, and what did it say before? All versions with their sections, and which were approved.

    {latest, approved, overdue_at, versions: [{version, based_on, sections, by, at, role, approved: {by, at} | null}]}

`overdue_at` is the time a status should have been approved by; approving one ends it. `due_at` is the clock a screen
shows, also before the first version, when nobody is reminded yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from ddh_beredskab.core.playbook import Limits
from ddh_beredskab.journal.messages import StoredMessage
from ddh_beredskab.projections.read_model import Json, instant, iso
from schemas import crisis_staff as s
from schemas.base import Event

EVENTS: tuple[type[Event], ...] = (s.DdhStatusWritten, s.DdhStatusApproved, s.DdhStatusOverdue, s.StaffStoodDown)


def fold(doc: Json | None, row: StoredMessage) -> Json:
    """The statuses after one event."""
    doc, at = doc or {"latest": 0, "approved": None, "overdue_at": None, "versions": []}, iso(row.time)
    match row.message:
        case s.DdhStatusWritten() as written:
            version: Json = {
                "version": written.version,
                "based_on": written.based_on,
                "sections": dict(written.sections),
                "by": written.written_by,
                "role": row.actor.role,
                "at": at,
                "approved": None,
            }
            return doc | {"latest": written.version, "versions": [*doc["versions"], version]}
        case s.DdhStatusApproved() as said:
            mark = {"approved": {"by": said.approved_by, "at": at}}
            versions = [each | mark if each["version"] == said.version else each for each in doc["versions"]]
            return doc | {"approved": said.version, "overdue_at": None, "versions": versions}
        case s.DdhStatusOverdue() as missed:
            return doc | {"overdue_at": iso(missed.due_at)}
        case _:
            return doc | {"overdue_at": None}


def due_at(doc: Json | None, meetings: Json | None, limits: Limits) -> datetime | None:
    """By when a status must be approved for the next meeting; null: no meeting is set, or one was approved for it."""
    if meetings is None or meetings["next_at"] is None:
        return None
    approved = version_of(doc, doc["approved"] if doc else None)
    held_at = meetings["meetings"][-1]["held_at"]
    if approved is not None and instant(approved["approved"]["at"]) >= instant(held_at):
        return None
    return instant(meetings["next_at"]) - timedelta(minutes=limits.ddh_status_before_meeting_minutes)


def version_of(doc: Json | None, number: int | None) -> Json | None:
    """One version; null when there is none of that number."""
    return next((each for each in (doc or {"versions": []})["versions"] if each["version"] == number), None)


@dataclass(frozen=True, slots=True)
class SectionChange:
    """A section from one version to another; `before` or `after` is empty where it was not there."""

    key: str
    change: Literal["same", "new", "gone", "changed"]
    before: str
    after: str


def changes(before: Json | None, after: Json, order: Sequence[str]) -> list[SectionChange]:
    """What each section says now and said before, in the form's order; sections the form has lost come last."""
    old: dict[str, str] = before["sections"] if before else {}
    new: dict[str, str] = after["sections"]
    known = [*order, *sorted((old.keys() | new.keys()) - set(order))]
    return [_change(key, old.get(key, ""), new.get(key, "")) for key in known if key in old or key in new]


def _change(key: str, before: str, after: str) -> SectionChange:
    if before == after:
        return SectionChange(key, "same", before, after)
    return SectionChange(key, "new" if not before else "gone" if not after else "changed", before, after)
