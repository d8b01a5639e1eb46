"""Situation in full: ringing back, typed votes, linked crises, a wider scope, changed terms, what comes after."""

from __future__ import annotations

from datetime import timedelta

from ddh_beredskab.projections.situation import ALL, SITUATION
from schemas import activation as a
from schemas.base import Actor, DeadlineSet
from tests.core.strandby import STRANDBY, activated, reopened, warned
from tests.projections.telling import CRISIS, T0, folded, minute, told
from tests.projections.test_situation import DEACTIVATED, DECLINED, TERMS, reported, situation

OPEN_FORM = reported().model_copy(update={"entry": "open_form"})
CONFIRMED = a.IncidentConfirmed(reached="Lis Havn", number_called="00 00 01 12", note="")
PROPOSED = a.DecisionProposed(proposed_by="bo", outcome="activate", terms=TERMS, grounds="Nu", instead="")
SECRETARY = Actor(person="rikke", role="secretariat", on_behalf_of="bo")


def asked(person: str) -> a.SteeringMemberAsked:
    return a.SteeringMemberAsked(person=person, order=1, barred=False)


def began(minutes: int) -> DeadlineSet:
    return DeadlineSet(concern="activation", name="decision_target", due_at=T0 + timedelta(minutes=minutes))


def test_a_report_from_the_open_form_waits_for_somebody_to_ring_back() -> None:
    assert situation(reported())["unconfirmed"] is False
    assert situation(OPEN_FORM)["unconfirmed"] is True
    doc = situation(OPEN_FORM, CONFIRMED)
    assert doc["unconfirmed"] is False
    assert doc["confirmation"] == {
        "reached": "Lis Havn", "number_called": "00 00 01 12", "note": "", "at": minute(1), "by": "systemet"
    }  # fmt: skip


def test_a_false_report_says_so_and_nothing_is_voted_on() -> None:
    doc = situation(OPEN_FORM, PROPOSED, a.IncidentRejected(reason="Ingen kender den"))
    assert (doc["not_active_because"], doc["closed_at"], doc["proposal"]) == ("rejected", minute(2), None)
    assert doc["rejection"] == {"reason": "Ingen kender den", "at": minute(2), "by": "systemet"}


def test_who_typed_what_a_member_said_on_the_phone() -> None:
    rows = [
        told(reported(), 0),
        told(PROPOSED, 1, position=2, actor=SECRETARY),
        told(a.VoteCast(person="bo", vote="for", grounds="Nu"), 2, position=3, actor=SECRETARY),
        told(
            a.VoteCast(person="dan", vote="for", grounds="Ja"),
            3,
            position=4,
            actor=Actor(person="dan", role="steering_group"),
        ),
    ]
    doc = folded(SITUATION, rows)[CRISIS]
    assert doc["proposal"]["typed_by"] == "rikke"
    assert [(vote["person"], vote["typed_by"]) for vote in doc["votes"]] == [("bo", "rikke"), ("dan", None)]


def test_who_is_called_again_stands_once_and_whoever_votes_is_reached() -> None:
    missed = a.ContactAttemptRecorded(person="bo", channel="phone", reached=False, note="")
    again = a.PhoneListCalledAgain(persons=("bo", "dan"))
    exhausted = a.PhoneListExhausted(tried=2, reached=0)
    cast = a.VoteCast(person="dan", vote="for", grounds="Ja")
    doc = situation(reported(), asked("bo"), missed, asked("dan"), exhausted, again, asked("bo"), missed, cast)
    assert [(line["person"], line["times"], line["tries"], line["reached"]) for line in doc["asked"]] == [
        ("bo", 2, 2, False),
        ("dan", 1, 0, True),
    ]
    assert doc["phone_list_exhausted_at"] == minute(4)
    assert doc["called_again"] == [{"persons": ["bo", "dan"], "at": minute(5)}]


