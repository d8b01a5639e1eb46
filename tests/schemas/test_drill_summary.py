"""The drill's summary: every key always there, the first crisis at the top, and its published schema holds for it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

from schemas.drill_summary import NO_CRISIS, DrillSummary
from schemas.publish import documents

SCHEMA = documents()["drill-summary.v1.json"]


def validate(summary: dict[str, Any]) -> None:
    Draft202012Validator(SCHEMA).validate(summary)  # pyright: ignore[reportUnknownMemberType]


def a_summary(**change: Any) -> dict[str, Any]:
    made = DrillSummary.of(
        (NO_CRISIS.model_copy(update={"crisis_id": "k1", "phase": "deactivated"}),),
        timers_fired=3,
        quarantined=0,
        lost=0,
        doubled=0,
        decisions_sha256="0" * 64,
        seconds=1.5,
    )
    return {**json.loads(made.model_dump_json()), **change}


def test_the_summary_has_the_first_crisis_at_the_top() -> None:
    summary = a_summary()
    validate(summary)
    assert summary["phase"] == "deactivated"
    assert all(summary[key] == value for key, value in summary["crises"][0].items())


@pytest.mark.parametrize("key", sorted(a_summary()))
def test_every_key_of_the_summary_is_always_there(key: str) -> None:
    summary = a_summary()
    del summary[key]
    with pytest.raises(ValidationError, match="required property"):
        validate(summary)


def test_the_summary_knows_its_phases_and_points() -> None:
    for change in ({"phase": "over"}, {"lost": -1}, {"decisions_sha256": "x"}, {"log": {"entries": 1}}):
        with pytest.raises(ValidationError):
            validate(a_summary(**change))
    validate(a_summary(score={"acute": 4, "citizens": 3, "functions": 0, "recommendation": "activate"}))
