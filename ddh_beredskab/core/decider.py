"""The shape of every concern: needs, decide, evolve.

`decide(state, input, found) -> events` is pure; `evolve(state, event) -> state` folds the concern's own stream;
`needs(state, input)` says what shared streams and sums the decision wants to see. Handling loads, calls and stores.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID, uuid5

from ddh_beredskab.core.persons import PersonState
from schemas.base import Actor, Concern, Event, Message
from schemas.feedback import TopicCount

M_co = TypeVar("M_co", bound=Message, covariant=True)
S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Recorded(Generic[M_co]):
    """A message with the circumstances a decision or a fold may use. `time` is an aware UTC instant."""

    id: UUID
    time: datetime
    actor: Actor
    subject: str
    message: M_co
    environment: str = "drift"
    recorded_at: datetime | None = None
    """When it was written; null only in tests that do not care (then `time` counts)."""


@dataclass(frozen=True, slots=True)
class Emit:
    """An event to append; `stream` null means the concern's own stream for this crisis."""

    event: Event
    stream: str | None = None


class Refused(Exception):
    """A command broke a rule. It changes nothing and becomes a `CommandRefused` event.

    `code` is stable and names the sentence in `playbooks/texts.yaml` under `refusals`; `facts` fill it in.
    """

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = {name: str(value) for name, value in facts.items()}


# -- what a decision may look up ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PersonNeeded:
    """The shared stream of a person; its version is checked in the same transaction (nobody is taken twice)."""

    person: str

    @property
    def stream(self) -> str:
        return f"person-{self.person}"


@dataclass(frozen=True, slots=True)
class SumsNeeded:
    """Feedback sums of all windows that end at or before `upto` (event time), and of those from `since` on."""

    since: datetime
    upto: datetime


@dataclass(frozen=True, slots=True)
class ReceiptsNeeded:
    """Receipts of a guide version against the agents on shift at `at`."""

    version: int
    at: datetime


Need = PersonNeeded | SumsNeeded | ReceiptsNeeded


@dataclass(frozen=True, slots=True)
class Sums:
    """Answer to `SumsNeeded`: cumulative counts up to `upto`, and the counts of the period alone; sorted by topic."""

    cumulative: tuple[TopicCount, ...] = ()
    period: tuple[TopicCount, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipts:
    """Answer to `ReceiptsNeeded`. `sha256` is over the sorted agent refs, one a line."""

    on_shift: int
    seen: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Found:
    """What was found for the needs. Asking for what was not asked for in `needs` is a bug and raises KeyError."""

    persons: Mapping[str, PersonState] = field(default_factory=dict[str, PersonState])
    sums: Mapping[SumsNeeded, Sums] = field(default_factory=dict[SumsNeeded, Sums])
    receipts: Mapping[ReceiptsNeeded, Receipts] = field(default_factory=dict[ReceiptsNeeded, Receipts])


NOTHING = Found()


def _no_needs(_state: Any, _input: Recorded[Message]) -> tuple[Need, ...]:
    return ()


@dataclass(frozen=True)
class Decider(Generic[S]):
    """One concern. `state_type` is a pydantic model (or union of models) so that snapshots can be made of it."""

    concern: Concern
    initial: S
    state_type: Any
    decide: Callable[[S, Recorded[Message], Found], Sequence[Emit]]
    evolve: Callable[[S, Recorded[Event]], S]
    needs: Callable[[S, Recorded[Message]], tuple[Need, ...]] = _no_needs


def derived_id(cause: UUID, concern: str, index: int) -> UUID:
    """The id of the index-th event a concern derives from a cause: the same cause gives the same ids for ever."""
    return uuid5(cause, f"{concern}/{index}")


def fired_id(deadline_id: UUID) -> UUID:
    """The id of the `TimerFired` message of a deadline."""
    return uuid5(deadline_id, "fired")


def own_stream(concern: str, crisis_id: str) -> str:
    """The name of a concern's stream for one crisis."""
    return f"{concern}-{crisis_id}"
