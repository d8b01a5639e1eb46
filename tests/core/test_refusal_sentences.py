"""Every code a command can be refused with has its sentence, and the sentence can be filled in."""

from __future__ import annotations

import pytest

from ddh_beredskab.core import feedback, guides, logbook
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
