"""What lies on the staff's table: each part tells its own events, and nothing that was said is overwritten unseen."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ddh_beredskab.core.playbook import MeetingLinks
from ddh_beredskab.playbooks import load_playbooks
from ddh_beredskab.projections.read_model import Json
from ddh_beredskab.projections.staff_room import PARTS, STAFF_ROOM, Part, part_key, staff_room
from ddh_beredskab.projections.staff_room.actions import overdue
from ddh_beredskab.projections.staff_room.meetings import meeting_links
from ddh_beredskab.projections.staff_room.pictures import due_at as picture_due_at
from ddh_beredskab.projections.staff_room.relief_plan import Hole, holes
from ddh_beredskab.projections.staff_room.statuses import SectionChange, changes, version_of
from ddh_beredskab.projections.staff_room.statuses import due_at as status_due_at
from schemas import crisis_staff as s
from schemas.base import Actor, Message
from schemas.catalog import CATALOG
from tests.projections.stage import ROOT, Stage
from tests.projections.telling import CRISIS, T0, folded, minute, told

BOOKS = load_playbooks(ROOT / "playbooks")
JONAS = Actor(person="jonas", role="log_keeper")
POINT = s.AgendaPoint(point="Situationen", text="Vandet falder.", decision="Vi bliver.")
TALK = s.AgendaPoint(point="Presse", text="Stille.")
AT_NIGHT = T0 + timedelta(hours=12)


def docs(*messages: Message) -> dict[str, Json]:
    """All parts after these messages, a minute apart, typed by jonas."""
    rows = [told(message, i, position=i + 1, actor=JONAS) for i, message in enumerate(messages)]
    return folded(STAFF_ROOM, rows)


def part(name: Part, *messages: Message) -> Json:
    return docs(*messages)[part_key(CRISIS, name)]


def mark(number: float) -> Json:
    return {"by": "jonas", "at": minute(number)}


# -- the model ------------------------------------------------------------------------------------


def test_every_event_of_a_part_is_known_and_no_other_touches_it() -> None:
    heard = {event for each in PARTS.values() for event in each.events}
    assert heard <= set(CATALOG.values())
    assert docs(s.ActivationStepCompleted(step=7, note=""), s.AddAction(text="x", owner="line")) == {}


def test_the_parts_of_another_crisis_are_other_documents() -> None:
    added = s.ActionAdded(number=1, text="x", owner="line", due_at=None)
    rows = [told(added), told(added, crisis="anden-krise")]
    assert set(folded(STAFF_ROOM, rows)) == {f"{CRISIS}/actions", "anden-krise/actions"}


def test_parts_are_read_together_and_what_never_happened_is_null(surge: Stage) -> None:
    found = surge.read(lambda conn: staff_room(conn, surge.crisis))
    assert set(found) == set(PARTS)
    assert found["statuses"] is None
    assert [each["number"] for each in found["meetings"]["meetings"]] == [1, 2, 3, 4, 5]
    assert all(each["approved"] for each in found["meetings"]["meetings"])
    assert [each["number"] for each in found["pictures"]["pictures"]] == [1, 2, 3, 4, 5]
    assert found["relief_plan"]["holders"] == {}
    assert set(surge.read(lambda conn: staff_room(conn, surge.crisis, "actions"))) == {"actions"}


# -- statuses -------------------------------------------------------------------------------------


def written(version: int, **sections: str) -> s.DdhStatusWritten:
    return s.DdhStatusWritten(version=version, based_on=version - 1, sections=sections, written_by="line")


def test_all_versions_are_kept_and_the_approved_one_is_named() -> None:
    doc = part(
        "statuses", written(1, calls="a"), written(2, calls="b"), s.DdhStatusApproved(version=2, approved_by="asta")
    )
    assert (doc["latest"], doc["approved"]) == (2, 2)
    assert [each["sections"] for each in doc["versions"]] == [{"calls": "a"}, {"calls": "b"}]
    assert [each["approved"] for each in doc["versions"]] == [None, {"by": "asta", "at": minute(2)}]
    assert (doc["versions"][0]["by"], doc["versions"][0]["role"]) == ("line", "log_keeper")


def test_a_status_is_overdue_until_one_is_approved_or_the_staff_goes_home() -> None:
    missed = s.DdhStatusOverdue(due_at=T0)
    assert part("statuses", written(1, calls="a"), missed)["overdue_at"] == minute(0)
    approved = s.DdhStatusApproved(version=1, approved_by="asta")
    assert part("statuses", written(1, calls="a"), missed, approved)["overdue_at"] is None
    assert part("statuses", missed, s.StaffStoodDown(holders={}))["overdue_at"] is None


def test_what_changed_is_told_section_by_section_in_the_forms_order() -> None:
    doc = part(
        "statuses", written(1, calls="a", guide="v1", needs="Folk"), written(2, calls="a", guide="v2", outlook="?")
    )
    told_ = changes(version_of(doc, 1), doc["versions"][1], ["calls", "guide", "outlook"])
    assert told_ == [
        SectionChange("calls", "same", "a", "a"),
        SectionChange("guide", "changed", "v1", "v2"),
        SectionChange("outlook", "new", "", "?"),
        SectionChange("needs", "gone", "Folk", ""),
    ]
    assert [each.change for each in changes(None, doc["versions"][0], ["calls"])] == ["new", "new", "new"]
    assert version_of(doc, 3) is None
    assert version_of(None, 1) is None


def test_the_clock_of_the_status_runs_to_before_the_next_meeting_until_one_is_approved_after_the_last() -> None:
    approved = s.DdhStatusApproved(version=1, approved_by="asta")

    def due(*messages: Message) -> float | None:
        found = docs(*messages)
        at = status_due_at(
            found.get(part_key(CRISIS, "statuses")), found.get(part_key(CRISIS, "meetings")), BOOKS.limits
        )
        return None if at is None else (at - T0) / timedelta(minutes=1)

    assert due() is None
    assert due(held(1)) is None
    assert due(held(1, 60)) == 45
    assert due(held(1, 60), written(1, calls="a")) == 45
    assert due(held(1, 60), written(1, calls="a"), approved) is None
    assert due(written(1, calls="a"), approved, held(1, 60)) == 45
    assert due(held(1, 60), written(1, calls="a"), approved, held(2, 120)) == 105


# -- pictures -------------------------------------------------------------------------------------


def picture(number: int, text: str = "Vandet står.") -> s.SituationPictureReceived:
    return s.SituationPictureReceived(
        number=number,
        sender="birgit",
        received_by="jonas",
        by="phone",
        headings={"Hændelse": text},
        minutes_after_activation=10,
    )


def test_every_picture_is_kept_with_sender_way_and_time() -> None:
    doc = part("pictures", picture(1), picture(2, "Vandet falder."))
    first, second = doc["pictures"]
    assert (first["sender"], first["received_by"], first["by"], first["at"]) == ("birgit", "jonas", "phone", minute(0))
    assert second["headings"] == {"Hændelse": "Vandet falder."}
    assert second["typed_by"] == "jonas"


def test_a_picture_answers_the_request_and_ends_the_delay() -> None:
    asked, missed = s.SituationPictureRequested(due_at=T0), s.SituationPictureOverdue(due_at=T0)
    waiting = part("pictures", asked, missed)
    assert (waiting["requested"], waiting["overdue_at"]) == ({"at": minute(0), "due_at": minute(0)}, minute(0))
    answered = part("pictures", asked, missed, picture(1))
    assert (answered["requested"], answered["overdue_at"]) == (None, None)
    home = part("pictures", asked, missed, s.StaffStoodDown(holders={}))
    assert (home["requested"], home["overdue_at"], home["pictures"]) == (None, None, [])


def test_the_agreed_interval_says_when_the_next_is_due() -> None:
    agreed = s.AuthorityStatusAgreed(hours=3, due_at=T0 + timedelta(hours=3), note="Aftalt.")
    doc = part("pictures", agreed)
    assert (doc["agreed_hours"], doc["next_due_at"]) == (3, minute(180))
    assert doc["agreed"] == mark(0) | {"note": "Aftalt."}
    assert part("pictures", agreed, picture(1))["next_due_at"] == minute(181)
    ended = s.AuthorityStatusAgreed(hours=0, due_at=None, note="")
    assert part("pictures", agreed, ended, picture(1))["next_due_at"] is None


def test_the_clock_of_the_picture_runs_to_the_first_time_one_is_awaited() -> None:
    def due(*messages: Message, called_out: bool = True) -> float | None:
        at = picture_due_at(docs(*messages).get(part_key(CRISIS, "pictures")), T0 if called_out else None, BOOKS.limits)
        return None if at is None else (at - T0) / timedelta(minutes=1)

    agreed = s.AuthorityStatusAgreed(hours=3, due_at=T0 + timedelta(hours=3), note="")
    asked = s.SituationPictureRequested(due_at=T0 + timedelta(minutes=200))
    assert due(called_out=False) is None
    assert due() == 60
    assert due(agreed) == 60
    assert due(picture(1)) is None
    assert due(picture(1), asked) == 200
    assert due(agreed, picture(1), asked) == 181
    assert due(picture(1), s.StaffStoodDown(holders={})) is None


# -- contacts -------------------------------------------------------------------------------------


def test_a_contact_tells_who_added_changed_and_closed_it() -> None:
    added = s.ExternalContactAdded(
        number=1,
        name="Bodil Opdigtet",
        organisation="Politikredsen",
        function="vagtchef",
        phone="70 00 00 00",
        held_by="kasper",
        note="",
    )
    changed = s.ExternalContactChanged.model_validate(added.model_dump() | {"held_by": "line"})
    closed = s.ExternalContactClosed(number=1, organisation="Politikredsen", note="Færdig.")
    other = added.model_copy(update={"number": 2, "organisation": "Forsyningen"})
    first, second = part("contacts", added, other, changed, closed)["contacts"]
    assert (first["held_by"], first["name"]) == ("line", "Bodil Opdigtet")
    assert (first["added"], first["changed"]) == (mark(0), mark(2))
    assert first["closed"] == mark(3) | {"note": "Færdig."}
    assert (second["organisation"], second["closed"], second["changed"]) == ("Forsyningen", None, None)


# -- meetings -------------------------------------------------------------------------------------


def held(number: int, next_at: float | None = None) -> s.StaffMeetingHeld:
    next_ = T0 + timedelta(minutes=next_at) if next_at is not None else None
    return s.StaffMeetingHeld(number=number, attendance=("asta",), points=(POINT, TALK), next_meeting_at=next_)


def test_a_meeting_tells_who_came_what_was_said_and_what_was_decided() -> None:
    doc = part("meetings", held(1, 60), s.MinutesApproved(number=1, points=(POINT,)))
    [meeting] = doc["meetings"]
    assert (meeting["held_at"], meeting["by"], meeting["attendance"]) == (minute(0), "jonas", ["asta"])
    assert [point["point"] for point in meeting["points"]] == ["Situationen", "Presse"]
    assert [point["decision"] for point in meeting["decisions"]] == ["Vi bliver."]
    assert (meeting["approved"], doc["next_at"]) == (mark(1), minute(60))


def test_amended_minutes_read_anew_and_say_that_they_were_amended() -> None:
    amended = s.MinutesAmended(number=1, attendance=("asta", "line"), points=(TALK,), next_meeting_at=None)
    doc = part("meetings", held(1, 60), amended)
    [meeting] = doc["meetings"]
    assert (meeting["attendance"], meeting["decisions"], meeting["amended"]) == (["asta", "line"], [], [mark(1)])
    assert (meeting["next_meeting_at"], doc["next_at"]) == (minute(60), minute(60))


def test_the_latest_meeting_alone_says_when_the_next_one_is() -> None:
    def amended(number: int, at: int) -> s.MinutesAmended:
        return s.MinutesAmended(
            number=number, attendance=("asta",), points=(), next_meeting_at=T0 + timedelta(minutes=at)
        )

    doc = part("meetings", held(1, 60), held(2, 120), amended(1, 70))
    assert (doc["meetings"][0]["next_meeting_at"], doc["next_at"]) == (minute(70), minute(120))
    assert part("meetings", held(1, 60), amended(1, 70))["next_at"] == minute(70)


def test_a_first_meeting_that_was_not_held_is_overdue_until_it_is() -> None:
    missed = s.StaffMeetingDue(target_minutes=45)
    assert part("meetings", missed)["overdue"]
    assert not part("meetings", missed, held(1))["overdue"]
    home = part("meetings", missed, held(1, 60), s.StaffStoodDown(holders={}))
    assert (home["overdue"], home["next_at"], len(home["meetings"])) == (False, None, 1)


def test_the_links_are_the_crisis_own_or_else_the_playbooks() -> None:
    links = s.MeetingLinksSet(teams_url="https://teams.example/l", phone_bridge="70 00 00 00", phone_code="1")
    doc = part("meetings", links)
    assert doc["links"] == {
        "teams_url": "https://teams.example/l",
        "phone_bridge": "70 00 00 00",
        "phone_code": "1",
    } | mark(0)
    ours = BOOKS.agendas.model_copy(update={"meeting_links": MeetingLinks(teams_url="https://teams.example/ddh")})
    assert meeting_links(doc, ours) == doc["links"]
    standing = {"teams_url": "https://teams.example/ddh", "phone_bridge": "", "phone_code": ""}
    assert meeting_links(None, ours) == meeting_links(part("meetings", held(1)), ours) == standing


# -- the relief plan ------------------------------------------------------------------------------


def planned(number: int, begins: float, ends: float, role: s.StaffRole = "log_keeper") -> s.ReliefPlanned:
    return s.ReliefPlanned(
        number=number,
        role=role,
        person=f"p{number}",
        begins_at=T0 + timedelta(hours=begins),
        ends_at=T0 + timedelta(hours=ends),
        note="",
    )


def assumed(person: str = "jonas") -> s.RoleAssumed:
    return s.RoleAssumed(role="log_keeper", person=person, deputy=False)


def test_the_plan_keeps_cancelled_lines_and_knows_who_holds_what() -> None:
    over = s.RoleHandedOver(
        role="log_keeper", from_person="jonas", to_person="p1", note="x", overlap_minutes=30, rest_until=T0
    )
    gone = s.PlannedReliefCancelled(
        number=2, role="log_keeper", person="p2", begins_at=T0 + timedelta(hours=20), note="Syg."
    )
    doc = part("relief_plan", assumed(), planned(1, 10, 20), planned(2, 20, 30), over, gone)
    assert doc["holders"] == {"log_keeper": {"person": "p1", "since": minute(3)}}
    assert [line["cancelled"] for line in doc["plan"]] == [None, mark(4) | {"note": "Syg."}]
    assert part("relief_plan", assumed(), s.StaffStoodDown(holders={}))["holders"] == {}


def hole(begins: float, ends: float) -> Hole:
    return Hole("log_keeper", T0 + timedelta(hours=begins), T0 + timedelta(hours=ends))


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        ((), [hole(0, 48)]),
        ((assumed(),), [hole(12, 48)]),
        ((assumed(), planned(1, 10, 20), planned(2, 24, 36)), [hole(20, 24), hole(36, 48)]),
        ((planned(1, 30, 40), planned(2, -2, 9), planned(3, 5, 7)), [hole(9, 30), hole(40, 48)]),
        ((planned(1, 0, 48),), []),
        ((planned(1, 60, 70),), [hole(0, 48)]),
        ((planned(1, 0, 48, "process_lead"),), [hole(0, 48)]),
        ((planned(1, -20, -10),), [hole(0, 48)]),
    ],
)
def test_holes_are_where_nobody_is_there_in_the_hours_to_come(messages: list[Message], expected: list[Hole]) -> None:
    doc = docs(*messages).get(part_key(CRISIS, "relief_plan"))
    assert holes(doc, ["log_keeper"], BOOKS.limits, T0) == expected


def test_a_cancelled_line_leaves_a_hole() -> None:
    gone = s.PlannedReliefCancelled(number=1, role="log_keeper", person="p1", begins_at=T0, note="")
    doc = part("relief_plan", planned(1, 0, 48), gone)
    assert holes(doc, ["log_keeper"], BOOKS.limits, T0) == [hole(0, 48)]


# -- actions and cards ----------------------------------------------------------------------------


def test_a_task_tells_each_move_and_who_has_it_now() -> None:
    added = s.ActionAdded(number=1, text="Ret linket.", owner="line", due_at=T0 + timedelta(hours=1))
    moved = s.ActionStatusChanged(number=1, status="ongoing", note="Ringet.")
    given = s.ActionReassigned(number=1, owner="kasper", previous="line", due_at=None)
    doc = part("actions", added, added.model_copy(update={"number": 2}), moved, given)
    first, second = doc["actions"]
    assert (first["status"], first["owner"], first["due_at"]) == ("ongoing", "kasper", None)
    assert (first["at"], first["changed"]) == (minute(0), mark(3))
    assert [(note["status"], note["owner"], note["note"]) for note in first["notes"]] == [
        ("ongoing", None, "Ringet."),
        (None, "kasper", ""),
    ]
    assert (second["status"], second["notes"]) == ("waiting", [])
    later = given.model_copy(update={"due_at": T0 + timedelta(hours=2)})
    assert part("actions", added, later)["actions"][0]["due_at"] == minute(120)


def test_a_task_is_overdue_after_its_deadline_until_it_is_done() -> None:
    added = s.ActionAdded(number=1, text="x", owner="line", due_at=T0 + timedelta(hours=1))
    [open_] = part("actions", added)["actions"]
    assert not overdue(open_, T0 + timedelta(hours=1))
    assert overdue(open_, AT_NIGHT)
    [done] = part("actions", added, s.ActionStatusChanged(number=1, status="done", note=""))["actions"]
    assert not overdue(done, AT_NIGHT)
    [whenever] = part("actions", added.model_copy(update={"due_at": None}))["actions"]
    assert not overdue(whenever, AT_NIGHT)


def test_a_card_tells_who_ticked_what_last() -> None:
    def ticked(point: int, *, done: bool = True) -> s.ActionCardTicked:
        return s.ActionCardTicked(role="log_keeper", point=point, text=f"Punkt {point}", done=done, note="")

    card = part("cards", ticked(1), ticked(2), ticked(1, done=False))["roles"]["log_keeper"]
    assert card["1"] == mark(2) | {"done": False, "text": "Punkt 1", "note": ""}
    assert (card["2"]["done"], card["2"]["at"]) == (True, minute(1))
