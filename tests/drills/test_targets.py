"""The table of targets: what lies in the checkout is whole, and every slip is told with file, line and mend."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import get_args

import pytest

from ddh_beredskab.drills.scoring.scores import MEASURES
from ddh_beredskab.playbooks import check_playbooks
from ddh_beredskab.playbooks.targets import Target, TargetKey, load_targets
from tests.drills.timelines import ROOT

PLAYBOOKS = ROOT / "playbooks"


def test_every_measure_has_a_target_and_every_target_a_measure() -> None:
    keys = set(get_args(TargetKey))
    assert {each.key for each in load_targets(PLAYBOOKS).targets} == keys
    assert set(MEASURES) == keys - {"expected_actions"}


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("at_most: 15, partly: 30", "at_most: 15, at_least: 3, partly: 30", "at_most og at_least"),
        ("at_most: 15, partly: 30", "at_most: 15, partly: 10", "ringere"),
        ("unit: minutes, at_most: 15, partly: 30, judged", "unit: minutes, judged", "et tal"),
        ("key: quorum", "key: decision", "to gange"),
        ("key: quorum", "key: kvorum", "key"),
    ],
)
def test_a_slip_is_told_with_its_line(tmp_path: Path, old: str, new: str, told: str) -> None:
    for path in PLAYBOOKS.glob("*.yaml"):
        shutil.copy(path, tmp_path / path.name)
    text = (tmp_path / "targets.yaml").read_text("utf-8")
    assert old in text
    (tmp_path / "targets.yaml").write_text(text.replace(old, new, 1), "utf-8")
    (problem,) = check_playbooks(tmp_path)
    assert problem.file.endswith("targets.yaml")
    assert problem.line > 1
    assert told in problem.sentence


@pytest.mark.parametrize(
    ("bound", "measured", "verdict"),
    [
        ({"at_most": 10.0, "partly": 20.0}, 10, "reached"),
        ({"at_most": 10.0, "partly": 20.0}, 20, "partly"),
        ({"at_most": 10.0}, 11, "not_reached"),
        ({"at_least": 0.9, "partly": 0.5}, 0.5, "partly"),
        ({"at_least": 0.9, "partly": 0.5}, 0.4, "not_reached"),
        ({}, 3, "shown"),
    ],
)
def test_half_reached_lies_between_the_two_numbers(bound: dict[str, float], measured: float, verdict: str) -> None:
    given = {"key": "decision", "family": "decision", "label": "x", "unit": "minutes", "source": "x"}
    target = Target.model_validate({**given, "date": "2026-11-22", "judged": bool(bound), **bound})
    assert target.verdict(measured) == verdict
