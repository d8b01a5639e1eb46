"""At the staff's table: meetings and minutes, the authority's situation picture, the aktionsliste, the plan's steps."""

from __future__ import annotations

import pytest

from schemas import crisis_staff as s
from schemas.base import Actor, DeadlineCancelled, DeadlineSet
from tests.core.cast import DAY, LEADER, LIS, LOCAL, SECRETARY, actor, hours, minutes
from tests.core.staff_story import DEACTIVATED, Staff, called_out, established

JONAS = actor("jonas", "log_keeper")
STRANGERS = [
    (actor("ida", "call_agent"), "role_may_not"),
    (actor("ulla", "log_keeper"), "not_the_role_holder"),
]
POINT = s.AgendaPoint(point="Situationen", text="Vandet falder.", decision="Vi bliver.")
PICTURE = s.ReceiveSituationPicture(
    sender="birgit", received_by="jonas", by="phone", headings={"Hændelse": "Vandet står i Havnegade."}
)


def meeting(number: int = 1, **more: object) -> s.HoldStaffMeeting:
    return s.HoldStaffMeeting.model_validate(
        {"number": number, "attendance": ("asta", "jonas"), "points": (POINT,), **more}
    )


def names(events: list[object], kind: type[DeadlineSet] | type[DeadlineCancelled]) -> set[str]:
    return {event.name for event in events if isinstance(event, kind)}


# -- meetings -------------------------------------------------------------------------------------


def test_the_first_meeting_is_called_for_when_none_was_held() -> None:
    assert established().fire("first_meeting") == [s.StaffMeetingDue(target_minutes=45)]


def test_a_meeting_in_time_stops_that() -> None:
    events = established().tell(meeting(), DAY + minutes(40), JONAS)
    assert isinstance(events[0], s.StaffMeetingHeld)
    assert names(list(events), DeadlineCancelled) == {"first_meeting"}


def test_a_meeting_at_the_very_instant_counts() -> None:
    staff = established()
    firing = staff.firing("first_meeting")
    staff.tell(meeting(), firing.due_at, JONAS)
    assert staff.tell(firing, firing.due_at) == []


def test_meetings_are_numbered_without_gaps() -> None:
    staff = established()
    assert staff.no(meeting(2), by=JONAS) == "meeting_number"
    staff.tell(meeting(), DAY, JONAS)
    assert staff.no(meeting(), by=JONAS) == "meeting_number"
    assert staff.tell(meeting(2), DAY, JONAS)


def test_a_meeting_has_people_and_the_next_one_lies_ahead() -> None:
    staff = established()
    assert staff.no(meeting(attendance=()), by=JONAS) == "attendance_missing"
    assert staff.no(meeting(next_meeting_at=DAY), DAY, JONAS) == "next_meeting_in_the_past"


@pytest.mark.parametrize(("who", "code"), STRANGERS)
def test_the_staff_alone_holds_meetings(who: Actor, code: str) -> None:
    assert established().no(meeting(), by=who) == code


def test_the_leader_alone_approves_the_minutes_and_once() -> None:
    staff = established()
    staff.tell(meeting(), DAY, JONAS)
    approve = s.ApproveMinutes(number=1)
    assert staff.no(approve, by=JONAS) == "only_crisis_leader_approves"
    assert staff.no(s.ApproveMinutes(number=2), by=LEADER) == "no_such_meeting"
    assert staff.tell(approve, DAY, LEADER) == [s.MinutesApproved(number=1, points=(POINT,))]
    assert staff.no(approve, by=LEADER) == "minutes_already_approved"


def test_the_last_minutes_are_approved_after_the_staff_stood_down() -> None:
    staff = established()
    staff.tell(meeting(), DAY, JONAS)
    staff.tell(DEACTIVATED, DAY + hours(1))
    approve = s.ApproveMinutes(number=1)
    assert staff.no(approve, DAY + hours(2), JONAS) == "only_crisis_leader_approves"
    assert staff.tell(approve, DAY + hours(2), LEADER)


# -- the authority's situation picture ------------------------------------------------------------


def test_the_picture_is_asked_for_and_then_overdue() -> None:
    staff = established()
    due_at = DAY + minutes(60)
    assert staff.fire("situation_picture_ask") == [s.SituationPictureRequested(due_at=due_at)]
    assert staff.fire("situation_picture_due") == [s.SituationPictureOverdue(due_at=due_at)]


def test_a_picture_that_comes_by_itself_is_not_asked_for() -> None:
    staff = established()
    events = staff.tell(PICTURE, DAY + minutes(20), JONAS)
    assert events[0] == s.SituationPictureReceived(
        number=1,
        sender="birgit",
        received_by="jonas",
        by="phone",
        headings=PICTURE.headings,
        minutes_after_activation=20,
    )
    assert names(list(events), DeadlineCancelled) == {"situation_picture_ask", "situation_picture_due"}


