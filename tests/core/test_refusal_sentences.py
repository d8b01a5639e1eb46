"""Every code a command can be refused with has its sentence, and the sentence can be filled in."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from types import ModuleType

import pytest

from ddh_beredskab.core import feedback, guides, logbook, role_holders
from ddh_beredskab.core.feedback import decider as feedback_commands
from ddh_beredskab.core.guides import gate, nudging, planning, release
from ddh_beredskab.core.wording import refusal_sentence
from tests.core.books import BOOKS

CODES = sorted({*guides.REFUSALS, *feedback.REFUSALS, *logbook.REFUSALS})


@pytest.mark.parametrize("code", CODES)
def test_the_code_has_a_sentence(code: str) -> None:
    assert code in BOOKS.texts.refusals
    assert code not in refusal_sentence(BOOKS.texts, code, {})


def test_a_sentence_says_role_and_person_in_words() -> None:
    said = refusal_sentence(BOOKS.texts, "role_held_by_other", {"role": "crisis_leader", "holder": "asta-klitvang"})
    assert "kriseleder" in said
    assert "@asta-klitvang" in said


def refusals_raised(module: ModuleType) -> Iterator[tuple[str, set[str]]]:
    """Each `Refused(code, fact=...)` in a module: its code and the names of its facts."""
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Refused":
            code = node.args[0]
            if isinstance(code, ast.Constant):
                yield str(code.value), {keyword.arg for keyword in node.keywords if keyword.arg}


@pytest.mark.parametrize("module", [gate, nudging, planning, release, feedback_commands, logbook, role_holders])
def test_a_sentence_asks_for_no_fact_that_the_refusal_does_not_give(module: ModuleType) -> None:
    raised = list(refusals_raised(module))
    assert raised
    for code, facts in raised:
        always = re.sub(r"\[[^\]]*\]", "", BOOKS.texts.refusals[code])  # a piece in brackets may fall away
        assert set(re.findall(r"\{([a-z_]+)", always)) <= facts, code


def test_every_code_that_is_raised_is_listed() -> None:
    raised = {
        code
        for module in (gate, nudging, planning, release, feedback_commands, logbook, role_holders)
        for code, _ in refusals_raised(module)
    }
    assert raised <= set(CODES)
    assert set(CODES) - raised == {"first_message_after_guide", "first_message_already_released"}  # chosen by name
