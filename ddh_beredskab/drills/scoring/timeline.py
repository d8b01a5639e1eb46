"""One crisis as its journal tells it, with the number of the log entry that tells of each event.

Rule kept: what is measured is read from here alone, so it is the same for a journal and for a recording played in
memory; only what the participants had in their hands, from `begins` to `until`, is theirs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Generic, TypeVar
from uuid import UUID

from ddh_beredskab.core.playbook import Playbooks
from ddh_beredskab.drills.account import all_messages
from ddh_beredskab.drills.core_replay import Replay
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.journal.messages import StoredMessage
from ddh_beredskab.projections.guide_in_force import GUIDE_IN_FORCE
from ddh_beredskab.projections.read_model import Json
from schemas.base import Event
from schemas.logbook import LogEntryRecorded

E = TypeVar("E", bound=Event)


@dataclass(frozen=True, slots=True)
class Happened(Generic[E]):
    """An event, when it happened, and the number of the entry that tells of it (null: none does)."""

    row: StoredMessage
    event: E
    entry: int | None

    @property
    def at(self) -> datetime:
        return self.row.time


@dataclass(frozen=True)
class Timeline:
    """The events of a crisis in order. `begins` null: the participants had all of it."""

    crisis: str
    rows: tuple[StoredMessage, ...]
    playbooks: Playbooks
    begins: datetime | None
    until: datetime
    ended: bool

    @cached_property
    def entries(self) -> dict[UUID, int]:
        """What an entry tells of -> its number."""
        return {
            row.message.caused_by: row.message.number
            for row in reversed(self.rows)
            if isinstance(row.message, LogEntryRecorded)
        }

    @cached_property
    def happened(self) -> tuple[Happened[Event], ...]:
        """Every event of the crisis, the log's own lines with their own numbers."""
        found: list[Happened[Event]] = []
        for row in self.rows:
            match row.message:
                case LogEntryRecorded() as line:
                    found.append(Happened(row, line, line.number))
                case Event() as event:
                    found.append(Happened(row, event, self.entries.get(row.id)))
                case _:
                    pass
        return tuple(found)

    def of(self, type_: type[E]) -> list[Happened[E]]:
        """The events of one type."""
        return [Happened(x.row, x.event, x.entry) for x in self.happened if isinstance(x.event, type_)]

    def first(self, type_: type[E]) -> Happened[E] | None:
        """The first of them; null: none."""
        return next(iter(self.of(type_)), None)

    def theirs(self, at: datetime) -> bool:
        """Whether it lay in the participants' stretch."""
        return self.begins is None or at >= self.begins

    def own(self, found: Iterable[Happened[E]]) -> list[Happened[E]]:
        """Those in the participants' stretch."""
        return [each for each in found if self.theirs(each.at)]

    @cached_property
    def lines(self) -> list[Happened[LogEntryRecorded]]:
        """The lines of the log."""
        return self.of(LogEntryRecorded)

    @cached_property
    def by_hand(self) -> list[Happened[LogEntryRecorded]]:
        """The lines somebody wrote: they tell of a command, not of an event."""
        told = {row.id for row in self.rows if isinstance(row.message, Event)}
        return [each for each in self.lines if each.event.caused_by not in told]

    @cached_property
    def numbers_by_hand(self) -> frozenset[int]:
        """Their numbers."""
        return frozenset(each.event.number for each in self.by_hand)

    @cached_property
    def effects(self) -> dict[UUID, list[Happened[Event]]]:
        """What came of each message, of what the log tells."""
        found: dict[UUID, list[Happened[Event]]] = {}
        for each in self.happened:
            if each.row.causation_id is not None and each.entry is not None:
                found.setdefault(each.row.causation_id, []).append(each)
        return found

    @cached_property
    def guide(self) -> Json | None:
        """The guide's read model at the end."""
        doc: Json | None = None
        for row in self.rows:
            if GUIDE_IN_FORCE.keys(row):
                doc = GUIDE_IN_FORCE.fold(self.crisis, doc, row)
        return doc

    def entry_at(self, at: datetime) -> int | None:
        """The number of the first entry of that very moment."""
        return next((each.entry for each in self.happened if each.at == at and each.entry is not None), None)

    def looked_at(self, since: datetime, upto: datetime) -> tuple[int, int] | None:
        """First and last entry written between two moments."""
        numbers = [each.event.number for each in self.lines if since <= each.row.recorded_at <= upto]
        return (min(numbers), max(numbers)) if numbers else None


def numbers(found: Iterable[Happened[Any] | None]) -> tuple[int, ...]:
    """The entries of these events, in order, each once."""
    return tuple(sorted({each.entry for each in found if each is not None and each.entry is not None}))


def timelines_of(
    conn: Conn, playbooks: Playbooks, *, begins: datetime | None, until: datetime, ended: bool
) -> list[Timeline]:
    """Every crisis of a journal, in the order they began."""
    rows: dict[str, list[StoredMessage]] = {}
    for row in all_messages(conn):
        if row.time <= until or not ended:
            rows.setdefault(row.subject, []).append(row)
    return [Timeline(crisis, tuple(its), playbooks, begins, until, ended) for crisis, its in rows.items()]


def timelines_replayed(replay: Replay, playbooks: Playbooks, *, begins: datetime | None = None) -> list[Timeline]:
    """Every crisis of a recording as it was played in memory."""
    rows: dict[str, list[StoredMessage]] = {}
    for place, kept in enumerate(replay.kept, start=1):
        given = kept.recorded
        rows.setdefault(given.subject, []).append(
            StoredMessage(
                position=place, id=given.id, type=given.message.type_name(), source="", subject=given.subject,
                time=given.time, recorded_at=given.recorded_at or given.time, stream=kept.stream, version=None,
                correlation_id=given.id, causation_id=kept.cause, actor=given.actor, environment=given.environment,
                hash=None, message=given.message,
            )
        )  # fmt: skip
    end = replay.recording.ends_at
    return [Timeline(crisis, tuple(its), playbooks, begins, end, ended=True) for crisis, its in rows.items()]
