"""Durable timers: a row per `DeadlineSet`; firing commits a `TimerFired` message, once for ever.

The message's id is uuid5(deadline id, "fired"), so two workers that fire the same timer make one message. No timer
fires before it is due.
"""

from __future__ import annotations

from datetime import datetime
from typing import cast
from uuid import UUID

from ddh_beredskab.clock import from_micros, to_micros
from ddh_beredskab.core.decider import fired_id
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.messages import Journal, NewMessage, append_commands, lock_order
from schemas.base import SYSTEM, Concern, TimerFired

_DUE = Statement(
    "SELECT deadline_id, concern, crisis, name, due_at FROM timers WHERE fired_at IS NULL AND cancelled_at IS NULL"
    " AND due_at <= :now ORDER BY due_at, deadline_id LIMIT :limit {lock}"
)
_ANY_DUE = Statement("SELECT 1 FROM timers WHERE fired_at IS NULL AND cancelled_at IS NULL AND due_at <= :now LIMIT 1")
_FIRED = Statement("UPDATE timers SET fired_at = :at WHERE deadline_id = :deadline_id AND fired_at IS NULL")
_NEXT = Statement("SELECT min(due_at) FROM timers WHERE fired_at IS NULL AND cancelled_at IS NULL")
_COUNTS = Statement(
    "SELECT count(fired_at), count(cancelled_at), sum(CASE WHEN fired_at IS NULL AND cancelled_at IS NULL"
    " AND due_at <= :now THEN 1 ELSE 0 END) FROM timers"
)


def fire_due(conn: Conn, journal: Journal, now: datetime, limit: int = 100) -> int:
    """Fire what is due, oldest first; returns how many. Derived facts get the time it fired, not when it was due."""
    if conn.one(_ANY_DUE, now=to_micros(now)) is None:
        return 0
    lock_order(conn)  # before the rows, as whoever cancels a timer has it already
    rows = conn.all(_DUE, now=to_micros(now), limit=limit)
    if not rows:
        return 0
    fired = [
        NewMessage(
            id=fired_id(UUID(row[0])),
            message=TimerFired(
                concern=cast(Concern, row[1]),
                name=row[3],
                deadline_id=UUID(row[0]),
                due_at=from_micros(row[4]),
                fired_at=now,
            ),
            subject=row[2],
            time=now,
            actor=SYSTEM,
            correlation_id=UUID(row[0]),
            causation_id=UUID(row[0]),
        )
        for row in rows
    ]
    append_commands(conn, journal, fired, now)
    for row in rows:
        conn.run(_FIRED, at=to_micros(now), deadline_id=row[0])
    return len(rows)


def next_due(conn: Conn) -> datetime | None:
    """When the next open timer is due, or null."""
    row = conn.one(_NEXT)
    return None if row is None or row[0] is None else from_micros(int(row[0]))


def timer_counts(conn: Conn, now: datetime) -> tuple[int, int, int]:
    """(fired, cancelled, due but neither)."""
    row = conn.one(_COUNTS, now=to_micros(now))
    return (int(row[0]), int(row[1]), int(row[2] or 0)) if row else (0, 0, 0)
