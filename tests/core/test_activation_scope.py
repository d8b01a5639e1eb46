"""One municipality becomes several, a region, the country: who may vote is worked out anew from then on."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ddh_beredskab.core.activation import ActivationState, activation_decider
from ddh_beredskab.core.activation.members import entitled, quorum
from ddh_beredskab.core.activation.states import Active, Assessing, SteppingDown, Warned
from schemas import activation as a
from schemas.base import Actor
from tests.core.books import BOOKS
from tests.core.cast import (
    AUTHORITY,
    BO,
    DAN,
    DAY,
    EVA,
    FIE,
    GERT,
    HANS,
    LEADER,
    LOCAL,
    PROJECT_LEADER,
    REPORT,
    SECRETARY,
    STRATEGIC,
    actor,
    hours,
    propose,
    reported,
    vote,
)
from tests.core.gwt import Story
from tests.core.test_activation_running import CLOSE, REOPEN, active, closed, stepping_down

Told = Story[ActivationState]
LIMITS = BOOKS.limits
WIDER = a.ExtendScope(affected=("9002",), scope="municipalities", grounds="Vandet går over åen.")


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


@pytest.mark.parametrize("who", [BO, LEADER, STRATEGIC])
def test_more_municipalities_are_added_and_the_lead_authority_stays_first(who: Actor) -> None:
    told = active()
    [changed] = told.do(WIDER, at=DAY, by=who)
    authority = a.Authority(
        code="9001", name="Strandby Kommune", scope="municipalities", affected=("9001", "9002"), fictional=True
    )
    assert changed == a.AuthorityScopeChanged(
        authority=authority, added=("9002",), previous_scope="municipality", grounds="Vandet går over åen."
    )
    assert isinstance(told.state, Active)
    assert told.state.case.authority == authority


def test_a_region_is_named_and_the_municipalities_stay_as_they_are() -> None:
    told = active()
    [changed] = told.do(
        a.ExtendScope(affected=(), scope="region", name=" Region Havnestrand ", grounds="x"), at=DAY, by=LEADER
    )
    assert isinstance(changed, a.AuthorityScopeChanged)
    assert (changed.authority.name, changed.authority.affected, changed.added) == (
        "Region Havnestrand",
        ("9001",),
        (),
    )


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"affected": (), "scope": "municipality"}, "scope_unchanged"),
        ({"affected": ("9001",), "scope": "municipality", "name": "  "}, "scope_unchanged"),
        ({"scope": "municipality"}, "scope_of_one_municipality"),
        ({"grounds": " "}, "grounds_missing"),
    ],
)
def test_an_extension_says_what_is_new_and_why(change: dict[str, object], code: str) -> None:
    assert active().refused(WIDER.model_copy(update=change), at=DAY, by=LEADER).code == code


def test_a_scope_only_grows() -> None:
    told = active()
    told.do(WIDER.model_copy(update={"scope": "country"}), at=DAY, by=LEADER)
    refused = told.refused(WIDER.model_copy(update={"affected": ("9003",), "scope": "region"}), by=LEADER)
    assert (refused.code, refused.facts["scope"]) == ("scope_only_grows", "country")


@pytest.mark.parametrize(
    ("who", "code"),
    [
        (EVA, "own_municipality_may_not_vote"),
        (actor("nn", "steering_group"), "not_on_phone_list"),
        (SECRETARY, "role_may_not"),
        (LOCAL, "role_may_not"),
        (PROJECT_LEADER, "role_may_not"),
        (actor("signe", "crisis_leader"), "not_the_role_holder"),
    ],
)
def test_nobody_moves_the_bars_for_himself(who: Actor, code: str) -> None:
    assert active().refused(WIDER, at=DAY, by=who).code == code


def test_who_is_barred_is_worked_out_anew_for_the_votes_that_come_and_votes_that_were_cast_stand() -> None:
    told = story()
    told.do(propose(), at=DAY, by=BO)
    told.do(vote(), at=DAY, by=BO)
    told.do(WIDER, at=DAY, by=DAN)
    refused = told.refused(vote(), by=BO)
    assert refused.code == "own_municipality_may_not_vote"
    assert isinstance(told.state, Assessing)
    assert entitled(told.state.case, LIMITS) == ("dan", "fie", "gert", "hans")
    told.do(vote(), at=DAY, by=DAN)
    told.do(vote("against"), at=DAY, by=FIE)
    assert isinstance(told.state, Active), "two for, of whom one had voted before his municipality was hit"


def test_when_half_the_members_are_affected_the_bars_fall_away() -> None:
    told = story(reported(directory={"member_municipalities": 4}))
    assert told.refused(propose(), by=EVA).code == "own_municipality_may_not_vote"
    told.do(WIDER, at=DAY, by=DAN)
    assert told.do(propose(), at=DAY, by=EVA)


def test_a_crisis_of_the_whole_country_bars_nobody_but_the_asker() -> None:
    told = story()
    told.do(WIDER.model_copy(update={"affected": (), "scope": "country"}), at=DAY, by=DAN)
    assert isinstance(told.state, Assessing)
    assert len(entitled(told.state.case, LIMITS)) == 6


def test_a_region_decides_with_its_own_municipalities_barred() -> None:
    """From the report on: the lead authority first, and members of every affected municipality inform only."""
    region = AUTHORITY.model_copy(update={"scope": "region", "affected": ("9001", "9002", "9003")})
    told = story(reported(authority=region.model_dump()))
    for barred in (EVA, BO, DAN):
        assert told.refused(propose(), by=barred).code == "own_municipality_may_not_vote"
    assert isinstance(told.state, Assessing)
    assert quorum(told.state.case, LIMITS) == 3
    told.do(propose(), at=DAY, by=FIE)
    for voter in (FIE, GERT, HANS):
        events = told.do(vote(), at=DAY, by=voter)
    [activated] = [event for event in events if isinstance(event, a.CrisisActivated)]
    assert activated.authority == region


def test_where_a_tie_waits_it_falls_when_everybody_left_has_voted() -> None:
    told = story(quorum_at_least=4, tie_goes_to_higher_level=False)
    told.do(propose(), at=DAY, by=BO)
    for voter, which in ((BO, "for"), (DAN, "for"), (FIE, "against")):
        told.do(vote(which), at=DAY, by=voter)
    told.do(WIDER.model_copy(update={"affected": ("9006",)}), at=DAY, by=BO)
    events = told.do(vote("against"), at=DAY, by=GERT)
    assert any(isinstance(event, a.ProposalRejected) for event in events)


@pytest.mark.parametrize("begun", [warned, stepping_down])
def test_it_grows_at_forvarsel_and_during_nedtrapning(begun: Callable[[], Told]) -> None:
    told = begun()
    told.do(WIDER, at=DAY, by=DAN)
    assert isinstance(told.state, (Warned, SteppingDown))
    assert told.state.case.authority.affected == ("9001", "9002")


def test_a_reopened_crisis_is_the_wider_one() -> None:
    told = stepping_down()
    told.do(WIDER, at=DAY, by=LEADER)
    told.do(CLOSE, at=DAY + hours(10), by=LEADER)
    [again, *_] = told.do(REOPEN, at=DAY + hours(11), by=STRATEGIC)
    assert isinstance(again, a.CrisisReopened)
    assert again.authority.affected == ("9001", "9002")


def test_there_must_be_a_crisis() -> None:
    assert Story(activation_decider(BOOKS)).refused(WIDER, by=SECRETARY).code == "not_reported"
    assert story(reported(planned=True)).refused(WIDER, by=SECRETARY).code == "planned_peak_is_no_crisis"


def test_a_crisis_that_is_over_does_not_grow() -> None:
    assert closed().refused(WIDER, by=LEADER).code == "crisis_is_closed"
