"""Deadlines by name: folding, knowing a firing again, and cancelling only what still runs."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from ddh_beredskab.core.deadlines import cancelled, waits_for, with_deadline, without, without_deadline
from schemas.base import DeadlineCancelled, DeadlineSet, TimerFired
from tests.core.gwt import T0

FIRST, SECOND = UUID(int=1), UUID(int=2)
LATER = T0 + timedelta(minutes=5)
SET = DeadlineSet(concern="guides", name="update", due_at=LATER)
RUNNING = with_deadline({}, SET, FIRST)


def cancel(deadline: UUID, name: str = "update") -> DeadlineCancelled:
    return DeadlineCancelled(concern="guides", name=name, deadline_id=deadline)


def test_one_that_is_set_again_replaces_the_earlier_of_its_name() -> None:
    again = with_deadline(RUNNING, SET, SECOND)
    fired = TimerFired(concern="guides", name="update", deadline_id=FIRST, due_at=LATER, fired_at=LATER)
    assert waits_for(RUNNING, fired)
    assert not waits_for(again, fired)
    assert not waits_for({}, fired)


def test_only_the_timer_that_was_named_goes() -> None:
    assert without_deadline(RUNNING, cancel(FIRST)) == {}
    assert without_deadline(RUNNING, cancel(SECOND)) == RUNNING
    assert without_deadline(RUNNING, cancel(FIRST, "reminder")) == RUNNING
    assert without(RUNNING, "reminder") == RUNNING
    assert without(RUNNING, "reminder", "update") == {}


def test_one_that_is_due_already_is_not_cancelled() -> None:
    before = LATER - timedelta(microseconds=1)
    assert cancelled("guides", RUNNING, ["reminder", "update"], before) == [cancel(FIRST)]
    assert cancelled("guides", RUNNING, ["update"], LATER) == []
