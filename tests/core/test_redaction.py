"""CPR numbers never get through, other numbers do; contact details leave citizens' questions only."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from ddh_beredskab.core.redaction import (
    ADDRESS_STRUCK,
    CPR_STRUCK,
    MAIL_STRUCK,
    PHONE_STRUCK,
    redact_message,
    strike_contact,
    strike_cpr,
    strike_feedback,
    strike_item,
)
from schemas.activation import Ballot, CrisisWarned, DecisionTerms, RecordContactAttempt
from schemas.base import FreeText, Message, Model, Personal, Private, TimerFired
from schemas.crisis_staff import AgendaPoint, HoldStaffMeeting, ReceiveSituationPicture
from schemas.feedback import FeedbackItem
from schemas.guides import GuideContent, ReleaseFirstMessage, WriteGuideDraft
from schemas.logbook import WriteLogEntry
from tests.core.strandby import STRANDBY


@pytest.mark.parametrize(
    "text",
    [
        "Livsfare: ring 112. Politiet: 114. Lægen: 1813.",
        "Fredag den 20-10-2023 kl. 14.05",
        "20102023 1405",
        "319901-1234 og 290201-1234 er ikke dage",
        "001301-1234",
        "12345678901",
        "1234567890123",
    ],
)
def test_what_is_no_cpr_number_stays(text: str) -> None:
    assert strike_cpr(text) == (text, 0)


@pytest.mark.parametrize("written", ["01011990-1234", "010119901234", "CPR010190-1234.", "29022000-1234", "2902001234"])
def test_a_year_in_full_or_a_leap_day_does_not_hide_a_cpr_number(written: str) -> None:
    assert "1234" not in strike_cpr(written)[0]


@given(st.text(), st.text())
def test_no_text_around_a_cpr_number_keeps_it_unless_more_digits_do(before: str, after: str) -> None:
    text = f"{before} 010190-1234 {after}"
    assert "010190-1234" not in strike_cpr(text)[0]


@given(st.text())
def test_striking_twice_changes_nothing_more(text: str) -> None:
    once, _ = strike_feedback(text)
    assert strike_feedback(once) == (once, 0)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("ring til mig på 22 33 44 55", f"ring til mig på {PHONE_STRUCK}"),
        ("22334455 eller 2233 4455", f"{PHONE_STRUCK} eller {PHONE_STRUCK}"),
        ("+45 22334455, 0045 22 33 44 55", f"{PHONE_STRUCK}, {PHONE_STRUCK}"),
        ("+46 70 123 45 67", PHONE_STRUCK),
        ("22-33-44-55 / 22.33.44.55 / 223 34 455", f"{PHONE_STRUCK} / {PHONE_STRUCK} / {PHONE_STRUCK}"),
        ("skriv til b.borger@eksempel.dk.", f"skriv til {MAIL_STRUCK}."),
        ("bor Havnegade 12, 2. tv, 9000 Aalborg og", f"bor {ADDRESS_STRUCK} og"),
        ("vand i kælderen på strandvejen 7b", f"vand i kælderen på {ADDRESS_STRUCK}"),
        ("Store Torv 3 er lukket", f"{ADDRESS_STRUCK} er lukket"),
        ("Gælder det Klitvænget nr. 14?", f"Gælder det {ADDRESS_STRUCK}?"),
    ],
)
def test_contact_details_leave_a_citizens_question(text: str, left: str) -> None:
    assert strike_contact(text)[0] == left


@pytest.mark.parametrize(
    "text",
    [
        "112, 114 og 1813",
        "den 20-10-2023 kl. 14.05",
        "vi er 3 voksne og har 2 børn",
        "motorvej 40 er spærret",
        "vandet står 2,10 m over normalen",
        "sag 23/004512",
    ],
)
def test_other_numbers_stay_in_a_citizens_question(text: str) -> None:
    assert strike_contact(text) == (text, 0)


def test_a_citizens_question_loses_cpr_number_and_contact_alike() -> None:
    text, count = strike_feedback("Anna 010190-1234, 22334455, a@b.dk, Havnegade 1")
    assert text == f"Anna {CPR_STRUCK}, {PHONE_STRUCK}, {MAIL_STRUCK}, {ADDRESS_STRUCK}"
    assert count == 4


def test_a_question_is_struck_in_its_short_fields_too() -> None:
    item = FeedbackItem(
        id=UUID(int=1),
        crisis_id="k1",
        topic="vand",
        time=datetime(2023, 10, 20, tzinfo=UTC),
        answered="no",
        transferred_to="Lægen, 22 33 44 55",
        municipality="010190-1234",
        agent="010190-1234",
    )
    clean, count = strike_item(item)
    assert (clean.transferred_to, clean.municipality) == (f"Lægen, {PHONE_STRUCK}", CPR_STRUCK)
    assert (clean.agent, count) == (None, 3)
    assert strike_item(clean) == (clean, 0)


NUMBER = "010190-1234"


def test_a_guide_keeps_its_phone_number_and_loses_cpr_numbers_wherever_they_hide() -> None:
    content = GuideContent(
        answers={"latest": f"Ring {NUMBER}", "not_known": "Det ved vi ikke endnu"},
        does_not_answer=("Ring 22 33 44 55", NUMBER),
        by_topic={"vand": NUMBER},
    )
    draft, count = redact_message(WriteGuideDraft(content=content, note=NUMBER))
    assert count == 4
    assert draft.content.answers == {"latest": f"Ring {CPR_STRUCK}", "not_known": "Det ved vi ikke endnu"}
    assert draft.content.does_not_answer == ("Ring 22 33 44 55", CPR_STRUCK)
    assert draft.content.by_topic == {"vand": CPR_STRUCK}
    assert draft.note == CPR_STRUCK


def test_lists_of_nested_values_are_walked() -> None:
    point = AgendaPoint(point="Situationen", text=NUMBER)
    meeting, count = redact_message(HoldStaffMeeting(number=1, attendance=("asta",), points=(point, point)))
    assert (count, meeting.points[1].text) == (2, CPR_STRUCK)
    picture, count = redact_message(
        ReceiveSituationPicture(sender="birgit", received_by="jonas", by="phone", headings={"Vand": NUMBER})
    )
    assert (count, picture.headings) == (1, {"Vand": CPR_STRUCK})
    ballot = Ballot(person="lone", vote="for", grounds=NUMBER)
    decision, count = redact_message(
        CrisisWarned(kind="stormflod", authority=STRANDBY, terms=DecisionTerms(), ballots=(ballot,), minutes=1)
    )
    assert (count, decision.ballots[0].grounds) == (1, CPR_STRUCK)


def test_a_list_with_bounds_of_its_own_is_walked() -> None:
    message, count = redact_message(ReleaseFirstMessage(lines=("Vandet stiger.", NUMBER)))
    assert (message.lines, count) == (("Vandet stiger.", CPR_STRUCK), 1)


def test_a_field_with_an_alias_keeps_it() -> None:
    at = datetime(2023, 10, 20, tzinfo=UTC)
    entry, count = redact_message(WriteLogEntry(kind="press", text="ok", happened_at=at, from_=NUMBER))
    assert (count, entry.from_) == (1, CPR_STRUCK)
    assert WriteLogEntry.model_validate(entry.model_dump(mode="json")) == entry


def test_a_message_without_anything_to_strike_is_the_same_message() -> None:
    attempt = RecordContactAttempt(person="henrik", channel="phone", reached=True, note="optaget")
    assert redact_message(attempt) == (attempt, 0)
    assert redact_message(attempt)[0] is attempt
    at = datetime(2023, 10, 20, tzinfo=UTC)
    fired = TimerFired.model_validate(
        {"concern": "guides", "name": "x", "deadline_id": "0" * 32, "due_at": at, "fired_at": at}
    )
    assert redact_message(fired) == (fired, 0)


class _Inner(Model):
    text: FreeText


class _Note(Message):
    """What no message holds yet, and some message will: unions, fixed lists, personal fields."""

    maybe: FreeText | None = None
    either: _Inner | int | None = None
    pair: tuple[int, FreeText] = (0, "")
    name: Personal = ""
    personal_or_not: dict[str, Personal] | dict[str, FreeText] = Field(default_factory=dict[str, str])
    short: Annotated[str, Private("free_text")] = ""


def test_free_text_is_found_in_unions_and_fixed_lists_and_personal_fields_are_left() -> None:
    note, count = redact_message(
        _Note(
            maybe=NUMBER,
            either=_Inner(text=NUMBER),
            pair=(1, NUMBER),
            name=NUMBER,
            personal_or_not={"a": NUMBER},
            short=NUMBER,
        )
    )
    assert count == 5
    assert (note.maybe, note.either, note.pair) == (CPR_STRUCK, _Inner(text=CPR_STRUCK), (1, CPR_STRUCK))
    assert (note.name, note.personal_or_not, note.short) == (NUMBER, {"a": CPR_STRUCK}, CPR_STRUCK)
    for clean in (_Note(), _Note(either=7), _Note(maybe="ok", either=_Inner(text="ok"))):
        assert redact_message(clean) == (clean, 0)


def test_a_text_full_of_numbers_still_fits_its_field() -> None:
    text = f"{NUMBER} " * 1_600
    note, count = redact_message(RecordContactAttempt(person="henrik", channel="phone", reached=True, note=text))
    assert count == 1_600
    assert RecordContactAttempt.model_validate(note.model_dump()) == note
