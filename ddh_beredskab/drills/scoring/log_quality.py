"""Loggen: what was written late, corrected, left out on purpose and said so, and how long nobody wrote."""

from __future__ import annotations

from itertools import pairwise

from ddh_beredskab.drills.scoring.reading import Found, Reading, first_and_last, minutes
from ddh_beredskab.drills.scoring.timeline import Timeline, numbers
from schemas.logbook import LogKind


def log_late(timeline: Timeline) -> Found:
    """Of the lines somebody wrote, how many were written clearly later than it happened."""
    written = timeline.own(timeline.by_hand)
    if not written:
        return "did_not_happen"
    late = [each for each in written if each.event.late]
    on_time = len(written) - len(late)
    return Reading(len(late) / len(written), numbers(late or written), hit=on_time, of=len(written))


def log_corrections(timeline: Timeline) -> Found:
    """How many corrections."""
    return _count(timeline, "correction")


def log_omissions(timeline: Timeline) -> Found:
    """How many times somebody wrote what was not done, and why."""
    return _count(timeline, "omission")


def _count(timeline: Timeline, kind: LogKind) -> Found:
    found = [each for each in timeline.own(timeline.lines) if each.event.kind == kind]
    return Reading(len(found), numbers(found) or first_and_last(timeline))


def log_silence(timeline: Timeline) -> Found:
    """The longest time between two lines by hand."""
    written = sorted(timeline.own(timeline.by_hand), key=lambda each: (each.row.recorded_at, each.event.number))
    if len(written) < 2:
        return "did_not_happen"
    one, other = max(pairwise(written), key=lambda pair: pair[1].row.recorded_at - pair[0].row.recorded_at)
    return Reading(minutes(one.row.recorded_at, other.row.recorded_at), numbers([one, other]))
