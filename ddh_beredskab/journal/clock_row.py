"""The drill's clock: one row (mode, rate, base) that only the drill's driver moves; without a row the wall clock rules.

`fast`: the clock stands at its base until the driver moves it. `rate`: it runs `rate` times as fast as the world.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

from ddh_beredskab.clock import from_micros, to_micros, wall_micros
from ddh_beredskab.journal.connection import Conn, Statement

Mode = Literal["fast", "rate"]

_READ = Statement("SELECT mode, rate, base_wall, base_clock FROM clock WHERE id = 1")
_WRITE = Statement(
    "INSERT INTO clock (id, mode, rate, base_wall, base_clock) VALUES (1, :mode, :rate, :base_wall, :base_clock)"
    " ON CONFLICT (id) DO UPDATE SET mode = excluded.mode, rate = excluded.rate, base_wall = excluded.base_wall,"
    " base_clock = excluded.base_clock"
)


@dataclass(frozen=True, slots=True)
class ClockRow:
    """How this environment tells the time."""

    mode: Mode
    rate: float
    base_wall: int
    base_clock: int

    def at(self, wall: int) -> datetime:
        """The drill's time at a wall time (microseconds)."""
        if self.mode == "fast":
            return from_micros(self.base_clock)
        return from_micros(self.base_clock + int((wall - self.base_wall) * self.rate))


def read_clock(conn: Conn) -> ClockRow | None:
    """The clock row, or null outside drills."""
    row = conn.one(_READ)
    return None if row is None else ClockRow(cast(Mode, row[0]), float(row[1]), int(row[2]), int(row[3]))


def clock_now(conn: Conn) -> datetime:
    """The environment's time now."""
    row = read_clock(conn)
    wall = wall_micros()
    return from_micros(wall) if row is None else row.at(wall)


def set_clock(conn: Conn, mode: Mode, now: datetime, rate: float = 0.0) -> None:
    """Move the drill's clock; for the driver alone."""
    conn.run(_WRITE, mode=mode, rate=rate, base_wall=wall_micros(), base_clock=to_micros(now))
