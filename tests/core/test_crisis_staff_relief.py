"""Afløsning: relief due and overdue, the overleveringsnotat, rest, and the staff past a day."""

from __future__ import annotations

import pytest

from ddh_beredskab.core.persons import PersonState
from schemas import crisis_staff as s
from schemas.base import Actor, DeadlineCancelled, DeadlineSet, StaffRole
from tests.core.cast import DAY, LEADER, SECRETARY, actor, hours, minutes
from tests.core.staff_story import DEACTIVATED, called_out, established, says

JONAS = actor("jonas", "log_keeper")
LATER = DAY + hours(10)


def hand_over(role: StaffRole = "log_keeper", to: str = "eva", **more: object) -> s.HandOverRole:
    return s.HandOverRole.model_validate({"role": role, "to": to, "note": "Alt er skrevet ind.", **more})


def test_relief_is_due_and_then_overdue() -> None:
    staff = established()
    assert staff.fire("relief_due:log_keeper") == [s.ReliefDue(role="log_keeper", person="jonas", hours=10)]
    assert staff.fire("relief_overdue:log_keeper") == [s.ReliefOverdue(role="log_keeper", person="jonas", hours=12)]


def test_a_hand_over_releases_one_and_takes_the_other_and_starts_the_clock_anew() -> None:
    staff = established()
    events = staff.tell(hand_over(), LATER, JONAS)
    rest_until = LATER + minutes(30) + hours(11)
    assert events[0] == s.RoleHandedOver(
        role="log_keeper",
        from_person="jonas",
        to_person="eva",
        note="Alt er skrevet ind.",
        overlap_minutes=30,
        rest_until=rest_until,
    )
    assert {e.name for e in events if isinstance(e, DeadlineCancelled)} == {
        "relief_due:log_keeper",
        "relief_overdue:log_keeper",
    }
    assert {e.due_at for e in events if isinstance(e, DeadlineSet)} == {LATER + hours(10), LATER + hours(12)}
    assert staff.person("jonas") == PersonState(rest_until=rest_until)
    assert staff.person("eva").holding == (("k1", "log_keeper"),)
    assert staff.holders["log_keeper"] == "eva"


def test_who_was_relieved_is_not_asked_or_given_a_role_while_resting() -> None:
    staff = established()
    staff.tell(hand_over(), LATER, JONAS)
    assert staff.no(hand_over(to="jonas"), LATER + hours(11), actor("eva", "log_keeper")) == "person_rests"
    staff.tell(hand_over(to="jonas"), LATER + hours(12), actor("eva", "log_keeper"))
    assert staff.person("jonas").rest_until is None
    other = called_out(subject="k2", town=staff.town)
    escalated = [k.message for k in other.events if isinstance(k.message, s.RoleEscalated)]
    assert [(e.person, e.because) for e in escalated][:2] == [("asta", "busy_elsewhere"), ("jonas", "busy_elsewhere")]


def test_who_keeps_another_role_is_not_at_rest_yet() -> None:
    staff = established()
    staff.tell(s.AssignRole(role="local_information_lead", person="birgit", reason="Tobias svarer ikke."), DAY, LEADER)
    events = staff.tell(hand_over("local_leader", "poul"), LATER, actor("birgit", "local_leader"))
    handed = events[0]
    assert isinstance(handed, s.RoleHandedOver)
    assert handed.rest_until == LATER + minutes(30)
    assert staff.person("birgit") == PersonState(holding=(("k1", "local_information_lead"),))


@pytest.mark.parametrize(
    "who",
    [JONAS, LEADER, actor("ulla", "log_keeper", deputy=True, on_behalf_of="jonas")],
)
def test_the_holder_his_deputy_or_the_leader_hands_over(who: Actor) -> None:
    assert established().tell(hand_over(), LATER, who)


@pytest.mark.parametrize("who", [SECRETARY, actor("ulla", "log_keeper"), actor("eva", "crisis_leader")])
def test_nobody_else_hands_a_role_over(who: Actor) -> None:
    assert established().no(hand_over(), LATER, who) == "not_the_role_holder"


def test_a_hand_over_that_makes_no_sense_is_refused() -> None:
    staff = established()
    assert staff.no(hand_over("local_information_lead"), LATER, LEADER) == "role_has_no_holder"
    assert staff.no(hand_over(to="jonas"), LATER, JONAS) == "already_holds_role"
    assert staff.no(hand_over(note=" "), LATER, JONAS) == "note_missing"
    assert staff.no(hand_over(to="asta"), LATER, JONAS) == "roles_kept_apart"


def test_nobody_is_handed_a_role_while_working_in_another_crisis() -> None:
    staff = established(called_out(town={"eva": PersonState(holding=(("k2", "log_keeper"),))}))
    assert staff.no(hand_over(), LATER, JONAS) == "person_busy_elsewhere"


def test_relief_of_a_role_that_was_handed_over_at_that_very_instant_is_not_called_for() -> None:
    staff = established()
    firing = staff.firing("relief_due:log_keeper")
    staff.tell(hand_over(), firing.due_at, JONAS)
    assert staff.tell(firing, firing.due_at) == []


def test_past_a_day_the_staff_works_round_the_clock_once() -> None:
    staff = established()
    firing = staff.firing("round_the_clock")
    assert staff.tell(firing, firing.due_at) == [s.RoundTheClockStarted(hours=24)]
    assert staff.tell(firing, firing.due_at) == []


def test_who_stood_down_after_a_long_day_rests_and_others_do_not() -> None:
    staff = established()
    staff.tell(hand_over(), LATER, JONAS)
    staff.tell(DEACTIVATED, LATER + hours(1))
    assert staff.person("asta").rest_until == LATER + hours(12)
    assert staff.person("eva").rest_until is None


def test_a_relief_deadline_without_a_holder_says_nothing() -> None:
    staff = called_out()
    staff.tell(says("crisis_leader"), DAY, LEADER)
    firing = staff.firing("relief_due:crisis_leader")
    stray = firing.model_copy(update={"name": "relief_due:log_keeper"})
    assert staff.tell(stray, firing.due_at) == [], "not the timer of that name"
