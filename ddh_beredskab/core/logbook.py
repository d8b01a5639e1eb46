"""Logbook: everything the crisis does becomes a numbered line, and people write their own between them.

Rules: numbers run 1, 2, 3 ... without a gap; every event heard gives exactly one line (approved minutes also one for
each decision); *hændte kl.* and *skrevet kl.* stand apart, and what is written clearly later is marked efterført; a
correction is a new line that points back; an undladelse says why; nothing is ever deleted. The journal makes the
chain over these lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Literal, assert_never, cast

from pydantic import BaseModel, ConfigDict, Field

from ddh_beredskab.core.decider import Decider, Emit, Found, Recorded, Refused
from ddh_beredskab.core.playbook import STAFF_ROLES, Playbooks
from ddh_beredskab.core.wording import LogSentence, log_sentence, sentence
from schemas.activation import CrisisDeactivated, CrisisReopened
from schemas.base import SYSTEM, Event, Message, Role
from schemas.crisis_staff import MinutesApproved
from schemas.logbook import (
    CorrectLogEntry,
    FileLogEntries,
    Filing,
    LogClosed,
    LogEntriesFiled,
    LogEntryPinned,
    LogEntryRecorded,
    LogKind,
    LogReopened,
    PinLogEntry,
    WriteLogEntry,
)

WRITERS: tuple[Role, ...] = (*STAFF_ROLES, "steering_group", "strategic_leadership", "project_leader", "secretariat")
_LONGEST = 20_000
"""What a free text may hold (`schemas.base.FreeText`). A sentence made of several can be longer and is cut."""
_NOT_BY_HAND: tuple[LogKind, ...] = ("correction", "system")

# -- states ---------------------------------------------------------------------------------------


class Part(BaseModel):
    """A piece of state; frozen and without unknown fields, so that a snapshot of it can be read back."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Empty(Part):
    """No crisis has been reported, so there is nothing to write about."""

    kind: Literal["empty"] = "empty"
    entries: Literal[0] = 0
    paper_numbers: tuple[()] = ()
    pinned: tuple[()] = ()


class Open(Part):
    """The crisis is going on."""

    kind: Literal["open"] = "open"
    entries: int
    paper_numbers: tuple[str, ...] = ()
    """In the order they were typed in; each once."""
    pinned: tuple[int, ...] = ()


class Closed(Part):
    """The crisis has ended; what people write now is marked efterført."""

    kind: Literal["closed"] = "closed"
    entries: int
    paper_numbers: tuple[str, ...] = ()
    pinned: tuple[int, ...] = ()


LogbookState = Annotated[Empty | Open | Closed, Field(discriminator="kind")]
_AnyState = Empty | Open | Closed

# -- evolve ---------------------------------------------------------------------------------------


def evolve(state: _AnyState, recorded: Recorded[Event]) -> LogbookState:
    """The state after one of the concern's own events."""
    match recorded.message:
        case LogEntryRecorded() as entry:
            kept = (entry.paper_number,) if entry.paper_number else ()
            now = Closed if isinstance(state, Closed) else Open
            papers = (*state.paper_numbers, *kept)
            return now(entries=entry.number, paper_numbers=papers, pinned=state.pinned)
        case LogEntryPinned() as pin if not isinstance(state, Empty):
            others = tuple(number for number in state.pinned if number != pin.number)
            return state.model_copy(update={"pinned": (*others, pin.number) if pin.pinned else others})
        case LogClosed():
            return Closed(entries=state.entries, paper_numbers=state.paper_numbers, pinned=state.pinned)
        case LogReopened():
            return Open(entries=state.entries, paper_numbers=state.paper_numbers, pinned=state.pinned)
        case _:
            return state


# -- what the other concerns did ------------------------------------------------------------------


