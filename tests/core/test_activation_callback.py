"""A report from the open form: the group is called at once, but nothing is activated before somebody has rung back."""

from __future__ import annotations

import pytest

from ddh_beredskab.core.activation import ActivationState, activation_decider
from ddh_beredskab.core.activation.states import Active, Assessing, NotActivated, PlannedPeak, Warned
from schemas import activation as a
from schemas.base import Actor, Command, DeadlineCancelled
from tests.core.books import BOOKS
from tests.core.cast import (
    BO,
    DAN,
    DAY,
    EVA,
    FIE,
    GERT,
    LEADER,
    LIS,
    PROJECT_LEADER,
    SECRETARY,
    SERIOUS,
    TERMS,
    actor,
    minutes,
    propose,
    reported,
    tried,
    vote,
)
from tests.core.gwt import Story

Told = Story[ActivationState]
CONFIRM = a.ConfirmIncident(reached="Lis Havn, vagtchef", number_called="00 00 01 12", note="Hun står på havnen")
REJECT = a.RejectIncident(reason="Vagtchefen kender ikke noget til det.")
GIVE = a.GiveProvisionalActivation(terms=TERMS, grounds="Der er fare for liv.")


def unconfirmed(**changes: object) -> Told:
    told = Story(activation_decider(BOOKS))
    told.do(reported(entry="open_form", entered_by="lis", **changes), at=DAY, by=LIS)
    return told


def warned() -> Told:
    told = unconfirmed()
    told.do(propose("warn"), at=DAY, by=BO)
    for voter in (BO, DAN, FIE):
        told.do(vote(), at=DAY, by=voter)
    assert isinstance(told.state, Warned)
    return told


def test_the_group_is_called_at_once() -> None:
    told = Story(activation_decider(BOOKS))
    events = told.do(reported(entry="open_form", entered_by="lis"), at=DAY, by=LIS)
    assert [event.person for event in events if isinstance(event, a.SteeringMemberAsked)] == ["bo"]


@pytest.mark.parametrize("entry", ["form", "phone", "paper"])
def test_only_the_open_form_is_rung_back_on(entry: a.Entry) -> None:
    told = Story(activation_decider(BOOKS))
    told.do(reported(entry=entry), at=DAY, by=SECRETARY)
    assert told.refused(CONFIRM, by=SECRETARY).code == "no_call_back_awaited"
    told.do(propose(), at=DAY, by=BO)


def test_until_it_is_confirmed_it_may_be_warned_of_but_not_activated() -> None:
    told = unconfirmed()
    assert told.refused(propose(), at=DAY, by=BO).code == "incident_unconfirmed"
    for person in ("bo", "dan", "eva", "fie", "gert"):
        told.do(tried(person), at=DAY, by=SECRETARY)
    assert told.refused(GIVE, at=DAY, by=GERT).code == "incident_unconfirmed"
    assert told.refused(GIVE, at=DAY, by=PROJECT_LEADER).code == "incident_unconfirmed"
    still = warned()
    assert still.refused(propose(), at=DAY, by=BO).code == "incident_unconfirmed"


def test_it_may_be_declined_unconfirmed() -> None:
    told = unconfirmed()
    told.do(propose("decline"), at=DAY, by=BO)
    for voter in (BO, DAN, FIE):
        told.do(vote(), at=DAY, by=voter)
    assert isinstance(told.state, NotActivated)
    assert told.state.why == "declined"
    assert told.refused(propose(), at=DAY, by=BO).code == "incident_unconfirmed"


@pytest.mark.parametrize("who", [SECRETARY, PROJECT_LEADER, BO, EVA])
def test_who_rang_back_and_to_whom_is_kept_and_then_it_can_be_activated(who: Actor) -> None:
    told = unconfirmed()
    assert told.do(CONFIRM, at=DAY + minutes(3), by=who) == [
        a.IncidentConfirmed(reached="Lis Havn, vagtchef", number_called="00 00 01 12", note="Hun står på havnen")
    ]
    assert told.refused(CONFIRM, by=who).code == "no_call_back_awaited"
    told.do(propose(), at=DAY, by=BO)
    for voter in (BO, DAN, FIE):
        told.do(vote(), at=DAY, by=voter)
    assert isinstance(told.state, Active)


