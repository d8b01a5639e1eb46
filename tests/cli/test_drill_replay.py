"""`drill replay`: the same decisions as then, the one that differs and the rule behind it, and what if."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Cli

NAME = "drikkevand-2022"


@pytest.fixture
def kept(cli: Cli, playbooks: Path) -> Path:
    """A folder of playbooks in which the decisions of a drill have been kept."""
    said = cli("drill", "replay", NAME, "--keep", "--playbooks", playbooks)
    assert said.code == 0
    assert "decisions.ndjson" in said.out
    return playbooks


def slower(playbooks: Path) -> None:
    """The steering group is given five minutes to answer, not ten."""
    limits = playbooks / "limits.yaml"
    text = limits.read_text(encoding="utf-8")
    assert "role_answer_minutes: {value: 10" in text
    limits.write_text(text.replace("role_answer_minutes: {value: 10", "role_answer_minutes: {value: 5"), "utf-8")


def test_by_the_same_rules_everything_is_decided_as_then(cli: Cli, kept: Path) -> None:
    said = cli("drill", "replay", NAME, "--verify", "--playbooks", kept)
    assert (said.code, said.err) == (0, "")
    assert "er de samme som dengang" in said.out


def test_one_changed_limit_fails_with_the_decision_and_the_rule_named(cli: Cli, kept: Path) -> None:
    slower(kept)
    said = cli("drill", "replay", NAME, "--verify", "--playbooks", kept)
    assert said.code == 1
    assert "Regel ændret: limits.yaml: role_answer_minutes var 10 og er nu 5." in said.err
    assert "dengang: Asta Klitvang spørges om at være kriseleder" in said.err
    assert said.err.count("Regel ændret") == 1
    found = cli("drill", "replay", NAME, "--verify", "--playbooks", kept, "--json").json
    assert found["same"] is False
    assert found["rules_changed"] == [{"place": "limits.yaml: role_answer_minutes", "then": 10, "now": 5}]
    first = found["differences"][0]
    assert (first["type"], first["fields"][0]["field"]) == ("role_offered", "answer_before")


def test_what_if_is_a_table_and_no_failure(cli: Cli, kept: Path) -> None:
    said = cli("drill", "replay", NAME, "--playbooks", kept)
    assert (said.code, said.out) == (0, f"{NAME}: de andre regler ændrer ingen beslutning.\n")
    slower(kept)
    said = cli("drill", "replay", NAME, "--playbooks", kept)
    assert said.code == 0
    assert "Hvad nu hvis: Kog vandet i Mølleå" in said.out
    assert "med reglerne i dag:" in said.out
    assert "deadline_set" not in said.out


def test_decisions_that_are_missing_broken_or_of_another_recording_are_told(cli: Cli, kept: Path) -> None:
    path = kept / "drills" / NAME / "decisions.ndjson"
    verify = ("drill", "replay", NAME, "--verify", "--playbooks", kept)
    recording = path.with_name("recording.yaml")
    text = recording.read_text(encoding="utf-8")
    recording.write_text(text.replace("Skovbæk var en fejl og er rettet.", "Skovbæk er rettet."), encoding="utf-8")
    said = cli(*verify)
    assert (said.code, "hører til en anden udgave af optagelsen" in said.err) == (1, True)
    recording.write_text(text, encoding="utf-8")
    path.write_text(path.read_text(encoding="utf-8")[:-40], encoding="utf-8")
    said = cli(*verify)
    assert (said.code, "kan ikke læses" in said.err, "Traceback" in said.err) == (1, True, False)
    path.unlink()
    said = cli(*verify)
    assert (said.code, "mangler i drikkevand-2022/decisions.ndjson" in said.err) == (1, True)
