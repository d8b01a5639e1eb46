"""The steps of the form, its title, and who a report says is hit."""

from __future__ import annotations

from typing import Any

import pytest

from ddh_beredskab.playbooks.municipalities import Municipality, load_municipalities
from ddh_beredskab.web.forms import Fields
from ddh_beredskab.web.incident_form import Flow, asked, beside, missing, steps_of, title_of
from ddh_beredskab.web.incident_people import authority_of, official_name
from ddh_beredskab.web.words import Words
from schemas.activation import Scope
from tests.projections.stage import ROOT
from tests.web.site import PLAYBOOKS

CRITERIA = PLAYBOOKS.criteria
KNOWN = {each.code: each for each in load_municipalities(ROOT / "playbooks").lines}
MADE_UP = {code: Municipality(code, name, fictional=True) for code, name in (("9001", "Strandby"), ("9002", "Havrum"))}


def _fields(**values: Any) -> Fields:
    return Fields([(name.replace("__", "."), value) for name, value in values.items()])


@pytest.mark.parametrize(("flow", "first"), [("own", "kind"), ("phone", "alarm"), ("open", "code")])
def test_every_flow_asks_every_question_of_the_criteria_and_ends_with_a_check(flow: Flow, first: str) -> None:
    steps = steps_of(flow, CRITERIA)
    assert (steps[0].key, steps[-1].key) == (first, "check")
    named = [name for step in steps for name in step.fields]
    assert len(named) == len(set(named))
    assert {"kind", "what_happened", "where", "situation", "started", "scope", "grounds"} <= set(named)
    assert sum(step.question is not None for step in steps) == 6


def test_one_question_a_step_for_the_leader() -> None:
    texts = {"what_happened", "where", "situation", "started", "grounds"}
    for step in steps_of("own", CRITERIA):
        assert len(texts & set(step.fields)) <= 1


def test_a_planned_peak_is_not_asked_the_criteria() -> None:
    steps = steps_of("own", CRITERIA)
    through = [step.key for step in asked(steps, _fields(answers__planned="yes"), CRITERIA)]
    assert not any(key.startswith("q-") for key in through)
    assert beside(asked(steps, _fields(answers__planned="yes"), CRITERIA), "started", 1) == "expected"
    assert beside(asked(steps, _fields(answers__planned="forecast"), CRITERIA), "started", 1) == "q-onset"
    assert beside(list(steps), "check", 1) == "check"
    assert beside(list(steps), "kind", -1) == "kind"


def test_a_call_on_the_phone_needs_four_things_only() -> None:
    wrong = missing(list(steps_of("phone", CRITERIA)), _fields(), Words("da"))
    assert [m.field for m in wrong] == ["what_happened", "caller", "municipality", "kind"]


@pytest.mark.parametrize(
    ("values", "title"),
    [
        ({"kind": "stormflod", "where": "Strandby Havn."}, "Stormflod, Strandby Havn"),
        ({"kind": "stormflod"}, "Stormflod"),
        (
            {"kind": "andet", "what_happened": "Gasudslip på havnen.\nMere.", "where": "Byen"},
            "Gasudslip på havnen, Byen",
        ),
        ({"kind": "andet"}, "Anden krise"),
        ({}, ""),
    ],
)
def test_the_title_says_what_and_where(values: dict[str, str], title: str) -> None:
    assert title_of(_fields(**values), PLAYBOOKS) == title


def test_a_long_title_is_cut_at_a_word() -> None:
    title = title_of(_fields(kind="stormflod", where="Strandby " * 30), PLAYBOOKS)
    assert len(title) <= 80
    assert title.endswith("Strandby…")


@pytest.mark.parametrize(
    ("scope", "others", "stands", "count"),
    [
        ("municipality", ["0791"], "municipality", 1),
        ("municipalities", ["0791", "0751", "4711"], "municipalities", 2),
        ("municipalities", [], "municipality", 1),
        ("region", [], "region", 19),
        ("country", [], "country", 98),
    ],
)
def test_a_scope_becomes_the_municipalities_it_hits(scope: Scope, others: list[str], stands: str, count: int) -> None:
    found = authority_of(KNOWN["0751"], scope, others, KNOWN | MADE_UP)
    assert (found.scope, found.affected[0], len(found.affected)) == (stands, "0751", count)
    assert not found.fictional


def test_made_up_municipalities_hit_each_other_only() -> None:
    found = authority_of(MADE_UP["9001"], "country", [], KNOWN | MADE_UP)
    assert (found.fictional, found.affected) == (True, ("9001", "9002"))


@pytest.mark.parametrize(
    ("municipality", "name"),
    [
        (KNOWN["0101"], "Københavns Kommune"),
        (KNOWN["0400"], "Bornholms Regionskommune"),
        (KNOWN["0751"], "Aarhus Kommune"),
        (Municipality("9001", "Strandby Kommune (opdigtet)", fictional=True), "Strandby Kommune"),
        (Municipality("9000", "DDH-sekretariatet (øvelse)", fictional=True), "DDH-sekretariatet (øvelse)"),
    ],
)
def test_municipalities_have_their_official_names(municipality: Municipality, name: str) -> None:
    assert official_name(municipality) == name
