"""A person's shared stream: what he holds, in which crisis, and until when he rests."""

from __future__ import annotations

from ddh_beredskab.core.persons import PersonState, evolve_person
from schemas.activation import ForewarningLapsed
from schemas.crisis_staff import PersonReleased, PersonTaken
from tests.core.cast import DAY, hours

TAKEN = PersonTaken(person="asta", crisis_id="k1", role="crisis_leader")
ALSO = PersonTaken(person="asta", crisis_id="k1", role="process_lead")
RELEASED = PersonReleased(person="asta", crisis_id="k1", role="crisis_leader", rest_until=DAY + hours(11))


def test_who_is_taken_is_busy_for_other_crises_only() -> None:
    state = evolve_person(PersonState(), TAKEN)
    assert state.busy_elsewhere("k2") == "k1"
    assert state.busy_elsewhere("k1") is None


def test_release_gives_up_that_role_alone_and_says_until_when_to_rest() -> None:
    state = evolve_person(evolve_person(PersonState(), TAKEN), ALSO)
    state = evolve_person(state, RELEASED)
    assert state.holding == (("k1", "process_lead"),)
    assert state.rest_until == DAY + hours(11)


def test_who_takes_a_role_again_is_no_longer_at_rest() -> None:
    assert evolve_person(PersonState(rest_until=DAY), TAKEN).rest_until is None


def test_other_events_are_nothing_to_a_person() -> None:
    assert evolve_person(PersonState(), ForewarningLapsed()) == PersonState()


def test_the_state_goes_through_json_unchanged() -> None:
    state = evolve_person(evolve_person(PersonState(), TAKEN), RELEASED)
    assert PersonState.model_validate_json(state.model_dump_json()) == state
