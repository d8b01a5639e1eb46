"""How an environment is, read from its journal alone: true also when worker and broker are dead.

Cheap enough for every scrape and every look at the page: partial indexes and a handful of rows. Ages are seconds on the
wall clock; lateness of timers is on the environment's own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from ddh_beredskab.backup.facts import last_backup
from ddh_beredskab.clock import from_micros, to_micros, wall_micros
from ddh_beredskab.journal import quarantine
from ddh_beredskab.journal.clock_row import read_clock
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.intake import uncounted
from ddh_beredskab.journal.messages import head_position
from ddh_beredskab.ops.status import Status, read_statuses
from ddh_beredskab.projections import MODELS, behind

LATE_SECONDS = 5.0

_UNDONE = Statement(
    "SELECT concern, crisis, count(*), min(position), min(committed_at) FROM deliveries WHERE done_at IS NULL"
    " GROUP BY concern, crisis ORDER BY min(committed_at), concern, crisis"
)
_NEXT_COMMIT = Statement("SELECT committed_at FROM deliveries WHERE position > :position ORDER BY position LIMIT 1")
_LATE = Statement(
    "SELECT count(*), min(due_at) FROM timers WHERE fired_at IS NULL AND cancelled_at IS NULL AND due_at <= :due"
)


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits to be decided in one concern of one crisis."""

    concern: str
    crisis: str
    waiting: int
    position: int
    since: datetime
    """When the oldest was stored, on the wall clock."""


@dataclass(frozen=True, slots=True)
class Facts:
    """One environment at one instant."""

    environment: str
    read_at: datetime
    messages: int
    backlog: tuple[Backlog, ...]
    timers_late: int
    quarantined: int
    uncounted: int
    uncounted_seconds: float
    """How long the oldest of them has waited, on the environment's clock."""
    rows_behind: int
    behind_seconds: float
    """How long ago the first of them was stored, on the wall clock."""
    audit: Status | None
    workers: dict[str, Status] = field(default_factory=dict[str, Status])
    backup_at: datetime | None = None

    def age(self, at: datetime | int | None) -> float | None:
        """Seconds since then (an instant, or microseconds of a status)."""
        if at is None:
            return None
        at = from_micros(at) if isinstance(at, int) else at
        return max(0.0, (self.read_at - at).total_seconds())

    @property
    def undone(self) -> int:
        """How many deliveries wait."""
        return sum(each.waiting for each in self.backlog)

    @property
    def oldest_seconds(self) -> float:
        """How long the oldest undone delivery has waited."""
        return max((self.age(each.since) or 0.0 for each in self.backlog), default=0.0)


def read_facts(conn: Conn, environment: str) -> Facts:
    """Look once."""
    statuses = read_statuses(conn)
    waiting, since = uncounted(conn)
    head, rows = head_position(conn), behind(conn, MODELS)
    return Facts(
        environment=environment,
        read_at=from_micros(wall_micros()),
        messages=head,
        backlog=tuple(
            Backlog(str(r[0]), str(r[1]), int(r[2]), int(r[3]), from_micros(int(r[4]))) for r in conn.all(_UNDONE)
        ),
        timers_late=_timers_late(conn),
        quarantined=quarantine.count(conn),
        uncounted=waiting,
        uncounted_seconds=0.0 if since is None else _seconds_since(conn, since),
        rows_behind=rows,
        behind_seconds=_seconds_since_commit(conn, head - rows) if rows else 0.0,
        audit=statuses.get("audit"),
        workers={name.removeprefix("worker."): body for name, body in statuses.items() if name.startswith("worker.")},
        backup_at=kept.at if (kept := last_backup(conn)) is not None else None,
    )


def _seconds_since(conn: Conn, instant: datetime) -> float:
    """Wall seconds since an instant on the environment's clock; 0 where that stands."""
    row, wall = read_clock(conn), wall_micros()
    if row is None:
        return max(0.0, (from_micros(wall) - instant).total_seconds())
    return 0.0 if row.mode == "fast" else max(0.0, (row.at(wall) - instant).total_seconds() / max(row.rate, 1.0))


def _seconds_since_commit(conn: Conn, position: int) -> float:
    """How long ago the next message that somebody hears was stored."""
    row = conn.one(_NEXT_COMMIT, position=position)
    return 0.0 if row is None else max(0.0, (wall_micros() - int(row[0])) / 1e6)


def _timers_late(conn: Conn) -> int:
    """Open timers past their time by more than five wall seconds; none where the clock stands until it is moved."""
    row, wall = read_clock(conn), wall_micros()
    if row is not None and row.mode == "fast":
        return 0
    rate = 1.0 if row is None else max(1.0, row.rate)
    now = wall if row is None else to_micros(row.at(wall))
    found = conn.one(_LATE, due=now - int(LATE_SECONDS * rate * 1e6))
    return int(found[0]) if found else 0
