"""The deadlines a concern waits for, kept by name: folding them, knowing a firing again, cancelling them.

Rule: a timer's identity is the id of the `DeadlineSet` that made it; a firing the state does not wait for is ignored.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from schemas.base import Concern, DeadlineCancelled, DeadlineSet, Instant, Model, TimerFired


class Deadline(Model):
    """A timer that runs: its identity, and when it is due."""

    id: UUID
    due_at: Instant


Deadlines = dict[str, Deadline]
"""By name, in the order they were first set; never changed in place."""


def with_deadline(deadlines: Deadlines, event: DeadlineSet, event_id: UUID) -> Deadlines:
    """A deadline set again replaces the earlier one of its name."""
    return {**deadlines, event.name: Deadline(id=event_id, due_at=event.due_at)}


def without_deadline(deadlines: Deadlines, event: DeadlineCancelled) -> Deadlines:
    """Only the timer that was named goes: another of its name may have been set since."""
    running = deadlines.get(event.name)
    return without(deadlines, event.name) if running and running.id == event.deadline_id else deadlines


def without(deadlines: Deadlines, *names: str) -> Deadlines:
    """All but those."""
    return {name: deadline for name, deadline in deadlines.items() if name not in names}


def waits_for(deadlines: Deadlines, fired: TimerFired) -> bool:
    """Is this firing the one we wait for?"""
    running = deadlines.get(fired.name)
    return running is not None and running.id == fired.deadline_id


def cancelled(concern: Concern, deadlines: Deadlines, names: Iterable[str], at: datetime) -> list[DeadlineCancelled]:
    """Cancellations of those that still run at `at`; one that is due already has fired or is about to."""
    return [
        DeadlineCancelled(concern=concern, name=name, deadline_id=running.id)
        for name in names
        if (running := deadlines.get(name)) is not None and running.due_at > at
    ]
