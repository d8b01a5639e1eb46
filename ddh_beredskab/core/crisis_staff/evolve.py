"""The fold of crisis_staff's own stream: what each event makes of the state.

Rule: total and pure. An event that does not fit the phase changes nothing, so that a stream can always be read.
"""

from __future__ import annotations

from ddh_beredskab.core.crisis_staff.states import (
    FIRST_MEETING,
    PICTURE_ASK,
    PICTURE_DUE,
    PICTURE_UPDATE,
    Action,
    CrisisStaffState,
    NoStaff,
    Offer,
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
from schemas.base import DeadlineCancelled, DeadlineSet, Event, StaffRole


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
                "actions": earlier.actions,
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
            left = without(work.deadlines, FIRST_MEETING, PICTURE_UPDATE)
            return _with(work, meetings=event.number, unapproved=unapproved, deadlines=left)
        case s.MinutesApproved():
            waiting = {number: points for number, points in work.unapproved.items() if number != event.number}
            return _with(work, unapproved=waiting)
        case s.SituationPictureReceived():
            left = without(work.deadlines, PICTURE_ASK, PICTURE_DUE, PICTURE_UPDATE)
            return _with(work, pictures=event.number, deadlines=left)
        case s.ActionAdded():
            return _with(work, actions=(*work.actions, Action(owner=event.owner)))
        case s.ActionStatusChanged():
            return _with(work, actions=_moved(work.actions, event))
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


def _moved(actions: tuple[Action, ...], event: s.ActionStatusChanged) -> tuple[Action, ...]:
    return tuple(
        action.model_copy(update={"status": event.status}) if number == event.number else action
        for number, action in enumerate(actions, start=1)
    )


def _searched(work: Work, role: StaffRole, **changes: object) -> Work:
    search = work.search(role).model_copy(update=changes)
    return _with(work, searches={**work.searches, role: search})


def _with(work: Work, **changes: object) -> Work:
    return work.model_copy(update=changes)
