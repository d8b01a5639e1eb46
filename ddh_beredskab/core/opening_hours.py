"""When DDH is staffed: the weekly hours, the short days, the holidays, and what a crisis opens besides.

The rule kept here: a guide's interval counts only while a channel is staffed. All instants are aware
and UTC; the hours are Danish local time and right across daylight saving. The holidays are computed
from the date alone, so the same question always has the same answer.

A public holiday is closed; else a short day (1 May, 5 June) ends early; else a half holiday
(24 and 31 December) is closed; else the weekday decides.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import holidays

from ddh_beredskab.core.playbook import WEEKDAYS, OpeningHours

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
_HORIZONS = (timedelta(days=8), timedelta(days=40), timedelta(days=400))
_MINUTE = timedelta(minutes=1)


class Span(NamedTuple):
    """A stretch of time, its end not included."""

    start: datetime
    end: datetime


class NeverStaffedError(Exception):
    """No staffed time lies ahead, so nothing that waits for it could ever come."""

    code = "never_staffed"


def is_open(hours: OpeningHours, instant: datetime, extra: Iterable[tuple[datetime, datetime]] = ()) -> bool:
    """Is somebody there at this instant, by the ordinary hours or by a decision (`extra`)?"""
    return bool(staffed_intervals(hours, instant, instant + timedelta.resolution, extra))


def staffed_intervals(
    hours: OpeningHours,
    start: datetime,
    end: datetime,
    extra: Iterable[tuple[datetime, datetime]] = (),
) -> tuple[Span, ...]:
    """The staffed stretches from `start` to `end`, in order, joined where they touch."""
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    spans = [Span(opens.astimezone(UTC), closes.astimezone(UTC)) for opens, closes in extra]
    day, last = start.astimezone(COPENHAGEN).date(), end.astimezone(COPENHAGEN).date()
    while day <= last:
        if (ordinary := span_of_day(hours, day)) is not None:
            spans.append(ordinary)
        day += timedelta(days=1)
    return _joined(Span(max(span.start, start), min(span.end, end)) for span in spans)


def staffed_minutes_between(
    hours: OpeningHours,
    start: datetime,
    end: datetime,
    extra: Iterable[tuple[datetime, datetime]] = (),
) -> float:
    """How many minutes between the two instants somebody was there."""
    spans = staffed_intervals(hours, start, end, extra)
    return sum((span.end - span.start for span in spans), timedelta()) / _MINUTE


def next_staffed_instant_after(
    hours: OpeningHours,
    start: datetime,
    minutes: float,
    extra: Iterable[tuple[datetime, datetime]] = (),
) -> datetime:
    """The first instant at which `minutes` staffed minutes have passed since `start`.

    Sixty minutes from 19.30 on a Thursday end at 8.30 on Friday, unless the evening is opened.
    """
    openings, left = tuple(extra), timedelta(minutes=minutes)
    if left <= timedelta():
        return start.astimezone(UTC)
    for horizon in _HORIZONS:
        waiting = left
        for span in staffed_intervals(hours, start, start + horizon + left, openings):
            if span.end - span.start >= waiting:
                return span.start + waiting
            waiting -= span.end - span.start
    raise NeverStaffedError(f"no {minutes:g} staffed minutes within 400 days of {start.isoformat()}")


def opens_next(hours: OpeningHours, instant: datetime, extra: Iterable[tuple[datetime, datetime]] = ()) -> datetime:
    """The first instant, this one included, at which somebody is there."""
    openings = tuple(extra)
    for horizon in _HORIZONS:
        if spans := staffed_intervals(hours, instant, instant + horizon, openings):
            return spans[0].start
    raise NeverStaffedError(f"no staffed time within 400 days of {instant.isoformat()}")


def closes_next(hours: OpeningHours, instant: datetime, extra: Iterable[tuple[datetime, datetime]] = ()) -> datetime:
    """When the staffed stretch that runs now, or else the next one, ends."""
    openings = tuple(extra)
    opens = opens_next(hours, instant, openings)
    for horizon in _HORIZONS:
        first = staffed_intervals(hours, opens, opens + horizon, openings)[0]
        if first.end < opens + horizon:
            return first.end
    raise NeverStaffedError(f"the stretch staffed at {opens.isoformat()} does not end within 400 days")


def span_of_day(hours: OpeningHours, day: date) -> Span | None:
    """The ordinary hours of one Danish day, or None when it is closed."""
    usual = hours.week.get(WEEKDAYS[day.weekday()])
    if usual is None or day in _holidays(day.year, "public"):
        return None
    closes = usual.closes
    short = next((it for it in hours.short_days if (it.month, it.day) == (day.month, day.day)), None)
    if short is not None:
        closes = min(closes, short.closes)
    elif hours.closed_on_half_holidays and day in _holidays(day.year, "optional"):
        return None
    if closes <= usual.opens:
        return None
    return Span(_instant(datetime.combine(day, usual.opens)), _instant(datetime.combine(day, closes)))


@cache
def _holidays(year: int, category: str) -> frozenset[date]:
    return frozenset(holidays.country_holidays("DK", years=year, categories=category))


def _instant(local: datetime) -> datetime:
    return local.replace(tzinfo=COPENHAGEN).astimezone(UTC)


def _joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Sorted, empty ones left out, overlapping and touching ones made one."""
    joined: list[Span] = []
    for span in sorted(span for span in spans if span.start < span.end):
        if joined and span.start <= joined[-1].end:
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, span.end))
        else:
            joined.append(span)
    return tuple(joined)
