"""Timelines made by hand: so many minutes in, this event by that role; the log tells of each, as the logbook does."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from uuid import UUID, uuid5

from ddh_beredskab.core.playbook import Playbooks
from ddh_beredskab.drills.scoring.timeline import Timeline
from ddh_beredskab.journal.messages import StoredMessage
from ddh_beredskab.playbooks import load_playbooks
from ddh_beredskab.playbooks.targets import Targets, load_targets
from schemas.activation import Authority, CrisisProvisionallyActivated, DecisionTerms
from schemas.base import Actor, Command, Event, Message, Role
from schemas.logbook import LogEntryRecorded, LogKind

ROOT = Path(__file__).resolve().parents[2]
BEGIN = datetime(2026, 3, 10, 9, tzinfo=UTC)
"""A Tuesday at ten by a Danish clock: DDH is open."""
_SPACE = UUID("00000000-0000-4000-8000-000000000001")


@cache
def playbooks() -> Playbooks:
    return load_playbooks(ROOT / "playbooks")


@cache
def targets() -> Targets:
    return load_targets(ROOT / "playbooks")


def at(minute: float) -> datetime:
    """So many minutes in."""
    return BEGIN + timedelta(minutes=minute)


ACTIVE = CrisisProvisionallyActivated(
    kind="stormflod",
    authority=Authority(code="9001", name="Strandby Kommune", affected=("9001",), fictional=True),
    decided_by="signe-havtorn",
    by_delegation=True,
    terms=DecisionTerms(),
    grounds="Vand i gaderne.",
    confirm_before=at(60),
    minutes=12,
)


@dataclass
class Story:
    """One crisis, told event by event."""

    rows: list[StoredMessage] = field(default_factory=list[StoredMessage])
    entries: int = 0
    crisis: str = "strandby-1"

    def did(self, minute: float, event: Event, role: Role = "system", *, caused: UUID | None = None) -> int:
        """An event, and the entry that tells of it; the entry's number."""
        row = self._row(minute, event, Actor(person="en-person", role=role), caused)
        return self._entry(minute, row.id, "action", role, late=False)

    def untold(self, minute: float, event: Event) -> None:
        """An event the log does not tell of."""
        self._row(minute, event, Actor(person="systemet", role="system"), None)

    def asked(self, minute: float, command: Command, role: Role, person: str) -> UUID:
        """A command; its id."""
        return self._row(minute, command, Actor(person=person, role=role), None).id

    def wrote(self, minute: float, kind: LogKind = "information_in", *, late: bool = False) -> int:
        """A line by hand."""
        return self._entry(
            minute, uuid5(_SPACE, f"{self.crisis}/command/{len(self.rows)}"), kind, "log_keeper", late=late
        )

    def told(self, until: float, *, begins: float | None = None, ended: bool = True) -> Timeline:
        """The timeline up to then."""
        start = None if begins is None else at(begins)
        return Timeline(self.crisis, tuple(self.rows), playbooks(), start, at(until), ended)

    def _entry(self, minute: float, caused_by: UUID, kind: LogKind, role: Role, *, late: bool) -> int:
        self.entries += 1
        entry = LogEntryRecorded(
            number=self.entries, kind=kind, text="...", happened_at=at(minute), late=late, author="en-person",
            author_role=role, author_is_deputy=False, caused_by=caused_by, index=0, drill=True,
        )  # fmt: skip
        self._row(minute, entry, Actor(person="en-person", role=role), caused_by, stream=f"logbook-{self.crisis}")
        return self.entries

    def _row(
        self, minute: float, message: Message, actor: Actor, caused: UUID | None, stream: str | None = None
    ) -> StoredMessage:
        module = type(message).__module__.removeprefix("schemas.")
        if isinstance(message, Event):
            stream = stream or f"{module}-{self.crisis}"
        id_ = uuid5(_SPACE, f"{self.crisis}/{len(self.rows)}")
        row = StoredMessage(
            position=len(self.rows) + 1, id=id_, type=message.type_name(), source="", subject=self.crisis,
            time=at(minute), recorded_at=at(minute), stream=stream, version=None, correlation_id=id_,
            causation_id=caused, actor=actor, environment="oevelse.test", hash=None, message=message,
        )  # fmt: skip
        self.rows.append(row)
        return row
