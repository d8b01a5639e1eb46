"""The way in: reporting, scoring, and calling the steering group one by one."""

from __future__ import annotations

import pytest

from ddh_beredskab.core.activation import ActivationState, activation_decider
from ddh_beredskab.core.activation.members import call_order, quorum
from ddh_beredskab.core.activation.states import Assessing, PlannedPeak, Warned
from schemas import activation as a
from schemas.base import SYSTEM, DeadlineCancelled, DeadlineSet, Event, TimerFired
from tests.core.books import BOOKS
from tests.core.cast import (
    BO,
    DAN,
    DAY,
    DIRECTORY,
    FIE,
    GERT,
    LIS,
    PROJECT_LEADER,
    REPORT,
    SECRETARY,
    SERIOUS,
    SLIGHT,
    STEERING,
    actor,
    candidate,
    fire,
    fired,
    minutes,
    propose,
    reported,
    tried,
    vote,
)
from tests.core.gwt import Story

Told = Story[ActivationState]


def story(report: a.ReportIncident | None = REPORT) -> Told:
    told = Story(activation_decider(BOOKS))
    if report is not None:
        told.do(report, at=DAY, by=SECRETARY)
    return told


def asked(events: list[Event] | list[object]) -> list[str]:
    return [event.person for event in events if isinstance(event, a.SteeringMemberAsked)]


def kinds(events: list[Event] | list[object]) -> list[str]:
    return [type(event).__name__ for event in events]


def warned(**changes: object) -> Told:
    told = story(reported(**changes))
    told.do(propose("warn"), at=DAY, by=BO)
    for voter in (BO, DAN, FIE):
        told.do(vote(), at=DAY, by=voter)
    assert isinstance(told.state, Warned)
    return told


# -- reporting ------------------------------------------------------------------------------------


def test_a_report_is_scored_and_the_one_on_duty_is_called_first() -> None:
    told = story(None)
    events = told.do(REPORT, at=DAY, by=SECRETARY)
    assert kinds(events) == [
        "IncidentReported",
        "IncidentAssessed",
        "DeadlineSet",
        "DeadlineSet",
        "SteeringMemberAsked",
        "DeadlineSet",
    ]
    assert asked(events) == ["bo"]
    deadlines = {event.name: event.due_at - DAY for event in events if isinstance(event, DeadlineSet)}
    assert deadlines == {
        "decision_target": minutes(15),
        "phone_list": minutes(10),
        "contact_answer": minutes(5),
    }


def test_an_incident_is_reported_once() -> None:
    assert story().refused(REPORT, at=DAY, by=SECRETARY).code == "already_reported"


def test_a_call_agent_does_not_report_incidents() -> None:
    assert story(None).refused(REPORT, at=DAY, by=actor("ida", "call_agent")).code == "role_may_not"


def test_the_leader_may_use_the_form_himself() -> None:
    told = story(None)
    told.do(reported(entered_by="lis", entry="form"), at=DAY, by=LIS)
    assert isinstance(told.state, Assessing)


def test_a_chosen_peak_is_a_varsling_and_calls_nobody() -> None:
    told = story(None)
    events = told.do(reported(planned=True, expected_calls=900), at=DAY, by=LIS)
    assert kinds(events) == ["IncidentReported", "IncidentAssessed", "PlannedPeakNoted"]
    assert told.state == PlannedPeak()


def test_the_answer_that_somebody_chose_the_time_makes_it_planned() -> None:
    told = story(None)
    events = told.do(reported(answers={**SERIOUS, "planned": "yes"}), at=DAY, by=LIS)
    assert isinstance(events[0], a.IncidentReported)
    assert events[0].planned
    assert told.state == PlannedPeak()


def test_a_planned_peak_is_no_crisis_to_decide_on() -> None:
    told = story(reported(planned=True))
    for command in (propose(), vote(), a.SupplementIncident(answers={}), tried("bo")):
        assert told.refused(command, at=DAY, by=BO).code == "planned_peak_is_no_crisis"
    timer = TimerFired(concern="activation", name="evaluation", deadline_id=told.events[0].id, due_at=DAY, fired_at=DAY)
    assert told.do(timer) == []


@pytest.mark.parametrize(
    "command",
    [
        a.SupplementIncident(answers={}),
        tried("bo"),
        propose(),
        vote(),
        a.GiveProvisionalActivation(terms=a.DecisionTerms(), grounds=""),
    ],
)
def test_nothing_can_be_done_about_what_is_not_reported(command: a.ProposeDecision) -> None:
    assert story(None).refused(command, at=DAY, by=BO).code == "not_reported"


def test_a_timer_of_nothing_is_ignored() -> None:
    timer = TimerFired(
        concern="activation", name="phone_list", deadline_id=story().events[0].id, due_at=DAY, fired_at=DAY
    )
    assert story(None).do(timer) == []
    assert story().do(timer) == []


# -- calling --------------------------------------------------------------------------------------


def test_absent_members_are_skipped_and_the_one_on_duty_comes_first() -> None:
    assert [member.person for member in call_order(DIRECTORY)] == ["bo", "dan", "eva", "fie", "gert"]


