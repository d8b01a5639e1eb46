"""The deadlines a concern waits for, kept by name: folding them, knowing a firing again, cancelling them.

Rule: a timer's identity is the id of the `DeadlineSet` that made it; a firing the state does not wait for is ignored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol, TypeVar
from uuid import UUID

from schemas.base import Concern, DeadlineCancelled, DeadlineSet, Event, Instant, Model, TimerFired


class Deadline(Model):
    """A timer that runs: its identity, and when it is due."""

    id: UUID
    due_at: Instant


class Running(Protocol):
    """What is asked of a timer that runs, whichever state keeps it."""

    @property
    def id(self) -> UUID: ...
    @property
    def due_at(self) -> datetime: ...


Name = TypeVar("Name", bound=str)

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


def in_line(
    concern: Concern,
    running: Mapping[Name, Running],
    wanted: Mapping[Name, datetime],
    order: Iterable[Name],
    at: datetime,
) -> list[Event]:
    """The events that bring the timers that run in line with what is waited for, name by name in that order.

    One whose time has come already, then as now, is left to fire; none is set in the past.
    """
    events: list[Event] = []
    for name in order:
        due, waiting = wanted.get(name), running.get(name)
        if waiting and due and (waiting.due_at == due or max(waiting.due_at, due) <= at):
            continue
        if waiting:
            events.append(DeadlineCancelled(concern=concern, name=name, deadline_id=waiting.id))
        if due:
            events.append(DeadlineSet(concern=concern, name=name, due_at=max(due, at)))
    return events


def cancelled_all(concern: Concern, running: Mapping[Name, Running], order: Iterable[Name]) -> list[DeadlineCancelled]:
    """Cancellations of all that run, in that order: nothing is waited for any longer."""
    return [
        DeadlineCancelled(concern=concern, name=name, deadline_id=running[name].id) for name in order if name in running
    ]
