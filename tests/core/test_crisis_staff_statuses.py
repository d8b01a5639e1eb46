"""DDH-status: written on the latest version, at most two pages, approved by the crisis leader, due before meetings."""

from __future__ import annotations

import pytest

from schemas import crisis_staff as s
from schemas.base import Actor, DeadlineCancelled, DeadlineSet
from tests.core.books import BOOKS
from tests.core.cast import DAY, LEADER, LOCAL, SECRETARY, actor, hours, minutes
from tests.core.staff_story import DEACTIVATED, REOPENED, Staff, established
from tests.core.test_crisis_staff_room import JONAS, STRANGERS, meeting

CALLS = "312 opkald den sidste time, ventetid 2 minutter."
DEPUTY = actor("signe", "crisis_leader", deputy=True, on_behalf_of="asta")
LINE = actor("line", "communications_lead")


def status(based_on: int = 0, **sections: str) -> s.WriteDdhStatus:
    return s.WriteDdhStatus(sections=sections or {"calls": CALLS}, based_on=based_on)


def due(events: list[object]) -> list[DeadlineSet]:
    return [each for each in events if isinstance(each, DeadlineSet) and each.name == "ddh_status_due"]


@pytest.fixture
def staff() -> Staff:
    return established()


def test_versions_are_numbered_and_each_is_written_on_the_latest(staff: Staff) -> None:
    assert staff.tell(status(), DAY, JONAS) == [
        s.DdhStatusWritten(version=1, based_on=0, sections={"calls": CALLS}, written_by="jonas")
    ]
    [second] = staff.tell(status(1, summary="Det går."), DAY, LINE)
    assert second == s.DdhStatusWritten(version=2, based_on=1, sections={"summary": "Det går."}, written_by="line")


def test_what_somebody_wrote_in_between_is_not_lost(staff: Staff) -> None:
    staff.tell(status(), DAY, JONAS)
    refused = staff.refused(status(), at=DAY, by=LINE)
    assert (refused.code, refused.facts) == ("status_written_meanwhile", {"version": "1", "written_by": "jonas"})
    assert staff.no(status(2), by=LINE) == "no_such_status"


def test_a_deputy_writes_for_the_one_he_stands_in_for(staff: Staff) -> None:
    [written] = staff.tell(status(), DAY, DEPUTY)
    assert isinstance(written, s.DdhStatusWritten)
    assert written.written_by == "asta"


def test_empty_sections_are_left_out_and_the_rest_stands_in_the_forms_order(staff: Staff) -> None:
    [written] = staff.tell(status(needs="En agent.", calls=CALLS, guide="  "), DAY, JONAS)
    assert isinstance(written, s.DdhStatusWritten)
    assert list(written.sections) == ["calls", "needs"]


def test_an_empty_status_and_an_unknown_section_are_refused(staff: Staff) -> None:
    assert staff.no(s.WriteDdhStatus(sections={}, based_on=0), by=JONAS) == "status_is_empty"
    assert staff.no(status(calls=" "), by=JONAS) == "status_is_empty"
    refused = staff.refused(status(weather="Regn.", calls=CALLS, wind=""), at=DAY, by=JONAS)
    assert (refused.code, refused.facts) == ("status_section_unknown", {"sections": "weather, wind"})


def test_a_status_is_one_to_two_pages_and_the_refusal_says_how_much_to_cut(staff: Staff) -> None:
    most = BOOKS.limits.ddh_status_most_characters
    refused = staff.refused(status(calls="a" * most, guide="b" * 7), at=DAY, by=JONAS)
    assert (refused.code, refused.facts["over"]) == ("status_too_long", "7")
    assert staff.tell(status(calls="a" * (most - 7), guide="b" * 7), DAY, JONAS)


@pytest.mark.parametrize(("who", "code"), STRANGERS)
def test_the_staff_alone_writes_it(staff: Staff, who: Actor, code: str) -> None:
    assert staff.no(status(), by=who) == code


