"""The fold of crisis_staff's own stream: what each event makes of the state.

Rule: total and pure. An event that does not fit the phase changes nothing, so that a stream can always be read.
"""

from __future__ import annotations

from typing import TypeVar

from ddh_beredskab.core.crisis_staff.states import (
    FIRST_MEETING,
    PICTURE_ASK,
    PICTURE_DUE,
    PICTURE_STATUS,
    PICTURE_UPDATE,
    STATUS_DUE,
    Action,
    Contact,
    CrisisStaffState,
    DdhStatus,
    NoStaff,
    Offer,
    Planned,
    Pool,
    Search,
    StoodDown,
    Waiting,
    Work,
    Working,
)
from ddh_beredskab.core.deadlines import with_deadline, without, without_deadline
from ddh_beredskab.core.decider import Recorded
from schemas import crisis_staff as s
from schemas.base import DeadlineCancelled, DeadlineSet, Event, Model, StaffRole

L = TypeVar("L", bound=Model)


def evolve(state: CrisisStaffState, recorded: Recorded[Event]) -> CrisisStaffState:
    """The state after the event."""
    event = recorded.message
    match state, event:
        case _, s.StaffPoolNoted():
            return _pool_noted(state, pool_of(event))
        case _, s.StaffCallOutStarted():
            return _called_out(state, event)
        case Working(), s.StaffStoodDown():
            return StoodDown(pool=state.pool, work=state.work)
        case ((Working() | StoodDown()), _):
            return state.model_copy(update={"work": _worked(state.work, event, recorded)})
        case _:
            return state


def pool_of(event: s.StaffPoolNoted) -> Pool:
    """Whom the concern may ask from now on."""
    return Pool(
        candidates=event.candidates,
        strategic_leadership=event.strategic_leadership,
        steering_group=event.steering_group,
    )


def _pool_noted(state: CrisisStaffState, pool: Pool) -> CrisisStaffState:
    if isinstance(state, (NoStaff, Waiting)):
        return Waiting(pool=pool)
    return state.model_copy(update={"pool": pool})


def _called_out(state: CrisisStaffState, event: s.StaffCallOutStarted) -> Working:
    pool = Pool() if isinstance(state, NoStaff) else state.pool
    work = Work(activated_at=event.activated_at)
    if isinstance(state, (Working, StoodDown)):
        earlier = state.work
        work = work.model_copy(
            update={
                "meetings": earlier.meetings,
                "unapproved": earlier.unapproved,
                "pictures": earlier.pictures,
                "last_picture_at": earlier.last_picture_at,
                "status_hours": earlier.status_hours,
                "status": earlier.status,
                "actions": earlier.actions,
                "contacts": earlier.contacts,
                "plan": earlier.plan,
                "ticks": earlier.ticks,
                "steps": earlier.steps,
            }
        )
    return Working(pool=pool, work=work)


def _worked(work: Work, event: Event, recorded: Recorded[Event]) -> Work:
    match event:
        case DeadlineSet():
            return _with(work, deadlines=with_deadline(work.deadlines, event, recorded.id))
        case DeadlineCancelled():
            return _with(work, deadlines=without_deadline(work.deadlines, event))
        case s.StaffEstablished():
            return _with(work, established=True)
        case s.RoundTheClockStarted():
            return _with(work, round_the_clock=True)
        case s.StaffMeetingHeld():
            unapproved = {**work.unapproved, event.number: event.points}
            # What has come is no longer waited for, also when its deadline falls on this very instant.
            left = without(work.deadlines, FIRST_MEETING, PICTURE_UPDATE, STATUS_DUE)
            changed = {"unapproved": unapproved, "next_meeting_at": event.next_meeting_at}
            return _with(work, meetings=event.number, deadlines=left, **changed)
        case s.MinutesAmended():
            return _amended(work, event)
        case s.MinutesApproved():
            waiting = {number: points for number, points in work.unapproved.items() if number != event.number}
            return _with(work, unapproved=waiting)
        case s.SituationPictureReceived():
            left = without(work.deadlines, PICTURE_ASK, PICTURE_DUE, PICTURE_UPDATE, PICTURE_STATUS)
            return _with(work, pictures=event.number, last_picture_at=recorded.time, deadlines=left)
        case s.AuthorityStatusAgreed():
            return _with(work, status_hours=event.hours, deadlines=without(work.deadlines, PICTURE_STATUS))
        case s.DdhStatusWritten():
            status = DdhStatus(version=event.version, written_by=event.written_by, approved=work.status.approved)
            return _with(work, status=status)
        case s.DdhStatusApproved():
            status = work.status.model_copy(update={"approved": event.version})
            return _with(work, status=status, deadlines=without(work.deadlines, STATUS_DUE))
        case _:
            return _listed(work, event, recorded)


