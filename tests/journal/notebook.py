"""A small real decider for journal tests: it numbers log entries, waits for deadlines, asks for persons, refuses.

The real deciders have tests of their own; here it is the journal that is tried, so the rules are as few as can be.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from ddh_beredskab.core.decider import Decider, Emit, Found, Need, PersonNeeded, Recorded, Refused
from schemas.base import DeadlineCancelled, DeadlineSet, Event, Message, RoleHolderNoted, TimerFired
from schemas.crisis_staff import PersonTaken
from schemas.logbook import FileLogEntries, LogEntryRecorded, WriteLogEntry

REMINDER = timedelta(minutes=30)


class Notebook(BaseModel):
    """Everything an event can carry is folded, so that a difference anywhere shows in the state."""

    model_config = ConfigDict(frozen=True)

    entries: int = 0
    last_text: str = ""
    last_written_at: datetime | None = None
    last_environment: str = ""
    reminder: UUID | None = None
    fired: int = 0
    owners: tuple[str, ...] = ()


def needs(_state: Notebook, given: Recorded[Message]) -> tuple[Need, ...]:
    match given.message:
        case WriteLogEntry(owner=str(owner)):
            return (PersonNeeded(owner),)
        case _:
            return ()


def decide(state: Notebook, given: Recorded[Message], found: Found) -> Sequence[Emit]:
    """`channel` steers: remind, forget, silent, bang, twice; an owner is taken unless he is busy elsewhere."""
    match given.message:
        case WriteLogEntry(channel="bang"):
            raise ZeroDivisionError("the test's own fault")
        case WriteLogEntry(channel="silent"):
            return []
        case WriteLogEntry(channel="remind"):
            due = DeadlineSet(concern="logbook", name="reminder", due_at=given.time + REMINDER)
            return [*_entry(state, given), Emit(due)]
        case WriteLogEntry(channel="forget") if state.reminder is not None:
            return [Emit(DeadlineCancelled(concern="logbook", name="reminder", deadline_id=state.reminder))]
        case WriteLogEntry(owner=str(owner)):
            person = found.persons[owner]
            if (other := person.busy_elsewhere(given.subject)) is not None:
                raise Refused("busy_elsewhere", person=owner, crisis=other)
            taken = PersonTaken(person=owner, role="log_keeper", crisis_id=given.subject)
            return [*_entry(state, given), Emit(taken, PersonNeeded(owner).stream)]
        case WriteLogEntry():
            return _entry(state, given)
        case FileLogEntries(last=last) if last > state.entries:
            raise Refused("no_such_entry", last=last)
        case TimerFired(deadline_id=deadline_id) if deadline_id == state.reminder:
            return [Emit(RoleHolderNoted(concern="logbook", role="log_keeper", person=None))]
        case _:
            return []


def _entry(state: Notebook, given: Recorded[Message]) -> list[Emit]:
    assert isinstance(given.message, WriteLogEntry)
    entry = LogEntryRecorded(
        number=state.entries + 1,
        kind=given.message.kind,
        text=given.message.text,
        happened_at=given.message.happened_at,
        late=False,
        author=given.actor.person,
        author_role=given.actor.role,
        author_is_deputy=given.actor.deputy,
        source=given.message.source,
        caused_by=given.id,
        index=0,
    )
    return [Emit(entry)]


def evolve(state: Notebook, event: Recorded[Event]) -> Notebook:
    change: dict[str, object] = {"last_written_at": event.recorded_at, "last_environment": event.environment}
    match event.message:
        case LogEntryRecorded(number=number, text=text, author=author):
            change |= {"entries": number, "last_text": text, "owners": (*state.owners, author)[-5:]}
        case DeadlineSet():
            change |= {"reminder": event.id}
        case DeadlineCancelled():
            change |= {"reminder": None}
        case RoleHolderNoted():
            change |= {"fired": state.fired + 1, "reminder": None}
        case _:
            pass
    return state.model_copy(update=change)


NOTEBOOK = Decider("logbook", Notebook(), Notebook, decide, evolve, needs)
