"""Calling the steering group: one member at a time, each try recorded, until enough are reached or nobody is left.

Rules: a member who has not answered within the limit, or was not reached, makes the next one be called; reached members
stay. Calling stops once a quorum is on the line, and goes on if it has not decided by the target. The list is
exhausted when nobody is left to call, or after the limit without a quorum; then one member may act alone. Somebody may
have those who were not reached called again; who may act alone by then still may.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from ddh_beredskab.core.activation.members import barred, call_order, on_list, quorum_reached, require_desk
from ddh_beredskab.core.activation.phases import wrong_phase
from ddh_beredskab.core.activation.states import (
    CONTACT_ANSWER,
    DECISION_TARGET,
    PHONE_LIST,
    ActivationState,
    Assessing,
    Case,
    NotReported,
    PlannedPeak,
    Provisional,
    Round,
    Warned,
)
from ddh_beredskab.core.deadlines import cancelled
from ddh_beredskab.core.decider import Recorded, Refused
from ddh_beredskab.core.playbook import Limits
from schemas.activation import (
    ContactAttemptRecorded,
    DecisionOverdue,
    PhoneListCalledAgain,
    PhoneListExhausted,
    RecordContactAttempt,
    SteeringMemberAsked,
)
from schemas.base import DeadlineSet, Event, Message, Role

CALLERS: tuple[Role, ...] = (
    "steering_group",
    "project_leader",
    "strategic_leadership",
    "secretariat",
    "crisis_leader",
    "log_keeper",
    "process_lead",
    "personnel_lead",
    "communications_lead",
    "operator",
    "system",
)
"""Who may record a try to reach somebody; `system` for the answers of a message gateway."""


def begin_round(at: datetime, limits: Limits) -> list[Event]:
    """The clock of a round: the decision's target, and when the phone list counts as exhausted."""
    return [
        _deadline(DECISION_TARGET, at + timedelta(minutes=limits.provisional_within_minutes)),
        _deadline(PHONE_LIST, at + timedelta(minutes=limits.phone_list_exhausted_minutes)),
    ]


def call_next(case: Case, current: Round, at: datetime, limits: Limits) -> list[Event]:
    """The next member to call, or that nobody is left; nothing while one is being called or a quorum is there."""
    if current.waiting_for is not None and _rings(case, at):
        return []
    if quorum_reached(case, current.reached, limits) and not current.overdue:
        return []
    for order, member in enumerate(call_order(case.directory), start=1):
        if member.person in current.asked or member.person in current.reached:
            continue
        reason = barred(case, member, limits)
        return [
            SteeringMemberAsked(person=member.person, order=order, barred=reason is not None, reason=reason),
            _deadline(CONTACT_ANSWER, at + timedelta(minutes=limits.contact_answer_minutes)),
        ]
    return [] if current.exhausted and not current.calling_again else _exhausted(case, current, at)


def heard_from(case: Case, current: Round, person: str, at: datetime, limits: Limits) -> list[Event]:
    """The member is on the line, so we stop waiting for him and go on to the next."""
    stop = cancelled("activation", case.deadlines, [CONTACT_ANSWER], at) if current.waiting_for == person else []
    return [*stop, *call_next(case, current.heard_from(person), at, limits)]


def record_attempt(
    state: ActivationState, command: RecordContactAttempt, given: Recorded[Message], limits: Limits
) -> list[Event]:
    """RecordContactAttempt. Recorded in every phase: a try is a fact also when it came too late."""
    if isinstance(state, (NotReported, PlannedPeak)):
        raise wrong_phase(state)
    if given.actor.role not in CALLERS:
        raise Refused("role_may_not", role=given.actor.role, needed="secretariat")
    case, at, person = state.case, given.time, command.person
    member = on_list(case.directory, person)
    if member is None and all(each.person != person for each in case.directory.candidates):
        raise Refused("person_unknown", person=person)
    attempt = ContactAttemptRecorded(person=person, channel=command.channel, reached=command.reached, note=command.note)
    match state:
        case Assessing(round=current) | Warned(round=Round() as current) | Provisional(round=current):
            pass
        case _:
            return [attempt]
    if member is None:
        return [attempt]
    if command.reached:
        return [attempt, *heard_from(case, current, person, at, limits)]
    if current.waiting_for != person:
        return [attempt]
    stop = cancelled("activation", case.deadlines, [CONTACT_ANSWER], at)
    return [attempt, *stop, *call_next(case, current.not_waiting(), at, limits)]


def ask_again(state: ActivationState, given: Recorded[Message], limits: Limits) -> list[Event]:
    """AskAgain."""
    match state:
        case Assessing(round=current) | Warned(round=Round() as current) | Provisional(round=current):
            pass
        case _:
            raise wrong_phase(state)
    case, at = state.case, given.time
    require_desk(case, given.actor)
    if current.waiting_for is not None and _rings(case, at):
        raise Refused("still_calling", person=current.waiting_for)
    anew = current.once_more()
    calls = call_next(case, anew, at, limits)
    if not any(isinstance(event, SteeringMemberAsked) for event in calls):
        raise Refused("nobody_to_call_again")
    left = [member.person for member in call_order(case.directory) if member.person not in current.reached]
    return [PhoneListCalledAgain(persons=tuple(left)), *calls]


# -- timers ---------------------------------------------------------------------------------------


def no_answer(case: Case, current: Round, at: datetime, limits: Limits) -> list[Event]:
    """The member being called has not answered in time."""
    return call_next(case, current.not_waiting(), at, limits)


def list_time_is_up(case: Case, current: Round, at: datetime, limits: Limits) -> list[Event]:
    """Ten minutes, and no quorum on the line: one may act alone, while calling goes on."""
    if current.exhausted or quorum_reached(case, current.reached, limits):
        return []
    return _exhausted(case, current, at)


def target_missed(case: Case, current: Round, at: datetime, limits: Limits) -> list[Event]:
    """No decision within the target; those who were not needed for a quorum are called too."""
    waited = int((at - current.started_at).total_seconds() // 60)
    overdue = current.model_copy(update={"overdue": True})
    return [DecisionOverdue(waited_minutes=waited), *call_next(case, overdue, at, limits)]


def _rings(case: Case, at: datetime) -> bool:
    """Is the time to answer still running? A firing that changed nothing left no trace in the state."""
    answer = case.deadlines.get(CONTACT_ANSWER)
    return answer is not None and answer.due_at > at


def _exhausted(case: Case, current: Round, at: datetime) -> list[Event]:
    return [
        PhoneListExhausted(tried=len(current.asked), reached=len(current.reached)),
        *cancelled("activation", case.deadlines, [PHONE_LIST], at),
    ]


def _deadline(name: str, due_at: datetime) -> DeadlineSet:
    return DeadlineSet(concern="activation", name=name, due_at=due_at)
