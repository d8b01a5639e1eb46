"""Clocks live at the doors and in the worker's shell; the core never sees one.

`WallClock` is the world's; a drill's clock is a row of its journal, which only the drill's driver moves. Both give
aware UTC instants. Whoever waits or measures asks `monotonic`. Both come from one `TimeSource`, so that the simulator
can put its own in the world's place (`use_time`).
"""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Protocol

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Clock(Protocol):
    """Tells the time; tests move their own."""

    def now(self) -> datetime: ...


class WallClock:
    """The world's time."""

    def now(self) -> datetime:
        return from_micros(wall_micros())


def to_micros(instant: datetime) -> int:
    """Microseconds since 1970 UTC of an aware instant."""
    return (instant - EPOCH) // timedelta(microseconds=1)


def from_micros(micros: int) -> datetime:
    """The aware UTC instant of microseconds since 1970."""
    return EPOCH + timedelta(microseconds=micros)


class TimeSource(Protocol):
    """Where time comes from."""

    def wall_micros(self) -> int: ...
    def monotonic(self) -> float: ...


class WorldTime:
    """The machine's clocks."""

    def wall_micros(self) -> int:
        return time.time_ns() // 1000

    def monotonic(self) -> float:
        return time.monotonic()


_source: TimeSource = WorldTime()


def wall_micros() -> int:
    """Wall time now, in microseconds since 1970. It may jump, also backwards."""
    return _source.wall_micros()


def monotonic() -> float:
    """Seconds that only go forward, for waiting and measuring."""
    return _source.monotonic()


@contextmanager
def use_time(source: TimeSource) -> Generator[None]:
    """Take time from another source for a while: the simulator's, for everything in this process."""
    global _source
    before, _source = _source, source
    try:
        yield
    finally:
        _source = before
