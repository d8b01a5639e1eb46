"""The steering group decides: proposals, votes, quorum, forvarsel, and one member alone for the time being."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ddh_beredskab.core.activation import ActivationState, activation_decider
from ddh_beredskab.core.activation.deciding import confirm_by
from ddh_beredskab.core.activation.states import Active, Assessing, NotActivated, Provisional, Warned
from schemas import activation as a
from schemas.base import Actor, DeadlineCancelled, DeadlineSet, Event
from tests.core.books import BOOKS
from tests.core.cast import (
    BO,
    DAN,
    DAY,
    EVA,
    FIE,
    GERT,
    HANS,
    NIGHT,
    PROJECT_LEADER,
    REPORT,
    SECRETARY,
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
LIMITS = BOOKS.limits
GIVE = a.GiveProvisionalActivation(terms=TERMS, grounds="Der er fare for liv.")


def story(report: a.ReportIncident = REPORT, *, at: datetime = DAY, **limits: object) -> Told:
    books = BOOKS.model_copy(update={"limits": LIMITS.model_copy(update=limits)})
    told = Story(activation_decider(books))
    told.do(report, at=at, by=SECRETARY)
    return told


def decide(told: Told, command: a.ProposeDecision, *votes: tuple[Actor, str], at: datetime = DAY) -> list[Event]:
    """The proposal and the votes; the events of the last vote."""
    events = told.do(command, at=at, by=BO)
    for voter, which in votes:
        events = told.do(vote(which), at=at, by=voter)
    return events


UNANIMOUS = ((BO, "for"), (DAN, "for"), (FIE, "for"))


def exhausted(*, at: datetime = DAY) -> Told:
    told = story(at=at)
    for person in ("bo", "dan", "eva", "fie", "gert"):
        told.do(tried(person), at=at, by=SECRETARY)
    return told


def provisional(*, at: datetime = DAY) -> Told:
    told = exhausted(at=at)
    told.do(GIVE, at=at + minutes(12), by=GERT)
    assert isinstance(told.state, Provisional)
    return told


def one(events: list[Event], kind: type[Event]) -> Event:
    [found] = [event for event in events if isinstance(event, kind)]
    return found


def cancelled(events: list[Event]) -> set[str]:
    return {event.name for event in events if isinstance(event, DeadlineCancelled)}


# -- votes ----------------------------------------------------------------------------------------


def test_the_vote_that_makes_a_quorum_decides_by_majority_and_dissent_is_kept() -> None:
    told = story()
    events = decide(told, propose(), (BO, "for"), (DAN, "against"), (FIE, "for"), at=DAY + minutes(7))
    activated = one(events, a.CrisisActivated)
    assert isinstance(activated, a.CrisisActivated)
    assert [(b.person, b.vote) for b in activated.ballots] == [("bo", "for"), ("dan", "against"), ("fie", "for")]
    assert activated.minutes == 7
    assert not activated.confirms_provisional
    assert {"phone_list", "decision_target"} <= cancelled(events)
    assert isinstance(told.state, Active)


def test_two_votes_of_three_decide_nothing_yet() -> None:
    told = story()
    decide(told, propose(), (BO, "for"), (DAN, "for"))
    assert isinstance(told.state, Assessing)


def test_an_absent_member_who_calls_in_may_vote() -> None:
    told = story()
    decide(told, propose(), (BO, "for"), (DAN, "for"), (HANS, "for"))
    assert isinstance(told.state, Active)


def test_a_proposal_voted_down_leaves_the_case_open() -> None:
    told = story()
    events = decide(told, propose(), (BO, "for"), (DAN, "against"), (FIE, "against"))
    assert isinstance(one(events, a.ProposalRejected), a.ProposalRejected)
    assert told.refused(vote(), by=GERT).code == "no_proposal"
    decide(told, propose("warn"), *UNANIMOUS)
    assert isinstance(told.state, Warned)


def test_a_new_proposal_replaces_the_one_that_stands_and_its_votes_fall() -> None:
    told = story()
    decide(told, propose("warn"), (BO, "for"), (DAN, "for"))
    told.do(propose("activate"), at=DAY, by=DAN)
    assert isinstance(told.state, Assessing)
    assert told.state.round.ballots == ()
    told.do(vote(), at=DAY, by=BO)


@pytest.mark.parametrize(("outcome", "state"), [("activate", Active), ("warn", Warned), ("decline", Assessing)])
def test_a_tie_goes_to_the_higher_level(outcome: a.Outcome, state: type) -> None:
    told = story(quorum_at_least=4)
    decide(told, propose(outcome), (BO, "for"), (DAN, "against"), (FIE, "for"), (GERT, "against"))
    assert isinstance(told.state, state)


def test_where_a_tie_does_not_go_higher_it_waits_for_the_rest_and_then_falls() -> None:
    told = story(quorum_at_least=4, tie_goes_to_higher_level=False)
    decide(told, propose(), (BO, "for"), (DAN, "against"), (FIE, "for"), (GERT, "against"))
    assert isinstance(told.state, Assessing)
    assert told.state.round.proposal is not None
    told.do(vote(), at=DAY, by=HANS)
    assert isinstance(told.state, Active)
    two = story(
        reported(directory={"steering_group": (a.SteeringMember(person="bo", municipality="1"), DAN_LINE)}),
        tie_goes_to_higher_level=False,
    )
    assert one(decide(two, propose(), (BO, "for"), (DAN, "against")), a.ProposalRejected)


DAN_LINE = a.SteeringMember(person="dan", municipality="9003")


def test_a_member_votes_once() -> None:
    told = story()
    decide(told, propose(), (BO, "for"))
    assert told.refused(vote("against"), by=BO).code == "already_voted"


def test_there_must_be_something_to_vote_on() -> None:
    assert story().refused(vote(), by=BO).code == "no_proposal"


def test_votes_and_proposals_come_with_grounds() -> None:
    told = story()
    assert told.refused(propose(grounds=" "), by=BO).code == "grounds_missing"
    told.do(propose(), at=DAY, by=BO)
    assert told.refused(a.CastVote(vote="for", grounds=""), by=BO).code == "grounds_missing"


def test_an_activation_names_its_channels_and_a_decline_what_to_do_instead() -> None:
    told = story()
    assert told.refused(propose(terms=a.DecisionTerms()), by=BO).code == "channels_missing"
    assert told.refused(propose("decline", instead=" "), by=BO).code == "instead_missing"


@pytest.mark.parametrize(
    ("who", "code"),
    [
        (EVA, "own_municipality_may_not_vote"),
        (actor("lis", "steering_group"), "not_on_phone_list"),
        (actor("rikke", "secretariat"), "only_steering_group"),
        (actor("bo", "municipal_leader"), "only_steering_group"),
    ],
)
def test_only_members_who_are_not_barred_propose_and_vote(who: Actor, code: str) -> None:
    told = story()
    assert told.refused(propose(), by=who).code == code
    told.do(propose(), at=DAY, by=BO)
    assert told.refused(vote(), by=who).code == code


def test_the_one_who_asked_never_votes_even_when_somebody_else_entered_it() -> None:
    told = story(reported(asked_by="dan", entered_by="bo"))
    assert told.refused(propose(), by=DAN).code == "asker_may_not_vote"
    told.do(propose(), at=DAY, by=BO)
    assert told.refused(vote(), by=DAN).code == "asker_may_not_vote"
    told.do(vote(), at=DAY, by=BO)


def test_a_vote_after_the_decision_is_kept_beside_it_once() -> None:
    told = story()
    decide(told, propose(), *UNANIMOUS)
    assert [type(e) for e in told.do(vote("against"), at=DAY, by=GERT)] == [a.VoteCast]
    assert told.refused(vote(), by=GERT).code == "already_voted"
    assert told.refused(vote(), by=BO).code == "already_voted"
    assert isinstance(told.state, Active)
    declined = story()
    decide(declined, propose("decline"), *UNANIMOUS)
    assert declined.do(vote("against"), at=DAY, by=GERT)
    assert isinstance(declined.state, NotActivated)


def test_when_the_decision_has_lapsed_there_is_nothing_to_add_a_vote_to() -> None:
    told = story()
    decide(told, propose("warn"), *UNANIMOUS)
    assert told.do(vote("against"), at=DAY, by=GERT)
    fire(told, "forewarning_lapse")
    assert told.refused(vote(), at=DAY + hours(90), by=HANS).code == "no_proposal"


def test_a_deadline_of_the_very_instant_of_the_decision_changes_nothing() -> None:
    told = story()
    decide(told, propose("warn"), *UNANIMOUS, at=DAY + minutes(15))
    for name in ("contact_answer", "phone_list", "decision_target"):
        assert told.do(fired(told, name), at=DAY + minutes(15)) == []
    due = fired(told, "forewarning_lapse")
    decide(told, propose(), *UNANIMOUS, at=due.due_at)
    assert told.do(due, at=due.due_at) == []
    assert isinstance(told.state, Active)


# -- forvarsel, ikke aktiveret --------------------------------------------------------------------


def test_a_forewarning_lapses_when_nothing_comes_of_it() -> None:
    told = story()
    events = decide(told, propose("warn"), *UNANIMOUS)
    deadline = one(events, DeadlineSet)
    assert isinstance(deadline, DeadlineSet)
    assert deadline.due_at == DAY + hours(LIMITS.forewarning_lapse_hours)
    assert fire(told, "forewarning_lapse") == [a.ForewarningLapsed()]
    assert isinstance(told.state, NotActivated)


def test_a_forewarning_outlives_its_storm() -> None:
    told = story(reported(expected_at=DAY + hours(100)))
    decide(told, propose("warn"), *UNANIMOUS)
    due = told.deadline("forewarning_lapse").message
    assert isinstance(due, DeadlineSet)
    assert due.due_at == DAY + hours(100 + LIMITS.forewarning_lapse_hours)


def test_a_forewarning_may_be_renewed_or_called_off() -> None:
    told = story()
    decide(told, propose("warn"), *UNANIMOUS)
    events = decide(told, propose("warn"), *UNANIMOUS, at=DAY + hours(20))
    assert "forewarning_lapse" in cancelled(events)
    assert isinstance(told.state, Warned)
    events = decide(told, propose("decline"), *UNANIMOUS, at=DAY + hours(30))
    assert "forewarning_lapse" in cancelled(events)
    assert isinstance(told.state, NotActivated)


def test_a_proposal_at_forvarsel_calls_the_others_and_starts_the_clock_anew() -> None:
    told = story()
    decide(told, propose("warn"), *UNANIMOUS)
    later = DAY + hours(10)
    events = told.do(propose(), at=later, by=DAN)
    assert [e.person for e in events if isinstance(e, a.SteeringMemberAsked)] == ["bo"]
    for voter in (BO, DAN, FIE):
        events = told.do(vote(), at=later + minutes(4), by=voter)
    activated = one(events, a.CrisisActivated)
    assert isinstance(activated, a.CrisisActivated)
    assert activated.minutes == 4
    assert "forewarning_lapse" in cancelled(events)


def test_a_lapse_ends_a_vote_that_had_begun() -> None:
    told = story()
    decide(told, propose("warn"), *UNANIMOUS)
    due = told.deadline("forewarning_lapse").message
    assert isinstance(due, DeadlineSet)
    told.do(propose(), at=due.due_at - minutes(1), by=BO)
    events = fire(told, "forewarning_lapse")
    assert isinstance(events[0], a.ForewarningLapsed)
    assert {e.name for e in events[1:] if isinstance(e, DeadlineCancelled)} == {
        "contact_answer",
        "phone_list",
        "decision_target",
    }


def test_a_declined_case_is_told_what_to_do_instead_and_may_be_taken_up_again() -> None:
    told = story()
    declined = one(decide(told, propose("decline"), *UNANIMOUS), a.ActivationDeclined)
    assert isinstance(declined, a.ActivationDeclined)
    assert declined.instead == "Brug jeres egne folk."
    told.do(propose(), at=DAY + minutes(30), by=DAN)
    assert isinstance(told.state, Assessing)
    for voter in (BO, DAN, FIE):
        told.do(vote(), at=DAY + minutes(33), by=voter)
    assert isinstance(told.state, Active)


def test_an_active_crisis_is_not_decided_again() -> None:
    told = story()
    decide(told, propose(), *UNANIMOUS)
    assert told.refused(propose(), by=BO).code == "already_active"
    assert told.refused(GIVE, by=BO).code == "already_active"


# -- foreløbigt -----------------------------------------------------------------------------------


def test_one_member_alone_acts_only_when_the_list_is_exhausted() -> None:
    assert story().refused(GIVE, by=BO).code == "phone_list_not_exhausted"
    warned = story()
    decide(warned, propose("warn"), *UNANIMOUS)
    assert warned.refused(GIVE, by=BO).code == "phone_list_not_exhausted"


def test_a_reached_member_activates_for_the_time_being() -> None:
    told = exhausted()
    events = told.do(GIVE, at=DAY + minutes(12), by=GERT)
    given = one(events, a.CrisisProvisionallyActivated)
    assert isinstance(given, a.CrisisProvisionallyActivated)
    assert (given.decided_by, given.by_delegation, given.minutes) == ("gert", False, 12)
    assert given.confirm_before == DAY + minutes(12 + LIMITS.quorum_day_minutes)
    assert cancelled(events) == {"decision_target"}
    assert {e.name for e in events if isinstance(e, DeadlineSet)} == {
        "provisional_confirmation",
        "sustained_operation",
    }
    assert told.refused(GIVE, by=GERT).code == "only_provisional"


def test_the_project_leader_acts_by_delegation() -> None:
    told = exhausted()
    given = one(told.do(GIVE, at=DAY + minutes(12), by=PROJECT_LEADER), a.CrisisProvisionallyActivated)
    assert isinstance(given, a.CrisisProvisionallyActivated)
    assert given.by_delegation


def test_calling_goes_on_after_a_provisional_activation() -> None:
    told = story()
    fire(told, "contact_answer")
    fire(told, "phone_list")
    fire(told, "contact_answer")
    told.do(GIVE, at=DAY + minutes(11), by=PROJECT_LEADER)
    events = told.do(tried("eva"), at=DAY + minutes(12), by=SECRETARY)
    assert [e.person for e in events if isinstance(e, a.SteeringMemberAsked)]


@pytest.mark.parametrize(
    ("who", "code"),
    [
        (EVA, "own_municipality_may_not_vote"),
        (SECRETARY, "only_steering_group"),
        (actor("kurt", "project_leader"), "not_the_role_holder"),
    ],
)
def test_nobody_else_acts_alone(who: Actor, code: str) -> None:
    assert exhausted().refused(GIVE, by=who).code == code


def test_a_project_leader_who_asked_for_help_does_not_activate() -> None:
    told = story(reported(asked_by="pia", directory={"steering_group": ()}))
    assert told.refused(GIVE, by=PROJECT_LEADER).code == "asker_may_not_vote"


def test_a_provisional_activation_has_grounds_and_channels() -> None:
    told = exhausted()
    bare = GIVE.model_copy(update={"terms": a.DecisionTerms()})
    assert told.refused(bare, by=GERT).code == "channels_missing"
    assert told.refused(GIVE.model_copy(update={"grounds": ""}), by=GERT).code == "grounds_missing"


@pytest.mark.parametrize(
    ("local", "confirm"),
    [
        ("2023-10-20T14:00+02:00", "2023-10-20T15:00+02:00"),
        ("2023-10-20T21:59+02:00", "2023-10-20T22:59+02:00"),
        ("2023-10-20T22:00+02:00", "2023-10-21T09:00+02:00"),
        ("2023-10-21T00:20+02:00", "2023-10-21T09:00+02:00"),
        ("2023-10-21T06:59+02:00", "2023-10-21T09:00+02:00"),
        ("2023-10-21T07:00+02:00", "2023-10-21T08:00+02:00"),
        ("2023-10-28T23:30+02:00", "2023-10-29T09:00+01:00"),
        ("2023-03-25T23:30+01:00", "2023-03-26T09:00+02:00"),
    ],
)
def test_the_quorum_has_an_hour_by_day_and_until_the_morning_at_night(local: str, confirm: str) -> None:
    found = confirm_by(datetime.fromisoformat(local).astimezone(UTC), LIMITS)
    assert found == datetime.fromisoformat(confirm)


def test_a_night_that_ends_late_never_leaves_less_than_the_hour_of_the_day() -> None:
    limits = LIMITS.model_copy(update={"night_to": "09:00"})
    late = datetime.fromisoformat("2023-10-21T08:50+02:00").astimezone(UTC)
    assert confirm_by(late, limits) == late + minutes(60)


def test_a_night_within_one_day_is_understood_too() -> None:
    limits = LIMITS.model_copy(update={"night_from": "01:00", "night_to": "05:00"})
    inside = datetime.fromisoformat("2023-10-21T02:00+02:00").astimezone(UTC)
    before = datetime.fromisoformat("2023-10-21T00:30+02:00").astimezone(UTC)
    assert confirm_by(inside, limits) == datetime.fromisoformat("2023-10-21T09:00+02:00")
    assert confirm_by(before, limits) == before + minutes(60)


def test_an_answer_that_is_late_is_called_for_and_the_activation_stands() -> None:
    told = provisional(at=NIGHT)
    state = told.state
    assert isinstance(state, Provisional)
    assert fire(told, "provisional_confirmation") == [
        a.ProvisionalConfirmationOverdue(confirm_before=state.confirm_before)
    ]
    assert isinstance(told.state, Provisional)


def test_the_quorum_confirms() -> None:
    told = provisional()
    started = told.state.running.activated_at if isinstance(told.state, Provisional) else None
    confirmed = one(decide(told, propose(), *UNANIMOUS, at=DAY + minutes(40)), a.CrisisActivated)
    assert isinstance(confirmed, a.CrisisActivated)
    assert confirmed.confirms_provisional
    assert isinstance(told.state, Active)
    assert told.state.running.activated_at == started


def test_the_terms_of_a_confirmation_are_the_confirmed_ones_and_of_a_reversal_voted_down_the_running_ones() -> None:
    wider = TERMS.model_copy(update={"channels": ("contact_centre", "sms"), "level": "operation"})
    told = provisional()
    confirmed = one(decide(told, propose(terms=wider), *UNANIMOUS, at=DAY + minutes(40)), a.CrisisActivated)
    assert isinstance(confirmed, a.CrisisActivated)
    assert confirmed.terms == wider
    told = provisional()
    against = ((BO, "against"), (DAN, "against"), (FIE, "against"))
    kept = one(decide(told, propose("decline", terms=wider), *against, at=DAY + minutes(40)), a.CrisisActivated)
    assert isinstance(kept, a.CrisisActivated)
    assert kept.terms == TERMS


def test_the_quorum_reverses() -> None:
    told = provisional()
    events = decide(told, propose("decline", instead=""), *UNANIMOUS, at=DAY + minutes(40))
    assert isinstance(events[1], a.ActivationReversed)
    assert cancelled(events) == {"provisional_confirmation", "sustained_operation"}
    assert isinstance(told.state, NotActivated)


def test_voting_down_a_confirmation_reverses_and_voting_down_a_reversal_confirms() -> None:
    against = ((BO, "against"), (DAN, "against"), (FIE, "against"))
    told = provisional()
    decide(told, propose(), *against)
    assert isinstance(told.state, NotActivated)
    told = provisional()
    confirmed = one(decide(told, propose("decline"), *against), a.CrisisActivated)
    assert isinstance(confirmed, a.CrisisActivated)
    assert confirmed.terms == TERMS
    assert isinstance(told.state, Active)


def test_what_is_active_already_cannot_become_a_forewarning() -> None:
    assert provisional().refused(propose("warn"), by=BO).code == "only_confirm_or_reverse"


def test_votes_cast_before_the_provisional_activation_do_not_count_for_the_confirmation() -> None:
    told = exhausted()
    decide(told, propose(), (BO, "for"), (DAN, "for"))
    told.do(GIVE, at=DAY + minutes(12), by=BO)
    assert told.refused(vote(), by=FIE).code == "no_proposal"
