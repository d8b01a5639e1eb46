"""A reading: a number with the log entries behind it; held against its target it becomes a score.

Rule kept: a reading without entries cannot become a measure; it is told as "not measurable".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ddh_beredskab.drills.scoring.timeline import E, Happened, Timeline, numbers
from ddh_beredskab.playbooks.targets import Target
from schemas.activation import CrisisActivated, CrisisProvisionallyActivated
from schemas.base import Event
from schemas.drill_evaluation import Measured, NotMeasured, Result, Score, WhyNot

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Reading:
    """`limit`: the time limit that was in force, for targets that are times it."""

    value: float
    entries: tuple[int, ...]
    limit: float | None = None
    hit: int | None = None
    of: int | None = None

    @property
    def ratio(self) -> float:
        """How many times its limit."""
        return self.value / self.limit if self.limit else 0.0


Found = Reading | WhyNot


def score(target: Target, found: Found) -> Score:
    """The reading held against the target."""
    return Score(
        key=target.key,
        family=target.family,
        label=target.label,
        unit=target.unit,
        judged=target.judged,
        source=target.source,
        result=_result(target, found),
    )


def _result(target: Target, found: Found) -> Result:
    if not isinstance(found, Reading):
        return NotMeasured(why=found)
    if not found.entries:
        return NotMeasured(why="no_entries")
    goal = target.goal
    if target.per == "interval" and found.limit is not None and goal is not None:
        verdict, goal = target.verdict(round(found.ratio, 4)), goal * found.limit
    else:
        verdict = target.verdict(round(found.value, 4))
    return Measured(
        verdict=verdict,
        value=round(found.value, 4),
        goal=None if goal is None else round(goal, 4),
        hit=found.hit,
        of=found.of,
        entries=found.entries,
    )


# -- what the families share ----------------------------------------------------------------------


def share(good: Sequence[object], every: Sequence[object], entries: Iterable[int]) -> Reading:
    """So many of so many."""
    return Reading(len(good) / len(every), tuple(sorted(set(entries))), hit=len(good), of=len(every))


def worst(found: Iterable[Reading]) -> Reading:
    """The one furthest beyond its limit."""
    return max(found, key=lambda each: each.ratio)


def activated(timeline: Timeline) -> Happened[Event] | None:
    """When the crisis became (provisionally) active; null: it did not."""
    every: list[Happened[Event]] = [
        each for each in timeline.happened if isinstance(each.event, CrisisProvisionallyActivated | CrisisActivated)
    ]
    return next(iter(every), None)


def since_activation(
    timeline: Timeline, first: Happened[E] | None, goal_minutes: float, late: Iterable[Happened[Event]]
) -> Found:
    """Minutes from the activation to the first of something, or to now when its time is over without it."""
    start = activated(timeline)
    if start is None:
        return "did_not_happen"
    if first is not None:
        if not timeline.theirs(first.at):
            return "before_start"
        return Reading(minutes(start.at, first.at), numbers([first]))
    waited = minutes(start.at, timeline.until)
    if waited <= goal_minutes:
        return "not_due"
    return Reading(waited, numbers([*late, start]))


def minutes(since: datetime, upto: datetime) -> float:
    """Between two moments."""
    return (upto - since) / MINUTE


def first_and_last(timeline: Timeline) -> tuple[int, ...]:
    """The stretch of the log that was looked through when nothing was found in it."""
    found = [each.event.number for each in timeline.own(timeline.lines)]
    return tuple(sorted({found[0], found[-1]})) if found else ()
