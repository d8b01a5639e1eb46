"""Situation: the phase of a crisis, its decision, and the list of crises."""

from __future__ import annotations

import pytest

from ddh_beredskab.projections.documents import document
from ddh_beredskab.projections.phase import phase_after, summary_phase
from ddh_beredskab.projections.read_model import Json
from ddh_beredskab.projections.situation import ALL, SITUATION
from schemas import activation as a
from schemas.base import Message
from schemas.crisis_staff import SituationPictureReceived, SituationPictureRequested, StaffEstablished
from tests.core.strandby import STRANDBY, activated, provisional, reopened, warned
from tests.projections.stage import Stage
from tests.projections.telling import CRISIS, T0, folded, minute, told

BALLOT = a.Ballot(person="henrik-brisager", vote="for", grounds="Vandet stiger.")
TERMS = a.DecisionTerms(channels=("contact_centre",), level="operation")


def reported() -> a.IncidentReported:
    return a.IncidentReported(
        kind="stormflod",
        title="Stormflod ved Strandby",
        authority=STRANDBY,
        asked_by="birgit-vesterklit",
        entered_by="rikke-klitroe",
        entry="phone",
        planned=False,
        what_happened="Vandet stiger",
        where="Havnen",
        situation="Alvorlig",
        started="Sandsække",
        grounds="",
        expected_at=None,
        expected_calls=None,
        directory=a.Directory(steering_group=(), candidates=()),
    )


def situation(*messages: Message) -> Json:
    """The document after these, a minute apart."""
    rows = [told(message, i, position=i + 1) for i, message in enumerate(messages)]
    return folded(SITUATION, rows)[CRISIS]


def agreed(number: int = 1) -> a.StepDownAgreed:
    return a.StepDownAgreed(number=number, effective_at=T0, final=False, agreed_by=("birgit-vesterklit",))


def proposed(number: int = 1) -> a.StepDownProposed:
    return a.StepDownProposed(
        number=number,
        step="Luk chatbotten",
        facts="Få opkald",
        effective_at=T0,
        final=False,
        proposed_by="asta-klitvang",
    )


SUSTAINED = a.SustainedOperationEntered(hours=24)
DEACTIVATED = a.CrisisDeactivated(debriefing="I morgen", summary="Slut", evaluation_before=T0, hours_active=30)
DECLINED = a.ActivationDeclined(ballots=(BALLOT,), grounds="For lidt", instead="Følg sagen", minutes=12)


@pytest.mark.parametrize(
    ("messages", "phase"),
    [
        ([], "reported"),
        ([a.SteeringMemberAsked(person="x", order=1, barred=False)], "under_assessment"),
        ([warned()], "warned"),
        ([warned(), a.ForewarningLapsed()], "declined"),
        ([warned(), activated()], "active"),
        ([provisional()], "provisional"),
        ([provisional(), activated(confirms=True)], "active"),
        ([provisional(), a.ActivationReversed(ballots=())], "declined"),
        ([provisional(), SUSTAINED, activated(confirms=True)], "sustained"),
        ([activated(), SUSTAINED], "sustained"),
        ([activated(), proposed()], "active"),
        ([activated(), proposed(), agreed()], "stepping_down"),
        ([activated(), proposed(), agreed(), a.StepDownReversed(grounds="Mere vand")], "active"),
        ([activated(), SUSTAINED, agreed(), a.StepDownReversed(grounds="Mere vand")], "sustained"),
        ([activated(), DEACTIVATED], "deactivated"),
        ([activated(), DEACTIVATED, reopened()], "active"),
        ([activated(), DEACTIVATED, a.EvaluationRecorded(findings="Lært")], "evaluated"),
        ([DECLINED], "declined"),
        ([DECLINED, a.VoteCast(person="x", vote="against", grounds="Nej")], "declined"),
        ([DECLINED, a.SteeringMemberAsked(person="x", order=1, barred=False)], "under_assessment"),
        ([a.IncidentRejected(reason="Falsk")], "declined"),
        ([a.CrisesLinked(other="b", relation="duplicate_of", note="", ended=True)], "declined"),
        ([activated(), a.CrisesLinked(other="b", relation="duplicate_of", note="", ended=False)], "active"),
        ([a.PlannedPeakNoted(expected_at=None, expected_calls=None)], "declined"),
    ],
)
def test_phase(messages: list[Message], phase: str) -> None:
    doc = situation(reported(), *messages)
    assert doc["phase"] == phase
    if messages:
        assert doc["phase_since"] <= minute(len(messages))