def test_one_member_may_act_alone_when_it_is_confirmed() -> None:
    told = unconfirmed()
    for person in ("bo", "dan", "eva", "fie", "gert"):
        told.do(tried(person), at=DAY, by=SECRETARY)
    told.do(CONFIRM, at=DAY, by=SECRETARY)
    assert told.do(GIVE, at=DAY, by=GERT)


@pytest.mark.parametrize("command", [CONFIRM, REJECT])
@pytest.mark.parametrize(
    ("who", "code"),
    [
        (LIS, "role_may_not"),
        (LEADER, "role_may_not"),
        (actor("nn", "steering_group"), "not_on_phone_list"),
        (actor("lis", "secretariat"), "asker_may_not_confirm"),
    ],
)
def test_nobody_else_says_whether_it_is_real(command: Command, who: Actor, code: str) -> None:
    assert unconfirmed().refused(command, by=who).code == code


@pytest.mark.parametrize("missing", ["reached", "number_called"])
def test_a_call_back_names_who_answered_and_on_which_number(missing: str) -> None:
    bare = CONFIRM.model_copy(update={missing: " "})
    assert unconfirmed().refused(bare, by=SECRETARY).code == "call_back_missing"


def test_a_false_report_ends_the_case_and_nobody_is_called_any_more() -> None:
    told = unconfirmed()
    events = told.do(REJECT, at=DAY + minutes(4), by=SECRETARY)
    assert events[0] == a.IncidentRejected(reason="Vagtchefen kender ikke noget til det.")
    stopped = {event.name for event in events if isinstance(event, DeadlineCancelled)}
    assert stopped == {"contact_answer", "phone_list", "decision_target"}
    assert isinstance(told.state, NotActivated)
    assert told.state.why == "rejected"
    assert told.refused(REJECT, by=SECRETARY).code == "not_activated"
    assert told.refused(vote(), by=GERT).code == "no_proposal"
    [assessed] = told.do(a.SupplementIncident(answers=SERIOUS), at=DAY + minutes(5), by=LIS)
    assert isinstance(assessed, a.IncidentAssessed), "a false report does not call the group together by more answers"


def test_a_false_report_is_ended_at_forvarsel_too() -> None:
    told = warned()
    events = told.do(REJECT, at=DAY + minutes(4), by=BO)
    assert "forewarning_lapse" in {event.name for event in events if isinstance(event, DeadlineCancelled)}
    assert told.refused(vote(), by=GERT).code == "no_proposal", "there is no decision to add a vote to"


def test_a_rejection_says_why() -> None:
    assert unconfirmed().refused(a.RejectIncident(reason=""), by=SECRETARY).code == "reason_missing"


def test_a_report_taken_for_false_by_mistake_can_be_confirmed_and_taken_up() -> None:
    told = unconfirmed()
    told.do(REJECT, at=DAY, by=SECRETARY)
    told.do(CONFIRM, at=DAY + minutes(10), by=SECRETARY)
    assert isinstance(told.state, NotActivated)
    told.do(propose(), at=DAY + minutes(11), by=BO)
    assert isinstance(told.state, Assessing)


def test_a_report_that_is_confirmed_is_voted_on_and_not_thrown_away() -> None:
    told = unconfirmed()
    told.do(CONFIRM, at=DAY, by=SECRETARY)
    assert told.refused(REJECT, by=SECRETARY).code == "no_call_back_awaited"


@pytest.mark.parametrize("command", [CONFIRM, REJECT])
def test_there_must_be_a_case_to_ring_back_on(command: Command) -> None:
    nothing = Story(activation_decider(BOOKS))
    assert nothing.refused(command, by=SECRETARY).code == "not_reported"
    peak = unconfirmed(planned=True)
    assert peak.state == PlannedPeak()
    assert peak.refused(command, by=SECRETARY).code == "planned_peak_is_no_crisis"
