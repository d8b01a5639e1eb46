"""Logbook: the crisis log - numbered without gaps, chained, never deleted.

Rules: hændte kl. and skrevet kl. stand apart; a correction is a new entry that points back; what was *not* done, and
why, is an entry of its own kind (undladelse); late entries are marked efterført.
"""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from schemas.base import Command, Event, FreeText, Instant, Model, Ref, Role

LogKind = Literal[
    "information_in",
    "information_out",
    "urgent",
    "decision",
    "action",
    "omission",
    "meeting",
    "relief",
    "contact_attempt",
    "press",
    "correction",
    "system",
]
"""Oplysning ind, oplysning ud, hastemelding, beslutning, handling, undladelse, møde, afløsning, kontaktforsøg, presse,
rettelse, system."""

Visibility = Literal["staff", "staff_and_authority", "everyone"]
Reliability = Literal["confirmed", "likely", "unconfirmed", "rumour"]


class Filing(Model):
    """Journaliseret: case number, by whom, when."""

    case_number: str
    by: Ref
    at: Instant


# -- commands -------------------------------------------------------------------------------------


class WriteLogEntry(Command):
    """An entry by hand. `happened_at` may lie before the writing; then it is marked efterført."""

    kind: LogKind
    text: FreeText
    happened_at: Instant
    from_: FreeText = Field(default="", validation_alias="from", serialization_alias="from")
    to: FreeText = ""
    channel: str = ""
    source: FreeText = ""
    reliability: Reliability | None = None
    reason: FreeText = ""
    """Required for an undladelse: why it was not done."""
    owner: Ref | None = None
    due_at: Instant | None = None
    visibility: Visibility = "staff"
    paper_number: str | None = Field(default=None, pattern=r"^P[0-9]+-[0-9]+$")
    refers_to: int | None = Field(default=None, ge=1)

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True)


class CorrectLogEntry(Command):
    """Rettelse: a new entry with the right text; the old one stays readable, struck through."""

    number: int = Field(ge=1)
    text: FreeText
    reason: FreeText
    visibility: Visibility = "staff"
    """Who may read the correction; the same as for the corrected entry, so that nobody is left with the wrong text."""


class FileLogEntries(Command):
    """Mark entries as journaliseret in the authority's case system."""

    first: int = Field(ge=1)
    last: int = Field(ge=1)
    case_number: str = Field(min_length=1, max_length=80)


class PinLogEntry(Command):
    """Hold an entry up, or let it go: pinned entries stand on top for everybody who may read them."""

    number: int = Field(ge=1)
    pinned: bool = True


# -- events ---------------------------------------------------------------------------------------


class LogEntryRecorded(Event):
    """One line of the crisis log. Written at the envelope's `recorded_at`; numbered 1, 2, 3 ... per crisis."""

    number: int
    kind: LogKind
    text: FreeText
    happened_at: Instant
    late: bool
    """Efterført: written clearly later than it happened."""
    author: Ref
    author_role: Role
    author_is_deputy: bool
    on_behalf_of: Ref | None = None
    from_: FreeText = Field(default="", validation_alias="from", serialization_alias="from")
    to: FreeText = ""
    channel: str = ""
    source: FreeText = ""
    reliability: Reliability | None = None
    reason: FreeText = ""
    owner: Ref | None = None
    due_at: Instant | None = None
    visibility: Visibility = "staff"
    paper_number: str | None = None
    refers_to: int | None = None
    caused_by: UUID
    """The message this entry tells of; with `index` it makes the entry unique."""
    index: int
    drill: bool = False

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, serialize_by_alias=True)


class LogEntriesFiled(Event):
    """Entries were marked journaliseret."""

    first: int
    last: int
    filing: Filing


class LogEntryPinned(Event):
    """An entry was pinned, or let go."""

    number: int
    pinned: bool
    by: Ref


class LogClosed(Event):
    """The crisis ended; entries written after this are marked efterført."""

    entries: int


class LogReopened(Event):
    """The crisis was reopened: entries are written as they happen again."""

    entries: int