def test_a_confirmed_provisional_activation_keeps_its_time_and_its_grounds() -> None:
    doc = situation(reported(), provisional(), activated(confirms=True))
    assert doc["activated_at"] == minute(1)
    assert doc["decided_at"] == minute(1)
    assert doc["decision"]["decided_by"] == "henrik-brisager"
    assert doc["decision"]["provisional"] is False
    assert doc["decision"]["confirmed_at"] == minute(2)


def test_a_reopened_crisis_counts_from_its_reopening_and_says_so() -> None:
    doc = situation(reported(), activated(), SUSTAINED, DEACTIVATED, reopened())
    assert (doc["activated_at"], doc["reopened"], doc["closed_at"], doc["sustained_at"]) == (
        minute(4),
        True,
        None,
        None,
    )


def test_why_it_was_not_activated_and_what_to_do_instead() -> None:
    doc = situation(reported(), DECLINED)
    assert doc["not_active_because"] == "declined"
    assert (doc["decision"]["outcome"], doc["decision"]["instead"], doc["decision"]["minutes"]) == (
        "decline",
        "Følg sagen",
        12,
    )


def test_a_proposal_that_was_voted_down_or_decided_is_no_longer_in_front_of_the_group() -> None:
    put = a.DecisionProposed(proposed_by="x", outcome="activate", terms=TERMS, grounds="Nu", instead="")
    assert situation(reported(), put)["proposal"]["outcome"] == "activate"
    assert situation(reported(), put, a.ProposalRejected(outcome="activate", ballots=(BALLOT,)))["proposal"] is None
    assert situation(reported(), put, activated())["proposal"] is None


def test_staff_established_and_the_authoritys_picture() -> None:
    picture = SituationPictureReceived(
        number=1, sender="b", received_by="j", by="phone", headings={"Nu": "Vand"}, minutes_after_activation=40
    )
    established = StaffEstablished(holders={"crisis_leader": "asta-klitvang"}, minutes=15)
    asked = SituationPictureRequested(due_at=T0)
    doc = situation(reported(), activated(), established, asked)
    assert (doc["established"]["minutes"], doc["picture_due_at"]) == (15, minute(0))
    assert situation(reported(), activated(), asked, picture)["picture_due_at"] is None


def test_the_list_has_one_line_per_crisis_that_agrees_with_the_crisis() -> None:
    rows = [
        told(reported(), 0, crisis="a"),
        told(reported(), 1, crisis="b", position=2),
        told(activated(), 2, crisis="b", position=3),
    ]
    docs = folded(SITUATION, rows)
    listed = docs[ALL]["crises"]
    assert set(listed) == {"a", "b"}
    for crisis, line in listed.items():
        assert line == {name: docs[crisis][name] for name in line}


def test_the_surge_ends_deactivated_with_its_score_and_votes(surge: Stage) -> None:
    doc = surge.read(lambda conn: document(conn, SITUATION, surge.crisis))
    assert summary_phase(doc["phase"]) == "deactivated"
    assert doc["score"]["recommendation"] == "activate"
    assert {vote["vote"] for vote in doc["decision"]["votes"]} == {"for", "against"}
    assert doc["decision"]["by_delegation"] is True


def test_every_phase_has_a_word_in_the_drills_summary() -> None:
    words = {"reported", "warned", "provisional", "active", "sustained", "stepping_down", "deactivated", "declined"}
    assert {summary_phase(phase) for phase in ("under_assessment", "evaluated", "declined", "warned")} <= words
    assert phase_after("active", SUSTAINED) == "sustained"