def tell(state: _AnyState, input: Recorded[Event], playbooks: Playbooks) -> list[Event]:
    """The line (or lines) of an event heard."""
    event = input.message
    found = log_sentence(playbooks.texts, event)
    # A missing sentence is a mistake the tests find; should one slip through, the line still comes, with its type.
    told = found if found is not None else LogSentence("system", event.short_name(), "staff")
    entries: list[Event] = [_told(state, input, told, 0, playbooks)]
    match event:
        case MinutesApproved():
            decided = [point for point in event.points if point.decision.strip()]
            for index, point in enumerate(decided, start=1):
                decision = LogSentence("decision", f"{point.point}: {point.decision}", told.visibility)
                entries.append(_told(state, input, decision, index, playbooks))
        case CrisisDeactivated():
            entries.append(LogClosed(entries=state.entries + 1))
        case CrisisReopened():
            entries.append(LogReopened(entries=state.entries + 1))
        case _:
            pass
    return entries


def _told(
    state: _AnyState, input: Recorded[Message], told: LogSentence, index: int, playbooks: Playbooks
) -> LogEntryRecorded:
    author = SYSTEM if told.kind == "system" else input.actor  # what the engine does by itself, nobody did
    return LogEntryRecorded(
        number=state.entries + 1 + index,
        kind=told.kind,
        text=told.text if len(told.text) <= _LONGEST else f"{told.text[: _LONGEST - 1]}…",
        happened_at=input.time,
        late=_clearly_later(input, input.time, playbooks),
        author=author.person,
        author_role=author.role,
        author_is_deputy=author.deputy,
        on_behalf_of=author.on_behalf_of,
        visibility=told.visibility,
        caused_by=input.id,
        index=index,
        drill=_drill(input),
    )


# -- what people write ----------------------------------------------------------------------------


def write(state: _AnyState, input: Recorded[WriteLogEntry], playbooks: Playbooks) -> list[Event]:
    """A line by hand, with its own time; from paper it keeps the sheet's number."""
    state, command = _writable(state, input), input.message
    if command.kind in _NOT_BY_HAND:
        raise Refused("log_kind_not_by_hand", kind=command.kind)
    if not command.text.strip():
        raise Refused("log_text_missing")
    if command.kind == "omission" and not command.reason.strip():
        raise Refused("omission_without_reason")
    tolerance = timedelta(seconds=playbooks.limits.future_tolerance_seconds)
    if command.happened_at > _written(input) + tolerance:
        at = sentence(playbooks.texts, "{at:dato}", {"at": command.happened_at})
        raise Refused("happened_in_the_future", happened_at=at)
    if command.paper_number is not None and command.paper_number in state.paper_numbers:
        raise Refused("paper_number_taken", paper_number=command.paper_number)
    if command.refers_to is not None:
        _known(state, command.refers_to)
    late = isinstance(state, Closed) or _clearly_later(input, command.happened_at, playbooks)
    return [
        LogEntryRecorded(
            number=state.entries + 1,
            kind=command.kind,
            text=command.text,
            happened_at=command.happened_at,
            late=late,
            author=input.actor.person,
            author_role=input.actor.role,
            author_is_deputy=input.actor.deputy,
            on_behalf_of=input.actor.on_behalf_of,
            from_=command.from_,
            to=command.to,
            channel=command.channel,
            source=command.source,
            reliability=command.reliability,
            reason=command.reason,
            owner=command.owner,
            due_at=command.due_at,
            visibility=command.visibility,
            paper_number=command.paper_number,
            refers_to=command.refers_to,
            caused_by=input.id,
            index=0,
            drill=_drill(input),
        )
    ]


def correct(state: _AnyState, input: Recorded[CorrectLogEntry], playbooks: Playbooks) -> list[Event]:
    """Rettelse: a new line that points back; lines of the system may be corrected too."""
    state, command = _writable(state, input), input.message
    _known(state, command.number)
    if not command.text.strip():
        raise Refused("log_text_missing")
    if not command.reason.strip():
        raise Refused("correction_without_reason")
    told = LogSentence("correction", command.text, command.visibility)
    entry = _told(state, input, told, 0, playbooks)
    return [entry.model_copy(update={"reason": command.reason, "refers_to": command.number})]


