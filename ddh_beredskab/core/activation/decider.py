"""The activation concern as one table: what it hears, and which function answers.

Rule: every refusal has a code of its own; each code has its Danish sentence in `playbooks/texts.yaml`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ddh_beredskab.core.activation import (
    callback,
    calling,
    deciding,
    linking,
    reporting,
    running,
    scope,
    stepping_down,
)
from ddh_beredskab.core.activation import states as s
from ddh_beredskab.core.activation.evolve import evolve
from ddh_beredskab.core.activation.phases import PHASE_CODES
from ddh_beredskab.core.deadlines import waits_for
from ddh_beredskab.core.decider import Decider, Emit, Found, Recorded
from ddh_beredskab.core.playbook import Limits, Playbooks
from schemas import activation as a
from schemas.base import Event, Message, TimerFired
from schemas.crisis_staff import RoleAssumed, RoleHandedOver, StaffStoodDown


def activation_decider(playbooks: Playbooks) -> Decider[s.ActivationState]:
    """The concern, deciding by these playbooks."""

    def decide(state: s.ActivationState, given: Recorded[Message], _found: Found) -> Sequence[Emit]:
        return [Emit(event) for event in _decide(state, given, playbooks)]

    return Decider(
        concern="activation",
        initial=s.NotReported(),
        state_type=s.ActivationState,
        decide=decide,
        evolve=evolve,
    )


def _decide(state: s.ActivationState, given: Recorded[Message], playbooks: Playbooks) -> list[Event]:
    limits, message = playbooks.limits, given.message
    match message:
        case a.ReportIncident():
            return reporting.report(state, message, given, playbooks)
        case a.SupplementIncident():
            return reporting.supplement(state, message, given, playbooks)
        case a.RecordContactAttempt():
            return calling.record_attempt(state, message, given, limits)
        case a.AskAgain():
            return calling.ask_again(state, given, limits)
        case a.ConfirmIncident():
            return callback.confirm(state, message, given)
        case a.RejectIncident():
            return callback.reject(state, message, given)
        case a.LinkCrises():
            return linking.link(state, message, given)
        case a.ExtendScope():
            return scope.extend(state, message, given, limits)
        case a.ProposeDecision():
            return deciding.propose(state, message, given, limits)
        case a.CastVote():
            return deciding.vote(state, message, given, limits)
        case a.GiveProvisionalActivation():
            return deciding.give_provisionally(state, message, given, limits)
        case a.ChangeLevel():
            return running.change_level(state, message, given)
        case a.SetServiceTarget():
            return running.set_service_target(state, message, given)
        case a.ChangeChannels():
            return running.change_channels(state, message, given)
        case a.DecideOpening():
            return running.decide_opening(state, message, given)
        case a.PrioritiseCapacity():
            return running.prioritise(state, message, given)
        case a.MarkSustained():
            return running.mark_sustained(state, message, given)
        case a.ProposeStepDown():
            return stepping_down.propose_step(state, message, given)
        case a.AgreeStepDown():
            return stepping_down.agree_step(state, given)
        case a.ReverseStepDown():
            return stepping_down.reverse_steps(state, message, given)
        case a.CloseCrisis():
            return stepping_down.close(state, message, given, limits)
        case a.ReopenCrisis():
            return stepping_down.reopen(state, message, given, limits)
        case a.RecordEvaluation():
            return stepping_down.record_evaluation(state, message, given)
        case RoleAssumed():
            return running.note_holder(state, message.role, message.person)
        case RoleHandedOver():
            return running.note_holder(state, message.role, message.to_person)
        case StaffStoodDown():
            return running.note_nobody(state, message.holders)
        case TimerFired():
            return _timer(state, message, given, limits)
        case _:
            return []


def _timer(state: s.ActivationState, fired: TimerFired, given: Recorded[Message], limits: Limits) -> list[Event]:
    """A deadline has come. One the state does not wait for is ignored."""
    if isinstance(state, (s.NotReported, s.PlannedPeak)) or not waits_for(state.case.deadlines, fired):
        return []
    at = given.time
    match fired.name:
        case s.CONTACT_ANSWER | s.PHONE_LIST | s.DECISION_TARGET:
            return _round_timer(state, fired.name, at, limits)
        case s.FOREWARNING_LAPSE if isinstance(state, s.Warned):
            return deciding.lapse(state, at)
        case s.CONFIRMATION if isinstance(state, s.Provisional):
            return [a.ProvisionalConfirmationOverdue(confirm_before=state.confirm_before)]
        case s.SUSTAINED if isinstance(state, (s.Provisional, s.Active, s.SteppingDown)):
            return [running.sustained(state.running, at)]
        case s.EVALUATION if isinstance(state, s.Closed):
            return [a.EvaluationOverdue()]
        case _:
            return []


def _round_timer(state: s.WithCase, name: str, at: datetime, limits: Limits) -> list[Event]:
    if not isinstance(state, (s.Assessing, s.Warned, s.Provisional)) or state.round is None:
        return []
    match name:
        case s.CONTACT_ANSWER:
            return calling.no_answer(state.case, state.round, at, limits)
        case s.PHONE_LIST:
            return calling.list_time_is_up(state.case, state.round, at, limits)
        case _:
            return calling.target_missed(state.case, state.round, at, limits)


REFUSALS: tuple[str, ...] = (
    *PHASE_CODES.values(),
    "already_linked",
    "already_reported",
    "already_sustained",
    "already_voted",
    "asker_may_not_confirm",
    "asker_may_not_vote",
    "call_back_missing",
    "channels_missing",
    "channels_unchanged",
    "debriefing_for_staff_and_agents",
    "debriefing_missing",
    "debriefing_not_dated",
    "evaluation_in_the_past",
    "evaluation_not_dated",
    "evaluation_too_late",
    "facts_missing",
    "final_step_missing",
    "final_step_not_yet",
    "findings_missing",
    "grounds_missing",
    "incident_unconfirmed",
    "instead_missing",
    "level_unchanged",
    "link_to_itself",
    "no_call_back_awaited",
    "no_proposal",
    "no_step_proposed",
    "no_step_to_reverse",
    "nobody_to_call_again",
    "not_on_phone_list",
    "not_the_role_holder",
    "only_confirm_or_reverse",
    "only_steering_group",
    "opening_ends_before_it_begins",
    "opening_is_over",
    "other_side_must_agree",
    "own_municipality_may_not_vote",
    "person_unknown",
    "phone_list_not_exhausted",
    "reason_missing",
    "role_may_not",
    "scope_of_one_municipality",
    "scope_only_grows",
    "scope_unchanged",
    "service_target_missing",
    "service_target_unchanged",
    "step_in_the_past",
    "still_calling",
)
"""Every code this concern refuses with."""
