"""What happened in a drill, as marks in lanes: what stands out, what came too late, and all the rest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ddh_beredskab.drills.injects import Held
from ddh_beredskab.drills.scoring.timeline import Happened, Timeline
from schemas import activation as a
from schemas import crisis_staff as s
from schemas import feedback as f
from schemas import guides as g
from schemas.base import CommandRefused, Event
from schemas.drill_evaluation import Lane, Moment
from schemas.logbook import LogEntryRecorded

MAIN = (
    a.IncidentReported, a.CrisisWarned, a.CrisisProvisionallyActivated, a.CrisisActivated, a.ActivationDeclined,
    a.ActivationReversed, a.LevelChanged, a.StepDownProposed, a.CrisisDeactivated, s.StaffEstablished,
    s.StaffMeetingHeld, s.SituationPictureReceived, s.RoleHandedOver, g.FirstMessageReleased, g.GuideReleased,
    g.GuideRecalled, f.ReportIssued, f.UrgentNoticeRaised,
)  # fmt: skip
LATE = (
    a.DecisionOverdue, a.ProvisionalConfirmationOverdue, s.ReliefOverdue, s.StaffMeetingDue, s.SituationPictureOverdue,
    s.RoleUncovered, s.DdhStatusOverdue, g.FirstMessageOverdue, g.GuideReplacementOverdue, g.GuideUpdateOverdue,
    g.SecondLookOverdue, f.GapOverdue, f.ReportEscalated,
)  # fmt: skip
_LANES: tuple[Lane, ...] = ("activation", "crisis_staff", "guides", "feedback", "logbook")


def moments_of(timeline: Timeline) -> list[Moment]:
    """Every event that has an entry, in its concern's lane; what people wrote is the logbook's."""
    by_hand = {each.event.number for each in timeline.by_hand}
    return [
        Moment(
            at=each.at,
            lane=_lane(each),
            what=each.event.short_name(),
            number=_number(each.event),
            entry=each.entry,
            weight="main" if isinstance(each.event, MAIN) else "late" if isinstance(each.event, LATE) else "other",
        )
        for each in timeline.happened
        if each.entry is not None
        and not isinstance(each.event, CommandRefused)
        and (not isinstance(each.event, LogEntryRecorded) or each.event.number in by_hand)
    ]


def delivered(injects: Iterable[Held]) -> list[Moment]:
    """The injects that came."""
    return [
        Moment(at=each.delivered_at, lane="inject", what=each.inject.title, number=None, entry=None, weight="main")
        for each in injects
        if each.delivered_at is not None
    ]


def in_order(*found: Sequence[Moment]) -> tuple[Moment, ...]:
    """All of them by time."""
    return tuple(sorted((each for some in found for each in some), key=lambda each: each.at))


def _lane(each: Happened[Event]) -> Lane:
    name = (each.row.stream or "").partition("-")[0]
    return name if name in _LANES else "logbook"


def _number(event: Event) -> int | None:
    match event:
        case g.GuideReleased(version=number) | g.GuideRecalled(version=number):
            return number
        case f.ReportIssued(number=number) | s.StaffMeetingHeld(number=number) | f.ReportEscalated(number=number):
            return number
        case s.SituationPictureReceived(number=number) | a.StepDownProposed(number=number):
            return number
        case _:
            return None