def test_one_who_stands_twice_on_the_list_is_called_once() -> None:
    twice = DIRECTORY.model_copy(update={"steering_group": (*STEERING, STEERING[0])})
    assert [member.person for member in call_order(twice)] == ["bo", "dan", "eva", "fie", "gert"]


def test_who_is_not_reached_makes_the_next_be_called() -> None:
    told = story()
    events = told.do(tried("bo"), at=DAY + minutes(1), by=SECRETARY)
    assert kinds(events) == [
        "ContactAttemptRecorded",
        "DeadlineCancelled",
        "SteeringMemberAsked",
        "DeadlineSet",
    ]
    assert asked(events) == ["dan"]


def test_no_answer_within_the_limit_makes_the_next_be_called() -> None:
    assert asked(fire(story(), "contact_answer")) == ["dan"]


def test_a_try_on_somebody_else_does_not_move_the_list() -> None:
    told = story()
    assert kinds(told.do(tried("fie"), at=DAY, by=SECRETARY)) == ["ContactAttemptRecorded"]
    assert asked(told.do(tried("fie", reached=True), at=DAY, by=SECRETARY)) == []
    assert asked(fire(told, "contact_answer")) == ["dan"]


def test_members_of_the_affected_municipality_are_asked_to_inform_only() -> None:
    told = story()
    told.do(tried("bo"), at=DAY, by=SECRETARY)
    [event] = [e for e in told.do(tried("dan"), at=DAY, by=SECRETARY) if isinstance(e, a.SteeringMemberAsked)]
    assert (event.person, event.barred, event.reason) == ("eva", True, "own_municipality")


def test_a_member_who_asked_for_help_himself_is_asked_to_inform_only() -> None:
    told = story(reported(asked_by="dan", entered_by="rikke"))
    told.do(tried("bo"), at=DAY, by=SECRETARY)
    assert asked([kept.message for kept in told.events]) == ["bo", "eva"]


def test_calling_stops_when_a_quorum_is_on_the_line() -> None:
    told = story()
    for person in ("bo", "dan"):
        told.do(tried(person, reached=True), at=DAY, by=SECRETARY)
    assert asked(told.do(tried("fie", reached=True), at=DAY, by=SECRETARY)) == []
    assert told.do(fired(told, "phone_list"), at=DAY + minutes(10)) == []


def test_the_member_who_took_the_call_is_reached_already() -> None:
    told = story(reported(entered_by="bo"))
    assert asked([kept.message for kept in told.events]) == ["dan"]


def test_the_list_is_exhausted_when_nobody_is_left_to_call() -> None:
    told = story()
    for person in ("bo", "dan", "eva", "fie"):
        told.do(tried(person), at=DAY, by=SECRETARY)
    events = told.do(tried("gert"), at=DAY, by=SECRETARY)
    assert a.PhoneListExhausted(tried=5, reached=0) in events
    assert [event.name for event in events if isinstance(event, DeadlineCancelled)][-1] == "phone_list"


def test_the_list_is_exhausted_after_ten_minutes_without_a_quorum_while_calling_goes_on() -> None:
    told = story()
    told.do(tried("bo", reached=True), at=DAY, by=SECRETARY)
    assert a.PhoneListExhausted(tried=2, reached=1) in fire(told, "phone_list")
    assert asked(fire(told, "contact_answer")) == ["eva"]
    for person in ("eva", "fie"):
        told.do(tried(person), at=DAY, by=SECRETARY)
    assert kinds(told.do(tried("gert"), at=DAY, by=SECRETARY)) == ["ContactAttemptRecorded", "DeadlineCancelled"]


def test_an_exhausted_list_is_not_exhausted_again_by_the_clock() -> None:
    told = story(reported(directory={"steering_group": ()}))
    assert [e for e in told.events if isinstance(e.message, a.PhoneListExhausted)]
    timer = TimerFired(
        concern="activation",
        name="phone_list",
        deadline_id=told.deadline("phone_list").id,
        due_at=DAY + minutes(10),
        fired_at=DAY + minutes(10),
    )
    assert told.do(timer, at=timer.due_at) == []


def test_no_decision_within_the_target_is_said_aloud_and_the_rest_are_called() -> None:
    told = story()
    for person in ("bo", "dan", "fie"):
        told.do(tried(person, reached=True), at=DAY, by=SECRETARY)
    fire(told, "contact_answer")
    events = fire(told, "decision_target")
    assert events[0] == a.DecisionOverdue(waited_minutes=15)
    assert asked(events) == ["gert"]
    exhausted = told.do(tried("gert"), at=DAY + minutes(16), by=SECRETARY)
    assert a.PhoneListExhausted(tried=4, reached=3) in exhausted


def test_the_target_passes_while_somebody_is_being_called() -> None:
    told = story()
    for _ in range(2):
        fire(told, "contact_answer")
    told.do(tried("eva"), at=DAY + minutes(12), by=SECRETARY)
    assert kinds(fire(told, "decision_target")) == ["DecisionOverdue"]


