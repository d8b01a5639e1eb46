"""How did the questions come in over time? Sums per topic in equal stretches, straight from the feedback windows.

Rules: event time, whole windows; a stretch holds whole windows. A sum under the limit is hidden from everybody outside
the staff, and a rise is only told when it is more than chance (`understanding/trends.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ddh_beredskab.clock import from_micros, to_micros
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.understanding.trends import Trend, trends

_WINDOWS = Statement(
    "SELECT topic, window_start, sum(total) FROM feedback_windows"
    " WHERE crisis = :crisis AND window_start >= :since AND window_start < :upto GROUP BY topic, window_start"
)


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


def sums_between(
    conn: Conn, crisis: str, since: datetime, upto: datetime, *, minutes: int
) -> list[tuple[datetime, int]]:
    """All topics together, in stretches of so many minutes from `since` on; the last may be shorter."""
    length = timedelta(minutes=minutes)
    starts = [since + length * n for n in range(max(1, -(-(upto - since) // length)))]
    sums = dict.fromkeys(starts, 0)
    for _, window, total in conn.all(_WINDOWS, crisis=crisis, since=to_micros(since), upto=to_micros(upto)):
        sums[since + length * ((from_micros(int(window)) - since) // length)] += int(total)
    return list(sums.items())


def topics_between(conn: Conn, crisis: str, since: datetime, upto: datetime) -> dict[str, int]:
    """Each topic's sum in the windows of a period."""
    sums: dict[str, int] = {}
    for topic, _, total in conn.all(_WINDOWS, crisis=crisis, since=to_micros(since), upto=to_micros(upto)):
        sums[str(topic)] = sums.get(str(topic), 0) + int(total)
    return dict(sorted(sums.items()))


def stretch_trends(topics: Mapping[str, Sequence[int | None]], false_alarms: float) -> dict[str, Trend]:
    """The last whole stretch against the one before, all topics at once; the newest still runs, so it is left out."""
    counts: dict[str, tuple[int, int]] = {}
    for topic, values in topics.items():
        before, last = values[-3:-1] if len(values) >= 3 else (None, None)
        if before is not None and last is not None:
            counts[topic] = (before, last)
    found = trends(counts, false_alarms)
    return {topic: found.get(topic, "few") for topic in topics}
