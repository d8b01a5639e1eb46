"""How did the questions come in over time? Sums per topic in equal stretches, straight from the feedback windows.

Rules: event time, whole windows; a stretch holds whole windows. A sum under the limit is hidden from everybody outside
the staff, and a rise is only told when it is more than chance (small numbers do not cry wolf).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt
from typing import Literal

from ddh_beredskab.clock import from_micros, to_micros
from ddh_beredskab.journal.connection import Conn, Statement

_WINDOWS = Statement(
    "SELECT topic, window_start, sum(total) FROM feedback_windows"
    " WHERE crisis = :crisis AND window_start >= :since AND window_start < :upto GROUP BY topic, window_start"
)

Trend = Literal["up", "down", "even", "few"]
SURE = 2.0
"""How many standard deviations make a difference more than chance."""


@dataclass(frozen=True, slots=True)
class OverTime:
    """Topic -> one sum a stretch, oldest first; null where it must not be shown."""

    starts: tuple[datetime, ...]
    minutes: int
    topics: dict[str, tuple[int | None, ...]]

    def total(self) -> tuple[int | None, ...]:
        """All topics together, stretch by stretch; null where a part is hidden."""
        columns = zip(*self.topics.values(), strict=True) if self.topics else ()
        return tuple(None if None in column else sum(n or 0 for n in column) for column in columns)


def questions_over_time(
    conn: Conn, crisis: str, now: datetime, *, minutes: int, stretches: int, staff: bool, hide_under: int
) -> OverTime:
    """The last so many stretches of so many minutes; the newest is the one that runs."""
    length = timedelta(minutes=minutes)
    epoch = from_micros(0)
    newest = epoch + ((now - epoch) // length) * length
    starts = tuple(newest - length * n for n in range(stretches - 1, -1, -1))
    sums: dict[str, list[int]] = {}
    rows = conn.all(_WINDOWS, crisis=crisis, since=to_micros(starts[0]), upto=to_micros(newest + length))
    for topic, window, total in rows:
        place = (from_micros(int(window)) - starts[0]) // length
        sums.setdefault(str(topic), [0] * stretches)[place] += int(total)
    shown = {
        topic: tuple(None if not staff and 0 < n < hide_under else n for n in found)
        for topic, found in sorted(sums.items(), key=lambda each: (-sum(each[1]), each[0]))
    }
    return OverTime(starts, minutes, shown)


def trend(values: Sequence[int | None]) -> Trend:
    """The last whole stretch against the one before; the newest still runs, so it is left out."""
    if len(values) < 3 or values[-2] is None or values[-3] is None:
        return "few"
    last, before = values[-2], values[-3]
    if last + before == 0:
        return "few"
    if abs(last - before) <= SURE * sqrt(last + before):
        return "even"
    return "up" if last > before else "down"