def test_the_crisis_leader_alone_approves_the_latest_version_once(staff: Staff) -> None:
    staff.tell(status(), DAY, JONAS)
    staff.tell(status(1), DAY, JONAS)
    approve = s.ApproveDdhStatus(version=2)
    for who in (JONAS, SECRETARY, LOCAL):
        assert staff.no(approve, by=who) == "only_crisis_leader_approves_status"
    assert staff.no(s.ApproveDdhStatus(version=3), by=LEADER) == "no_such_status"
    assert staff.refused(s.ApproveDdhStatus(version=1), at=DAY, by=LEADER).facts == {"version": "1", "latest": "2"}
    assert staff.tell(approve, DAY, LEADER) == [s.DdhStatusApproved(version=2, approved_by="asta")]
    assert staff.no(approve, by=LEADER) == "status_already_approved"


# -- the clock ------------------------------------------------------------------------------------


def test_a_staff_that_writes_none_is_reminded_of_none(staff: Staff) -> None:
    assert due(list(staff.tell(meeting(next_meeting_at=DAY + hours(2)), DAY, JONAS))) == []


def test_from_the_first_version_on_it_is_due_before_the_next_meeting(staff: Staff) -> None:
    staff.tell(meeting(next_meeting_at=DAY + hours(2)), DAY, JONAS)
    [deadline] = due(list(staff.tell(status(), DAY + minutes(5), JONAS)))
    assert deadline.due_at == DAY + minutes(105)
    assert due(list(staff.tell(status(1), DAY + minutes(6), JONAS))) == []
    assert staff.fire("ddh_status_due") == [s.DdhStatusOverdue(due_at=DAY + minutes(105))]


def test_the_first_version_too_late_for_the_meeting_is_not_overdue_at_once(staff: Staff) -> None:
    staff.tell(meeting(next_meeting_at=DAY + hours(2)), DAY, JONAS)
    assert due(list(staff.tell(status(), DAY + minutes(105), JONAS))) == []


def test_an_approved_status_is_in_time_and_the_next_meeting_asks_anew(staff: Staff) -> None:
    staff.tell(status(), DAY, JONAS)
    staff.tell(meeting(next_meeting_at=DAY + hours(2)), DAY, JONAS)
    approved = staff.tell(s.ApproveDdhStatus(version=1), DAY + hours(1), LEADER)
    assert [each.name for each in approved if isinstance(each, DeadlineCancelled)] == ["ddh_status_due"]
    [deadline] = due(list(staff.tell(meeting(2, next_meeting_at=DAY + hours(6)), DAY + hours(2), JONAS)))
    assert deadline.due_at == DAY + minutes(345)


def test_approval_at_the_very_instant_counts(staff: Staff) -> None:
    staff.tell(status(), DAY, JONAS)
    staff.tell(meeting(next_meeting_at=DAY + hours(2)), DAY, JONAS)
    firing = staff.firing("ddh_status_due")
    staff.tell(s.ApproveDdhStatus(version=1), firing.due_at, LEADER)
    assert staff.tell(firing, firing.due_at) == []


def test_a_meeting_held_early_takes_its_deadline_with_it(staff: Staff) -> None:
    staff.tell(status(), DAY, JONAS)
    staff.tell(meeting(next_meeting_at=DAY + hours(2)), DAY, JONAS)
    events = staff.tell(meeting(2), DAY + hours(1), JONAS)
    assert "ddh_status_due" in [each.name for each in events if isinstance(each, DeadlineCancelled)]


def test_there_is_no_status_before_the_call_out_or_after_the_staff_stood_down(staff: Staff) -> None:
    assert Staff().no(status(), by=JONAS) == "staff_not_called_out"
    staff.tell(DEACTIVATED, DAY + hours(1))
    assert staff.no(status(), by=JONAS) == "staff_has_stood_down"


def test_a_reopened_crisis_goes_on_where_it_was() -> None:
    staff = established()
    staff.tell(status(), DAY, JONAS)
    staff.tell(DEACTIVATED, DAY + hours(1))
    staff.tell(REOPENED, DAY + hours(2))
    staff.tell(s.AnswerRoleOffer(role="log_keeper", answer="coming"), DAY + hours(2), JONAS)
    assert staff.no(status(), DAY + hours(2), by=JONAS) == "status_written_meanwhile"
    assert staff.tell(status(1), DAY + hours(2), JONAS)
