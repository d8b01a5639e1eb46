"""Every channel from one source: in force, as a first message, and recalled."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ddh_beredskab.core.playbook import SEVEN_QUESTIONS
from ddh_beredskab.reports.channels import texts
from ddh_beredskab.reports.channels.files import as_html, as_json, as_markdown, as_text
from ddh_beredskab.reports.channels.texts import Source
from schemas.guides import GuideContent, Question
from tests.core.books import BOOKS

ANSWERS: dict[Question, str] = dict.fromkeys(SEVEN_QUESTIONS, "Det ved vi ikke endnu.")
ANSWERS["what_happened"] = "Vandet er **forurenet**."
ANSWERS["citizens_do"] = "Kog det i 1 minut.\n- Også til te"
CONTENT = GuideContent(
    answers=ANSWERS,
    does_not_answer=("Erstatning.",),
    transfer=("Vagthavende, 00 00 90 01, varm",),
    duty_number="00 00 90 01",
    by_topic={"kogning": "I 1 minut. Spørg @tobias-havrimmel.", "presse": "Henvis."},
)
DOC: dict[str, Any] = {
    "state": "in_force",
    "version": 2,
    "content": CONTENT.model_dump(mode="json"),
    "reason": "Kogetiden er ny. Ring til 12 34 56 78 eller @line",
    "released_at": "2023-10-21T00:15:00Z",
    "fresh_at": "2023-10-21T00:15:00Z",
    "overdue_since": None,
    "deadlines": {"guide_update": {"id": "x", "due_at": "2023-10-21T01:15:00Z"}},
    "versions": [{"version": 2, "recalled": None}],
}


def source(**changes: Any) -> Source:
    doc = DOC | changes
    return Source("krise-1", "Vandet i Strandby", "Strandby Kommune", doc, BOOKS.kinds["drikkevand"], "kl. 02.15")


RECALLED = source(
    state="recalled", versions=[{"version": 2, "recalled": {"wrong": "1 minut", "correction": "Kog det i 2 minutter."}}]
)
FIRST = source(
    state="first_message",
    version=0,
    content=None,
    first_message={"lines": ["Sig til borgeren: kog vandet.", "Livsfare: bed borgeren ringe 112 nu."]},
)


def test_what_is_only_for_agents_stands_in_no_text_for_citizens() -> None:
    one = source()
    public = texts.public_guide(BOOKS, one, "/guider/krise-1.json").model_dump_json()
    web = "".join(text for _, text in texts.web_sections(BOOKS, one))
    for text in (public, web, texts.spoken_text(BOOKS, one).text, texts.sms_text(BOOKS, one).text):
        assert "90 01" not in text
        assert "Erstatning" not in text
        assert "tobias" not in text
    assert "00 00 90 01" in "".join(text for _, text in texts.agents_sections(BOOKS, one))


def test_every_text_of_a_drill_says_so_first_and_none_of_the_operation_does() -> None:
    mark = "ØVELSE - ØVELSE - ØVELSE"
    for told in (source(), RECALLED, FIRST):
        for drill in (True, False):
            one = replace(told, drill=drill)
            found = [texts.spoken_text(BOOKS, one).text, texts.sms_text(BOOKS, one).text, texts.post_text(BOOKS, one)]
            found += [each.text for each in texts.sms_answers(BOOKS, one)]
            found += [text for _, text in [*texts.web_sections(BOOKS, one), *texts.agents_sections(BOOKS, one)]]
            public = texts.public_guide(BOOKS, one, "/guider/krise-1.json")
            found += [public.title, public.correction, public.english, *public.lines]
            found += [part for each in public.answers for part in (each.text, each.html.removeprefix("<p>"))]
            assert all(text.startswith(mark) == drill for text in found if text)
            assert all(text.count(mark) == drill for text in found if text)


def test_press_is_no_question_of_a_citizens() -> None:
    assert [each.id for each in texts.answers(BOOKS, source()) if each.id.startswith("topic.")] == ["topic.kogning"]


def test_a_post_names_nobody_and_no_number() -> None:
    post = texts.post_text(BOOKS, source())
    assert "Kogetiden er ny." in post
    assert "@" not in post
    assert "12 34 56 78" not in post


def test_a_recalled_guide_is_its_correction_in_every_channel() -> None:
    assert texts.spoken_text(BOOKS, RECALLED).text == "Rettelse: Kog det i to minutter."
    assert texts.sms_text(BOOKS, RECALLED).text == "Rettelse: Kog det i 2 minutter."
    assert texts.web_sections(BOOKS, RECALLED) == [("Vandet i Strandby", "Rettelse: Kog det i 2 minutter.")]
    assert texts.agents_sections(BOOKS, RECALLED) == texts.web_sections(BOOKS, RECALLED)
    assert texts.sms_answers(BOOKS, RECALLED) == []
    public = texts.public_guide(BOOKS, RECALLED, "/x")
    assert (public.state, public.answers, public.correction) == ("recalled", (), "Kog det i 2 minutter.")


def test_a_first_message_is_said_to_citizens_and_not_about_them() -> None:
    assert texts.sms_text(BOOKS, FIRST).text == "Kog vandet.\nLivsfare: ring 112 nu."
    assert texts.public_guide(BOOKS, FIRST, "/x").lines == ("Kog vandet.", "Livsfare: ring 112 nu.")
    assert texts.web_sections(BOOKS, FIRST) == [("Vandet i Strandby", "Kog vandet.\nLivsfare: ring 112 nu.")]


def test_the_files_say_which_version_they_are_and_carry_the_same_words() -> None:
    one = source()
    parts = texts.web_sections(BOOKS, one)
    head = "Version 2"
    assert "# Vandet i Strandby\n\nVersion 2\n\n## Hvad er der sket?\n\nVandet er **forurenet**." in as_markdown(
        one, head, parts
    )
    assert "<p>Vandet er <strong>forurenet</strong>.</p>" in as_html(one, head, parts)
    assert '"text": "Vandet er forurenet."' in as_json(one, parts)
    assert "Hvad er der sket?\nVandet er forurenet." in as_text(head, parts)
