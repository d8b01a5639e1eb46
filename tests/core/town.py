"""Two deciders, several crises, shared people and a clock in memory: what random stories are played in.

Every decision is taken twice, once on the state and once on the state as a snapshot with sorted keys would bring it
back; the two must agree, or a replay could not be trusted.
"""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from pydantic import TypeAdapter

from ddh_beredskab.core.activation import activation_decider
from ddh_beredskab.core.crisis_staff import crisis_staff_decider
from ddh_beredskab.core.decider import Decider, Found, PersonNeeded, Recorded, Refused, derived_id, fired_id
from ddh_beredskab.core.persons import PersonState, evolve_person
from ddh_beredskab.core.subscriptions import subscribers
from schemas.base import SYSTEM, Actor, Command, DeadlineCancelled, DeadlineSet, Event, Message, TimerFired
from tests.core.books import BOOKS
from tests.core.cast import DAY

DECIDERS: dict[str, Decider[Any]] = {
    "activation": activation_decider(BOOKS),
    "crisis_staff": crisis_staff_decider(BOOKS),
}
ADAPTERS: dict[str, TypeAdapter[Any]] = {
    concern: TypeAdapter(decider.state_type) for concern, decider in DECIDERS.items()
}


@dataclass(frozen=True)
class Written:
    """An event where it stands."""

    stream: str
    crisis: str
    kept: Recorded[Event]

    @property
    def event(self) -> Event:
        return self.kept.message


@dataclass
class Town:
    """Everything that happened, and where it stands now."""

    now: datetime = DAY
    states: dict[tuple[str, str], Any] = field(default_factory=dict[tuple[str, str], Any])
    persons: dict[str, PersonState] = field(default_factory=dict[str, PersonState])
    written: list[Written] = field(default_factory=list[Written])
    refusals: list[str] = field(default_factory=list[str])
    timers: dict[UUID, tuple[DeadlineSet, str]] = field(default_factory=dict[UUID, tuple[DeadlineSet, str]])
    inputs: int = 0

    def send(self, crisis: str, command: Command, by: Actor) -> None:
        """A command, and everything that follows from it."""
        self.inputs += 1
        id_ = uuid5(UUID(int=7), str(self.inputs))
        self._settle(Recorded(id_, self.now, by, crisis, command, "drift", self.now))

    def advance(self, until: datetime) -> None:
        """The clock goes on; each deadline fires when it is due."""
        while due := [(d.due_at, str(id_), id_) for id_, (d, _) in self.timers.items() if d.due_at <= until]:
            at, _, id_ = min(due)
            deadline, crisis = self.timers.pop(id_)
            self.now = max(self.now, at)
            fired = TimerFired(
                concern=deadline.concern, name=deadline.name, deadline_id=id_, due_at=at, fired_at=self.now
            )
            self._settle(Recorded(fired_id(id_), self.now, SYSTEM, crisis, fired, "drift", self.now))
        self.now = max(self.now, until)

    def person(self, ref: str) -> PersonState:
        return self.persons.get(ref, PersonState())

    def state(self, concern: str, crisis: str) -> Any:
        return self.states.get((concern, crisis), DECIDERS[concern].initial)

    def _settle(self, first: Recorded[Message]) -> None:
        queue = deque([first])
        while queue:
            given = queue.popleft()
            for concern in subscribers(given.message):
                if concern in DECIDERS:
                    queue.extend(self._handle(concern, given))

    def _handle(self, concern: str, given: Recorded[Message]) -> list[Recorded[Message]]:
        decider, crisis = DECIDERS[concern], given.subject
        state = self.state(concern, crisis)
        restored = ADAPTERS[concern].validate_json(
            json.dumps(ADAPTERS[concern].dump_python(state, mode="json"), sort_keys=True)
        )
        assert restored == state
        needed = decider.needs(state, given)
        assert needed == decider.needs(restored, given)
        asked = [need.person for need in needed if isinstance(need, PersonNeeded)]
        found = Found(persons={person: self.person(person) for person in asked})
        try:
            emits = decider.decide(state, given, found)
        except Refused as refusal:
            if not isinstance(given.message, Command):
                raise
            self.refusals.append(refusal.code)
            return []
        assert list(emits) == list(decider.decide(restored, given, found))
        made: list[Recorded[Message]] = []
        for index, emit in enumerate(emits):
            id_ = derived_id(given.id, concern, index)
            kept = Recorded(id_, given.time, given.actor, crisis, emit.event, "drift", given.time)
            if emit.stream is None:
                self.states[concern, crisis] = decider.evolve(self.state(concern, crisis), kept)
            else:
                person = emit.stream.removeprefix("person-")
                assert person in asked, "a shared stream is appended to only where its version was checked"
                self.persons[person] = evolve_person(self.person(person), emit.event)
            self._watch(kept)
            self.written.append(Written(emit.stream or f"{concern}-{crisis}", crisis, kept))
            made.append(Recorded(id_, given.time, given.actor, crisis, emit.event, "drift", given.time))
        return made

    def _watch(self, kept: Recorded[Event]) -> None:
        match kept.message:
            case DeadlineSet() as deadline:
                self.timers[kept.id] = (deadline, kept.subject)
            case DeadlineCancelled() as cancelled:
                assert cancelled.deadline_id in self.timers, "only what runs is cancelled"
                del self.timers[cancelled.deadline_id]
            case _:
                pass
