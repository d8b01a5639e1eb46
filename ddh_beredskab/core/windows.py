"""Citizens' questions per topic, municipality and five-minute window: counting as pure functions.

The rule kept here: a question belongs to the window in which it was asked, however late it arrives, and counts
once. The SQL side of the counter uses the same `window_start` and the same `counts_of`; tests count with `counted`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from ddh_beredskab.core.decider import Sums
from schemas.feedback import FeedbackItem, TopicCount

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class WindowKey(NamedTuple):
    """One tumbling window of one topic in one municipality (empty: not known)."""

    topic: str
    municipality: str
    start: datetime


def window_start(instant: datetime, minutes: int) -> datetime:
    """The start of the window the instant lies in; windows stand on the UTC clock, start included, end not."""
    since = instant.astimezone(UTC) - _EPOCH
    return instant.astimezone(UTC) - since % timedelta(minutes=minutes)


def window_end(instant: datetime, minutes: int) -> datetime:
    """The end of the window the instant lies in."""
    return window_start(instant, minutes) + timedelta(minutes=minutes)


def on_or_after(instant: datetime, minutes: int) -> datetime:
    """The first window border that is not before the instant."""
    start = window_start(instant, minutes)
    return start if start == instant else start + timedelta(minutes=minutes)


def is_late(asked_at: datetime, counted_at: datetime, minutes: int, grace_minutes: int) -> bool:
    """Did the question arrive after its window had closed (its end and the grace given to stragglers)?"""
    return counted_at >= window_end(asked_at, minutes) + timedelta(minutes=grace_minutes)


def counts_of(item: FeedbackItem) -> TopicCount:
    """What one question adds to its window. An urgent transfer is a transfer too."""
    return TopicCount(
        topic=item.topic,
        total=1,
        answered_yes=int(item.answered == "yes"),
        answered_partly=int(item.answered == "partly"),
        answered_no=int(item.answered == "no"),
        transferred=int(item.resolution != "resolved"),
        urgent=int(item.resolution == "urgent_transfer"),
    )


def add(left: TopicCount, right: TopicCount) -> TopicCount:
    """Both counts together; they are of the same topic."""
    return TopicCount(
        topic=left.topic,
        total=left.total + right.total,
        answered_yes=left.answered_yes + right.answered_yes,
        answered_partly=left.answered_partly + right.answered_partly,
        answered_no=left.answered_no + right.answered_no,
        transferred=left.transferred + right.transferred,
        urgent=left.urgent + right.urgent,
    )


def by_topic(counts: Iterable[TopicCount]) -> tuple[TopicCount, ...]:
    """One count per topic, sorted by topic: the same sums whatever order they came in."""
    sums: dict[str, TopicCount] = {}
    for count in counts:
        known = sums.get(count.topic)
        sums[count.topic] = count if known is None else add(known, count)
    return tuple(sums[topic] for topic in sorted(sums))


def counted(items: Iterable[FeedbackItem], minutes: int) -> dict[WindowKey, TopicCount]:
    """All windows of these questions; the same id twice counts once. The independent count tests compare with."""
    windows: dict[WindowKey, TopicCount] = {}
    for item in {item.id: item for item in items}.values():
        key = WindowKey(item.topic, item.municipality, window_start(item.time, minutes))
        one, known = counts_of(item), windows.get(key)
        windows[key] = one if known is None else add(known, one)
    return windows


def sums_of(windows: Mapping[WindowKey, TopicCount], since: datetime, upto: datetime, minutes: int) -> Sums:
    """The answer to `SumsNeeded(since, upto)`: all windows that end by `upto`, and those of them from `since` on."""
    last_start = upto - timedelta(minutes=minutes)
    ended = {key: count for key, count in windows.items() if key.start <= last_start}
    return Sums(
        cumulative=by_topic(ended.values()),
        period=by_topic(count for key, count in ended.items() if key.start >= since),
    )


def crowded_since(instants: Iterable[datetime], at_least: int, within_minutes: int) -> datetime | None:
    """When the first run of `at_least` instants within so many minutes began, or null: three transfers in ten."""
    ordered = sorted(instants)
    for first, last in zip(ordered, ordered[at_least - 1 :], strict=False):
        if last - first < timedelta(minutes=within_minutes):
            return first
    return None