def test_a_picture_at_the_very_instant_is_not_asked_for_either() -> None:
    staff = established()
    firing = staff.firing("situation_picture_ask")
    staff.tell(PICTURE, firing.due_at, JONAS)
    assert staff.tell(firing, firing.due_at) == []
    staff = established()
    firing = staff.firing("situation_picture_due")
    staff.tell(PICTURE, firing.due_at, JONAS)
    assert staff.tell(firing, firing.due_at) == []


def test_the_next_picture_is_due_before_the_next_meeting() -> None:
    staff = established()
    events = staff.tell(meeting(next_meeting_at=DAY + minutes(180)), DAY + minutes(60), JONAS)
    assert s.SituationPictureRequested(due_at=DAY + minutes(165)) in events
    assert staff.fire("situation_picture_update") == [s.SituationPictureOverdue(due_at=DAY + minutes(165))]
    staff.tell(meeting(2, next_meeting_at=DAY + minutes(300)), DAY + minutes(180), JONAS)
    received = staff.tell(PICTURE, DAY + minutes(250), LOCAL)
    assert names(list(received), DeadlineCancelled) == {"situation_picture_update"}


def test_a_meeting_that_follows_at_once_leaves_no_time_for_a_picture() -> None:
    staff = established()
    for number, (now, then) in enumerate([(60, 70), (80, 95)], start=1):
        events = staff.tell(meeting(number, next_meeting_at=DAY + minutes(then)), DAY + minutes(now), JONAS)
        assert [type(event) for event in events] == [s.StaffMeetingHeld]


@pytest.mark.parametrize("who", [LOCAL, LIS, SECRETARY, JONAS, actor("nn", "local_information_lead")])
def test_a_picture_is_never_refused_for_the_senders_rank(who: Actor) -> None:
    assert established().tell(PICTURE, DAY, who)


def test_a_heading_left_empty_is_no_empty_picture() -> None:
    assert established().tell(PICTURE.model_copy(update={"headings": {"Hændelse": "Vand.", "Presse": ""}}), DAY, LOCAL)


def test_an_empty_picture_and_one_from_outside_are_refused() -> None:
    staff = established()
    assert staff.no(PICTURE.model_copy(update={"headings": {"Hændelse": " "}}), by=LOCAL) == "picture_is_empty"
    assert staff.no(PICTURE, by=actor("ida", "call_agent")) == "role_may_not"


# -- the aktionsliste and the steps ---------------------------------------------------------------


def test_tasks_are_numbered_and_move() -> None:
    staff = established()
    [added] = staff.tell(s.AddAction(text="Få ordlyden.", owner="tobias"), DAY, LEADER)
    assert added == s.ActionAdded(number=1, text="Få ordlyden.", owner="tobias", due_at=None)
    staff.tell(s.AddAction(text="Ret linket.", owner="line"), DAY, LEADER)
    done = s.ChangeActionStatus(number=1, status="done")
    assert staff.tell(done, DAY, JONAS) == [s.ActionStatusChanged(number=1, status="done", note="")]
    assert staff.no(done, by=JONAS) == "action_status_unchanged"
    assert staff.no(s.ChangeActionStatus(number=3, status="done"), by=JONAS) == "no_such_action"


def test_who_has_the_task_moves_it_too() -> None:
    staff = established()
    staff.tell(s.AddAction(text="Få ordlyden.", owner="tobias"), DAY, LEADER)
    ongoing = s.ChangeActionStatus(number=1, status="ongoing")
    assert staff.no(ongoing, by=LOCAL) == "role_may_not"
    assert staff.tell(ongoing, DAY, actor("tobias", "local_information_lead"))


def test_a_task_says_what_it_is_and_comes_from_the_staff() -> None:
    staff = established()
    assert staff.no(s.AddAction(text="  ", owner="line"), by=LEADER) == "action_text_missing"
    for who, code in STRANGERS:
        assert staff.no(s.AddAction(text="x", owner="line"), by=who) == code


@pytest.fixture
def staff() -> Staff:
    return called_out()


def test_steps_nobody_else_can_see_are_ticked_once_by_hand(staff: Staff) -> None:
    tick = s.CompleteActivationStep(step=7, note="IVR henviser til DDH.")
    assert staff.tell(tick, DAY, SECRETARY) == [s.ActivationStepCompleted(step=7, note="IVR henviser til DDH.")]
    assert staff.no(tick, by=SECRETARY) == "step_already_done"
    assert staff.no(s.CompleteActivationStep(step=4), by=SECRETARY) == "step_is_not_by_hand"
    assert staff.no(tick, by=actor("ida", "observer")) == "role_may_not"