def test_only_people_of_the_case_are_called() -> None:
    told = story()
    assert told.refused(tried("somebody"), by=SECRETARY).code == "person_unknown"
    assert told.refused(tried("bo"), by=actor("ida", "call_agent")).code == "role_may_not"
    assert kinds(told.do(tried("asta", reached=True), by=SYSTEM)) == ["ContactAttemptRecorded"]


def test_a_try_is_a_fact_also_when_nothing_is_being_decided() -> None:
    assert kinds(warned().do(tried("gert", reached=True), by=SECRETARY)) == ["ContactAttemptRecorded"]


# -- who counts -----------------------------------------------------------------------------------


def quorum_of(report: a.ReportIncident) -> int:
    state = story(report).state
    assert isinstance(state, Assessing)
    return quorum(state.case, BOOKS.limits)


def test_a_quorum_is_more_than_half_of_those_present_who_may_vote_but_at_least_three() -> None:
    assert quorum_of(REPORT) == 3
    many = tuple(a.SteeringMember(person=f"m{n}", municipality=f"91{n:02}") for n in range(9))
    assert quorum_of(reported(directory={"steering_group": many})) == 5


def test_where_fewer_may_vote_all_of_them_are_the_quorum() -> None:
    assert quorum_of(reported(directory={"steering_group": STEERING[:3]})) == 2


def test_with_nobody_to_vote_a_quorum_cannot_be_met() -> None:
    assert quorum_of(reported(directory={"steering_group": STEERING[1:2]})) == 3


@pytest.mark.parametrize(
    ("authority", "directory", "barred"),
    [
        ({}, {}, True),
        ({"affected": ("9001", "9002")}, {"member_municipalities": 4}, False),
        ({"affected": ("9001", "9002")}, {"member_municipalities": 5}, True),
        ({"scope": "country"}, {}, False),
        ({"affected": ("9001", "9098", "9099")}, {"contact_centre_members": ("9001", "9002", "9003")}, True),
        ({"affected": ("9001", "9002", "9099")}, {"contact_centre_members": ("9001", "9002", "9003")}, False),
    ],
)
def test_the_bar_on_the_affected_falls_away_when_half_the_members_are_affected(
    authority: dict[str, object], directory: dict[str, object], barred: bool
) -> None:
    told = story(reported(authority=authority, directory=directory))
    if barred:
        assert told.refused(propose(), at=DAY, by=actor("eva", "steering_group")).code == (
            "own_municipality_may_not_vote"
        )
    else:
        assert told.do(propose(), at=DAY, by=actor("eva", "steering_group"))


# -- more is known --------------------------------------------------------------------------------


def test_new_answers_are_laid_over_the_old_ones() -> None:
    told = story(reported(answers=SLIGHT))
    [assessed] = told.do(a.SupplementIncident(answers={"onset": "now"}), at=DAY, by=LIS)
    assert isinstance(assessed, a.IncidentAssessed)
    assert assessed.answers == {**SLIGHT, "onset": "now"}
    assert told.refused(a.SupplementIncident(answers={}), by=actor("ida", "observer")).code == "role_may_not"


def test_at_forvarsel_the_advice_to_activate_calls_the_group_together_again() -> None:
    told = warned(answers=SLIGHT)
    later = DAY + minutes(600)
    assert kinds(told.do(a.SupplementIncident(answers={"onset": "now"}), at=later, by=LIS)) == ["IncidentAssessed"]
    events = told.do(a.SupplementIncident(answers=SERIOUS), at=later, by=LIS)
    assert asked(events) == ["bo"]
    again = told.do(a.SupplementIncident(answers=SERIOUS), at=later + minutes(2), by=LIS)
    assert kinds(again)[:4] == ["IncidentAssessed", *["DeadlineCancelled"] * 3]
    assert asked(again) == ["bo"]
    told.do(propose(), at=later + minutes(5), by=BO)
    assert kinds(told.do(a.SupplementIncident(answers=SERIOUS), at=later + minutes(6), by=LIS)) == ["IncidentAssessed"]
    for voter in (BO, DAN, GERT):
        events = told.do(vote(), at=later + minutes(8), by=voter)
    [activated] = [event for event in events if isinstance(event, a.CrisisActivated)]
    assert activated.minutes == 6, "counted from the latest call for help, not from the report"


def test_a_declined_case_is_taken_up_again_when_the_advice_is_no_longer_to_decline() -> None:
    told = story(reported(answers=SLIGHT))
    told.do(propose("decline"), at=DAY, by=BO)
    for voter in (BO, DAN, FIE):
        told.do(vote(), at=DAY, by=voter)
    assert told.state.kind == "not_activated"
    assert kinds(told.do(a.SupplementIncident(answers={}), at=DAY, by=LIS)) == ["IncidentAssessed"]
    assert asked(told.do(a.SupplementIncident(answers=SERIOUS), at=DAY, by=LIS)) == ["bo"]
    assert told.state.kind == "assessing"


def test_the_project_leader_may_note_tries_too_and_candidates_are_known() -> None:
    told = story(reported(directory={"candidates": (candidate("zoe", "log_keeper"),)}))
    assert kinds(told.do(tried("zoe"), by=PROJECT_LEADER)) == ["ContactAttemptRecorded"]
