"""What is stored about one person because of work in a crisis: the actual rows, for that person's own eyes.

Rule kept: one reads one's own rows and nobody else's; what is not stored is not in the list either.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ddh_beredskab.clock import from_micros
from ddh_beredskab.journal.connection import Conn, Row, Statement

MOST = 200

_RECEIPTS = Statement(
    "SELECT crisis, version, seen_at FROM guide_receipts WHERE agent = :person ORDER BY seen_at DESC LIMIT :most"
)
_BRIEFS = Statement(
    "SELECT crisis, version, read_at FROM brief_receipts WHERE agent = :person ORDER BY read_at DESC LIMIT :most"
)
_SHIFTS = Statement("SELECT since, until FROM agents_on_shift WHERE agent = :person ORDER BY since DESC LIMIT :most")
_PLANNED = Statement(
    "SELECT begins_at, ends_at, source FROM planned_shifts WHERE agent = :person ORDER BY begins_at DESC LIMIT :most"
)
_QUESTIONS = Statement(
    "SELECT crisis, count(*), min(time), max(time) FROM feedback_items WHERE agent = :person GROUP BY crisis"
    " ORDER BY max(time) DESC LIMIT :most"
)
_APPROVED = Statement(
    "SELECT at, who, details FROM people_log WHERE person = :person AND what = 'shift_approved'"
    " ORDER BY at DESC LIMIT :most"
)
_SESSIONS = Statement(
    "SELECT how, made_at, seen_at, ended_at FROM sessions WHERE person = :person ORDER BY made_at DESC LIMIT :most"
)


@dataclass(frozen=True, slots=True)
class Seen:
    """A receipt or a brief."""

    crisis: str
    version: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Span:
    """A shift; `until` is null while it lasts."""

    since: datetime
    until: datetime | None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """How many questions one has registered in a crisis."""

    crisis: str
    count: int
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Approved:
    """Somebody said that one may be on shift although something was missing."""

    at: datetime
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class LogIn:
    """One log-in of one's own."""

    how: str
    at: datetime
    seen: datetime
    ended: datetime | None


@dataclass(frozen=True, slots=True)
class Registered:
    """Everything of one environment."""

    receipts: tuple[Seen, ...]
    briefs: tuple[Seen, ...]
    shifts: tuple[Span, ...]
    planned: tuple[Span, ...]
    questions: tuple[Asked, ...]
    approved: tuple[Approved, ...]

    @property
    def nothing(self) -> bool:
        return not (self.receipts or self.briefs or self.shifts or self.planned or self.questions or self.approved)


def registered(conn: Conn, person: str, most: int = MOST) -> Registered:
    """What one environment has about a person, newest first."""
    return Registered(
        receipts=tuple(Seen(str(c), int(v), from_micros(at)) for c, v, at in _of(conn, _RECEIPTS, person, most)),
        briefs=tuple(Seen(str(c), int(v), from_micros(at)) for c, v, at in _of(conn, _BRIEFS, person, most)),
        shifts=tuple(Span(from_micros(since), _or_none(until)) for since, until in _of(conn, _SHIFTS, person, most)),
        planned=tuple(
            Span(from_micros(begins), from_micros(ends), str(source))
            for begins, ends, source in _of(conn, _PLANNED, person, most)
        ),
        questions=tuple(
            Asked(str(crisis), int(count), from_micros(first), from_micros(last))
            for crisis, count, first, last in _of(conn, _QUESTIONS, person, most)
        ),
        approved=tuple(
            Approved(from_micros(at), str(by), str(json.loads(details)["reason"]))
            for at, by, details in _of(conn, _APPROVED, person, most)
        ),
    )


def log_ins(conn: Conn, person: str, most: int = 50) -> list[LogIn]:
    """One's own log-ins, newest first (in the operation's journal)."""
    return [
        LogIn(str(how), from_micros(made), from_micros(seen), _or_none(ended))
        for how, made, seen, ended in _of(conn, _SESSIONS, person, most)
    ]


def _of(conn: Conn, statement: Statement, person: str, most: int) -> Sequence[Row]:
    return conn.all(statement, person=person, most=most)


def _or_none(micros: int | None) -> datetime | None:
    return from_micros(micros) if micros is not None else None