def file(state: _AnyState, input: Recorded[FileLogEntries]) -> list[Event]:
    """Journaliseret: these lines stand in the authority's case system."""
    state, command = _writable(state, input), input.message
    if command.first > command.last:
        raise Refused("log_range_backwards", first=command.first, last=command.last)
    _known(state, command.last)
    if not command.case_number.strip():
        raise Refused("case_number_missing")
    filing = Filing(case_number=command.case_number, by=input.actor.person, at=input.time)
    return [LogEntriesFiled(first=command.first, last=command.last, filing=filing)]


def pin(state: _AnyState, input: Recorded[PinLogEntry]) -> list[Event]:
    """Fastgør: the line is held up for everybody who may read it; it changes nothing in what was written."""
    state, command = _writable(state, input), input.message
    _known(state, command.number)
    if command.pinned == (command.number in state.pinned):
        raise Refused("log_pin_unchanged", number=command.number)
    return [LogEntryPinned(number=command.number, pinned=command.pinned, by=input.actor.person)]


def _writable(state: _AnyState, input: Recorded[Message]) -> Open | Closed:
    if input.actor.role not in WRITERS:
        raise Refused("log_not_for_role", role=input.actor.role)
    if isinstance(state, Empty):
        raise Refused("log_not_opened")
    return state


def _known(state: Open | Closed, number: int) -> None:
    if number > state.entries:
        raise Refused("log_entry_unknown", number=number, last=state.entries)


# -- time and drill -------------------------------------------------------------------------------


def _written(input: Recorded[Message]) -> datetime:
    return input.recorded_at or input.time


def _clearly_later(input: Recorded[Message], happened_at: datetime, playbooks: Playbooks) -> bool:
    return _written(input) - happened_at > timedelta(minutes=playbooks.limits.late_entry_minutes)


def _drill(input: Recorded[Message]) -> bool:
    return input.environment.startswith("oevelse")


# -- decide ---------------------------------------------------------------------------------------

_ByHand = WriteLogEntry | CorrectLogEntry | FileLogEntries | PinLogEntry


def _events(state: _AnyState, input: Recorded[Message], playbooks: Playbooks) -> list[Event]:
    message = input.message
    if isinstance(message, _ByHand):
        match message:
            case WriteLogEntry():
                return write(state, cast("Recorded[WriteLogEntry]", input), playbooks)
            case CorrectLogEntry():
                return correct(state, cast("Recorded[CorrectLogEntry]", input), playbooks)
            case FileLogEntries():
                return file(state, cast("Recorded[FileLogEntries]", input))
            case PinLogEntry():
                return pin(state, cast("Recorded[PinLogEntry]", input))
            case _:
                assert_never(message)
    return tell(state, cast("Recorded[Event]", input), playbooks) if isinstance(message, Event) else []


def logbook_decider(playbooks: Playbooks) -> Decider[LogbookState]:
    """The logbook concern with these playbooks."""

    def decide(state: LogbookState, input: Recorded[Message], _found: Found) -> Sequence[Emit]:
        return [Emit(event) for event in _events(state, input, playbooks)]

    return Decider("logbook", Empty(), LogbookState, decide, evolve)


REFUSALS: tuple[str, ...] = (
    "log_not_for_role",
    "log_not_opened",
    "log_kind_not_by_hand",
    "log_text_missing",
    "omission_without_reason",
    "happened_in_the_future",
    "paper_number_taken",
    "log_entry_unknown",
    "correction_without_reason",
    "log_range_backwards",
    "log_pin_unchanged",
    "case_number_missing",
)
"""Every code a command to this concern can be refused with; the sentences stand in `playbooks/texts.yaml`."""
