"""I5: no timer fires before it is due, none is lost, none fires twice; while the system is up none is 5 s late.

Five seconds are wall time: on a drill's fast-running clock they are as many times longer, and on one that stands until
its driver moves it nothing can be late.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ddh_beredskab.clock import to_micros
from ddh_beredskab.core.decider import fired_id
from ddh_beredskab.invariants.report import Findings
from ddh_beredskab.invariants.rows import CHUNK, Line, as_json
from ddh_beredskab.journal.clock_row import read_clock
from ddh_beredskab.journal.connection import Conn, Statement

GRACE_SECONDS = 5.0

_OF = Statement(
    "SELECT deadline_id, due_at, set_by, fired_at, cancelled_at FROM timers WHERE deadline_id IN {list:ids}"
)
_PAGE = Statement(
    "SELECT t.deadline_id, t.due_at, t.fired_at, t.cancelled_at, m.type FROM timers t LEFT JOIN messages m"
    " ON m.id = t.deadline_id WHERE t.deadline_id > :after ORDER BY t.deadline_id LIMIT :limit"
)
_PRESENT = Statement("SELECT id FROM messages WHERE id IN {list:ids}")
_OPEN = Statement(
    "SELECT t.deadline_id, t.due_at, m.recorded_at FROM timers t JOIN messages m ON m.position = t.set_by"
    " WHERE t.fired_at IS NULL AND t.cancelled_at IS NULL AND t.due_at <= :due ORDER BY t.due_at LIMIT 200"
)
_SET_AT = Statement("SELECT recorded_at FROM messages WHERE position = :position")


@dataclass(frozen=True, slots=True)
class Lateness:
    """When a timer is late, on the environment's clock; instants in microseconds."""

    now: int
    up_since: int
    grace: int

    def late(self, due: int, set_at: int, fired_or_now: int) -> bool:
        return max(due, set_at, self.up_since) + self.grace < fired_or_now


def lateness(conn: Conn, now: datetime, up_seconds: float | None) -> Lateness | None:
    """Null when nothing can be said: the system has not been up (long enough), or the clock stands."""
    if up_seconds is None or up_seconds <= GRACE_SECONDS:
        return None
    row = read_clock(conn)
    if row is not None and row.mode == "fast":
        return None
    rate = max(1.0, row.rate) if row is not None else 1.0
    at = to_micros(now)
    return Lateness(at, at - int(up_seconds * rate * 1e6), int(GRACE_SECONDS * rate * 1e6))


def check_lines(conn: Conn, lines: Sequence[Line], late: Lateness | None, found: Findings) -> None:
    """What the next rows say of timers, against the timers' own rows."""
    about = {_deadline(line): None for line in lines if line.kind in _ABOUT}
    if not about:
        return
    rows = {str(row[0]): row for row in conn.all(_OF, ids=as_json(list(about)))}
    for line in lines:
        if line.kind not in _ABOUT:
            continue
        found.checked["I5"] += 1
        id_ = _deadline(line)
        row = rows.get(id_)
        if row is None:
            found.breach("I5", f"timer {id_}", "timer_missing", type=line.kind)
            continue
        _, due, set_by, fired, cancelled = row
        if line.kind == "deadline_set":
            if set_by != line.position:
                found.breach("I5", f"timer {id_}", "timer_changed")
        elif line.kind == "deadline_cancelled":
            if fired is None and cancelled is None:
                found.breach("I5", f"timer {id_}", "not_cancelled")
        elif fired is None or line.id != str(fired_id(UUID(id_))) or fired != line.raw[5]:
            found.breach("I5", f"timer {id_}", "fired_unaccounted", position=line.position)
        elif late is not None and fired > late.up_since:
            set_at = conn.one(_SET_AT, position=set_by)
            if late.late(due, int(set_at[0]) if set_at else 0, fired):
                found.breach("I5", f"timer {id_}", "fired_late", seconds=(fired - due) // 1_000_000)
        if fired is not None and fired < due:
            found.breach("I5", f"timer {id_}", "fired_early", seconds=-((fired - due) // 1_000_000))


def check_all(found: Findings) -> Generator[None, Conn, None]:
    """Every timer's row: set by a message, fired not before it was due and then with a message, or cancelled."""
    after = ""
    while True:
        conn = yield
        rows = conn.all(_PAGE, after=after, limit=CHUNK)
        if not rows:
            return
        fired = {str(fired_id(UUID(row[0]))): str(row[0]) for row in rows if row[2] is not None}
        told = {str(row[0]) for row in conn.all(_PRESENT, ids=as_json(list(fired)))} if fired else set[str]()
        for message, timer in fired.items():
            if message not in told:
                found.breach("I5", f"timer {timer}", "firing_missing")
        for id_, due, fired_at, cancelled_at, set_by in rows:
            found.checked["I5"] += 1
            if set_by is None:
                found.breach("I5", f"timer {id_}", "timer_unaccounted")
            if fired_at is not None and fired_at < due:
                found.breach("I5", f"timer {id_}", "fired_early", seconds=-((fired_at - due) // 1_000_000))
            if fired_at is not None and cancelled_at is not None:
                found.breach("I5", f"timer {id_}", "fired_and_cancelled")
        after = str(rows[-1][0])


def check_overdue(conn: Conn, late: Lateness, found: Findings) -> None:
    """Open timers that should have fired by now."""
    for id_, due, set_at in conn.all(_OPEN, due=late.now - late.grace):
        found.checked["I5"] += 1
        if late.late(due, set_at, late.now):
            found.breach("I5", f"timer {id_}", "overdue", seconds=(late.now - due) // 1_000_000)


_ABOUT = frozenset({"deadline_set", "deadline_cancelled", "timer_fired"})


def _deadline(line: Line) -> str:
    return line.id if line.kind == "deadline_set" else str(line.data.get("deadline_id"))
