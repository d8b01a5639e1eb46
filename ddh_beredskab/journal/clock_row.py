"""The drill's clock: one row (mode, rate, base) that only the drill's driver moves; without a row the wall clock rules.

`fast`: the clock stands at its base until the driver moves it. `rate`: it runs `rate` times as fast as the world, and
where a drill is played by people only as far as the driver has said it may: with the driver dead it stands soon.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

from ddh_beredskab.clock import from_micros, to_micros, wall_micros
from ddh_beredskab.journal.connection import Conn, Row, Statement

Mode = Literal["fast", "rate"]

_READ = Statement("SELECT mode, rate, base_wall, base_clock, until_wall FROM clock WHERE id = 1")
_WRITE = Statement(
    "INSERT INTO clock (id, mode, rate, base_wall, base_clock, until_wall)"
    " VALUES (1, :mode, :rate, :base_wall, :base_clock, :until_wall)"
    " ON CONFLICT (id) DO UPDATE SET mode = excluded.mode, rate = excluded.rate, base_wall = excluded.base_wall,"
    " base_clock = excluded.base_clock, until_wall = excluded.until_wall"
)
_RENEW = Statement("UPDATE clock SET until_wall = :until_wall WHERE id = 1 AND until_wall IS NOT NULL")


@dataclass(frozen=True, slots=True)
class ClockRow:
    """How this environment tells the time."""

    mode: Mode
    rate: float
    base_wall: int
    base_clock: int
    until_wall: int | None = None
    """The clock runs no further than this wall time; null: nothing holds it."""

    def at(self, wall: int) -> datetime:
        """The drill's time at a wall time (microseconds)."""
        if self.mode == "fast":
            return from_micros(self.base_clock)
        if self.until_wall is not None:
            wall = min(wall, self.until_wall)
        return from_micros(self.base_clock + int((wall - self.base_wall) * self.rate))

    def rate_at(self, wall: int) -> float:
        """How fast it runs at that wall time; 0: it stands."""
        held = self.until_wall is not None and wall >= self.until_wall
        return 0.0 if self.mode == "fast" or held else self.rate


def read_clock(conn: Conn) -> ClockRow | None:
    """The clock row, or null outside drills."""
    row = conn.one(_READ)
    return None if row is None else _row(row)


def clock_now(conn: Conn) -> datetime:
    """The environment's time now."""
    row = read_clock(conn)
    wall = wall_micros()
    return from_micros(wall) if row is None else row.at(wall)


def set_clock(conn: Conn, mode: Mode, now: datetime, rate: float = 0.0, *, lease_seconds: float | None = None) -> None:
    """Move the drill's clock; for the driver alone. With a lease it runs so long, and longer when that is renewed."""
    wall = wall_micros()
    until = None if lease_seconds is None else wall + int(lease_seconds * 1_000_000)
    conn.run(_WRITE, mode=mode, rate=rate, base_wall=wall, base_clock=to_micros(now), until_wall=until)


def renew(conn: Conn, lease_seconds: float) -> None:
    """The clock may go on for so long, from now."""
    conn.run(_RENEW, until_wall=wall_micros() + int(lease_seconds * 1_000_000))


def _row(row: Row) -> ClockRow:
    mode, rate, base_wall, base_clock, until = row
    return ClockRow(
        cast(Mode, mode), float(rate), int(base_wall), int(base_clock), None if until is None else int(until)
    )
