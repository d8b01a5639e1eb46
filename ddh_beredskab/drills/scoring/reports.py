"""Tilbagemeldinger, situationsbillede og status: what went to the municipality and what came from it, in time."""

from __future__ import annotations

from datetime import datetime

from ddh_beredskab.core.opening_hours import staffed_minutes_between
from ddh_beredskab.drills.scoring.reading import HOUR, Found, Reading, activated, share, since_activation, worst
from ddh_beredskab.drills.scoring.timeline import Happened, Timeline, numbers
from ddh_beredskab.projections.read_model import Json, instant
from schemas import activation as a
from schemas import crisis_staff as s
from schemas import feedback as f
from schemas.base import Event


def reports_issued(timeline: Timeline) -> Found:
    """The longest staffed time between two reports, against the interval that was set for it."""
    last: Happened[Event] | None = None
    interval, found = 0.0, list[tuple[Happened[Event], Reading]]()
    for each in timeline.happened:
        match each.event:
            case f.FeedbackOpened() as opened:
                last, interval = each, _staffed(timeline, each.at, opened.first_report_at)
            case f.ReportIssued() if last is not None and interval:
                reading = Reading(_staffed(timeline, last.at, each.at), numbers([last, each]), interval)
                found.append((each, reading))
                last, interval = each, _interval(timeline, each.at)
            case f.ReportIntervalSet(minutes=minutes) if isinstance(last and last.event, f.ReportIssued):
                interval = max(interval, minutes)
            case _:
                pass
    own = [reading for each, reading in found if timeline.theirs(each.at)]
    if own:
        return worst(own)
    return "before_start" if found else "not_due"


def _interval(timeline: Timeline, at: datetime) -> float:
    """What was set at that moment."""
    minutes = 0
    for each in timeline.happened:
        if each.at > at:
            break
        match each.event:
            case f.FeedbackOpened(interval_minutes=set_) | f.ReportIntervalSet(minutes=set_):
                minutes = set_
            case _:
                pass
    return minutes


def _staffed(timeline: Timeline, since: datetime, upto: datetime) -> float:
    opening: list[Json] = timeline.guide["opening"] if timeline.guide else []
    extra = [(instant(each["opens_at"]), instant(each["closes_at"])) for each in opening]
    return staffed_minutes_between(timeline.playbooks.opening_hours, since, upto, extra)


def reports_received(timeline: Timeline) -> Found:
    """Reports whose receipt came in time; one whose time is not over yet is left out."""
    receipts: dict[int, Happened[f.ReportAcknowledged]] = {}
    for each in timeline.of(f.ReportAcknowledged):
        receipts.setdefault(each.event.number, each)
    every, good, entries = list[int](), list[int](), list[int]()
    for each in timeline.own(timeline.of(f.ReportIssued)):
        before, receipt = each.event.receipt_before, receipts.get(each.event.number)
        if before is None or (receipt is None and before > timeline.until):
            continue
        every.append(each.event.number)
        entries += numbers([each, receipt])
        if receipt is not None and receipt.at <= before:
            good.append(each.event.number)
    return share(good, every, entries) if every else "not_due"


def picture_first(timeline: Timeline) -> Found:
    """Minutes from the activation to the municipality's first picture of the situation."""
    goal = timeline.playbooks.limits.situation_picture_due_minutes
    late: list[Happened[Event]] = [*timeline.of(s.SituationPictureOverdue)]
    return since_activation(timeline, timeline.first(s.SituationPictureReceived), goal, late[:1])


def picture_updates(timeline: Timeline) -> Found:
    """Pictures asked for before a meeting that came before it was due."""
    start = activated(timeline)
    first_due = start.at + HOUR / 60 * timeline.playbooks.limits.situation_picture_due_minutes if start else None
    asked = [each for each in timeline.own(timeline.of(s.SituationPictureRequested)) if each.event.due_at != first_due]
    due = [each for each in asked if each.event.due_at <= timeline.until]
    if not due:
        return "not_due"
    got = timeline.of(s.SituationPictureReceived)
    entries, good = list[int](), list[int]()
    for place, each in enumerate(due):
        came = next((x for x in got if each.at <= x.at <= each.event.due_at), None)
        entries += numbers([each, came])
        if came is not None:
            good.append(place)
    return share(good, due, entries)


def authority_status(timeline: Timeline) -> Found:
    """The longest time between the municipality's pictures, against every third hour or what was agreed."""
    hours: float = timeline.playbooks.limits.authority_status_hours
    end = next((each for each in timeline.happened if isinstance(each.event, a.CrisisDeactivated)), None)
    last: Happened[Event] | None = None
    found: list[tuple[datetime, Reading]] = []
    for each in timeline.happened:
        match each.event:
            case s.AuthorityStatusAgreed(hours=agreed):
                hours = agreed
            case s.SituationPictureReceived() | a.CrisisDeactivated():
                if last is not None and hours:
                    found.append((each.at, Reading((each.at - last.at) / HOUR, numbers([last, each]), hours)))
                last = None if isinstance(each.event, a.CrisisDeactivated) else each
            case _:
                pass
    if last is not None and hours and end is None:
        found.append((timeline.until, Reading((timeline.until - last.at) / HOUR, numbers([last]), hours)))
    own = [reading for at, reading in found if timeline.theirs(at)]
    if not own:
        return "did_not_happen"
    longest = worst(own)
    return longest if longest.ratio > 1 or sum(each.value for each in own) >= hours else "too_short"
