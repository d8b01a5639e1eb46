"""What happened on a day? Døgnets overblik, made of the log's entries and the documents that tell the rest.

The rule kept: pure, and of what the reader may see: whoever gives fewer entries gets a summary of fewer. A day is a
Danish day, and an entry belongs to the day on which it happened, also when it was written later.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

from ddh_beredskab.danish_time import local
from ddh_beredskab.projections.read_model import Json, instant


@dataclass(frozen=True, slots=True)
class Relief:
    """A role that went from one person to another."""

    role: str
    from_person: str
    to_person: str
    at: str


@dataclass(frozen=True, slots=True)
class DailySummary:
    """One day. Entries, meetings, versions and pictures are as their documents have them, in order of time."""

    day: date
    entries: int
    by_kind: dict[str, int]
    late: int
    """Efterført: written clearly later than it happened."""
    corrected: int
    """Entries of the day that were corrected, then or later."""
    decisions: list[Json] = field(default_factory=list[Json])
    omissions: list[Json] = field(default_factory=list[Json])
    urgent: list[Json] = field(default_factory=list[Json])
    pinned: list[Json] = field(default_factory=list[Json])
    meetings: list[Json] = field(default_factory=list[Json])
    guide_versions: list[Json] = field(default_factory=list[Json])
    statuses: list[Json] = field(default_factory=list[Json])
    pictures: list[Json] = field(default_factory=list[Json])
    reliefs: list[Relief] = field(default_factory=list[Relief])


def days_of(entries: Iterable[Json]) -> list[date]:
    """The days on which something happened, the first first."""
    return sorted({_day(entry["happened_at"]) for entry in entries})


def daily_summary(
    entries: Sequence[Json],
    day: date,
    *,
    meetings: Json | None = None,
    guide: Json | None = None,
    statuses: Json | None = None,
    pictures: Json | None = None,
    roster: Json | None = None,
) -> DailySummary:
    """The day, out of `timeline` entries and the documents `meetings`, `guide_in_force`, `statuses`, ... ."""
    of_the_day = [entry for entry in entries if _day(entry["happened_at"]) == day]
    of_the_day.sort(key=lambda entry: (instant(entry["happened_at"]), entry["number"]))

    def kind(name: str) -> list[Json]:
        return [entry for entry in of_the_day if entry["kind"] == name]

    return DailySummary(
        day=day,
        entries=len(of_the_day),
        by_kind=dict(Counter(entry["kind"] for entry in of_the_day).most_common()),
        late=sum(1 for entry in of_the_day if entry["late"]),
        corrected=sum(1 for entry in of_the_day if entry["corrected_by"] is not None),
        decisions=kind("decision"),
        omissions=kind("omission"),
        urgent=kind("urgent"),
        pinned=[entry for entry in of_the_day if entry["pinned"] is not None],
        meetings=_on(day, meetings, "meetings", "held_at"),
        guide_versions=_on(day, guide, "versions", "at"),
        statuses=_on(day, statuses, "versions", "at"),
        pictures=_on(day, pictures, "pictures", "at"),
        reliefs=[relief for relief in _reliefs(roster) if _day(relief.at) == day],
    )


def _day(at: str) -> date:
    return local(instant(at)).date()


def _on(day: date, doc: Json | None, name: str, at: str) -> list[Json]:
    """Of a document's list, what belongs to the day."""
    listed: list[Json] = doc[name] if doc else []
    return [each for each in listed if _day(each[at]) == day]


def _reliefs(roster: Json | None) -> list[Relief]:
    """Wherever a holder's time ended because the next one's began."""
    found: list[Relief] = []
    for role, seat in (roster or {"roles": {}})["roles"].items():
        held: list[Json] = [*seat["history"], *([seat["holder"]] if seat["holder"] else [])]
        found += [
            Relief(role, before["person"], after["person"], after["since"])
            for before, after in pairwise(held)
            if before["until"] == after["since"]
        ]
    return sorted(found, key=lambda relief: (relief.at, relief.role))
