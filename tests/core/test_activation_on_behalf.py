"""What a member says on the phone is typed by somebody else, and is the member's own proposal, vote or activation."""

from __future__ import annotations

import pytest

from ddh_beredskab.core.activation import ActivationState, activation_decider
from ddh_beredskab.core.activation.states import Active, Assessing
from schemas import activation as a
from schemas.base import Actor
from tests.core.books import BOOKS
from tests.core.cast import (
    BO,
    DAN,
    DAY,
    FIE,
    LEADER,
    LIS,
    PROJECT_LEADER,
    REPORT,
    SECRETARY,
    TERMS,
    actor,
    propose,
    reported,
    tried,
    vote,
)
from tests.core.gwt import Story

Told = Story[ActivationState]
GIVE = a.GiveProvisionalActivation(terms=TERMS, grounds="Der er fare for liv.")


def story(report: a.ReportIncident = REPORT) -> Told:
    told = Story(activation_decider(BOOKS))
    told.do(report, at=DAY, by=SECRETARY)
    return told


def typed_by(who: Actor, member: str) -> Actor:
    return who.model_copy(update={"on_behalf_of": member})


@pytest.mark.parametrize("who", [SECRETARY, PROJECT_LEADER, BO])
def test_the_member_counts_as_the_voter(who: Actor) -> None:
    told = story()
    told.do(propose(), at=DAY, by=BO)
    events = told.do(vote(), at=DAY, by=typed_by(who, "dan"))
    assert events[0] == a.VoteCast(person="dan", vote="for", grounds="Jeg har set tallene.")
    assert isinstance(told.state, Assessing)
    assert "dan" in told.state.round.reached
    assert told.refused(vote(), by=DAN).code == "already_voted"
    told.do(vote(), at=DAY, by=BO)
    told.do(vote(), at=DAY, by=typed_by(who, "fie"))
    assert isinstance(told.state, Active)


def test_a_proposal_is_typed_for_a_member_too() -> None:
    told = story()
    [proposed, *_] = told.do(propose(), at=DAY, by=typed_by(SECRETARY, "gert"))
    assert isinstance(proposed, a.DecisionProposed)
    assert proposed.proposed_by == "gert"


def test_a_member_alone_may_give_his_provisional_activation_by_phone() -> None:
    told = story()
    for person in ("bo", "dan", "eva", "fie", "gert"):
        told.do(tried(person), at=DAY, by=SECRETARY)
    [given, *_] = told.do(GIVE, at=DAY, by=typed_by(PROJECT_LEADER, "gert"))
    assert isinstance(given, a.CrisisProvisionallyActivated)
    assert (given.decided_by, given.by_delegation) == ("gert", False)


def test_the_project_leader_on_his_own_behalf_acts_by_delegation() -> None:
    told = story()
    for person in ("bo", "dan", "eva", "fie", "gert"):
        told.do(tried(person), at=DAY, by=SECRETARY)
    [given, *_] = told.do(GIVE, at=DAY, by=typed_by(PROJECT_LEADER, "pia"))
    assert isinstance(given, a.CrisisProvisionallyActivated)
    assert (given.decided_by, given.by_delegation) == ("pia", True)


@pytest.mark.parametrize(
    ("who", "code", "person"),
    [
        (typed_by(SECRETARY, "eva"), "own_municipality_may_not_vote", "eva"),
        (typed_by(BO, "eva"), "own_municipality_may_not_vote", "eva"),
        (typed_by(SECRETARY, "lis"), "not_on_phone_list", "lis"),
        (typed_by(actor("eva", "steering_group"), "dan"), "own_municipality_may_not_vote", "eva"),
        (typed_by(actor("nn", "steering_group"), "dan"), "not_on_phone_list", "nn"),
        (typed_by(actor("lis", "secretariat"), "dan"), "asker_may_not_vote", "lis"),
    ],
)
def test_neither_the_voter_nor_who_types_may_be_barred(who: Actor, code: str, person: str) -> None:
    told = story()
    told.do(propose(), at=DAY, by=BO)
    refused = told.refused(vote(), by=who)
    assert (refused.code, refused.facts["person"]) == (code, person)


def test_the_one_who_asked_votes_neither_himself_nor_through_another() -> None:
    told = story(reported(asked_by="dan"))
    told.do(propose(), at=DAY, by=BO)
    for who in (DAN, typed_by(SECRETARY, "dan"), typed_by(FIE, "dan"), typed_by(DAN, "fie")):
        assert told.refused(vote(), by=who).code == "asker_may_not_vote"


@pytest.mark.parametrize("who", [LIS, LEADER, actor("jonas", "log_keeper")])
def test_others_do_not_type_votes(who: Actor) -> None:
    told = story()
    told.do(propose(), at=DAY, by=BO)
    assert told.refused(vote(), by=typed_by(who, "dan")).code == "only_steering_group"


def test_the_secretariat_votes_for_nobody_unless_it_says_for_whom() -> None:
    told = story()
    told.do(propose(), at=DAY, by=BO)
    assert told.refused(vote(), by=SECRETARY).code == "only_steering_group"
    assert told.refused(vote(), by=typed_by(SECRETARY, "rikke")).code == "only_steering_group"
    assert told.do(vote(), at=DAY, by=typed_by(DAN, "dan"))
