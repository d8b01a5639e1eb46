"""When was a question without an answer first asked, and how long did it take to the version that answers it?

Rule: a gap appears with the first question the guide does not answer after a quiet time (`gap_minutes`) without any,
and not before the version that answered the topic last time; one question two days ago is not yet a gap.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

from ddh_beredskab.clock import from_micros
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.projections.read_model import Json, instant

_UNANSWERED = Statement(
    "SELECT topic, window_start FROM feedback_windows WHERE crisis = :crisis AND answered_no > 0"
    " GROUP BY topic, window_start ORDER BY window_start"
)


def unanswered_windows(conn: Conn, crisis: str) -> dict[str, list[datetime]]:
    """Topic -> starts of the windows in which somebody got no answer, oldest first."""
    found: dict[str, list[datetime]] = {}
    for topic, start in conn.all(_UNANSWERED, crisis=crisis):
        found.setdefault(str(topic), []).append(from_micros(int(start)))
    return found


def with_first_asked(doc: Json | None, windows: dict[str, list[datetime]], quiet_minutes: int) -> list[Json]:
    """Every gap that a report has found, of all times: its document with `topic` and `first_asked_at`."""
    if doc is None:
        return []
    every: list[Json] = [
        *doc["gaps_before"],
        *(gap | {"topic": topic} for topic, gap in doc["gaps"].items()),
    ]
    found: list[Json] = []
    answered: dict[str, datetime] = {}
    for gap in sorted(every, key=lambda each: each["found_at"] or each["closed_at"]):
        topic: str = gap["topic"]
        if gap["found_at"]:
            upto = instant(gap["found_at"])
            since = answered.get(topic, datetime.min.replace(tzinfo=UTC))
            asked = [at for at in windows.get(topic, []) if since <= at < upto]
            found.append(gap | {"first_asked_at": _begins(asked, upto, timedelta(minutes=quiet_minutes))})
        if gap["closed_at"]:
            answered[topic] = instant(gap["closed_at"])
    return found


def _begins(asked: list[datetime], found_at: datetime, quiet: timedelta) -> datetime:
    """Back from the newest question while there is never a quiet time between two."""
    first = found_at
    for at in reversed(asked):
        if first - at > quiet:
            break
        first = at
    return first


def closing_times(gaps: list[Json]) -> list[timedelta]:
    """From first appearance to the version that answers, of those that are answered."""
    return [instant(gap["closed_at"]) - gap["first_asked_at"] for gap in gaps if gap["closed_at"]]


def middle_minutes(times: list[timedelta]) -> float | None:
    """The middle one in minutes; null when none is answered yet."""
    minutes: Any = median(each.total_seconds() / 60 for each in times) if times else None
    return minutes
