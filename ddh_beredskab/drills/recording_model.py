"""A recording as frozen types: who took part, and every input with its time, in the order it came.

Rule: a recording holds inputs only - what people did and what citizens asked, never what the engine answered.
Ids are made from its content, so two runs of one recording are comparable message by message.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Literal
from uuid import UUID, uuid5

from schemas.activation import Authority, CrisisKind, Directory, ReportIncident
from schemas.base import Actor, Command, Model, Ref
from schemas.drill_files import RecordedMunicipality as Municipality
from schemas.drill_files import RecordedPerson as Person
from schemas.drill_files import Source
from schemas.drill_summary import Phase
from schemas.feedback import FeedbackItem

InputKind = Literal["command", "on_shift", "off_shift", "seen", "feedback"]


class OnShift(Model):
    """These call agents take calls from now on."""

    agents: tuple[Ref, ...]
    municipality: str | None = None
    """Null: each agent's own (`Recording.agents`)."""


class OffShift(Model):
    """These call agents have gone home."""

    agents: tuple[Ref, ...]


class Seen(Model):
    """Jeg har set det: these call agents have seen that version of the guide."""

    version: int
    agents: tuple[Ref, ...]


@dataclass(frozen=True, slots=True)
class RecordedInput:
    """One input. `at` is when it reached a door (for a question: when it was registered)."""

    index: int
    id: UUID
    at: datetime
    crisis: int
    """1, 2, ...: which of the recording's crises it belongs to."""
    crisis_id: str
    kind: InputKind
    actor: Actor
    payload: Command | OnShift | OffShift | Seen | FeedbackItem
    expect_refused: str | None = None
    """The code of the refusal that is part of the story; null: the input is meant to be accepted."""
    source: str | None = None
    """Id of the source of the fact; it gives the time too, unless `chosen`."""
    chosen: bool = False
    """The minute is invented."""
    note: str = ""
    place: str = ""
    """File and line, for messages to people."""


@dataclass(frozen=True)
class Recording:
    """A whole recording, ready to be played."""

    name: str
    title: str
    kind: CrisisKind
    about: str
    sources: tuple[Source, ...]
    authority: Authority
    directory: Directory
    municipalities: tuple[Municipality, ...]
    people: Mapping[str, Person]
    agents: Mapping[str, str]
    """Call agent -> code of the municipality that employs him."""
    inputs: tuple[RecordedInput, ...]
    sha256: str
    folder: Path
    ends: tuple[Phase, ...] = ()
    """The phase each crisis is meant to end in; empty: nobody has said."""

    @cached_property
    def namespace(self) -> UUID:
        """The recording's sha256 as the namespace of all ids made from it."""
        return namespace_of(self.sha256)

    @property
    def crises(self) -> int:
        """How many crises the recording tells of."""
        return max((each.crisis for each in self.inputs), default=0)

    def authority_of(self, number: int) -> Authority:
        """Who asked for help in crisis 1, 2, ...; the recording's own authority where nobody has."""
        return self._authorities.get(number, self.authority)

    @cached_property
    def _authorities(self) -> Mapping[int, Authority]:
        """Of each crisis that begins with a report: who asked first."""
        return {
            each.crisis: each.payload.authority
            for each in reversed(self.inputs)
            if isinstance(each.payload, ReportIncident)
        }

    def input_id(self, index: int) -> UUID:
        """The id of the input with that index."""
        return input_id(self.sha256, index)

    def crisis_id(self, number: int) -> str:
        """The id of the recording's crisis 1, 2, ..."""
        return crisis_id(self.name, self.sha256, number)

    @property
    def starts_at(self) -> datetime:
        """The time of the first input."""
        return self.inputs[0].at

    @property
    def ends_at(self) -> datetime:
        """The time of the last input."""
        return self.inputs[-1].at


def namespace_of(sha256: str) -> UUID:
    """The first 16 bytes of a SHA-256 as a UUID namespace."""
    return UUID(bytes=bytes.fromhex(sha256)[:16])


def input_id(sha256: str, index: int) -> UUID:
    """The id of input number `index`: the same recording gives the same ids for ever."""
    return uuid5(namespace_of(sha256), str(index))


def item_id(sha256: str, row_id: str) -> UUID:
    """The id of a citizen's question: a row registered twice has one id."""
    return uuid5(namespace_of(sha256), f"item/{row_id}")


def crisis_id(name: str, sha256: str, number: int) -> str:
    """A readable crisis id: the recording's name and eight digits of its uuid."""
    return f"{name[:55]}-{uuid5(namespace_of(sha256), f'crisis/{number}').hex[:8]}"
