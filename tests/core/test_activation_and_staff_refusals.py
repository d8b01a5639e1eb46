"""Every refusal of activation and crisis_staff is listed, has a sentence, and the sentence can be said."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

import pytest

from ddh_beredskab.core import activation, crisis_staff
from ddh_beredskab.core.activation.phases import PHASE_CODES
from ddh_beredskab.core.wording import refusal_sentence
from tests.core.books import BOOKS

RAISED = re.compile(r'(?:Refused\(|_needs_text\([a-z.]+,)\s*"([a-z_]+)"')
CHOSEN = {
    activation: {*PHASE_CODES.values(), "asker_may_not_vote", "own_municipality_may_not_vote"},
    crisis_staff: {"person_busy_elsewhere", "person_rests", "roles_kept_apart"},
}
"""Codes that are looked up and not written at the place that refuses."""


def codes_in(package: ModuleType) -> set[str]:
    source = "".join(path.read_text(encoding="utf-8") for path in Path(str(package.__file__)).parent.glob("*.py"))
    return set(RAISED.findall(source)) | CHOSEN[package]


@pytest.mark.parametrize("package", [activation, crisis_staff])
def test_the_list_names_exactly_what_can_be_refused(package: ModuleType) -> None:
    assert set(package.REFUSALS) == codes_in(package)
    assert len(set(package.REFUSALS)) == len(package.REFUSALS)


@pytest.mark.parametrize("code", sorted({*activation.REFUSALS, *crisis_staff.REFUSALS}))
def test_each_code_has_a_sentence(code: str) -> None:
    assert code in BOOKS.texts.refusals
    assert code not in refusal_sentence(BOOKS.texts, code, {})


def test_a_sentence_says_roles_people_and_times_in_words() -> None:
    said = refusal_sentence(BOOKS.texts, "not_the_role_holder", {"person": "signe", "role": "crisis_leader"})
    assert "@signe" in said
    assert "kriseleder" in said
    said = refusal_sentence(BOOKS.texts, "final_step_not_yet", {"effective_at": "2023-10-21T16:00:00+00:00"})
    assert "kl. 18.00" in said
