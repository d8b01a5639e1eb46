"""Times as Danes write them, at the edge: local time in Copenhagen unless an offset is given, UTC inside.

Understood: 20-10-2023 14:05(:30), 20.10.2023 14.05, 20/10/2023 14:05, and ISO 8601. In the hour that comes twice when
summer time ends, the first is meant; the hour that is left out in spring is no time at all.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from ddh_beredskab.i18n import say

COPENHAGEN = ZoneInfo("Europe/Copenhagen")

_DANISH = re.compile(
    r"(?P<day>\d{1,2})[-./](?P<month>\d{1,2})[-./](?P<year>\d{4})[ T]+(?:kl\.? *)?"
    r"(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2}))?"
)


def parse_instant(text: str) -> datetime | None:
    """The instant a person wrote, or null; one outside the years 1900-2199 is a slip of the pen."""
    text = text.strip()
    try:
        if match := _DANISH.fullmatch(text):
            day, month, year, hour, minute, second = (int(part or 0) for part in match.groups())
            return _sensible(datetime(year, month, day, hour, minute, second))  # noqa: DTZ001 - zone in the next step
        if not re.match(r"\d{4}-\d{2}-\d{2}[T ]\d{2}", text):
            return None
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return _sensible(found)


def _sensible(found: datetime) -> datetime | None:
    if not 1900 <= found.year < 2200:
        return None
    return _local(found) if found.tzinfo is None else found.astimezone(UTC)


def local(instant: datetime) -> datetime:
    """The instant on Danish clocks."""
    return instant.astimezone(COPENHAGEN)


def day_and_clock(instant: datetime) -> str:
    """20-10-2023 14:05"""
    return f"{local(instant):%d-%m-%Y %H:%M}"


def clock(instant: datetime) -> str:
    """14:05"""
    return f"{local(instant):%H:%M}"


def in_words(span: timedelta) -> str:
    """`3 timer og 20 minutter`."""
    minutes = round(span.total_seconds() / 60)
    counts = (("days", minutes // 1440), ("hours", minutes % 1440 // 60), ("minutes", minutes % 60))
    parts = [say(f"cli.time.{unit}_{'one' if n == 1 else 'other'}", n=n) for unit, n in counts if n]
    return say("cli.time.and").join(parts) or say("cli.time.minutes_other", n=0)


def _local(naive: datetime) -> datetime | None:
    at = naive.replace(tzinfo=COPENHAGEN).astimezone(UTC)
    return at if at.astimezone(COPENHAGEN).replace(tzinfo=None) == naive else None
