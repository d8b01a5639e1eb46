"""Who is on shift: whoever has pressed *På vagt*, until the same person goes home. And whoever should be, by the plan.

Rules kept: one begins and ends one's own shift alone; pressing twice is pressing once; nobody counts as on shift by
being planned.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from ddh_beredskab.clock import from_micros, to_micros
from ddh_beredskab.journal import intake
from ddh_beredskab.journal.connection import Conn, Statement

_OPEN = Statement(
    "SELECT since FROM agents_on_shift WHERE agent = :agent AND until IS NULL AND since <= :at ORDER BY since LIMIT 1"
)
_NOW = Statement(
    "SELECT agent, min(since), min(municipality) FROM agents_on_shift"
    " WHERE since <= :at AND (until IS NULL OR until > :at) GROUP BY agent ORDER BY agent"
)
_PLANNED = Statement(
    "SELECT agent, begins_at, ends_at, municipality, source FROM planned_shifts"
    " WHERE begins_at <= :at AND ends_at > :at ORDER BY agent, begins_at"
)
_NEXT = Statement(
    "SELECT agent, begins_at, ends_at, municipality, source FROM planned_shifts"
    " WHERE begins_at > :at AND begins_at <= :upto ORDER BY begins_at, agent"
)


@dataclass(frozen=True, slots=True)
class OnShift:
    """Somebody who is on shift."""

    agent: str
    since: datetime
    municipality: str


@dataclass(frozen=True, slots=True)
class Planned:
    """A line of the plan."""

    agent: str
    begins_at: datetime
    ends_at: datetime
    municipality: str
    source: str


@dataclass(frozen=True, slots=True)
class InMunicipality:
    """How one municipality stands now."""

    municipality: str
    planned: int
    on_shift: int
    absent: tuple[str, ...]
    """Planned now and not on shift."""
    extra: tuple[str, ...]
    """On shift and not planned now."""


def on_shift_since(conn: Conn, agent: str, at: datetime) -> datetime | None:
    """Since when somebody is on shift; null: he is not."""
    row = conn.one(_OPEN, agent=agent, at=to_micros(at))
    return from_micros(row[0]) if row else None


def begin(conn: Conn, agent: str, municipality: str, at: datetime) -> bool:
    """Go on shift; false when one was already."""
    if on_shift_since(conn, agent, at) is not None:
        return False
    intake.begin_shift(conn, [(agent, municipality)], at)
    return True


def end(conn: Conn, agent: str, at: datetime) -> bool:
    """Go home; false when one was not on shift."""
    if on_shift_since(conn, agent, at) is None:
        return False
    intake.end_shift(conn, [agent], at)
    return True


def on_shift_now(conn: Conn, at: datetime) -> list[OnShift]:
    """Everybody on shift, each once."""
    return [
        OnShift(str(agent), from_micros(since), str(municipality))
        for agent, since, municipality in conn.all(_NOW, at=to_micros(at))
    ]


def planned_now(conn: Conn, at: datetime) -> list[Planned]:
    """Whose planned shift runs now."""
    return [_planned(*row) for row in conn.all(_PLANNED, at=to_micros(at))]


def planned_next(conn: Conn, at: datetime, upto: datetime) -> list[Planned]:
    """Whose planned shift begins before then."""
    return [_planned(*row) for row in conn.all(_NEXT, at=to_micros(at), upto=to_micros(upto))]


def by_municipality(conn: Conn, at: datetime) -> list[InMunicipality]:
    """The plan against who is there, by municipality."""
    there = {each.agent: each.municipality for each in on_shift_now(conn, at)}
    plan = {each.agent: each.municipality for each in planned_now(conn, at)}
    codes = sorted({*there.values(), *plan.values()})
    planned, present = Counter(plan.values()), Counter(there.values())
    return [
        InMunicipality(
            code,
            planned[code],
            present[code],
            tuple(agent for agent, where in plan.items() if where == code and agent not in there),
            tuple(agent for agent, where in there.items() if where == code and agent not in plan),
        )
        for code in codes
    ]


def _planned(agent: str, begins: int, ends: int, municipality: str, source: str) -> Planned:
    return Planned(agent, from_micros(begins), from_micros(ends), municipality, source)
