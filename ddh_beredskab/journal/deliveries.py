"""Deliveries: one row per message and subscriber, undone until its effect is committed.

Kafka only rings; what is to be done stands here. Suspects (found undone when a worker starts) are taken alone and
counted before they are handled, so that a message that kills the process gets a name.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.messages import Row

_UNDONE_SQL = (
    "SELECT position, suspect, begun FROM deliveries WHERE concern = :concern AND crisis = :crisis AND done_at IS NULL"
    " ORDER BY position LIMIT :limit"
)
_UNDONE = Statement(_UNDONE_SQL)
_TAKE = Statement(_UNDONE_SQL + " {lock}")
_DONE = Statement(
    "UPDATE deliveries SET done_at = :at, outcome = :outcome WHERE concern = :concern AND position IN {ints:positions}"
    " AND done_at IS NULL"
)
_BEGIN = Statement("UPDATE deliveries SET begun = begun + 1 WHERE concern = :concern AND position = :position")
_SUSPECT = Statement(
    "UPDATE deliveries SET suspect = 1 WHERE done_at IS NULL AND position IN"
    " (SELECT min(position) FROM deliveries WHERE done_at IS NULL GROUP BY concern, crisis)"
)
_OLDEST = Statement(
    "SELECT concern, crisis, min(position), min(committed_at) FROM deliveries WHERE done_at IS NULL"
    " GROUP BY concern, crisis"
)
_OLDEST_POSITION = Statement("SELECT min(position) FROM deliveries WHERE done_at IS NULL")
_COUNT = Statement("SELECT count(*) FROM deliveries WHERE done_at IS NULL")
_BY_OUTCOME = Statement("SELECT coalesce(outcome, 'undone'), count(*) FROM deliveries GROUP BY outcome ORDER BY 1")
_REOPEN = Statement(
    "UPDATE deliveries SET done_at = NULL, outcome = NULL, suspect = 0, begun = 0"
    " WHERE concern = :concern AND position = :position AND outcome = 'quarantined'"
)


@dataclass(frozen=True, slots=True)
class Undone:
    """A delivery waiting to be handled."""

    position: int
    suspect: bool
    begun: int


@dataclass(frozen=True, slots=True)
class Oldest:
    """The oldest undone delivery of one concern and crisis. `committed_at` is wall time in microseconds."""

    concern: str
    crisis: str
    position: int
    committed_at: int


def undone(conn: Conn, concern: str, crisis: str, limit: int = 50) -> list[Undone]:
    """Undone deliveries of a concern and crisis, in journal order."""
    rows = conn.all(_UNDONE, concern=concern, crisis=crisis, limit=limit)
    return [Undone(int(r[0]), bool(r[1]), int(r[2])) for r in rows]


def take(conn: Conn, concern: str, crisis: str, limit: int = 50) -> list[Undone]:
    """The same, locked until the transaction ends: a second worker waits here and then finds them done.

    Without the lock it could read them undone, load the state in which they are already decided, and decide again.
    """
    rows = conn.all(_TAKE, concern=concern, crisis=crisis, limit=limit)
    return [Undone(int(r[0]), bool(r[1]), int(r[2])) for r in rows]


def mark_done(conn: Conn, concern: str, positions: Sequence[int], outcome: str, at: int) -> int:
    """Set `done_at` where it is null; the number of rows it set."""
    if not positions:
        return 0
    return conn.run(_DONE, at=at, outcome=outcome, concern=concern, positions=json.dumps(list(positions)))


def count_begin(conn: Conn, concern: str, position: int) -> None:
    """Committed before a suspect is handled: one more process has begun it."""
    conn.run(_BEGIN, concern=concern, position=position)


def suspect_all(conn: Conn) -> int:
    """At worker start: the oldest undone delivery of each concern and crisis may be what killed the last worker."""
    return conn.run(_SUSPECT)


def oldest_undone(conn: Conn) -> list[Oldest]:
    """For each concern and crisis with a backlog, its oldest undone delivery."""
    rows: list[Row] = conn.all(_OLDEST)
    return [Oldest(str(r[0]), str(r[1]), int(r[2]), int(r[3])) for r in rows]


def oldest_position(conn: Conn) -> int | None:
    """The position of the oldest undone delivery of all, or null."""
    row = conn.one(_OLDEST_POSITION)
    return None if row is None or row[0] is None else int(row[0])


def count_undone(conn: Conn) -> int:
    """How many deliveries are undone."""
    row = conn.one(_COUNT)
    return int(row[0]) if row else 0


def counts_by_outcome(conn: Conn) -> dict[str, int]:
    """outcome -> number of deliveries."""
    return {str(r[0]): int(r[1]) for r in conn.all(_BY_OUTCOME)}


def reopen(conn: Conn, concern: str, position: int) -> bool:
    """Make a quarantined delivery undone again (`quarantine retry`)."""
    return conn.run(_REOPEN, concern=concern, position=position) == 1
