"""Sentences from templates: Danish numbers and times, pieces that fall away, and nothing read twice."""

from __future__ import annotations

import types
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from ddh_beredskab.core.wording import log_sentence, refusal_sentence, sentence, template_problems
from ddh_beredskab.playbooks import load_playbooks
from schemas.activation import SupplementIncident
from schemas.base import Event
from schemas.catalog import events
from schemas.guides import GuideEscalated, GuideReleased

TEXTS = load_playbooks().texts
NIGHT = datetime(2023, 10, 20, 22, 6, tzinfo=UTC)  # 0.06 in Denmark


def said(template: str, **values: object) -> str:
    return sentence(TEXTS, template, values)


def test_times_are_danish_and_local() -> None:
    assert said("{at}", at=NIGHT) == "kl. 00.06"
    assert said("{at:kl}", at=NIGHT) == "kl. 00.06"
    assert said("{at:dato}", at=NIGHT) == "lørdag den 21. oktober 2023 kl. 00.06"
    assert said("{at:kl}", at="2023-10-20T22:06:00+00:00") == "kl. 00.06"


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0"), (12.0, "12"), (12.34, "12,3"), (1234.5, "1.234,5"), (11000, "11.000")]
)
def test_numbers_are_danish(number: float, text: str) -> None:
    assert said("{n}", n=number) == text


def test_a_share_is_written_in_percent() -> None:
    assert said("{share:procent}", share=0.95) == "95 %"


def test_persons_carry_one_at_sign() -> None:
    assert said("{who:person}", who="asta-holm") == "@asta-holm"
    assert said("{who:person}", who="@asta-holm") == "@asta-holm"
    assert said("{who:person}", who=None) == "ingen"
    assert said("{who:person}", who=("a", "b", "c")) == "@a, @b og @c"


def test_words_are_looked_up_and_an_unknown_one_stays_as_it_is() -> None:
    assert said("{vote:vote}", vote="against") == "imod"
    assert said("{role:role}", role="log_keeper") == "logfører"
    assert said("{role:role}", role="logfører") == "logfører"


def test_a_piece_falls_away_when_one_of_its_fields_is_empty() -> None:
    template = "Ja[ ({why}, {who})]."
    assert said(template, why="det haster", who="asta") == "Ja (det haster, asta)."
    assert said(template, why="", who="asta") == "Ja."
    assert said(template, why="det haster") == "Ja."


def test_zero_is_a_number_and_not_empty() -> None:
    assert said("[{count} opkald]", count=0) == "0 opkald"


def test_if_and_if_not_say_nothing_themselves() -> None:
    template = "Det[{done:hvis} er gjort][{done:hvis_ikke} mangler]."
    assert said(template, done=True) == "Det er gjort."
    assert said(template, done=False) == "Det mangler."


def test_a_full_stop_is_not_doubled() -> None:
    assert said("Grund: {why}.", why="Vandet stiger.") == "Grund: Vandet stiger."
    assert said("Grund: {why}.", why="vandet stiger") == "Grund: vandet stiger."
    assert said("[Grund: {why}.]", why="Hvorfor ikke?") == "Grund: Hvorfor ikke?"


@given(st.text())
def test_what_people_write_is_never_read_as_a_template(text: str) -> None:
    assert said("<{text}>", text=text) == f"<{text.strip()}>"
    assert said("<[{text}]>", text=text) == f"<{text.strip()}>"


def test_a_refusal_without_a_sentence_still_says_something() -> None:
    assert "no_such_code" in refusal_sentence(TEXTS, "no_such_code", {})


def test_a_refusal_is_filled_with_its_facts() -> None:
    told = refusal_sentence(TEXTS, "guide_missing_answer", {"questions": '"Hvad skal borgerne gøre?"'})
    assert told == 'Du mangler at svare på "Hvad skal borgerne gøre?". "Det ved vi ikke endnu" er også et svar.'


def test_an_escalation_without_a_name_says_so() -> None:
    step = GuideEscalated(version=2, step=4, role="krisestab", person=None)
    told = log_sentence(TEXTS, step)
    assert told is not None
    assert told.text.endswith("vi ringer til kommunens krisestab, men der er intet navn på listen.")


def test_a_field_that_does_not_exist_is_found_beforehand() -> None:
    (problem,) = template_problems(TEXTS, "Version {verson}", GuideReleased)
    assert (problem.what, problem.name) == ("field", "verson")
    assert list(template_problems(TEXTS, "Version {version}", GuideReleased)) == []


@pytest.mark.parametrize("event", [each for each in events() if each.short_name() in TEXTS.log])
@pytest.mark.parametrize("full", [True, False])
def test_every_sentence_reads_well_with_everything_and_with_nothing(event: type[Event], full: bool) -> None:
    filled = sample(event, full=full)
    told = log_sentence(TEXTS, filled)
    assert told is not None
    assert not set("{}[]") & set(told.text)
    assert not any(slip in told.text for slip in ("  ", "..", " .", " ,", "None", "True", "False")), told.text
    begins_with_what_was_written = TEXTS.log[event.short_name()].text.startswith("{")
    assert begins_with_what_was_written or told.text[0].isupper() or told.text[0] == "@", told.text
    assert told.text.endswith((".", "?")), told.text


def sample(kind: Any, *, full: bool) -> Any:
    """A value of the type: with every field filled, or with as little as it allows."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        fields = {name: sample(field.annotation, full=full) for name, field in kind.model_fields.items()}
        return kind.model_construct(**fields)
    origin: Any = get_origin(kind)
    arguments = get_args(kind)
    if origin is Annotated:
        return sample(arguments[0], full=full)
    if origin is Literal:
        return arguments[0]
    if origin in (Union, types.UnionType):
        return sample(arguments[0], full=True) if full else None
    if origin is tuple:
        return (sample(arguments[0], full=full),) * 2 if full else ()
    if origin in (dict, Mapping):
        return {"Vejr": sample(arguments[1], full=full)} if full else {}
    plain: dict[Any, tuple[Any, Any]] = {
        str: ("vandet stiger", "x"),
        int: (3, 0),
        float: (12.5, 0.0),
        bool: (True, False),
        datetime: (NIGHT, NIGHT),
        UUID: (UUID(int=1), UUID(int=0)),
    }
    return plain[kind][0 if full else 1]


def test_yes_and_no_without_words_of_their_own_say_nothing() -> None:
    assert said("Færdig{done}", done=True) == "Færdig"


def test_a_list_is_joined_as_danish_is_spoken() -> None:
    assert said("{who}", who=()) == ""
    assert said("{who}", who=("a",)) == "a"
    assert said("{who}", who=("a", "b")) == "a og b"
    assert said("{who:liste}", who=("a", "b", "c")) == "a; b; c"


def test_what_is_no_instant_with_a_zone_stays_as_it_was_written() -> None:
    assert said("{at:kl}", at="i går") == "i går"
    assert said("{at:dato}", at="2023-10-20T22:06:00") == "2023-10-20T22:06:00"


def test_nothing_can_be_named_inside_a_list_of_answers() -> None:
    (problem,) = template_problems(TEXTS, "{answers.danger}", SupplementIncident)
    assert (problem.what, problem.name) == ("field", "answers.danger")
    assert list(template_problems(TEXTS, "{answers}", SupplementIncident)) == []


def test_if_writes_nothing_of_the_text_it_asks_for() -> None:
    assert said("[{why:hvis}Grund kendt]", why="det haster") == "Grund kendt"
    assert said("[{why:hvis_ikke}Grund ukendt]", why="") == "Grund ukendt"
