"""Nobody answered: the phone list is started again, and those who were not reached are called once more, in order."""

from __future__ import annotations

import pytest

from ddh_beredskab.core.activation import ActivationState, activation_decider
from ddh_beredskab.core.activation.states import Assessing, Provisional, Warned
from schemas import activation as a
from schemas.base import Actor, Event
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
    REPORT,
    SECRETARY,
    TERMS,
    actor,
    fire,
    minutes,
    propose,
    reported,
    tried,
    vote,
)
from tests.core.gwt import Story

Told = Story[ActivationState]
AGAIN = a.AskAgain()
GIVE = a.GiveProvisionalActivation(terms=TERMS, grounds="Der er fare for liv.")


def story(report: a.ReportIncident = REPORT) -> Told:
    told = Story(activation_decider(BOOKS))
    told.do(report, at=DAY, by=SECRETARY)
    return told


def exhausted(report: a.ReportIncident = REPORT, *, reached: tuple[str, ...] = ()) -> Told:
    told = story(report)
    events: list[Event] = []
    for person in ("bo", "dan", "eva", "fie", "gert"):
        events = told.do(tried(person, reached=person in reached), at=DAY + minutes(1), by=SECRETARY)
    assert any(isinstance(event, a.PhoneListExhausted) for event in events)
    return told


def asked(events: list[Event]) -> list[str]:
    return [event.person for event in events if isinstance(event, a.SteeringMemberAsked)]


@pytest.mark.parametrize("who", [SECRETARY, PROJECT_LEADER, BO, EVA])
def test_those_who_were_not_reached_are_called_again_in_order(who: Actor) -> None:
    told = exhausted(reached=("dan",))
    events = told.do(AGAIN, at=DAY + minutes(12), by=who)
    assert events[0] == a.PhoneListCalledAgain(persons=("bo", "eva", "fie", "gert"))
    assert asked(events) == ["bo"]
    assert [event.order for event in events if isinstance(event, a.SteeringMemberAsked)] == [1]
    for person, following in (("bo", "eva"), ("eva", "fie"), ("fie", "gert")):
        assert asked(told.do(tried(person), at=DAY + minutes(13), by=SECRETARY)) == [following]


def test_when_they_do_not_answer_this_time_either_it_is_said_again_and_can_be_done_again() -> None:
    told = exhausted()
    told.do(AGAIN, at=DAY + minutes(12), by=SECRETARY)
    for person in ("bo", "dan", "eva", "fie"):
        told.do(tried(person), at=DAY + minutes(13), by=SECRETARY)
    events = told.do(tried("gert"), at=DAY + minutes(14), by=SECRETARY)
    assert events[-1] == a.PhoneListExhausted(tried=5, reached=0)
    assert told.do(tried("gert"), at=DAY + minutes(15), by=SECRETARY)[1:] == [], "and it is said once"
    assert asked(told.do(AGAIN, at=DAY + minutes(16), by=SECRETARY)) == ["bo"]


def test_who_does_not_answer_in_time_makes_the_next_one_be_called() -> None:
    told = exhausted()
    told.do(AGAIN, at=DAY + minutes(12), by=SECRETARY)
    events = fire(told, "contact_answer")
    assert [event.person for event in events if isinstance(event, a.SteeringMemberAsked)] == ["dan"]


def test_who_may_act_alone_still_may_while_the_list_is_called_again() -> None:
    told = exhausted()
    told.do(AGAIN, at=DAY + minutes(12), by=SECRETARY)
    told.do(GIVE, at=DAY + minutes(13), by=GERT)
    assert isinstance(told.state, Provisional)
    assert told.state.round.calling_again


def test_the_list_is_called_again_for_a_provisional_activation_and_at_forvarsel() -> None:
    told = exhausted()
    told.do(GIVE, at=DAY + minutes(2), by=PROJECT_LEADER)
    assert asked(told.do(AGAIN, at=DAY + minutes(12), by=SECRETARY)) == ["bo"]
    warned = story()
    warned.do(propose("warn"), at=DAY, by=BO)
    for voter in (BO, DAN, FIE):
        warned.do(vote(), at=DAY, by=voter)
    assert isinstance(warned.state, Warned)
    assert warned.refused(AGAIN, by=SECRETARY).code == "only_warned"
    warned.do(propose(), at=DAY + minutes(60), by=BO)
    for person in ("dan", "eva", "fie", "gert"):
        warned.do(tried(person), at=DAY + minutes(61), by=SECRETARY)
    assert asked(warned.do(AGAIN, at=DAY + minutes(70), by=SECRETARY)) == ["dan"]


def test_nobody_is_called_twice_at_a_time() -> None:
    refused = story().refused(AGAIN, at=DAY, by=SECRETARY)
    assert (refused.code, refused.facts["person"]) == ("still_calling", "bo")


def test_one_whose_time_is_up_does_not_hold_it_back() -> None:
    told = story()
    state = told.state
    assert isinstance(state, Assessing)
    assert asked(told.do(AGAIN, at=DAY + minutes(BOOKS.limits.contact_answer_minutes), by=SECRETARY)) == ["bo"]


def test_where_enough_are_reached_or_nobody_is_left_there_is_nobody_to_call() -> None:
    told = story()
    for person in ("bo", "dan", "eva", "fie"):
        told.do(tried(person, reached=person != "eva"), at=DAY, by=SECRETARY)
    assert told.refused(AGAIN, at=DAY, by=SECRETARY).code == "nobody_to_call_again"
    nobody = story(reported(directory={"steering_group": ()}))
    assert nobody.refused(AGAIN, at=DAY, by=SECRETARY).code == "nobody_to_call_again"


@pytest.mark.parametrize(
    ("who", "code"),
    [(LIS, "role_may_not"), (LEADER, "role_may_not"), (actor("nn", "steering_group"), "not_on_phone_list")],
)
def test_it_is_done_by_those_who_keep_the_calling_going(who: Actor, code: str) -> None:
    assert exhausted().refused(AGAIN, at=DAY + minutes(9), by=who).code == code


def test_there_is_no_list_to_call_before_the_report_and_after_the_decision() -> None:
    assert Story(activation_decider(BOOKS)).refused(AGAIN, by=SECRETARY).code == "not_reported"
    told = story()
    told.do(propose(), at=DAY, by=BO)
    for voter in (BO, DAN, FIE):
        told.do(vote(), at=DAY, by=voter)
    assert told.refused(AGAIN, by=SECRETARY).code == "already_active"
