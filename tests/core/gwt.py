"""given(events).when(input).then(events): decider tests that can be read aloud to the person who set the rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar
from uuid import UUID, uuid5

import pytest

from ddh_beredskab.core.decider import NOTHING, Decider, Emit, Found, Need, Recorded, Refused, derived_id
from schemas.base import SYSTEM, Actor, Event, Message

S = TypeVar("S")
_ROOT = UUID("00000000-0000-7000-8000-000000000000")
T0 = datetime(2023, 10, 20, 22, 6, tzinfo=UTC)


def recorded(
    message: Message, *, at: datetime = T0, by: Actor = SYSTEM, n: int = 0, subject: str = "k1"
) -> Recorded[Message]:
    """A message with circumstances; `n` makes its id."""
    return Recorded(uuid5(_ROOT, str(n)), at, by, subject, message, "drift", at)


@dataclass
class Story(Generic[S]):
    """A stream told step by step through the real decider: every `do` decides and folds what came out."""

    decider: Decider[S]
    subject: str = "k1"

    def __post_init__(self) -> None:
        self.state: S = self.decider.initial
        self.count = 0
        self.events: list[Recorded[Event]] = []
        self.foreign: list[tuple[str, Event]] = []

    def do(self, message: Message, *, at: datetime = T0, by: Actor = SYSTEM, found: Found = NOTHING) -> list[Event]:
        """Handle one input at a time by an actor; returns the events of the own stream."""
        self.count += 1
        given = recorded(message, at=at, by=by, n=self.count, subject=self.subject)
        emits: Sequence[Emit] = self.decider.decide(self.state, given, found)
        own: list[Event] = []
        for index, emit in enumerate(emits):
            if emit.stream is None:
                kept = Recorded(
                    derived_id(given.id, self.decider.concern, index), at, by, self.subject, emit.event, "drift", at
                )
                self.state = self.decider.evolve(self.state, kept)
                self.events.append(kept)
                own.append(emit.event)
            else:
                self.foreign.append((emit.stream, emit.event))
        return own

    def refused(self, message: Message, *, at: datetime = T0, by: Actor = SYSTEM, found: Found = NOTHING) -> Refused:
        """The refusal the input meets."""
        with pytest.raises(Refused) as caught:
            self.do(message, at=at, by=by, found=found)
        return caught.value

    def needs(self, message: Message, *, at: datetime = T0, by: Actor = SYSTEM) -> tuple[Need, ...]:
        """What the decision wants to see."""
        return self.decider.needs(self.state, recorded(message, at=at, by=by, subject=self.subject))

    def deadline(self, name: str) -> Recorded[Event]:
        """The latest `DeadlineSet` of that name."""
        from schemas.base import DeadlineSet

        return next(e for e in reversed(self.events) if isinstance(e.message, DeadlineSet) and e.message.name == name)
