"""What the drill leader wants of the drill's driver: to run, to wait, to run faster, to jump, to end.

Rule kept: the web writes one row, the driver reads it at every step and obeys; who turned it last stands beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

from ddh_beredskab.clock import from_micros, to_micros, wall_micros
from ddh_beredskab.journal.connection import Conn, Statement

State = Literal["waiting", "running", "paused", "ended"]
"""waiting: planned and not begun; paused: the drill's clock stands; ended: by the drill leader or with the plan."""

_GET = Statement("SELECT state, speed, jump_to, changed_at, changed_by FROM drill_control WHERE id = 1")
_PUT = Statement(
    "INSERT INTO drill_control (id, state, speed, jump_to, changed_at, changed_by)"
    " VALUES (1, :state, :speed, :jump_to, :at, :by)"
    " ON CONFLICT (id) DO UPDATE SET state = excluded.state, speed = excluded.speed, jump_to = excluded.jump_to,"
    " changed_at = excluded.changed_at, changed_by = excluded.changed_by"
)
_JUMPED = Statement("UPDATE drill_control SET jump_to = NULL WHERE id = 1 AND jump_to = :jump_to")


@dataclass(frozen=True, slots=True)
class Control:
    """The row. `speed` null: fast; `jump_to`: drill time to play fast to, null when there is nothing to jump to."""

    state: State
    speed: float | None
    jump_to: datetime | None
    changed_at: datetime
    """Wall time."""
    changed_by: str


def control(conn: Conn) -> Control | None:
    """What is wanted now; null where nobody controls (a recording that is only replayed)."""
    row = conn.one(_GET)
    if row is None:
        return None
    jump = None if row[2] is None else from_micros(int(row[2]))
    return Control(cast(State, str(row[0])), row[1], jump, from_micros(int(row[3])), str(row[4]))


def set_control(conn: Conn, state: State, speed: float | None, by: str, jump_to: datetime | None = None) -> None:
    """Say what is wanted from now on."""
    jump = None if jump_to is None else to_micros(jump_to)
    conn.run(_PUT, state=state, speed=speed, jump_to=jump, at=wall_micros(), by=by)


def jumped(conn: Conn, jump_to: datetime) -> None:
    """The driver is there; a later wish stays."""
    conn.run(_JUMPED, jump_to=to_micros(jump_to))
