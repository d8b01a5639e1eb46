"""Roster: holders, who comes, the search that goes on, relief and rest."""

from __future__ import annotations

from ddh_beredskab.projections.documents import document
from ddh_beredskab.projections.read_model import Json
from ddh_beredskab.projections.roster import ROSTER, holders
from schemas import crisis_staff as s
from schemas.base import Message
from tests.projections.stage import Stage
from tests.projections.telling import CRISIS, T0, folded, minute, told


def roster(*messages: Message) -> Json:
    return folded(ROSTER, [told(message, i, position=i + 1) for i, message in enumerate(messages)])[CRISIS]


def offered(person: str, attempt: int = 1) -> s.RoleOffered:
    return s.RoleOffered(role="crisis_leader", person=person, position="holder", attempt=attempt, answer_before=T0)


def answered(person: str, answer: s.OfferAnswer) -> s.RoleOfferAnswered:
    return s.RoleOfferAnswered(role="crisis_leader", person=person, answer=answer)


def assumed(person: str, deputy: bool = False) -> s.RoleAssumed:
    return s.RoleAssumed(role="crisis_leader", person=person, deputy=deputy)


def test_one_answer_never_silences_the_rest() -> None:
    doc = roster(offered("asta"), offered("bo"), answered("asta", "cannot"))
    assert [(o["person"], o["answer"]) for o in doc["roles"]["crisis_leader"]["offers"]] == [
        ("asta", "cannot"),
        ("bo", None),
    ]


def test_an_answer_goes_to_the_latest_time_the_person_was_asked() -> None:
    doc = roster(offered("asta"), answered("asta", "no_answer"), offered("asta", 2), answered("asta", "coming"))
    assert [o["answer"] for o in doc["roles"]["crisis_leader"]["offers"]] == ["no_answer", "coming"]


def test_somebody_who_was_not_asked_may_say_that_he_comes() -> None:
    assert roster(answered("eva", "coming"))["roles"]["crisis_leader"]["offers"][0]["person"] == "eva"


def test_escalations_are_counted_and_named() -> None:
    past = s.RoleEscalated(role="crisis_leader", person="asta", because="no_answer", next_person="bo")
    doc = roster(offered("asta"), past)
    assert doc["escalations"] == 1
    assert doc["roles"]["crisis_leader"]["passed"][0]["next"] == "bo"


def test_relief_changes_the_holder_and_the_one_who_leaves_rests() -> None:
    over = s.RoleHandedOver(
        role="crisis_leader", from_person="asta", to_person="bo", note="", overlap_minutes=30, rest_until=T0
    )
    doc = roster(assumed("asta", deputy=True), s.ReliefDue(role="crisis_leader", person="asta", hours=10), over)
    role = doc["roles"]["crisis_leader"]
    assert (role["holder"]["person"], role["holder"]["since"], role["relief"]) == ("bo", minute(2), None)
    assert role["history"][0]["until"] == minute(2)
    assert doc["resting"] == [{"person": "asta", "until": minute(0)}]


def test_a_role_nobody_will_take_is_uncovered_until_somebody_holds_it() -> None:
    uncovered = s.RoleUncovered(role="crisis_leader", tried=("asta",))
    assert roster(uncovered)["roles"]["crisis_leader"]["uncovered_at"] == minute(0)
    assert roster(uncovered, assumed("bo"))["roles"]["crisis_leader"]["uncovered_at"] is None


def test_who_held_a_role_is_known_after_the_staff_has_stood_down() -> None:
    doc = roster(assumed("asta"), s.StaffStoodDown(holders={"crisis_leader": "asta"}))
    assert doc["roles"]["crisis_leader"]["holder"] is None
    assert holders(doc) == {"crisis_leader": "asta"}


def test_the_surge_fills_all_seven_roles(surge_at_night: Stage) -> None:
    doc = surge_at_night.read(lambda conn: document(conn, ROSTER, surge_at_night.crisis))
    assert len(holders(doc)) == 7
    assert doc["escalations"] >= 2
    assert doc["established"]["minutes"] > 0
