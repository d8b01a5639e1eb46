"""How long did agents go without a fresh guide? Counted over staffed time, right across daylight saving.

A gap runs from one update (opening, release, gælder stadig) to the next, or to the closing. A natversion says who owns
the text while DDH is closed; it is no update. Each gap carries the interval it was promised within.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ddh_beredskab.core.opening_hours import staffed_minutes_between
from ddh_beredskab.core.playbook import OpeningHours
from ddh_beredskab.projections.read_model import Json, instant


@dataclass(frozen=True, slots=True)
class Gap:
    """Staffed minutes without an update, and the interval that was promised."""

    start: datetime
    end: datetime
    minutes: float
    interval_minutes: int


def gaps(doc: Json, hours: OpeningHours, until: datetime) -> list[Gap]:
    """All gaps up to `until` (or to the closing, whichever comes first), in order."""
    openings = [(instant(opening["opens_at"]), instant(opening["closes_at"])) for opening in doc["opening"]]
    found: list[Gap] = []
    start: datetime | None = None
    interval = 0
    for update in doc["updates"]:
        at = instant(update["at"])
        if at > until:
            break
        if update["kind"] == "interval":
            interval = update["interval"]
            continue
        if start is not None and at > start:
            found.append(Gap(start, at, staffed_minutes_between(hours, start, at, openings), interval))
        if update["kind"] == "closed":
            start = None
            continue
        interval = update["interval"] or interval
        start = at
    if start is not None and start < until:
        found.append(Gap(start, until, staffed_minutes_between(hours, start, until, openings), interval))
    return found


def longest_gap_minutes(doc: Json | None, hours: OpeningHours, until: datetime) -> float | None:
    """The longest gap in staffed minutes; null before a guide was opened."""
    if doc is None or not doc["updates"]:
        return None
    return max((gap.minutes for gap in gaps(doc, hours, until)), default=0.0)


def late_gaps(found: Sequence[Gap]) -> list[Gap]:
    """Those longer than was promised."""
    return [gap for gap in found if gap.minutes > gap.interval_minutes]