def _listed(work: Work, event: Event, recorded: Recorded[Event]) -> Work:
    """The lists: actions, contacts, the relief plan, actioncards, steps."""
    match event:
        case s.ActionAdded():
            return _with(work, actions=(*work.actions, Action(owner=event.owner, due_at=event.due_at)))
        case s.ActionStatusChanged():
            return _with(work, actions=_changed(work.actions, event.number, status=event.status))
        case s.ActionReassigned():
            changed = {"owner": event.owner, "due_at": event.due_at}
            return _with(work, actions=_changed(work.actions, event.number, **changed))
        case s.ExternalContactAdded():
            return _with(work, contacts=(*work.contacts, Contact(organisation=event.organisation)))
        case s.ExternalContactChanged():
            return _with(work, contacts=_changed(work.contacts, event.number, organisation=event.organisation))
        case s.ExternalContactClosed():
            return _with(work, contacts=_changed(work.contacts, event.number, open=False))
        case s.ReliefPlanned():
            line = Planned(role=event.role, person=event.person, begins_at=event.begins_at, ends_at=event.ends_at)
            return _with(work, plan=(*work.plan, line))
        case s.PlannedReliefCancelled():
            return _with(work, plan=_changed(work.plan, event.number, cancelled=True))
        case s.ActionCardTicked():
            others = tuple(point for point in work.ticks.get(event.role, ()) if point != event.point)
            now = tuple(sorted((*others, event.point))) if event.done else others
            return _with(work, ticks={**work.ticks, event.role: now})
        case s.ActivationStepCompleted():
            return _with(work, steps=(*work.steps, event.step))
        case _:
            return _role(work, event, recorded)


def _role(work: Work, event: Event, recorded: Recorded[Event]) -> Work:
    match event:
        case s.RoleOffered():
            offer = Offer(person=event.person, position=event.position)
            return _searched(work, event.role, offers=(*work.search(event.role).offers, offer))
        case s.RoleOfferAnswered():
            return _searched(work, event.role, offers=_answered(work.search(event.role), event))
        case s.RoleEscalated():
            passed = (*work.search(event.role).passed, event.person)
            return _searched(work, event.role, passed=passed)
        case s.RoleUncovered():
            return _searched(work, event.role, uncovered=True)
        case s.RoleAssumed():
            return _searched(work, event.role, holder=event.person, held_since=recorded.time, uncovered=False)
        case s.RoleHandedOver():
            return _searched(work, event.role, holder=event.to_person, held_since=recorded.time)
        case _:
            return work


def _answered(search: Search, event: s.RoleOfferAnswered) -> tuple[Offer, ...]:
    latest = search.offer_to(event.person)
    return tuple(
        offer.model_copy(update={"answer": event.answer}) if offer is latest else offer for offer in search.offers
    )


def _amended(work: Work, event: s.MinutesAmended) -> Work:
    """The minutes as they read now; a meeting that is moved is prepared for anew."""
    work = _with(work, unapproved={**work.unapproved, event.number: event.points})
    if event.number != work.meetings or event.next_meeting_at in (None, work.next_meeting_at):
        return work
    left = without(work.deadlines, PICTURE_UPDATE, STATUS_DUE)
    return _with(work, next_meeting_at=event.next_meeting_at, deadlines=left)


def _changed(lines: tuple[L, ...], number: int, **changes: object) -> tuple[L, ...]:
    """A list whose lines are numbered from 1, with one of them changed."""
    return tuple(
        line.model_copy(update=changes) if each == number else line for each, line in enumerate(lines, start=1)
    )


def _searched(work: Work, role: StaffRole, **changes: object) -> Work:
    search = work.search(role).model_copy(update=changes)
    return _with(work, searches={**work.searches, role: search})


def _with(work: Work, **changes: object) -> Work:
    return work.model_copy(update=changes)
