"""The prefilled guide: values in, gaps visible, one answer for every topic that has one."""

from __future__ import annotations

import pytest

from ddh_beredskab.core.guide_template import (
    filled,
    first_message,
    fixed_lines,
    guide_content,
    guide_raw,
    raw_again,
    resolved,
    variables_in,
)
from ddh_beredskab.core.playbook import SEVEN_QUESTIONS
from ddh_beredskab.playbooks import load_playbooks
from schemas.activation import CrisisKind

BOOKS = load_playbooks()
SURGE = BOOKS.kinds["stormflod"]


def test_a_variable_without_a_value_stays_visible() -> None:
    assert filled(BOOKS.texts, "Gå til {evakueringscenter}.", {}) == "Gå til [evakueringscenter: udfyldes]."
    assert filled(BOOKS.texts, "Gå til {evakueringscenter}.", {"evakueringscenter": " "}).endswith("udfyldes].")


def test_a_value_is_never_read_as_a_template() -> None:
    assert filled(BOOKS.texts, "{kommune} svarer.", {"kommune": "{toppunkt}"}) == "{toppunkt} svarer."


def test_a_full_stop_is_not_doubled() -> None:
    assert filled(BOOKS.texts, "{kæledyr}. Dyr på mark", {"kæledyr": "Ja, i snor."}) == "Ja, i snor. Dyr på mark"


@pytest.mark.parametrize("kind", list(BOOKS.kinds))
def test_with_every_variable_filled_no_gap_is_left(kind: CrisisKind) -> None:
    playbook = BOOKS.kinds[kind]
    values = {name: variable.example or "svar" for name, variable in playbook.variables.items()}
    content = guide_content(BOOKS.texts, playbook, values)
    everything = content.model_dump_json() + "".join(first_message(BOOKS.texts, playbook, values))
    assert "udfyldes" not in everything
    assert ".." not in everything
    assert set(content.answers) == set(SEVEN_QUESTIONS)
    assert content.duty_number


@pytest.mark.parametrize("kind", list(BOOKS.kinds))
def test_livsfare_and_the_press_stand_on_every_desk(kind: CrisisKind) -> None:
    lines = fixed_lines(BOOKS.texts, BOOKS.kinds[kind], {})
    assert lines[0] == "Livsfare: bed borgeren ringe 112 nu."
    assert any(line.startswith("Pressen henvises til") for line in lines)
    assert any(line.startswith("Borgere fra andre kommuner") for line in lines)


def test_a_duty_number_nobody_filled_in_is_no_number() -> None:
    assert guide_content(BOOKS.texts, SURGE, {}).duty_number == ""


def test_the_boiling_time_is_there_before_anybody_fills_anything_in() -> None:
    lines = first_message(BOOKS.texts, BOOKS.kinds["drikkevand"], {})
    assert any("koge i 1 minut" in line for line in lines)


def test_the_authority_can_decide_another_boiling_time() -> None:
    lines = first_message(BOOKS.texts, BOOKS.kinds["drikkevand"], {"kogetid": "2 minutter"})
    assert any("koge i 2 minutter" in line for line in lines)


def test_variables_are_found_in_a_text() -> None:
    assert variables_in("{a} og {berørte_områder}.") == {"a", "berørte_områder"}


WATER = BOOKS.kinds["drikkevand"]


def test_one_value_fills_every_place_it_stands_in() -> None:
    made = resolved(BOOKS.texts, guide_raw(BOOKS.texts, WATER), WATER.defaults() | {"kogetid": "2 minutter"})
    everywhere = (made.answers["citizens_do"], made.by_topic["kogning"], made.english)
    assert all("2 minutter" in text for text in everywhere)
    assert "{" not in "".join((*made.answers.values(), *made.transfer, *made.does_not_answer, *made.by_topic.values()))


@pytest.mark.parametrize("kind", list(BOOKS.kinds))
def test_what_was_written_with_variables_can_be_written_on_with_them(kind: CrisisKind) -> None:
    raw = guide_raw(BOOKS.texts, BOOKS.kinds[kind])
    for values in ({}, {name: variable.example or "svar" for name, variable in BOOKS.kinds[kind].variables.items()}):
        assert raw_again(BOOKS.texts, resolved(BOOKS.texts, raw, values)) == raw


def test_a_text_somebody_changed_since_stands_as_it_is() -> None:
    made = resolved(BOOKS.texts, guide_raw(BOOKS.texts, WATER), {"kogetid": "1 minut"})
    changed = made.model_copy(update={"by_topic": {"kogning": "I 1 minut. Brug låg."}})
    assert raw_again(BOOKS.texts, changed).by_topic["kogning"] == "I 1 minut. Brug låg."


def test_a_place_that_still_waits_is_a_variable_again() -> None:
    old = guide_content(BOOKS.texts, SURGE, {})
    assert not old.template
    again = raw_again(BOOKS.texts, old)
    assert "udfyldes" not in again.model_dump_json()
    assert resolved(BOOKS.texts, again, {"toppunkt": "kl. 4.00"}).model_dump_json().count("kl. 4.00") >= 2
