"""Envelope and building blocks shared by all messages.

A message is a *command* (imperative, may be refused) or an *event* (past tense, a fact). The envelope
follows CloudEvents 1.0: who, when, about which crisis, caused by what. Time is always an aware instant
in UTC; a message never reads a clock.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

TYPE_PREFIX = "dk.ddh.beredskab."


def _written_out(value: object) -> object:
    """A number is no instant, also not as text: nobody can see whether it counts seconds or milliseconds."""
    if isinstance(value, str) and value[4:5] == "-":
        return datetime.fromisoformat(value)
    if isinstance(value, datetime):
        return value
    raise ValueError("an instant is written out, e.g. 2023-10-21T00:06:00+02:00")


def _as_utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("an instant needs a time zone, e.g. 2023-10-21T00:06:00+02:00")
    if not 1 < value.year < 9999 or not _FIRST <= (utc := value.astimezone(UTC)) < _END:
        raise ValueError("an instant lies between the years 1900 and 2199")
    return utc


_FIRST, _END = datetime(1899, 12, 31, tzinfo=UTC), datetime(2200, 1, 2, tzinfo=UTC)
"""Near the ends of the calendar no sum can be made. A day wider, so that what is stored in UTC can be read again."""

Instant = Annotated[datetime, BeforeValidator(_written_out), AfterValidator(_as_utc)]
"""An aware instant between 1900 and 2199, normalised to UTC."""


@dataclass(frozen=True, slots=True)
class Private:
    """Marks a field whose value is stored apart from the message, behind a salted commitment.

    `free_text` is what a person wrote; `personal` is a fact about a person. Both can be erased later
    while the hash chain over the messages stays valid (DESIGN section 2).
    """

    kind: Literal["free_text", "personal"]

    def __get_pydantic_json_schema__(self, schema: Any, handler: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        """Say in JSON Schemas that the field is private, for `schemas.publish`."""
        return {**handler(schema), "x-ddh-private": self.kind}


FreeText = Annotated[str, Field(max_length=20_000), Private("free_text")]
"""Text a person wrote. CPR numbers are struck out before it is stored."""

Personal = Annotated[str, Field(max_length=500), Private("personal")]
"""A fact about a named person, such as a name or a phone number."""

Ref = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,79}$")]
"""A pseudonymous reference to a person, an agent, a topic, a municipality code or the like."""

CrisisId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
Environment = Annotated[str, StringConstraints(pattern=r"^(drift|oevelse\.[a-z0-9-]{1,64})$")]

Role = Literal[
    "municipal_leader",
    "steering_group",
    "project_leader",
    "strategic_leadership",
    "crisis_leader",
    "log_keeper",
    "process_lead",
    "personnel_lead",
    "communications_lead",
    "local_leader",
    "local_information_lead",
    "secretariat",
    "call_agent",
    "own_leader",
    "drill_leader",
    "evaluator",
    "observer",
    "operator",
    "system",
]
"""The role a person holds at the moment of acting. Danish names and aliases are data in `playbooks/roles.yaml`."""

StaffRole = Literal[
    "crisis_leader",
    "log_keeper",
    "process_lead",
    "personnel_lead",
    "communications_lead",
    "local_leader",
    "local_information_lead",
]
"""The roles crisis_staff fills: five of krisestaben and two of the affected authority."""

Concern = Literal["activation", "crisis_staff", "guides", "feedback", "logbook"]


class Model(BaseModel):
    """A frozen value that refuses unknown fields: what is stored for years is said exactly."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Message(Model):
    """Anything that travels through the journal."""

    schema_version: ClassVar[int] = 1

    @classmethod
    def type_name(cls) -> str:
        """The full type, e.g. `dk.ddh.beredskab.crisis_activated.v1`."""
        return f"{TYPE_PREFIX}{cls.short_name()}.v{cls.schema_version}"

    @classmethod
    def short_name(cls) -> str:
        """The class name in snake case, e.g. `crisis_activated`."""
        return _snake(cls.__name__)


class Command(Message):
    """Something asked for; its concern decides whether it happens."""


class Event(Message):
    """Something that happened; never rewritten."""


class Actor(Model):
    """Who acted, in which role at that moment, and for whom."""

    person: Ref
    role: Role
    deputy: bool = False
    on_behalf_of: Ref | None = None
    municipality: str | None = None


SYSTEM = Actor(person="systemet", role="system")
"""The actor of what the engine does by itself."""


class Envelope(Model):
    """A message with its circumstances, as it stands in the journal and on the topics.

    `stream` and `version` are null for commands and `TimerFired`. `time` is when it happened,
    `recorded_at` when we wrote it (in a drill both are the drill's clock).
    """

    id: UUID
    type: str
    source: str
    subject: CrisisId
    time: Instant
    recorded_at: Instant
    stream: str | None
    version: int | None
    correlation_id: UUID
    causation_id: UUID | None
    actor: Actor
    environment: Environment
    data: dict[str, Any]


# -- messages every concern uses ------------------------------------------------------------------


class DeadlineSet(Event):
    """A durable timer was set. The id of this event is the timer's identity."""

    concern: Concern
    name: str
    due_at: Instant


class DeadlineCancelled(Event):
    """A timer that had been set is no longer waited for."""

    concern: Concern
    name: str
    deadline_id: UUID


class TimerFired(Message):
    """A deadline has come. Made by the journal with id uuid5(deadline id, "fired")."""

    concern: Concern
    name: str
    deadline_id: UUID
    due_at: Instant
    fired_at: Instant


class CommandRefused(Event):
    """A command broke a rule and changed nothing. `code` is stable; the sentence is found by `code` in the
    refusal texts and filled with `facts`."""

    concern: Concern
    command_id: UUID
    command_type: str
    code: str
    facts: dict[str, str]


class RoleHolderNoted(Event):
    """A concern remembers who holds a staff role now (null: nobody), learned from crisis_staff."""

    concern: Concern
    role: StaffRole
    person: Ref | None


class AffectedNoted(Event):
    """A concern remembers which municipalities are affected now, learned from activation."""

    concern: Concern
    affected: tuple[str, ...]


_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def _snake(name: str) -> str:
    return _WORD.sub("_", name).lower()
