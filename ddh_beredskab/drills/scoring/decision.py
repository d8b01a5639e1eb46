"""Beslutning og stab: from the request to the decision, the quorum, the staff, the first meeting, who was trained."""

from __future__ import annotations

from datetime import timedelta

from ddh_beredskab.core.activation.deciding import confirm_by
from ddh_beredskab.drills.scoring.reading import Found, Reading, minutes, share, since_activation, worst
from ddh_beredskab.drills.scoring.timeline import Happened, Timeline, numbers
from schemas import activation as a
from schemas import crisis_staff as s
from schemas.base import Event

DECISIONS = a.CrisisWarned | a.CrisisProvisionallyActivated | a.CrisisActivated | a.ActivationDeclined


def decision(timeline: Timeline) -> Found:
    """The slowest of the decisions; the quorum's confirmation is no new one."""
    made: list[tuple[Happened[Event], float]] = [
        (each, each.event.minutes)
        for each in timeline.happened
        if isinstance(each.event, DECISIONS)
        and not (isinstance(each.event, a.CrisisActivated) and each.event.confirms_provisional)
    ]
    if made:
        own = [(each, took) for each, took in made if timeline.theirs(each.at)]
        return Reading(max(took for _, took in own), numbers(each for each, _ in own)) if own else "before_start"
    overdue = timeline.own(timeline.of(a.DecisionOverdue))
    if timeline.of(a.PlannedPeakNoted):
        return "did_not_happen"  # nobody is to decide on a planned peak
    if not overdue:
        return "not_due"
    waited = max(each.event.waited_minutes for each in overdue)
    return Reading(waited, numbers(overdue))


def quorum(timeline: Timeline) -> Found:
    """The quorum's own answer against its time limit: an hour by day, the morning after a night."""
    limits = timeline.playbooks.limits
    found: list[tuple[Happened[Event], Reading]] = []
    given: Happened[a.CrisisProvisionallyActivated] | None = None
    for each in timeline.happened:
        match each.event:
            case a.CrisisProvisionallyActivated():
                given = Happened(each.row, each.event, each.entry)
            case a.CrisisActivated(confirms_provisional=True) | a.ActivationReversed() if given is not None:
                limit = minutes(given.at, given.event.confirm_before)
                found.append((each, Reading(minutes(given.at, each.at), numbers([given, each]), limit)))
                given = None
            case a.CrisisActivated(minutes=took) | a.CrisisWarned(minutes=took) | a.ActivationDeclined(minutes=took):
                asked = each.at - timedelta(minutes=took)
                found.append((each, Reading(took, numbers([each]), minutes(asked, confirm_by(asked, limits)))))
            case _:
                pass
    if given is not None and given.event.confirm_before <= timeline.until:
        overdue = numbers([given, *timeline.of(a.ProvisionalConfirmationOverdue)])
        limit = minutes(given.at, given.event.confirm_before)
        return Reading(minutes(given.at, timeline.until), overdue, limit)
    own = [reading for each, reading in found if timeline.theirs(each.at)]
    if own:
        return worst(own)
    return "before_start" if found and given is None else "not_due"


def staff_established(timeline: Timeline) -> Found:
    """Minutes from the call-out until every role was filled."""
    first = timeline.first(s.StaffEstablished)
    if first is None:
        return "did_not_happen"
    return Reading(first.event.minutes, numbers([first])) if timeline.theirs(first.at) else "before_start"


def first_meeting(timeline: Timeline) -> Found:
    """Minutes from the activation to the first staff meeting."""
    goal = timeline.playbooks.limits.first_meeting_minutes
    return since_activation(timeline, timeline.first(s.StaffMeetingHeld), goal, [*timeline.of(s.StaffMeetingDue)])


def trained(timeline: Timeline) -> Found:
    """How many of those who took a role were trained for it, as the register knew when help was asked for."""
    known = {
        (each.person, each.role)
        for pool in timeline.of(s.StaffPoolNoted)
        for each in pool.event.candidates
        if each.trained
    }
    taken: list[tuple[Happened[Event], bool]] = []
    for each in timeline.happened:
        match each.event:
            case s.RoleAssumed(person=person, role=role) | s.RoleHandedOver(to_person=person, role=role):
                taken.append((each, (person, role) in known))
            case _:
                pass
    own = [(each, ok) for each, ok in taken if timeline.theirs(each.at)]
    if not own:
        return "before_start" if taken else "did_not_happen"
    return share([each for each, ok in own if ok], own, numbers(each for each, _ in own))
