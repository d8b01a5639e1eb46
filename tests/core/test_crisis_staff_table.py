"""More of the staff's table: minutes amended, where it meets, the agreed interval, contacts, tasks given on, cards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pytest

from schemas import crisis_staff as s
from schemas.base import Actor, Command, DeadlineCancelled, DeadlineSet, Event
from tests.core.books import BOOKS
from tests.core.cast import DAY, LEADER, LOCAL, SECRETARY, actor, hours, minutes
from tests.core.staff_story import DEACTIVATED, REOPENED, Staff, called_out, established
from tests.core.test_crisis_staff_room import JONAS, PICTURE, POINT, STRANGERS, meeting

TOBIAS = actor("tobias", "local_information_lead")
MENDED = POINT.model_copy(update={"decision": "Vi bliver til kl. 18."})


def deadlines(events: Sequence[Event]) -> dict[str, datetime]:
    return {each.name: each.due_at for each in events if isinstance(each, DeadlineSet)}


def stopped(events: Sequence[Event]) -> set[str]:
    return {each.name for each in events if isinstance(each, DeadlineCancelled)}


@pytest.fixture
def staff() -> Staff:
    return established()


# -- minutes amended ------------------------------------------------------------------------------


def amend(number: int = 1, **more: object) -> s.AmendMinutes:
    return s.AmendMinutes.model_validate({"number": number, "attendance": ("asta",), "points": (MENDED,), **more})


def test_minutes_are_amended_until_they_are_approved(staff: Staff) -> None:
    staff.tell(meeting(), DAY, JONAS)
    assert staff.tell(amend(), DAY, JONAS) == [
        s.MinutesAmended(number=1, attendance=("asta",), points=(MENDED,), next_meeting_at=None)
    ]
    [approved] = staff.tell(s.ApproveMinutes(number=1), DAY, LEADER)
    assert approved == s.MinutesApproved(number=1, points=(MENDED,))
    assert staff.no(amend(), by=JONAS) == "minutes_already_approved"


def test_amended_minutes_have_a_meeting_people_and_a_next_meeting_ahead(staff: Staff) -> None:
    assert staff.no(amend(), by=JONAS) == "no_such_meeting"
    staff.tell(meeting(), DAY, JONAS)
    assert staff.no(amend(attendance=()), by=JONAS) == "attendance_missing"
    assert staff.no(amend(next_meeting_at=DAY), DAY, JONAS) == "next_meeting_in_the_past"
    for who, code in STRANGERS:
        assert staff.no(amend(), by=who) == code


def test_a_meeting_that_is_moved_is_prepared_for_anew(staff: Staff) -> None:
    staff.tell(s.WriteDdhStatus(sections={"calls": "x"}, based_on=0), DAY, JONAS)
    staff.tell(meeting(next_meeting_at=DAY + hours(2)), DAY, JONAS)
    events = staff.tell(amend(next_meeting_at=DAY + hours(4)), DAY + minutes(1), JONAS)
    at = DAY + minutes(225)
    assert stopped(events) == {"situation_picture_update", "ddh_status_due"}
    assert deadlines(events) == {"situation_picture_update": at, "ddh_status_due": at}
    assert s.SituationPictureRequested(due_at=at) in events


def test_a_meeting_moved_on_the_instant_of_its_deadline_is_not_chased_for_the_old_time(staff: Staff) -> None:
    staff.tell(meeting(next_meeting_at=DAY + hours(2)), DAY, JONAS)
    firing = staff.firing("situation_picture_update")
    staff.tell(amend(next_meeting_at=DAY + hours(4)), firing.due_at, JONAS)
    assert staff.tell(firing, firing.due_at) == []


def test_the_same_time_said_again_and_an_earlier_meetings_time_move_nothing(staff: Staff) -> None:
    staff.tell(meeting(next_meeting_at=DAY + hours(2)), DAY, JONAS)
    assert len(staff.tell(amend(next_meeting_at=DAY + hours(2)), DAY, JONAS)) == 1
    staff.tell(meeting(2, next_meeting_at=DAY + hours(6)), DAY + hours(2), JONAS)
    assert len(staff.tell(amend(1, next_meeting_at=DAY + hours(3)), DAY + hours(2), JONAS)) == 1


def test_the_last_minutes_are_amended_after_the_staff_stood_down_and_nothing_is_awaited_then(staff: Staff) -> None:
    staff.tell(meeting(), DAY, JONAS)
    staff.tell(DEACTIVATED, DAY + hours(1))
    [amended] = staff.tell(amend(next_meeting_at=DAY + hours(9)), DAY + hours(2), JONAS)
    assert isinstance(amended, s.MinutesAmended)
    assert amended.next_meeting_at is None


# -- where the staff meets ------------------------------------------------------------------------

TEAMS = "https://teams.example/l/moede/19%3a?tenant=ddh"


def links(url: str = TEAMS, bridge: str = "70 00 00 00") -> s.SetMeetingLinks:
    return s.SetMeetingLinks(teams_url=url, phone_bridge=bridge, phone_code="1234")


@pytest.mark.parametrize("who", [LEADER, JONAS, SECRETARY])
def test_leader_log_keeper_and_secretariat_say_where_the_staff_meets(staff: Staff, who: Actor) -> None:
    [told] = staff.tell(links(f"  {TEAMS} "), DAY, who)
    assert told == s.MeetingLinksSet(teams_url=TEAMS, phone_bridge="70 00 00 00", phone_code="1234")


def test_nobody_else_says_it(staff: Staff) -> None:
    for who in (actor("line", "communications_lead"), LOCAL):
        assert staff.no(links(), by=who) == "role_may_not"
    assert staff.no(links(), by=actor("ulla", "log_keeper")) == "not_the_role_holder"


def test_a_phone_bridge_alone_is_enough_and_nothing_at_all_is_not(staff: Staff) -> None:
    assert staff.tell(links("", "70 00 00 00"), DAY, JONAS)
    assert staff.no(s.SetMeetingLinks(teams_url=" "), by=JONAS) == "meeting_links_missing"


def test_a_link_may_be_long_and_name_a_port(staff: Staff) -> None:
    assert staff.tell(links("https://teams.example:8443/l"), DAY, JONAS)
    assert staff.tell(links(f"https://teams.example/{'a' * (2000 - len('https://teams.example/'))}"), DAY, JONAS)
    assert staff.no(links(f"https://teams.example/{'a' * (2001 - len('https://teams.example/'))}"), by=JONAS)


@pytest.mark.parametrize(
    "url",
    [
        "http://teams.example/l",
        "javascript:alert(1)",
        "https://",
        "https://teams.example /l",
        "https://teams.example@andet.example/l",
        "HTTPS//teams.example",
        "teams.example/l",
        f"https://teams.example/{'a' * 2000}",
    ],
)
def test_a_link_is_https_and_can_be_opened(staff: Staff, url: str) -> None:
    assert staff.no(links(url), by=JONAS) == "link_not_https"


# -- how often the authority's picture comes --------------------------------------------------------


def agree(count: int = 3) -> s.AgreeAuthorityStatus:
    return s.AgreeAuthorityStatus(hours=count, note="Aftalt i telefonen.")


def test_an_agreed_interval_runs_from_the_latest_picture_and_again_from_each(staff: Staff) -> None:
    staff.tell(PICTURE, DAY + minutes(30), JONAS)
    events = staff.tell(agree(), DAY + minutes(40), JONAS)
    at = DAY + minutes(210)
    assert events[0] == s.AuthorityStatusAgreed(hours=3, due_at=at, note="Aftalt i telefonen.")
    assert deadlines(events) == {"authority_status": at}
    received = staff.tell(PICTURE, DAY + minutes(100), LOCAL)
    assert stopped(received) == {"authority_status"}
    assert deadlines(received) == {"authority_status": DAY + minutes(280)}
    assert staff.fire("authority_status") == [s.SituationPictureOverdue(due_at=DAY + minutes(280))]


def test_before_any_picture_and_after_an_old_one_it_runs_from_now(staff: Staff) -> None:
    assert deadlines(staff.tell(agree(), DAY, LOCAL)) == {"authority_status": DAY + hours(3)}
    other = established()
    other.tell(PICTURE, DAY, JONAS)
    assert deadlines(other.tell(agree(), DAY + hours(3), SECRETARY)) == {"authority_status": DAY + hours(6)}


def test_another_interval_takes_the_place_of_the_first_and_none_ends_it(staff: Staff) -> None:
    staff.tell(agree(), DAY, JONAS)
    changed = staff.tell(agree(6), DAY + hours(1), JONAS)
    assert stopped(changed) == {"authority_status"}
    assert deadlines(changed) == {"authority_status": DAY + hours(7)}
    assert staff.no(agree(6), by=JONAS) == "authority_status_unchanged"
    ended = staff.tell(agree(0), DAY + hours(2), JONAS)
    assert stopped(ended) == {"authority_status"}
    assert deadlines(ended) == {}
    assert deadlines(staff.tell(PICTURE, DAY + hours(2), JONAS)) == {}


def test_a_picture_at_the_very_instant_of_the_interval_is_in_time(staff: Staff) -> None:
    staff.tell(agree(), DAY, JONAS)
    firing = staff.firing("authority_status")
    staff.tell(PICTURE, firing.due_at, JONAS)
    assert staff.tell(firing, firing.due_at) == []


def test_an_interval_agreed_anew_at_the_very_instant_is_what_holds(staff: Staff) -> None:
    staff.tell(agree(), DAY, JONAS)
    firing = staff.firing("authority_status")
    staff.tell(agree(6), firing.due_at, JONAS)
    assert staff.tell(firing, firing.due_at) == []


def test_no_stranger_agrees_an_interval(staff: Staff) -> None:
    for who, code in STRANGERS:
        assert staff.no(agree(), by=who) == code


# -- eksterne kontakter ---------------------------------------------------------------------------

POLICE = s.AddExternalContact(
    name="Bodil Opdigtet",
    organisation="Politikredsen",
    function="vagtchef",
    phone="70 00 00 00",
    held_by="kasper",
    note="Ringer hver time.",
)


def changed(number: int = 1, organisation: str = "Politikredsen") -> s.ChangeExternalContact:
    return s.ChangeExternalContact(number=number, organisation=organisation, held_by="line")


def test_contacts_are_numbered_changed_and_closed(staff: Staff) -> None:
    [added] = staff.tell(POLICE, DAY, SECRETARY)
    assert added == s.ExternalContactAdded(number=1, **POLICE.model_dump())
    staff.tell(POLICE.model_copy(update={"organisation": "Forsyningen"}), DAY, JONAS)
    [now] = staff.tell(changed(2, "Strandby Forsyning"), DAY, LEADER)
    assert now == s.ExternalContactChanged(
        number=2, name="", organisation="Strandby Forsyning", function="", phone="", held_by="line", note=""
    )
    [gone] = staff.tell(s.CloseExternalContact(number=2, note="Vandet er væk."), DAY, JONAS)
    assert gone == s.ExternalContactClosed(number=2, organisation="Strandby Forsyning", note="Vandet er væk.")
    assert staff.tell(changed(1), DAY, JONAS)


def test_a_closed_or_unknown_contact_is_left_alone(staff: Staff) -> None:
    staff.tell(POLICE, DAY, JONAS)
    close = s.CloseExternalContact(number=1)
    assert staff.no(changed(2), by=JONAS) == "no_such_contact"
    staff.tell(close, DAY, JONAS)
    assert staff.no(close, by=JONAS) == "contact_is_closed"
    assert staff.no(changed(1), by=JONAS) == "contact_is_closed"


def test_a_contact_belongs_somewhere(staff: Staff) -> None:
    nowhere = POLICE.model_copy(update={"organisation": " "})
    assert staff.no(nowhere, by=JONAS) == "contact_organisation_missing"
    staff.tell(POLICE, DAY, JONAS)
    assert staff.no(changed(1, ""), by=JONAS) == "contact_organisation_missing"


@pytest.mark.parametrize("command", [POLICE, changed(), s.CloseExternalContact(number=1)])
def test_staff_and_secretariat_alone_keep_the_contacts(staff: Staff, command: Command) -> None:
    for who, code in STRANGERS:
        assert staff.no(command, by=who) == code


# -- tasks given on -------------------------------------------------------------------------------


def test_a_task_gets_another_owner_and_another_deadline(staff: Staff) -> None:
    staff.tell(s.AddAction(text="Få ordlyden.", owner="tobias", due_at=DAY + hours(1)), DAY, LEADER)
    to_line = s.ReassignAction(number=1, owner="line", due_at=DAY + hours(1))
    assert staff.tell(to_line, DAY, JONAS) == [
        s.ActionReassigned(number=1, owner="line", previous="tobias", due_at=DAY + hours(1))
    ]
    assert staff.no(to_line, by=JONAS) == "action_owner_unchanged"
    assert staff.no(s.ReassignAction(number=1, owner="tobias"), by=TOBIAS) == "role_may_not"
    later = s.ReassignAction(number=1, owner="line", due_at=None)
    assert staff.tell(later, DAY, actor("line", "communications_lead"))


def test_who_has_a_task_may_pass_it_on_and_a_done_one_stays(staff: Staff) -> None:
    staff.tell(s.AddAction(text="Få ordlyden.", owner="tobias"), DAY, LEADER)
    assert staff.tell(s.ReassignAction(number=1, owner="birgit"), DAY, TOBIAS)
    staff.tell(s.ChangeActionStatus(number=1, status="done"), DAY, JONAS)
    assert staff.no(s.ReassignAction(number=1, owner="line"), by=JONAS) == "action_is_done"
    assert staff.no(s.ReassignAction(number=2, owner="line"), by=JONAS) == "no_such_action"


# -- actioncards ----------------------------------------------------------------------------------


def tick(role: str = "log_keeper", point: int = 2, *, done: bool = True) -> s.TickActionCard:
    return s.TickActionCard.model_validate({"role": role, "point": point, "done": done})


def test_a_point_is_ticked_and_unticked_by_whoever_has_the_role(staff: Staff) -> None:
    text = BOOKS.roles.roles["log_keeper"].action_card[1]
    [ticked] = staff.tell(tick(), DAY, JONAS)
    assert ticked == s.ActionCardTicked(role="log_keeper", point=2, text=text, done=True, note="")
    assert staff.no(tick(), by=JONAS) == "card_point_unchanged"
    staff.tell(tick(point=1), DAY, JONAS)
    staff.tell(tick(done=False), DAY, JONAS)
    assert staff.no(tick(done=False), by=JONAS) == "card_point_unchanged"
    assert staff.no(tick(point=1), by=JONAS) == "card_point_unchanged"


def test_a_card_has_only_its_points(staff: Staff) -> None:
    most = len(BOOKS.roles.roles["log_keeper"].action_card)
    assert staff.tell(tick(point=most), DAY, JONAS)
    assert staff.no(tick(point=most + 1), by=JONAS) == "no_such_card_point"
    assert staff.no(tick("observer", 1), by=SECRETARY) == "no_such_card_point"


@pytest.mark.parametrize(
    ("who", "role", "code"),
    [
        (LEADER, "log_keeper", None),
        (JONAS, "crisis_leader", None),
        (SECRETARY, "steering_group", None),
        (actor("bo", "steering_group"), "steering_group", None),
        (LOCAL, "local_leader", None),
        (TOBIAS, "local_information_lead", None),
        (actor("poul", "local_leader"), "local_leader", "not_the_role_holder"),
        (actor("ulla", "log_keeper"), "log_keeper", "not_the_role_holder"),
        (actor("line", "communications_lead"), "log_keeper", "role_may_not"),
        (actor("ida", "call_agent"), "steering_group", "role_may_not"),
    ],
)
def test_who_may_tick_which_card(staff: Staff, who: Actor, role: str, code: str | None) -> None:
    if code is None:
        assert staff.tell(tick(role, 1), DAY, who)
    else:
        assert staff.no(tick(role, 1), by=who) == code


def test_what_lies_on_the_table_is_still_there_when_the_crisis_is_reopened() -> None:
    staff = established()
    staff.tell(agree(), DAY, JONAS)
    staff.tell(POLICE, DAY, JONAS)
    staff.tell(tick(), DAY, JONAS)
    staff.tell(DEACTIVATED, DAY + hours(1))
    staff.tell(REOPENED, DAY + hours(2))
    staff.tell(s.AnswerRoleOffer(role="log_keeper", answer="coming"), DAY + hours(2), JONAS)
    assert staff.no(tick(), DAY + hours(2), JONAS) == "card_point_unchanged"
    [second, *_] = staff.tell(POLICE, DAY + hours(2), JONAS)
    assert isinstance(second, s.ExternalContactAdded)
    assert second.number == 2
    assert "authority_status" in deadlines(staff.tell(PICTURE, DAY + hours(2), JONAS))


@pytest.mark.parametrize("command", [links(), agree(), POLICE, tick(), s.ReassignAction(number=1, owner="line")])
def test_nothing_of_it_happens_before_the_call_out_or_after_the_end(command: Command) -> None:
    assert Staff().no(command, by=JONAS) == "staff_not_called_out"
    staff = called_out()
    staff.tell(DEACTIVATED, DAY)
    assert staff.no(command, by=JONAS) == "staff_has_stood_down"
