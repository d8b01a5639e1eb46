"""Crises that belong together, duplicates among them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ddh_beredskab.core.activation import ActivationState, activation_decider
from ddh_beredskab.core.activation.states import Active, Assessing, NotActivated
from schemas import activation as a
from schemas.base import Actor, DeadlineCancelled
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
    LOCAL,
    REPORT,
    SECRETARY,
    SERIOUS,
    STRATEGIC,
    actor,
    minutes,
    propose,
    reported,
    vote,
)
from tests.core.gwt import Story
from tests.core.test_activation_running import active, closed, stepping_down

Told = Story[ActivationState]
LIMITS = BOOKS.limits
DUPLICATE = a.LinkCrises(other="k2", relation="duplicate_of", note="Samme vand")
RELATED = a.LinkCrises(other="k2", relation="related")


def story(report: a.ReportIncident = REPORT, **limits: object) -> Told:
    books = BOOKS.model_copy(update={"limits": LIMITS.model_copy(update=limits)})
    told = Story(activation_decider(books))
    told.do(report, at=DAY, by=SECRETARY)
    return told


def warned() -> Told:
    told = story()
    told.do(propose("warn"), at=DAY, by=BO)
    for voter in (BO, DAN, FIE):
        told.do(vote(), at=DAY, by=voter)
    return told


@pytest.mark.parametrize("begun", [story, warned])
def test_a_duplicate_that_is_not_activated_ends_in_the_other(begun: Callable[[], Told]) -> None:
    told = begun()
    events = told.do(DUPLICATE, at=DAY + minutes(2), by=SECRETARY)
    assert events[0] == a.CrisesLinked(other="k2", relation="duplicate_of", note="Samme vand", ended=True)
    assert all(isinstance(event, DeadlineCancelled) for event in events[1:])
    assert len(events) > 1
    assert isinstance(told.state, NotActivated)
    assert told.state.why == "merged"
    assert told.refused(vote(), by=GERT).code == "no_proposal", "there is no decision to add a vote to"
    [assessed] = told.do(a.SupplementIncident(answers=SERIOUS), at=DAY + minutes(5), by=LIS)
    assert isinstance(assessed, a.IncidentAssessed), "the group is called in the other crisis"


def test_a_member_may_take_a_merged_case_up_again() -> None:
    told = story()
    told.do(DUPLICATE, at=DAY, by=SECRETARY)
    told.do(propose(), at=DAY + minutes(30), by=DAN)
    assert isinstance(told.state, Assessing)


@pytest.mark.parametrize("relation", ["duplicate_of", "related", "local_supplement_of"])
def test_a_crisis_that_runs_is_only_linked(relation: a.Relation) -> None:
    for told in (active(), stepping_down(), closed()):
        before = told.state.kind
        command = a.LinkCrises(other="k2", relation=relation)
        assert told.do(command, at=DAY, by=SECRETARY) == [
            a.CrisesLinked(other="k2", relation=relation, note="", ended=False)
        ]
        assert told.state.kind == before


def test_related_crises_go_on_each_for_itself() -> None:
    told = story()
    told.do(RELATED, at=DAY, by=SECRETARY)
    assert isinstance(told.state, Assessing)
    assert told.state.round.waiting_for == "bo"


def test_a_link_is_made_once_and_another_relation_replaces_it() -> None:
    told = active()
    told.do(RELATED, at=DAY, by=SECRETARY)
    refused = told.refused(RELATED, by=SECRETARY)
    assert (refused.code, refused.facts["other"]) == ("already_linked", "k2")
    told.do(a.LinkCrises(other="k3", relation="related"), at=DAY, by=SECRETARY)
    told.do(DUPLICATE, at=DAY, by=SECRETARY)
    assert isinstance(told.state, Active)
    assert told.state.case.links == {"k2": "duplicate_of", "k3": "related"}


def test_a_crisis_is_not_linked_to_itself() -> None:
    assert active().refused(a.LinkCrises(other="k1", relation="related"), by=SECRETARY).code == "link_to_itself"


@pytest.mark.parametrize("who", [SECRETARY, BO, EVA, LEADER, STRATEGIC])
def test_those_who_see_several_crises_link_them(who: Actor) -> None:
    assert active().do(RELATED, at=DAY, by=who)


@pytest.mark.parametrize(
    ("who", "code"),
    [
        (LIS, "role_may_not"),
        (LOCAL, "role_may_not"),
        (actor("signe", "crisis_leader"), "not_the_role_holder"),
        (actor("nn", "steering_group"), "not_on_phone_list"),
    ],
)
def test_others_do_not_link(who: Actor, code: str) -> None:
    assert active().refused(RELATED, by=who).code == code


def test_there_must_be_a_crisis() -> None:
    assert Story(activation_decider(BOOKS)).refused(RELATED, by=SECRETARY).code == "not_reported"
    assert story(reported(planned=True)).refused(RELATED, by=SECRETARY).code == "planned_peak_is_no_crisis"
