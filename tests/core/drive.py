"""Drives one decider through a made-up course of events, with its timers firing when they are due.

What the properties of the deciders are checked on: any inputs, in any order, by anybody.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from pydantic import TypeAdapter

from ddh_beredskab.core.decider import NOTHING, Found, Need, Refused
from schemas.base import SYSTEM, Actor, DeadlineCancelled, DeadlineSet, Event, Message, TimerFired
from tests.core.gwt import Story

S = TypeVar("S")
LookUp = Callable[[tuple[Need, ...]], Found]


def nothing(_needs: tuple[Need, ...]) -> Found:
    return NOTHING


@dataclass
class Drive(Generic[S]):
    """The story, its clock, and the timers that wait."""

    story: Story[S]
    now: datetime
    look_up: LookUp = nothing
    waiting: dict[UUID, tuple[datetime, str]] = field(default_factory=dict[UUID, tuple[datetime, str]])
    told: list[tuple[datetime, Event]] = field(default_factory=list[tuple[datetime, Event]])
    refusals: list[Refused] = field(default_factory=list[Refused])

    def to(self, at: datetime) -> None:
        """Let the clock run up to `at`; timers that come on the way fire, the earliest first."""
        while due := sorted((due, str(key), key) for key, (due, _) in self.waiting.items() if due <= at):
            when, _, key = due[0]
            _, name = self.waiting.pop(key)
            assert when >= self.now, "a deadline was set in the past"
            self.now = when
            concern = self.story.decider.concern
            self._do(TimerFired(concern=concern, name=name, deadline_id=key, due_at=when, fired_at=when), SYSTEM)
        self.now = at

    def give(self, message: Message, by: Actor) -> None:
        """An input; a refusal is as good an outcome as any, every other exception is not."""
        try:
            self._do(message, by)
        except Refused as refused:
            self.refusals.append(refused)

    def _do(self, message: Message, by: Actor) -> None:
        before = len(self.story.events)
        found = self.look_up(self.story.needs(message, at=self.now, by=by))
        self.story.do(message, at=self.now, by=by, found=found)
        for kept in self.story.events[before:]:
            self.told.append((self.now, kept.message))
            if isinstance(kept.message, DeadlineSet):
                assert kept.message.due_at >= self.now, "a deadline was set in the past"
                self.waiting[kept.id] = (kept.message.due_at, kept.message.name)
            elif isinstance(kept.message, DeadlineCancelled):
                assert kept.message.deadline_id in self.waiting, "what is cancelled was waited for"
                del self.waiting[kept.message.deadline_id]

    def state_survives_a_snapshot(self) -> bool:
        """The state written out and read back is the same state."""
        adapter: TypeAdapter[Any] = TypeAdapter(self.story.decider.state_type)
        return adapter.validate_json(adapter.dump_json(self.story.state)) == self.story.state
