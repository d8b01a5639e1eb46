"""The brief: what matters first, and topics only as far as three minutes go; the rest is looked up at the desk."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ddh_beredskab.people.briefing import MOST_WORDS, brief_of

CONTENT: dict[str, Any] = {
    "answers": {"latest": "Vandet stiger.", "citizens_do": "Bliv hjemme.", "what_happened": "Der er stormflod."},
    "does_not_answer": ["Om erstatning."],
    "transfer": ["Hjemmeplejen, 00 00 00 03"],
    "by_topic": {"stroem": "Strømmen er væk.", "vand": "Kog vandet."},
}


def guide(version: int = 2, **more: Any) -> dict[str, Any]:
    versions = [{"version": version, "recalled": more.pop("recalled", None)}]
    return {"version": version, "content": CONTENT, "first_message": None, "versions": versions} | more


def test_the_seven_questions_come_in_their_order_and_the_topics_last() -> None:
    made = brief_of(guide(), ["Livsfare: 112."], ["vand", "stroem"])
    assert [(section.part, section.key) for section in made.sections] == [
        ("answer", "what_happened"),
        ("answer", "latest"),
        ("answer", "citizens_do"),
        ("does_not_answer", "does_not_answer"),
        ("transfer", "transfer"),
        ("fixed", "fixed"),
        ("topic", "vand"),
        ("topic", "stroem"),
    ]
    assert made.left_out == ()


def test_a_correction_stands_first_and_a_first_message_is_a_brief_too() -> None:
    recalled = brief_of(guide(recalled={"correction": "Kog vandet i 2 minutter."}), [], [])
    assert (recalled.sections[0].part, recalled.sections[0].lines) == ("recalled", ("Kog vandet i 2 minutter.",))
    told = brief_of(guide(), [], [], ["DDH har ekstra åbent."])
    assert told.sections[0].part == "facts"
    first = brief_of(guide(0, content=None, first_message={"lines": ["Der er stormflod.", "Ring 112."]}), [], [])
    assert [section.part for section in first.sections] == ["first_message"]


@given(st.lists(st.integers(0, 300), max_size=12))
def test_topics_are_taken_while_there_is_time_and_the_others_are_counted(sizes: list[int]) -> None:
    topics = {f"t{number}": " ".join(["ord"] * size) for number, size in enumerate(sizes)}
    made = brief_of(guide(content=CONTENT | {"by_topic": topics}), [], list(topics))
    assert made.words <= MOST_WORDS
    assert made.seconds <= 180
    assert [section.key for section in made.of("topic")] + list(made.left_out) == list(topics)


def test_two_hundred_words_are_a_minute() -> None:
    long = brief_of(guide(content={"answers": {"latest": " ".join(["ord"] * 400)}}), [], [])
    assert long.seconds == 120
