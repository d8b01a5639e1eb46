"""Which of the plan's fourteen steps are done, when and by whom?

The document keeps the first time each kind of event came, and what people ticked by hand; which event shows which
step is data (`playbooks/steps.yaml`) and is laid over it when the list is read (`steps_done`). So a changed playbook
never makes the stored documents wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from ddh_beredskab.core.playbook import Step
from ddh_beredskab.journal.messages import StoredMessage
from ddh_beredskab.projections.read_model import Json, ReadModel, instant, iso
from schemas import activation as a
from schemas import crisis_staff as s
from schemas.base import AffectedNoted, CommandRefused, DeadlineCancelled, DeadlineSet, Event, RoleHolderNoted
from schemas.logbook import LogEntryRecorded

_NO_MILESTONE = (CommandRefused, DeadlineSet, DeadlineCancelled, RoleHolderNoted, AffectedNoted, LogEntryRecorded)

StepStatus = Literal["done", "done_late", "open", "overdue", "not_started"]


def keys(message: StoredMessage) -> tuple[str, ...]:
    """Any event that is a milestone."""
    if isinstance(message.message, Event) and not isinstance(message.message, _NO_MILESTONE):
        return (message.subject,)
    return ()


def fold(_key: str, doc: Json | None, row: StoredMessage) -> Json:
    """The first of its kind is kept; a step ticked by hand once stays ticked."""
    doc = doc or {"first": {}, "manual": {}, "reported_at": None, "decided_at": None, "reopened_at": None}
    seen = {"at": iso(row.time), "by": row.actor.person, "role": row.actor.role}
    match row.message:
        case a.IncidentReported():
            doc = doc | {"reported_at": iso(row.time)}
        case a.CrisisProvisionallyActivated() | a.CrisisActivated() if doc["decided_at"] is None:
            doc = doc | {"decided_at": iso(row.time)}
        case s.ActivationStepCompleted() as ticked if str(ticked.step) not in doc["manual"]:
            return doc | {"manual": doc["manual"] | {str(ticked.step): seen | {"note": ticked.note}}}
        case _:
            pass
    name = type(row.message).short_name()
    return doc if name in doc["first"] else doc | {"first": doc["first"] | {name: seen}}


CHECKLIST = ReadModel("checklist", keys, fold)


@dataclass(frozen=True, slots=True)
class StepDone:
    """One line of the checklist."""

    step: Step
    status: StepStatus
    target_at: datetime | None
    done_at: datetime | None = None
    by: str | None = None
    role: str | None = None
    note: str = ""
    manual: bool = False


def steps_done(doc: Json | None, steps: Sequence[Step], now: datetime) -> list[StepDone]:
    """The fourteen steps with their state at `now`. Done by hand counts like done by an event, whichever came first."""
    doc = doc or fold_nothing()
    return [_step_done(doc, step, now) for step in steps]


def fold_nothing() -> Json:
    """The document before anything has happened."""
    return {"first": {}, "manual": {}, "reported_at": None, "decided_at": None, "reopened_at": None}


def _step_done(doc: Json, step: Step, now: datetime) -> StepDone:
    counted_from = doc["reported_at"] if step.counted_from == "reported" else doc["decided_at"]
    started = instant(counted_from) if counted_from else None
    target = started + timedelta(minutes=step.target_minutes) if started and step.target_minutes else None
    shown = [(doc["first"][name], False) for name in step.completed_by if name in doc["first"]]
    if (ticked := doc["manual"].get(str(step.no))) is not None:
        shown.append((ticked, True))
    if not shown:
        overdue = target is not None and now > target
        status: StepStatus = "not_started" if started is None else "overdue" if overdue else "open"
        return StepDone(step, status, target)
    first, manual = min(shown, key=lambda each: each[0]["at"])
    done_at = instant(first["at"])
    late = target is not None and done_at > target
    return StepDone(
        step=step,
        status="done_late" if late else "done",
        target_at=target,
        done_at=done_at,
        by=first["by"],
        role=first["role"],
        note=first.get("note", ""),
        manual=manual,
    )
