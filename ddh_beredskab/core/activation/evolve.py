"""The fold of activation's own stream: what each event makes of the state.

Rule: total and pure. An event that does not fit the phase changes nothing, so that a stream can always be read.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from ddh_beredskab.core.activation.evolve_running import fired, reopened, while_running, with_case
from ddh_beredskab.core.activation.members import on_list
from ddh_beredskab.core.activation.states import (
    CONFIRMATION,
    DECISION_TARGET,
    EVALUATION,
    FOREWARNING_LAPSE,
    PHONE_LIST,
    ActivationState,
    Active,
    Assessing,
    Case,
    Closed,
    Evaluated,
    NotActivated,
    NotReported,
    PlannedPeak,
    Proposal,
    Provisional,
    Round,
    Running,
    SteppingDown,
    Warned,
    WithCase,
)
from ddh_beredskab.core.deadlines import with_deadline, without, without_deadline
from ddh_beredskab.core.decider import Recorded
from schemas import activation as a
from schemas.base import DeadlineCancelled, DeadlineSet, Event, RoleHolderNoted


def evolve(state: ActivationState, recorded: Recorded[Event]) -> ActivationState:
    """The state after the event."""
    event, at = recorded.message, recorded.time
    match state, event:
        case NotReported(), a.IncidentReported():
            case, began = first_round(event, at)
            return Assessing(case=case, round=began)
        case ((NotReported() | PlannedPeak()), _):
            return state
        case Assessing(), a.PlannedPeakNoted():
            return PlannedPeak()
        case _, DeadlineSet():
            return _deadline_set(state, event, recorded)
        case _, DeadlineCancelled():
            return with_case(state, deadlines=without_deadline(state.case.deadlines, event))
        case _, RoleHolderNoted():
            return with_case(state, holders=_holders(state.case, event))
        case _, a.IncidentAssessed():
            return with_case(state, answers=event.answers)
        case _, a.IncidentConfirmed():
            return with_case(state, unconfirmed=False)
        case _, a.AuthorityScopeChanged():
            return with_case(state, authority=event.authority)
        case _, a.CrisesLinked():
            return _linked(state, event)
        case ((Assessing() | Warned() | Provisional()), _) if (after := _in_round(state, event)) is not None:
            return after
        case ((Warned() | Active() | NotActivated()), a.VoteCast()):
            return with_case(state, voted=(*state.case.voted, event.person))
        case ((Assessing() | Warned() | Provisional() | NotActivated()), _):
            return _decided(state, event, recorded)
        case ((Active() | SteppingDown()), _):
            return while_running(state, event, recorded)
        case Closed(), a.CrisisReopened():
            return reopened(state, event, at)
        case Closed(), a.EvaluationRecorded():
            return Evaluated(case=state.case)
        case Closed(), a.EvaluationOverdue():
            return fired(state, EVALUATION)
        case _:
            return state


def first_round(event: a.IncidentReported, at: datetime) -> tuple[Case, Round]:
    """The case as reported, and the round that begins with it."""
    case = Case(
        crisis_kind=event.kind,
        authority=event.authority,
        asked_by=event.asked_by,
        expected_at=event.expected_at,
        directory=event.directory,
        unconfirmed=event.entry == "open_form",
    )
    began = Round(started_at=at)
    for person in (event.entered_by, event.asked_by):  # whoever is on the phone is reached
        if on_list(event.directory, person) is not None:
            began = began.heard_from(person)
    return case, began


def _linked(state: WithCase, event: a.CrisesLinked) -> ActivationState:
    linked = with_case(state, links={**state.case.links, event.other: event.relation})
    return _not_voted_on(linked.case, "merged") if event.ended else linked


def _not_voted_on(case: Case, why: Literal["rejected", "merged"]) -> NotActivated:
    """Ended without a decision, so there is none to add a vote to."""
    return NotActivated(case=case.model_copy(update={"voted": ()}), why=why)


def _holders(case: Case, event: RoleHolderNoted) -> dict[str, str]:
    others = {role: person for role, person in case.holders.items() if role != event.role}
    return others if event.person is None else {**others, event.role: event.person}


def _deadline_set(state: WithCase, event: DeadlineSet, recorded: Recorded[Event]) -> ActivationState:
    """A round lives from the moment its target is set: that is how a case is taken up again."""
    state = with_case(state, deadlines=with_deadline(state.case.deadlines, event, recorded.id))
    if event.name != DECISION_TARGET:
        return state
    match state:
        case Warned() if state.round is None or state.round.proposal is None:
            return state.model_copy(update={"round": Round(started_at=recorded.time)})
        case NotActivated():
            return Assessing(case=state.case, round=Round(started_at=recorded.time))
        case _:
            return state


def _in_round(state: Assessing | Warned | Provisional, event: Event) -> ActivationState | None:
    """What happens while the group is called and votes; null when the event is of another kind."""
    if (current := state.round) is None:
        return None
    match event:
        case a.SteeringMemberAsked():
            changed = current.model_copy(update={"asked": (*current.asked, event.person), "waiting_for": event.person})
        case a.ContactAttemptRecorded():
            changed = current.not_waiting() if current.waiting_for == event.person else current
            if event.reached and on_list(state.case.directory, event.person) is not None:
                changed = changed.heard_from(event.person)
        case a.PhoneListExhausted():
            changed = current.model_copy(update={"exhausted": True, "calling_again": False})
            state = fired(state, PHONE_LIST)
        case a.PhoneListCalledAgain():
            changed = current.once_more()
        case a.DecisionOverdue():
            changed = current.model_copy(update={"overdue": True})
            state = fired(state, DECISION_TARGET)
        case a.DecisionProposed():
            put = Proposal(outcome=event.outcome, terms=event.terms, grounds=event.grounds, instead=event.instead)
            changed = current.heard_from(event.proposed_by).model_copy(update={"proposal": put, "ballots": ()})
        case a.VoteCast():
            ballot = a.Ballot(person=event.person, vote=event.vote, grounds=event.grounds)
            changed = current.heard_from(event.person).model_copy(update={"ballots": (*current.ballots, ballot)})
        case a.ProposalRejected():
            changed = current.model_copy(update={"proposal": None, "ballots": ()})
        case _:
            return None
    return state.model_copy(update={"round": changed})


def _decided(
    state: Assessing | Warned | Provisional | NotActivated, event: Event, recorded: Recorded[Event]
) -> ActivationState:
    at = recorded.time
    case = _voted(state.case, event)
    match event:
        case a.CrisisWarned():
            return Warned(case=case, terms=event.terms)
        case a.ActivationDeclined():
            return NotActivated(case=case, why="declined")
        case a.ForewarningLapsed():
            left = without(case.deadlines, FOREWARNING_LAPSE)
            return NotActivated(case=case.model_copy(update={"deadlines": left, "voted": ()}), why="lapsed")
        case a.ActivationReversed():
            return NotActivated(case=case, why="reversed")
        case a.IncidentRejected():
            return _not_voted_on(case, "rejected")
        case a.CrisisProvisionallyActivated():
            current = None if isinstance(state, NotActivated) else state.round
            current = current or Round(started_at=at)
            if on_list(case.directory, event.decided_by) is not None:
                current = current.heard_from(event.decided_by)
            return Provisional(
                case=case,
                running=Running(terms=event.terms, activated_at=at),
                round=current.model_copy(update={"proposal": None, "ballots": ()}),
                confirm_before=event.confirm_before,
            )
        case a.CrisisActivated():
            if isinstance(state, Provisional):
                return Active(case=case, running=state.running.model_copy(update={"terms": event.terms}))
            return Active(case=case, running=Running(terms=event.terms, activated_at=at))
        case a.ProvisionalConfirmationOverdue():
            return fired(state, CONFIRMATION)
        case _ if isinstance(state, Provisional):
            return while_running(state, event, recorded)
        case _:
            return state


def _voted(case: Case, event: Event) -> Case:
    """Who has voted on the decision that was just taken; on one without votes nobody has anything to add."""
    match event:
        case a.CrisisWarned() | a.CrisisActivated() | a.ActivationReversed() | a.ActivationDeclined():
            return case.model_copy(update={"voted": tuple(ballot.person for ballot in event.ballots)})
        case _:
            return case
