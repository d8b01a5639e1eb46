"""Clocks live at the doors and in the worker's shell; the core never sees one.

`WallClock` is the world's; `JournalClock` reads the drill's clock row (mode, rate, base), which only the drill's
driver moves. Both give aware UTC instants.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Clock(Protocol):
    """Tells the time; tests move their own."""

    def now(self) -> datetime: ...


class WallClock:
    """The world's time."""

    def now(self) -> datetime:
        return datetime.now(UTC)


def to_micros(instant: datetime) -> int:
    """Microseconds since 1970 UTC of an aware instant."""
    return (instant - EPOCH) // timedelta(microseconds=1)


def from_micros(micros: int) -> datetime:
    """The aware UTC instant of microseconds since 1970."""
    return EPOCH + timedelta(microseconds=micros)


def wall_micros() -> int:
    """Wall time now, in microseconds since 1970."""
    return time.time_ns() // 1000
