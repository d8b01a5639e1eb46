"""While the crisis runs, and how it ends: level, opening, priorities, nedtrapning, closing, reopening, evaluation."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from ddh_beredskab.core.activation import ActivationState, activation_decider
from ddh_beredskab.core.activation.states import Active, Closed, Evaluated, Provisional, SteppingDown
from ddh_beredskab.core.decider import Recorded
from schemas import activation as a
from schemas.base import SYSTEM, Actor, Command, DeadlineCancelled, DeadlineSet, Event, RoleHolderNoted, StaffRole
from schemas.crisis_staff import RoleAssumed, RoleHandedOver, StaffStoodDown
from tests.core.books import BOOKS
from tests.core.cast import (
    BO,
    DAN,
    DAY,
    EVA,
    FIE,
    LEADER,
    LIS,
    LOCAL,
    PROJECT_LEADER,
    REPORT,
    SECRETARY,
    STRATEGIC,
    TERMS,
    actor,
    fire,
    fired,
    hours,
    minutes,
    propose,
    reported,
    tried,
    vote,
)
from tests.core.gwt import Story

Told = Story[ActivationState]
OPENING = a.OpeningOutsideHours(
    opens_at=DAY + hours(12), closes_at=DAY + hours(16), channels=("contact_centre",), staffed_by="Nørremark"
)
DEPUTY = actor("signe", "crisis_leader", deputy=True, on_behalf_of="asta")
STEP = a.ProposeStepDown(step="DDH stopper", facts="8 opkald den sidste time", effective_at=DAY + hours(10), final=True)
AGREE = a.AgreeStepDown()
REVERSE = a.ReverseStepDown(grounds="Det er blevet værre.")
CLOSE = a.CloseCrisis(debriefing="Tirsdag kl. 15", summary="Det gik.")
REOPEN = a.ReopenCrisis(grounds="Vandet er tilbage.")
EVALUATE = a.RecordEvaluation(findings="Telefonlisten var gammel.")


def holder(role: StaffRole, person: str) -> RoleAssumed:
    return RoleAssumed(role=role, person=person, deputy=False)


def active(report: a.ReportIncident = REPORT, *, staffed: bool = True) -> Told:
    told = Story(activation_decider(BOOKS))
    told.do(report, at=DAY, by=SECRETARY)
    told.do(propose(), at=DAY, by=BO)
    for voter in (BO, DAN, FIE):
        told.do(vote(), at=DAY, by=voter)
    if staffed:
        told.do(holder("crisis_leader", "asta"), at=DAY)
        told.do(holder("local_leader", "birgit"), at=DAY)
    return told


def stepping_down() -> Told:
    told = active()
    told.do(STEP, at=DAY + hours(8), by=LEADER)
    told.do(AGREE, at=DAY + hours(8), by=LOCAL)
    assert isinstance(told.state, SteppingDown)
    return told


def closed() -> Told:
    told = stepping_down()
    told.do(CLOSE, at=DAY + hours(10), by=LEADER)
    assert isinstance(told.state, Closed)
    return told


# -- who acts -------------------------------------------------------------------------------------


def test_it_remembers_who_holds_a_role() -> None:
    told = active(staffed=False)
    assert told.do(holder("crisis_leader", "asta")) == [
        RoleHolderNoted(concern="activation", role="crisis_leader", person="asta")
    ]
    assert told.do(holder("crisis_leader", "asta")) == [], "what is known is not noted again"
    handed = RoleHandedOver(
        role="crisis_leader", from_person="asta", to_person="signe", note="", overlap_minutes=0, rest_until=DAY
    )
    told.do(handed)
    told.do(a.ChangeLevel(level="operation", grounds="x"), at=DAY, by=actor("signe", "crisis_leader"))


def test_when_the_staff_stood_down_nobody_holds_a_role() -> None:
    told = active()
    noted = told.do(StaffStoodDown(holders={"local_leader": "birgit", "crisis_leader": "somebody-earlier"}))
    assert noted == [RoleHolderNoted(concern="activation", role="local_leader", person=None)]


def test_what_the_staff_does_before_there_is_a_case_is_not_noted() -> None:
    told = Story(activation_decider(BOOKS))
    assert told.do(holder("crisis_leader", "asta")) == []
    assert told.do(StaffStoodDown(holders={"crisis_leader": "asta"})) == []


@pytest.mark.parametrize(
    ("who", "code"),
    [
        (actor("signe", "crisis_leader"), "not_the_role_holder"),
        (actor("signe", "crisis_leader", deputy=True), "not_the_role_holder"),
        (actor("jonas", "crisis_leader", deputy=True, on_behalf_of="asta"), "not_the_role_holder"),
        (actor("gert", "strategic_leadership"), "not_the_role_holder"),
        (actor("jonas", "log_keeper"), "role_may_not"),
        (BO, "role_may_not"),
    ],
)
def test_the_level_is_not_everybodys(who: Actor, code: str) -> None:
    assert active().refused(a.ChangeLevel(level="operation", grounds="x"), by=who).code == code


def test_nobody_acts_in_a_role_that_nobody_holds() -> None:
    told = active(staffed=False)
    for who in (LEADER, DEPUTY):
        refusal = told.refused(a.ChangeLevel(level="operation", grounds="x"), by=who)
        assert refusal.code == "not_the_role_holder"


@pytest.mark.parametrize("who", [LEADER, DEPUTY, STRATEGIC])
def test_leader_deputy_and_strategic_leadership_change_the_level(who: Actor) -> None:
    told = active()
    [changed] = told.do(a.ChangeLevel(level="operation", grounds="Det stiger."), at=DAY, by=who)
    assert changed == a.LevelChanged(level="operation", previous="staff", grounds="Det stiger.")
    assert told.refused(a.ChangeLevel(level="operation", grounds="x"), by=who).code == "level_unchanged"


def test_without_a_named_strategic_leadership_the_steering_group_is_it() -> None:
    told = active(reported(directory={"strategic_leadership": ()}), staffed=False)
    assert told.do(a.ChangeLevel(level="operation", grounds="x"), by=actor("dan", "strategic_leadership"))
    nobody = told.refused(a.ChangeLevel(level="staff", grounds="x"), by=actor("kurt", "strategic_leadership"))
    assert nobody.code == "not_the_role_holder"


def test_the_level_changes_only_with_grounds_and_while_it_runs() -> None:
    assert active().refused(a.ChangeLevel(level="operation", grounds=""), by=LEADER).code == "grounds_missing"
    assert closed().refused(a.ChangeLevel(level="operation", grounds="x"), by=LEADER).code == "crisis_is_closed"


# -- opening, priorities, vedvarende drift --------------------------------------------------------


def test_the_leader_opens_outside_hours_and_it_stays_with_the_terms() -> None:
    told = active()
    assert told.do(a.DecideOpening(opening=OPENING, grounds="Toppen er i nat."), at=DAY, by=LEADER) == [
        a.OpeningDecided(opening=OPENING, grounds="Toppen er i nat.")
    ]
    assert isinstance(told.state, Active)
    assert told.state.running.terms.opening == (OPENING,)


@pytest.mark.parametrize(
    ("change", "at", "code"),
    [
        ({"channels": ()}, DAY, "channels_missing"),
        ({"closes_at": OPENING.opens_at}, DAY, "opening_ends_before_it_begins"),
        ({}, OPENING.closes_at, "opening_is_over"),
    ],
)
def test_an_opening_must_make_sense(change: dict[str, object], at: datetime, code: str) -> None:
    command = a.DecideOpening(opening=OPENING.model_copy(update=change), grounds="x")
    assert active().refused(command, at=at, by=LEADER).code == code


def test_opening_outside_hours_is_not_everybodys() -> None:
    command = a.DecideOpening(opening=OPENING, grounds="x")
    assert active().refused(command, at=DAY, by=BO).code == "role_may_not"
    assert active().do(command, at=DAY, by=STRATEGIC)


def test_only_the_strategic_leadership_shares_capacity_between_crises() -> None:
    command = a.PrioritiseCapacity(decision="Ti agenter bliver.", grounds="To kriser.", other_crises=("k2",))
    told = active()
    assert told.refused(command, by=LEADER).code == "role_may_not"
    assert told.do(command, by=STRATEGIC) == [
        a.CapacityPrioritised(decision="Ti agenter bliver.", grounds="To kriser.", other_crises=("k2",))
    ]
    assert closed().refused(command, by=STRATEGIC).code == "crisis_is_closed"


def test_past_a_day_it_is_sustained_by_the_clock() -> None:
    told = active()
    assert fire(told, "sustained_operation") == [a.SustainedOperationEntered(hours=24)]
    assert told.refused(a.MarkSustained(grounds="x"), by=LEADER).code == "already_sustained"
    assert told.do(fired(told, "sustained_operation"), at=DAY + hours(24)) == [], "it says so once"


def test_the_leader_may_say_so_before_the_clock_does() -> None:
    told = active()
    events = told.do(a.MarkSustained(grounds="Det varer ugen ud."), at=DAY + hours(5), by=LEADER)
    assert events[0] == a.SustainedOperationEntered(hours=5)
    assert isinstance(events[1], DeadlineCancelled)


def test_a_provisional_activation_works_like_an_active_one() -> None:
    told = Story(activation_decider(BOOKS))
    told.do(reported(directory={"steering_group": REPORT.directory.steering_group[1:2]}), at=DAY, by=SECRETARY)
    told.do(tried("eva"), at=DAY, by=SECRETARY)
    told.do(a.GiveProvisionalActivation(terms=TERMS, grounds="x"), at=DAY, by=PROJECT_LEADER)
    assert isinstance(told.state, Provisional)
    told.do(holder("crisis_leader", "asta"))
    told.do(a.ChangeLevel(level="operation", grounds="x"), at=DAY, by=LEADER)
    told.do(a.DecideOpening(opening=OPENING, grounds="x"), at=DAY, by=LEADER)
    assert fire(told, "sustained_operation") == [a.SustainedOperationEntered(hours=24)]
    assert isinstance(told.state, Provisional)
    assert (told.state.running.terms.level, told.state.running.sustained) == ("operation", True)
    assert told.refused(STEP, at=DAY, by=LEADER).code == "only_provisional"


# -- nedtrapning ----------------------------------------------------------------------------------


def test_a_step_needs_both_sides_and_the_proposer_counts_as_agreeing() -> None:
    told = active()
    told.do(STEP, at=DAY + hours(8), by=LEADER)
    assert told.refused(AGREE, by=LEADER).code == "other_side_must_agree"
    assert told.do(AGREE, at=DAY + hours(8), by=LOCAL) == [
        a.StepDownAgreed(number=1, effective_at=STEP.effective_at, final=True, agreed_by=("asta", "birgit"))
    ]
    assert isinstance(told.state, SteppingDown)
    assert told.refused(AGREE, by=LOCAL).code == "no_step_proposed"


def test_the_authority_may_propose_too() -> None:
    told = active()
    told.do(STEP, at=DAY, by=LOCAL)
    assert told.refused(AGREE, by=LOCAL).code == "other_side_must_agree"
    assert told.do(AGREE, at=DAY, by=DEPUTY)


def test_one_person_with_both_roles_does_not_agree_with_himself() -> None:
    told = active()
    told.do(holder("local_leader", "asta"))
    told.do(STEP, at=DAY, by=LEADER)
    assert told.refused(AGREE, by=actor("asta", "local_leader")).code == "other_side_must_agree"


def test_steps_are_numbered_and_a_new_proposal_replaces_the_open_one() -> None:
    told = active()
    told.do(STEP.model_copy(update={"final": False}), at=DAY, by=LEADER)
    [second] = told.do(STEP, at=DAY, by=LOCAL)
    assert isinstance(second, a.StepDownProposed)
    assert second.number == 2
    [agreed] = told.do(AGREE, at=DAY, by=LEADER)
    assert isinstance(agreed, a.StepDownAgreed)
    assert (agreed.number, agreed.final) == (2, True)


def test_a_step_stands_on_facts_and_lies_ahead() -> None:
    told = active()
    assert told.refused(STEP.model_copy(update={"facts": ""}), at=DAY, by=LEADER).code == "facts_missing"
    assert told.refused(STEP, at=DAY + hours(11), by=LEADER).code == "step_in_the_past"


@pytest.mark.parametrize(
    ("who", "code"),
    [
        (actor("poul", "local_leader"), "not_the_role_holder"),
        (LIS, "not_the_role_holder"),
        (actor("signe", "crisis_leader"), "not_the_role_holder"),
        (STRATEGIC, "role_may_not"),
        (SECRETARY, "role_may_not"),
        (actor("rikke", "secretariat", on_behalf_of="poul"), "not_the_role_holder"),
        (actor("rikke", "secretariat", on_behalf_of="birgit", deputy=True), "role_may_not"),
    ],
)
def test_nobody_else_steps_down(who: Actor, code: str) -> None:
    assert active().refused(STEP, at=DAY, by=who).code == code


@pytest.mark.parametrize(
    "who",
    [LOCAL, actor("poul", "local_leader", deputy=True, on_behalf_of="birgit"), actor("birgit", "municipal_leader")],
)
def test_the_local_leader_speaks_for_the_authority(who: Actor) -> None:
    assert active().do(STEP, at=DAY, by=who)


def test_what_the_authority_says_on_the_phone_is_entered_for_it() -> None:
    told = active()
    told.do(STEP, at=DAY, by=LEADER)
    [agreed] = told.do(AGREE, at=DAY, by=actor("rikke", "secretariat", on_behalf_of="birgit"))
    assert isinstance(agreed, a.StepDownAgreed)
    assert agreed.agreed_by == ("asta", "birgit")
    told = active()
    told.do(STEP, at=DAY, by=actor("jonas", "log_keeper", on_behalf_of="birgit"))
    assert told.refused(AGREE, by=LOCAL).code == "other_side_must_agree"


def test_a_crisis_never_lacks_somebody_who_can_end_it() -> None:
    for authority in (LIS, actor("poul", "local_leader")):
        told = active(staffed=False)
        told.do(STEP, at=DAY, by=authority)
        told.do(AGREE, at=DAY, by=STRATEGIC)
        told.do(CLOSE, at=DAY + hours(10), by=STRATEGIC)
        assert isinstance(told.state, Closed)
    assert active(staffed=False).refused(STEP, at=DAY, by=actor("nn", "local_leader")).code == "not_the_role_holder"


def test_either_side_takes_the_steps_back() -> None:
    for who in (LEADER, LOCAL):
        told = stepping_down()
        assert told.do(REVERSE, at=DAY, by=who) == [a.StepDownReversed(grounds="Det er blevet værre.")]
        assert isinstance(told.state, Active)
        assert told.refused(REVERSE, by=who).code == "no_step_to_reverse"
        assert told.refused(CLOSE, at=DAY + hours(11), by=LEADER).code == "final_step_missing"


def test_a_proposal_nobody_agreed_to_is_taken_back_too() -> None:
    told = active()
    told.do(STEP, at=DAY, by=LEADER)
    assert told.refused(a.ReverseStepDown(grounds=""), by=LOCAL).code == "grounds_missing"
    told.do(REVERSE, at=DAY, by=LOCAL)
    assert told.refused(AGREE, by=LOCAL).code == "no_step_proposed"


# -- the end --------------------------------------------------------------------------------------


def test_closing_waits_for_the_final_steps_time_and_offers_debriefing() -> None:
    told = stepping_down()
    early = told.refused(CLOSE, at=DAY + hours(9), by=LEADER)
    assert (early.code, early.facts["effective_at"]) == ("final_step_not_yet", STEP.effective_at.isoformat())
    bare = CLOSE.model_copy(update={"debriefing": ""})
    assert told.refused(bare, at=DAY + hours(10), by=LEADER).code == "debriefing_missing"
    assert told.refused(CLOSE, at=DAY + hours(10), by=LOCAL).code == "role_may_not"
    events = told.do(CLOSE, at=DAY + hours(10), by=LEADER)
    evaluation = DAY + hours(10) + timedelta(days=BOOKS.limits.evaluation_days)
    assert events[0] == a.CrisisDeactivated(
        debriefing="Tirsdag kl. 15", summary="Det gik.", evaluation_before=evaluation, hours_active=10
    )
    assert [e.name for e in events if isinstance(e, DeadlineCancelled)] == ["sustained_operation"]
    assert [e.due_at for e in events if isinstance(e, DeadlineSet)] == [evaluation]


def test_closing_without_a_final_step_is_refused() -> None:
    assert active().refused(CLOSE, at=DAY, by=LEADER).code == "final_step_missing"
    assert closed().refused(CLOSE, at=DAY, by=LEADER).code == "crisis_is_closed"


def test_the_evaluation_is_called_for_and_recorded() -> None:
    told = closed()
    assert fire(told, "evaluation") == [a.EvaluationOverdue()]
    assert told.do(EVALUATE, by=SECRETARY, at=DAY + hours(999)) == [
        a.EvaluationRecorded(findings="Telefonlisten var gammel.")
    ]
    assert isinstance(told.state, Evaluated)
    for command in (EVALUATE, REOPEN, CLOSE, propose()):
        assert told.refused(command, by=SECRETARY).code == "crisis_is_evaluated"


def test_an_evaluation_in_time_stops_its_deadline() -> None:
    told = closed()
    told.do(StaffStoodDown(holders={"crisis_leader": "asta"}))
    events = told.do(EVALUATE, at=DAY + hours(50), by=LEADER)
    assert [type(e) for e in events] == [a.EvaluationRecorded, DeadlineCancelled]


@pytest.mark.parametrize(
    ("command", "who", "code"),
    [
        (EVALUATE, LOCAL, "role_may_not"),
        (EVALUATE, actor("signe", "crisis_leader"), "not_the_role_holder"),
        (a.RecordEvaluation(findings=""), SECRETARY, "findings_missing"),
        (REOPEN, LOCAL, "role_may_not"),
        (REOPEN, EVA, "own_municipality_may_not_vote"),
        (REOPEN, actor("signe", "crisis_leader"), "not_the_role_holder"),
        (a.ReopenCrisis(grounds=""), LEADER, "grounds_missing"),
    ],
)
def test_not_everybody_evaluates_or_reopens(command: Command, who: Actor, code: str) -> None:
    assert closed().refused(command, at=DAY, by=who).code == code


@pytest.mark.parametrize("who", [LEADER, BO, STRATEGIC])
def test_a_closed_crisis_is_reopened_on_its_terms_and_hours_go_on_counting(who: Actor) -> None:
    told = closed()
    later = DAY + hours(30)
    events = told.do(REOPEN, at=later, by=who)
    assert events[0] == a.CrisisReopened(
        kind="stormflod", authority=REPORT.authority, terms=TERMS, grounds="Vandet er tilbage."
    )
    assert [e.name for e in events if isinstance(e, DeadlineCancelled)] == ["evaluation"]
    again = STEP.model_copy(update={"effective_at": later})
    [step] = told.do(again, at=later, by=LEADER)
    assert isinstance(step, a.StepDownProposed)
    assert step.number == 2
    told.do(AGREE, at=later, by=LOCAL)
    [ended] = [e for e in told.do(CLOSE, at=later + hours(2), by=LEADER) if isinstance(e, a.CrisisDeactivated)]
    assert ended.hours_active == 12


def test_what_is_running_is_neither_reopened_nor_evaluated() -> None:
    assert active().refused(REOPEN, by=LEADER).code == "already_active"
    assert stepping_down().refused(EVALUATE, by=LEADER).code == "is_stepping_down"
    assert stepping_down().refused(vote(), by=BO).code == "is_stepping_down"


def test_a_message_of_no_concern_changes_nothing() -> None:
    told = active()
    assert told.do(a.ForewarningLapsed(), by=SYSTEM) == []


def test_a_timer_that_came_too_late_for_its_phase_is_ignored() -> None:
    told = active(staffed=False)
    for name in ("contact_answer", "phone_list", "decision_target"):
        assert told.do(fired(told, name), at=DAY + minutes(20)) == []


def test_an_event_that_does_not_fit_the_phase_leaves_the_state_alone() -> None:
    """A stream is read whatever it holds."""
    strange: list[Event] = [
        a.CrisisActivated(
            kind="andet",
            authority=REPORT.authority,
            terms=TERMS,
            ballots=(),
            confirms_provisional=False,
            minutes=0,
        ),
        a.StepDownAgreed(number=1, effective_at=DAY, final=True, agreed_by=("a1", "b1")),
        a.ProvisionalConfirmationOverdue(confirm_before=DAY),
        a.LevelChanged(level="staff", previous="staff", grounds="x"),
    ]
    decider = activation_decider(BOOKS)
    for told in (active(), closed(), Story(decider)):
        for event in strange:
            kept = Recorded(UUID(int=0), DAY, SYSTEM, "k1", event)
            assert decider.evolve(told.state, kept).kind == told.state.kind
