"""Afløsningsplanen: nobody too long, nobody twice, nobody without rest, but for a reason that is logged."""

from __future__ import annotations

from datetime import datetime

import pytest

from ddh_beredskab.core.persons import PersonState
from schemas import crisis_staff as s
from schemas.base import Actor, StaffRole
from tests.core.cast import DAY, LEADER, LOCAL, SECRETARY, actor, hours
from tests.core.staff_story import Staff, established
from tests.core.test_crisis_staff_room import JONAS, STRANGERS


def relief(
    person: str = "eva", begins: float = 10, ends: float = 20, role: StaffRole = "log_keeper", **more: object
) -> s.PlanRelief:
    """From and to in hours after the call-out."""
    times = {"begins_at": DAY + hours(begins), "ends_at": DAY + hours(ends)}
    return s.PlanRelief.model_validate({"role": role, "person": person, **times, **more})


@pytest.fixture
def staff() -> Staff:
    return established()


def planned(staff: Staff, command: s.PlanRelief, at: datetime = DAY, by: Actor = JONAS) -> s.ReliefPlanned:
    [event] = staff.tell(command, at, by)
    assert isinstance(event, s.ReliefPlanned)
    return event


def test_lines_are_numbered_and_cancelled_once(staff: Staff) -> None:
    assert planned(staff, relief(note="Aftalt.")) == s.ReliefPlanned(
        number=1, role="log_keeper", person="eva", begins_at=DAY + hours(10), ends_at=DAY + hours(20), note="Aftalt."
    )
    assert planned(staff, relief("fie", 20, 30)).number == 2
    cancel = s.CancelPlannedRelief(number=2, note="Syg.")
    assert staff.tell(cancel, DAY, JONAS) == [
        s.PlannedReliefCancelled(number=2, role="log_keeper", person="fie", begins_at=DAY + hours(20), note="Syg.")
    ]
    assert staff.no(cancel, by=JONAS) == "relief_already_cancelled"
    assert staff.no(s.CancelPlannedRelief(number=3), by=JONAS) == "no_such_planned_relief"


@pytest.mark.parametrize(
    ("begins", "ends", "code"),
    [
        (10, 10, "relief_ends_before_it_begins"),
        (10, 9, "relief_ends_before_it_begins"),
        (-5, 0, "relief_is_over"),
        (10, 22.1, "relief_too_long"),
    ],
)
def test_times_that_cannot_be(staff: Staff, begins: float, ends: float, code: str) -> None:
    assert staff.no(relief("eva", begins, ends), DAY, JONAS) == code


def test_twelve_hours_and_a_stretch_that_has_begun_can_be(staff: Staff) -> None:
    assert planned(staff, relief("eva", 10, 22))
    assert planned(staff, relief("fie", -1, 1))


# -- twice ----------------------------------------------------------------------------------------


def test_nobody_is_planned_twice_at_a_time_without_a_reason(staff: Staff) -> None:
    planned(staff, relief("eva", 10, 20))
    twice = relief("eva", 19, 24, "process_lead")
    refused = staff.refused(twice, at=DAY, by=JONAS, found=staff._found(twice, DAY, JONAS))  # pyright: ignore[reportPrivateUsage]
    assert (refused.code, refused.facts["role"]) == ("relief_planned_twice", "log_keeper")
    reason = {"although_busy": True, "note": "Kun ti minutters overlap."}
    both = planned(staff, relief("eva", 19, 24, "process_lead", **reason))
    assert both.although == ("planned_elsewhere",)


def test_a_reason_is_written(staff: Staff) -> None:
    planned(staff, relief("eva", 10, 20))
    assert staff.no(relief("eva", 19, 24, "process_lead", although_busy=True), by=JONAS) == "reason_missing"


def test_a_cancelled_line_is_in_nobodys_way(staff: Staff) -> None:
    planned(staff, relief("eva", 10, 20))
    staff.tell(s.CancelPlannedRelief(number=1), DAY, JONAS)
    assert planned(staff, relief("eva", 12, 22, "process_lead"))


def test_two_people_may_overlap_in_one_role(staff: Staff) -> None:
    planned(staff, relief("eva", 10, 20))
    assert planned(staff, relief("fie", 19.5, 30))


def test_crisis_leader_and_log_keeper_are_kept_apart_whatever_the_reason(staff: Staff) -> None:
    planned(staff, relief("eva", 10, 20))
    both = relief("eva", 19, 24, "crisis_leader", although_busy=True, although_resting=True, note="Nødvendigt.")
    assert staff.no(both, by=JONAS) == "roles_kept_apart"


