"""Guiden: the first message, the longest time without a fresh guide, who had seen it, how many versions."""

from __future__ import annotations

from ddh_beredskab.drills.scoring.reading import Found, Reading, share, since_activation
from ddh_beredskab.drills.scoring.timeline import Happened, Timeline, numbers
from ddh_beredskab.projections.guide_gaps import gaps
from schemas import guides as g
from schemas.base import Event

UPDATES = g.GuideOpened | g.FirstMessageReleased | g.GuideReleased | g.GuideConfirmed | g.GuideClosed


def first_message(timeline: Timeline) -> Found:
    """Minutes from the decision until agents had something to say: the first message, or a version at once."""
    out: list[Happened[Event]] = [
        each for each in timeline.happened if isinstance(each.event, g.FirstMessageReleased | g.GuideReleased)
    ]
    goal = timeline.playbooks.limits.first_message_minutes
    return since_activation(timeline, next(iter(out), None), goal, [*timeline.of(g.FirstMessageOverdue)])


def guide_gap(timeline: Timeline) -> Found:
    """The longest staffed time between two updates, against the interval that was promised for it."""
    if timeline.guide is None or not timeline.guide["updates"]:
        return "did_not_happen"
    found = gaps(timeline.guide, timeline.playbooks.opening_hours, timeline.until)
    own = [gap for gap in found if timeline.theirs(gap.end) and gap.interval_minutes]
    if not own:
        return "before_start" if found else "too_short"
    longest = max(own, key=lambda gap: gap.minutes / gap.interval_minutes)
    ends = [
        each
        for each in timeline.happened
        if isinstance(each.event, UPDATES) and each.at in (longest.start, longest.end)
    ]
    late = [each for each in timeline.of(g.GuideUpdateOverdue) if longest.start <= each.at <= longest.end]
    return Reading(longest.minutes, numbers([*ends, *late]), longest.interval_minutes)


def guide_seen(timeline: Timeline) -> Found:
    """Versions that enough of those on shift had seen in time."""
    measured = [each for each in timeline.of(g.GuideSeenMeasured) if each.event.on_shift]
    own = timeline.own(measured)
    if not own:
        return "before_start" if measured else "did_not_happen"
    return share([each for each in own if each.event.share >= each.event.target], own, numbers(own))


def guide_versions(timeline: Timeline) -> Found:
    """How many versions came out."""
    own = timeline.own(timeline.of(g.GuideReleased))
    return Reading(len(own), numbers(own)) if own else "did_not_happen"