def test_a_new_round_begins_with_an_empty_list_and_its_own_deadline() -> None:
    doc = situation(reported(), began(15), asked("bo"), a.DecisionOverdue(waited_minutes=15), warned(), began(99))
    assert (doc["asked"], doc["phone_list_exhausted_at"], doc["decision_overdue_minutes"]) == ([], None, None)
    assert doc["decision_due_at"] == minute(99)


def test_a_case_that_is_taken_up_again_is_no_longer_ended() -> None:
    doc = situation(reported(), DECLINED, PROPOSED)
    assert (doc["phase"], doc["not_active_because"], doc["closed_at"]) == ("under_assessment", None, None)
    linked = a.CrisesLinked(other="b", relation="duplicate_of", note="", ended=True)
    assert situation(reported(), linked, PROPOSED)["merged_into"] is None


def test_crises_that_belong_together_name_each_other_in_their_documents_and_in_the_list() -> None:
    def link(relation: a.Relation, *, ended: bool = False) -> a.CrisesLinked:
        return a.CrisesLinked(other="b", relation=relation, note="Samme vand", ended=ended)

    rows = [
        told(reported(), 0, crisis="a"),
        told(reported(), 1, crisis="b", position=2),
        told(PROPOSED, 2, crisis="a", position=3),
        told(link("related"), 3, crisis="a", position=4),
        told(link("duplicate_of", ended=True), 4, crisis="a", position=5),
    ]
    docs = folded(SITUATION, rows)
    assert docs["a"]["links"] == [{"crisis": "b", "relation": "duplicate_of", "at": minute(4)}]
    assert docs["b"]["linked_from"] == [{"crisis": "a", "relation": "duplicate_of", "at": minute(4)}]
    assert (docs["a"]["not_active_because"], docs["a"]["merged_into"], docs["a"]["proposal"]) == ("merged", "b", None)
    for crisis, line in docs[ALL]["crises"].items():
        assert line == {name: docs[crisis][name] for name in line}


def test_a_link_to_a_crisis_nobody_knows_makes_no_document_of_it() -> None:
    rows = [
        told(reported(), 0),
        told(a.CrisesLinked(other="nowhere", relation="related", note="", ended=False), 1, position=2),
    ]
    assert set(folded(SITUATION, rows)) == {CRISIS, ALL}


def test_a_wider_scope_is_the_authority_from_then_on() -> None:
    wider = STRANDBY.model_copy(update={"scope": "region", "affected": (*STRANDBY.affected, "9002")})
    change = a.AuthorityScopeChanged(authority=wider, added=("9002",), previous_scope="municipality", grounds="Vand")
    doc = situation(reported(), change)
    assert (doc["authority"]["scope"], doc["authority"]["affected"][-1]) == ("region", "9002")
    assert doc["scope_changes"] == [{"added": ["9002"], "scope": "region", "grounds": "Vand", "at": minute(1)}]


def test_the_terms_are_those_in_force_now() -> None:
    doc = situation(
        reported(),
        activated(),
        a.LevelChanged(level="information", previous="operation", grounds="Ro"),
        a.ServiceTargetSet(target="80 %", previous=None, grounds="Kø"),
        a.ChannelsChanged(channels=("sms",), previous=("contact_centre",), grounds="Kø"),
    )
    assert (doc["terms"]["level"], doc["terms"]["service_target"], doc["terms"]["channels"]) == (
        "information",
        "80 %",
        ["sms"],
    )
    assert doc["level"] == "information"


def test_what_comes_after_the_end_is_forgotten_when_it_is_reopened() -> None:
    arranged = a.AftercareArranged(debriefing_offered_to=("staff", "agents"), debriefing_at=T0, evaluation_at=T0)
    doc = situation(reported(), activated(), arranged, DEACTIVATED)
    assert doc["aftercare"]["debriefing_offered_to"] == ["staff", "agents"]
    assert (doc["aftercare"]["evaluation_at"], doc["aftercare"]["at"]) == (minute(0), minute(2))
    assert situation(reported(), activated(), arranged, DEACTIVATED, reopened())["aftercare"] is None
