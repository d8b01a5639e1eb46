"""Nedtrapning: in steps, on facts, agreed by the authority and the crisis leader, reversible; then closing.

Rules where the plan is silent (ours):
- Whoever proposes agrees by it; the other side says yes, and it must be another person. One step is open at a time,
  a new proposal replaces it.
- One side alone may take the steps back: it got worse, and in doubt the higher level counts.
- Without a noted local leader, one named for the role or the leader who asked speaks for the authority; without a
  crisis leader, the strategic leadership speaks for DDH. So a crisis never lacks somebody who can end it.
- What the authority says on the phone is entered by the secretariat or the log keeper på vegne af, with both names.
- A provisional activation is confirmed or reversed before it is stepped down.
- It closes when debriefing is offered to staff and agents, with a date, and the evaluation is dated within its limit;
  then the evaluation is overdue when its day has gone by. Messages from before the dates were asked for name none, and
  have the limit as their date.
- A closed crisis may be reopened until it is evaluated, by the strategic leadership, a member of the steering group
  who may vote, or the one who led it. After that it is a new incident.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from datetime import time as LocalTime

from ddh_beredskab.core.activation.deciding import sustained_deadline
from ddh_beredskab.core.activation.members import authority_speaker, candidate_for, holds, member_who_may_vote, require
from ddh_beredskab.core.activation.phases import wrong_phase
from ddh_beredskab.core.activation.running import active_hours
from ddh_beredskab.core.activation.states import (
    EVALUATION,
    SUSTAINED,
    ActivationState,
    Active,
    Case,
    Closed,
    Side,
    SteppingDown,
)
from ddh_beredskab.core.deadlines import cancelled
from ddh_beredskab.core.decider import Recorded, Refused
from ddh_beredskab.core.opening_hours import COPENHAGEN
from ddh_beredskab.core.playbook import Limits
from schemas import activation as a
from schemas.base import Actor, DeadlineSet, Event, Message, Ref, Role

EVALUATORS: tuple[Role, ...] = (
    "secretariat",
    "project_leader",
    "strategic_leadership",
    "steering_group",
    "evaluator",
)


def propose_step(state: ActivationState, command: a.ProposeStepDown, given: Recorded[Message]) -> list[Event]:
    """ProposeStepDown."""
    current = _stepping(state)
    _, speaker = _speaks(current.case, given.actor)
    if not command.facts.strip():
        raise Refused("facts_missing")
    if command.effective_at < given.time:
        raise Refused("step_in_the_past")
    return [
        a.StepDownProposed(
            number=current.running.steps_proposed + 1,
            step=command.step,
            facts=command.facts,
            effective_at=command.effective_at,
            final=command.final,
            proposed_by=speaker,
        )
    ]


def agree_step(state: ActivationState, given: Recorded[Message]) -> list[Event]:
    """AgreeStepDown."""
    current = _stepping(state)
    side, speaker = _speaks(current.case, given.actor)
    if (step := current.running.pending) is None:
        raise Refused("no_step_proposed")
    if side == step.side or speaker == step.proposed_by:
        raise Refused("other_side_must_agree", proposed_by=step.proposed_by)
    return [
        a.StepDownAgreed(
            number=step.number,
            effective_at=step.effective_at,
            final=step.final,
            agreed_by=(step.proposed_by, speaker),
        )
    ]


def reverse_steps(state: ActivationState, command: a.ReverseStepDown, given: Recorded[Message]) -> list[Event]:
    """ReverseStepDown, by either side."""
    current = _stepping(state)
    _speaks(current.case, given.actor)
    if not command.grounds.strip():
        raise Refused("grounds_missing")
    if current.running.pending is None and not current.running.agreed:
        raise Refused("no_step_to_reverse")
    return [a.StepDownReversed(grounds=command.grounds)]


def close(state: ActivationState, command: a.CloseCrisis, given: Recorded[Message], limits: Limits) -> list[Event]:
    """CloseCrisis: after a final step that both agreed to, once its time has come."""
    current = _stepping(state)
    require(current.case, given.actor, "crisis_leader", "strategic_leadership")
    final = [step for step in current.running.agreed if step.final]
    if not final:
        raise Refused("final_step_missing")
    if final[-1].effective_at > given.time:
        raise Refused("final_step_not_yet", effective_at=final[-1].effective_at.isoformat())
    if not command.debriefing.strip():
        raise Refused("debriefing_missing")
    evaluation_before = given.time + timedelta(days=limits.evaluation_days)
    arranged = _arranged(command, given.time, evaluation_before)
    if arranged is not None:
        evaluation_before = min(evaluation_before, _end_of_day(arranged.evaluation_at))
    return [
        *([arranged] if arranged else []),
        a.CrisisDeactivated(
            debriefing=command.debriefing,
            summary=command.summary,
            evaluation_before=evaluation_before,
            hours_active=active_hours(current.running, given.time),
        ),
        *cancelled("activation", current.case.deadlines, [SUSTAINED], given.time),
        DeadlineSet(concern="activation", name=EVALUATION, due_at=evaluation_before),
    ]


def _arranged(command: a.CloseCrisis, at: datetime, latest: datetime) -> a.AftercareArranged | None:
    """What is arranged for afterwards; null for a message from before it was asked for."""
    offered_to, debriefing_at, evaluation_at = (
        command.debriefing_offered_to,
        command.debriefing_at,
        command.evaluation_at,
    )
    if offered_to is None and debriefing_at is None and evaluation_at is None:
        return None
    if offered_to is None or not {"staff", "agents"} <= set(offered_to):
        raise Refused("debriefing_for_staff_and_agents")
    if debriefing_at is None:
        raise Refused("debriefing_not_dated")
    if evaluation_at is None:
        raise Refused("evaluation_not_dated")
    if evaluation_at <= at:
        raise Refused("evaluation_in_the_past")
    if evaluation_at > latest:
        raise Refused("evaluation_too_late", latest=latest.isoformat())
    everybody = tuple(dict.fromkeys(offered_to))
    return a.AftercareArranged(
        debriefing_offered_to=everybody, debriefing_at=debriefing_at, evaluation_at=evaluation_at
    )


def _end_of_day(at: datetime) -> datetime:
    """A minute to midnight in Denmark: an evaluation is late when its day is over, not while it is held."""
    day = at.astimezone(COPENHAGEN).date()
    return datetime.combine(day, LocalTime(23, 59), COPENHAGEN).astimezone(at.tzinfo)


def reopen(state: ActivationState, command: a.ReopenCrisis, given: Recorded[Message], limits: Limits) -> list[Event]:
    """ReopenCrisis, on the terms it was closed with."""
    if not isinstance(state, Closed):
        raise wrong_phase(state)
    case, actor = state.case, given.actor
    if actor.role == "crisis_leader":
        _led_it(state, actor)
    elif actor.role == "steering_group":
        member_who_may_vote(case, actor, limits)
    else:
        require(case, actor, "strategic_leadership")
    if not command.grounds.strip():
        raise Refused("grounds_missing")
    return [
        a.CrisisReopened(
            kind=case.crisis_kind,
            authority=case.authority,
            terms=state.running.terms,
            grounds=command.grounds,
        ),
        *cancelled("activation", case.deadlines, [EVALUATION], given.time),
        sustained_deadline(given.time, limits),
    ]


def record_evaluation(state: ActivationState, command: a.RecordEvaluation, given: Recorded[Message]) -> list[Event]:
    """RecordEvaluation, also when it is overdue."""
    if not isinstance(state, Closed):
        raise wrong_phase(state)
    if given.actor.role == "crisis_leader":
        _led_it(state, given.actor)
    elif given.actor.role not in EVALUATORS:
        raise Refused("role_may_not", role=given.actor.role, needed="secretariat")
    if not command.findings.strip():
        raise Refused("findings_missing")
    stop = cancelled("activation", state.case.deadlines, [EVALUATION], given.time)
    return [a.EvaluationRecorded(findings=command.findings), *stop]


def _stepping(state: ActivationState) -> Active | SteppingDown:
    if not isinstance(state, (Active, SteppingDown)):
        raise wrong_phase(state)
    return state


def _speaks(case: Case, actor: Actor) -> tuple[Side, Ref]:
    """For which side, and who; refuses those who speak for neither."""
    if (speaker := authority_speaker(actor)) is not None:
        if not _may_speak_for_authority(case, actor, speaker):
            raise Refused("not_the_role_holder", person=speaker, role="local_leader")
        return "authority", speaker
    if actor.role == "strategic_leadership" and "crisis_leader" in case.holders:
        raise Refused("role_may_not", role=actor.role, needed="crisis_leader")
    require(case, actor, "crisis_leader", "strategic_leadership")
    return "ddh", actor.person


def _may_speak_for_authority(case: Case, actor: Actor, speaker: Ref) -> bool:
    if (holder := case.holders.get("local_leader")) is not None:
        return speaker == holder or holds(case, actor, "local_leader")
    return speaker == case.asked_by or candidate_for(case, "local_leader", speaker)


def _led_it(state: Closed, actor: Actor) -> None:
    if actor.person != state.led_by:
        raise Refused("not_the_role_holder", person=actor.person, role=actor.role)
