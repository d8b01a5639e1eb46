"""Borgernes spørgsmål: how many were answered, whether gaps were closed, whether somebody acted on urgent notices.

Rule kept: the counts are those of the reports that went out, for these are in the log.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from ddh_beredskab.drills.scoring.reading import Found, Reading, share
from ddh_beredskab.drills.scoring.timeline import Happened, Timeline, numbers
from schemas import feedback as f
from schemas.base import Event
from schemas.crisis_staff import ActionAdded
from schemas.guides import GuideReleased
from schemas.logbook import LogEntryRecorded

ACTED_WITHIN = timedelta(minutes=30)
_BY_HAND = ("urgent", "decision", "action", "information_out")


def answered(timeline: Timeline) -> Found:
    """Questions the agents could answer."""
    return _of_questions(timeline, lambda topic: topic.answered_yes)


def first_contact(timeline: Timeline) -> Found:
    """Questions that were settled without passing the citizen on."""
    return _of_questions(timeline, lambda topic: topic.total - topic.transferred - topic.urgent)


def _of_questions(timeline: Timeline, good: Callable[[f.TopicCount], int]) -> Found:
    reports = timeline.own(timeline.of(f.ReportIssued))
    if not reports:
        return "not_due"
    topics = [topic for each in reports for topic in each.event.by_topic]
    total = sum(topic.total for topic in topics)
    if not total:
        return "nothing_asked"
    hit = sum(good(topic) for topic in topics)
    told = [each for each in reports if each.event.by_topic]
    return Reading(hit / total, numbers(told), hit=hit, of=total)


def gaps_closed(timeline: Timeline) -> Found:
    """Gaps that a version of the guide answered in time; one whose time is not over is left out."""
    limit = timedelta(minutes=timeline.playbooks.limits.gap_answer_minutes)
    every, good, entries = list[int](), list[int](), list[int]()
    for gap in timeline.own(timeline.of(f.GapFound)):
        before = gap.event.answer_before or gap.at + limit
        closed = next(
            (x for x in timeline.of(f.GapClosed) if x.event.topic == gap.event.topic and x.at >= gap.at), None
        )
        if closed is None and before > timeline.until:
            continue
        every.append(gap.row.position)
        entries += numbers([gap, closed])
        if closed is not None and closed.at <= before:
            good.append(gap.row.position)
    return share(good, every, entries) if every else "did_not_happen"


def urgent_passed_on(timeline: Timeline) -> Found:
    """Urgent notices after which somebody acted: a task, a new guide, or a line in the log that says so."""
    by_hand = {each.event.number for each in timeline.by_hand}
    every, good, entries = list[int](), list[int](), list[int]()
    for notice in timeline.own(timeline.of(f.UrgentNoticeRaised)):
        upto = notice.at + ACTED_WITHIN
        act = next((x for x in timeline.happened if notice.at <= x.at <= upto and _acts(x, by_hand)), None)
        if act is None and upto > timeline.until:
            continue
        every.append(notice.row.position)
        entries += numbers([notice, act])
        if act is not None:
            good.append(notice.row.position)
    return share(good, every, entries) if every else "did_not_happen"


def _acts(each: Happened[Event], by_hand: set[int]) -> bool:
    match each.event:
        case ActionAdded() | GuideReleased():
            return True
        case LogEntryRecorded(number=number, kind=kind):
            return number in by_hand and kind in _BY_HAND
        case _:
            return False