def test_who_works_in_another_crisis_is_not_planned_for_the_hours_to_come(staff: Staff) -> None:
    staff.town["eva"] = PersonState(holding=(("k2", "log_keeper"),))
    assert staff.no(relief("eva", 10, 20), by=JONAS) == "person_busy_elsewhere"
    allowed = planned(staff, relief("eva", 10, 20, although_busy=True, note="Den anden krise slutter kl. 12."))
    assert allowed.although == ("busy_elsewhere",)
    assert planned(staff, relief("eva", 31, 40)).although == ()


# -- rest -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("begins", "ends"), [(30.9, 40), (20, 21), (5, 10), (0, 0.5)])
def test_eleven_hours_lie_between_two_stretches(staff: Staff, begins: float, ends: float) -> None:
    planned(staff, relief("eva", 10, 20))
    again = relief("eva", begins, ends, "process_lead")
    assert staff.no(again, by=JONAS) == "relief_without_rest"
    reason = {"although_resting": True, "note": "Ingen andre."}
    assert planned(staff, again.model_copy(update=reason)).although == ("too_little_rest",)


@pytest.mark.parametrize(("begins", "ends"), [(31, 40), (-3, -1 + 0.0)])
def test_with_rest_between_them_two_stretches_are_as_good_as_one(staff: Staff, begins: float, ends: float) -> None:
    planned(staff, relief("eva", 10, 20))
    assert planned(staff, relief("eva", begins, ends, "process_lead"), DAY - hours(2)).although == ()


def test_the_refusal_says_when_there_would_be_rest(staff: Staff) -> None:
    planned(staff, relief("eva", 10, 20))
    again = relief("eva", 25, 30)
    refused = staff.refused(again, at=DAY, by=JONAS, found=staff._found(again, DAY, JONAS))  # pyright: ignore[reportPrivateUsage]
    assert refused.facts == {"person": "eva", "hours": "11", "rested_at": str(DAY + hours(31))}


def test_rest_after_a_relief_counts(staff: Staff) -> None:
    staff.town["eva"] = PersonState(rest_until=DAY + hours(12))
    assert staff.no(relief("eva", 11.9, 20), by=JONAS) == "relief_without_rest"
    assert planned(staff, relief("eva", 12, 20))


def test_the_present_holder_rests_after_his_own_work_first(staff: Staff) -> None:
    """jonas took the role six minutes after the call-out, and must be relieved by twelve hours."""
    too_soon = relief("jonas", 23, 30)
    refused = staff.refused(too_soon, at=DAY, by=JONAS, found=staff._found(too_soon, DAY, JONAS))  # pyright: ignore[reportPrivateUsage]
    assert (refused.code, refused.facts["rested_at"]) == ("relief_without_rest", str(DAY + hours(23.1)))
    assert planned(staff, relief("jonas", 23.1, 30))


def test_he_rests_earlier_when_somebody_is_planned_after_him(staff: Staff) -> None:
    planned(staff, relief("eva", 8, 18))
    assert staff.no(relief("jonas", 18.9, 28), by=JONAS) == "relief_without_rest"
    assert planned(staff, relief("jonas", 19, 28))


def test_a_cancelled_follower_and_one_in_another_role_follow_nobody(staff: Staff) -> None:
    planned(staff, relief("eva", 8, 18))
    staff.tell(s.CancelPlannedRelief(number=1), DAY, JONAS)
    planned(staff, relief("fie", 8, 18, "process_lead"))
    assert staff.no(relief("jonas", 19, 28), by=JONAS) == "relief_without_rest"


def test_that_the_holder_stays_until_a_time_is_no_second_duty(staff: Staff) -> None:
    assert planned(staff, relief("jonas", 1, 11)).although == ()
    assert staff.no(relief("jonas", 4, 13), by=JONAS) == "relief_planned_twice"


# -- who ------------------------------------------------------------------------------------------


def test_staff_and_secretariat_plan_and_the_local_leader_for_his_own(staff: Staff) -> None:
    for number, who in enumerate((LEADER, JONAS, SECRETARY, actor("dorte", "personnel_lead"))):
        assert planned(staff, relief(f"p{number}", 10, 20), by=who)
    assert planned(staff, relief("poul", 10, 20, "local_leader"), by=LOCAL)
    assert staff.no(relief("p9"), by=LOCAL) == "role_may_not"
    assert staff.no(relief("poul", role="local_leader"), by=actor("poul", "local_leader")) == "role_may_not"
    for who, code in STRANGERS:
        assert staff.no(relief("p9"), by=who) == code
        assert staff.no(s.CancelPlannedRelief(number=1), by=who) == code
