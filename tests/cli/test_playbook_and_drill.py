"""Mistakes in what people write: playbooks and recordings, told with file and line, before anything is started."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.conftest import Cli, spoil

SHORT = 14
"""So many inputs of the surge make the short drill: the report, a proposal, votes, one of them barred."""


def test_good_playbooks_have_no_mistakes(cli: Cli, playbooks: Path) -> None:
    assert cli("playbook", "check", playbooks).code == 0
    said = cli("playbook", "check", "--json")
    assert said.json["ok"] is True
    assert {"laegeskift-2026", "stormflod-2023", "stroemsvigt-2026"} <= set(said.json["drills"])


def test_a_slip_in_a_playbook_is_told_with_file_and_line(cli: Cli, playbooks: Path, tmp_path: Path) -> None:
    line = spoil(playbooks / "limits.yaml", "value:", "vaule:")
    said = cli("playbook", "check", playbooks)
    assert said.code == 1
    assert f"limits.yaml:{line}: " in said.err
    said = cli("up", "--playbooks", playbooks, "--data", tmp_path / "data")
    assert said.code == 1
    assert f"limits.yaml:{line}: " in said.err
    assert not (tmp_path / "data").exists()


def test_a_slip_in_a_playbook_as_json_has_its_place(cli: Cli, playbooks: Path) -> None:
    line = spoil(playbooks / "limits.yaml", "value:", "vaule:")
    error = cli("playbook", "check", playbooks, "--json").json["error"]
    assert error["code"] == "playbook"
    assert error["place"].endswith(f"limits.yaml:{line}")


def test_drills_are_listed(cli: Cli) -> None:
    assert "stormflod-2023" in cli("drill", "list").out
    drills = {each["name"]: each for each in cli("drill", "list", "--json").json["drills"]}
    assert drills["stormflod-2023"]["inputs"] > 1000
    assert all(each["problem"] is None for each in drills.values())


def test_an_unknown_drill_is_told_with_those_that_are_known(cli: Cli, tmp_path: Path) -> None:
    said = cli("drill", "run", "stormflod-2032", "--fast", "--data", tmp_path / "data")
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith('Der er ingen øvelse, der hedder "stormflod-2032". Du kan vælge mellem: ')
    assert "stormflod-2023" in said.err
    assert not (tmp_path / "data").exists()


def test_a_broken_recording_is_told_with_file_and_line(cli: Cli, playbooks: Path, tmp_path: Path) -> None:
    recording = playbooks / "drills" / "stormflod-2023" / "recording.yaml"
    line = spoil(recording, "do: cast_vote", "do: cast_vot")
    drill = ("drill", "run", "stormflod-2023", "--playbooks", playbooks, "--data", tmp_path / "data", "--fast")
    said = cli(*drill)
    assert said.code == 1
    assert f"stormflod-2023/recording.yaml:{line}: " in said.err
    error = cli(*drill, "--json").json["error"]
    assert (error["code"], error["place"]) == ("broken_recording", f"stormflod-2023/recording.yaml:{line}")
    assert not (tmp_path / "data").exists()
    assert "kan ikke spilles" in cli("drill", "list", "--playbooks", playbooks).out


def test_a_question_on_a_topic_the_playbook_does_not_know_is_told(cli: Cli, playbooks: Path) -> None:
    line = spoil(playbooks / "drills" / "stormflod-2023" / "questions.csv", ",sommerhus,", ",somerhus,")
    said = cli("playbook", "check", playbooks)
    assert said.code == 1
    assert f'stormflod-2023/questions.csv:{line}: Emnet "somerhus"' in said.err


def test_speed_and_fast_exclude_each_other(cli: Cli) -> None:
    assert "enten --speed eller --fast" in cli("drill", "run", "stormflod-2023", "--fast", "--speed", "5").err


@pytest.mark.timeout(300)
@pytest.mark.usefixtures("tansu")
def test_a_drill_is_run_finished_and_run_again_as_another(cli: Cli, playbooks: Path, tmp_path: Path) -> None:
    """Its own broker and worker, the real stream agents; a short one, cut from the surge."""
    shorten(playbooks / "drills" / "stormflod-2023")
    drill = (
        "drill",
        "run",
        "stormflod-2023",
        "--fast",
        "--playbooks",
        playbooks,
        "--data",
        tmp_path / "data",
        "--json",
    )
    first = cli(*drill)
    assert first.code == 1
    assert first.err == "Øvelsen endte som Forvarsel. Den skulle ende som Afsluttet.\n"
    assert first.json["phase"] == "warned"
    recording = playbooks / "drills" / "stormflod-2023" / "recording.yaml"
    text = recording.read_text(encoding="utf-8")
    recording.write_text(text.replace("ends: [deactivated]", "ends: [warned]"), encoding="utf-8")
    second = cli(*drill)
    assert (second.code, second.err) == (0, "")
    assert (first.json["lost"], first.json["doubled"], first.json["log"]["chain_ok"]) == (0, 0, True)
    assert second.json["decisions_sha256"] == first.json["decisions_sha256"]
    listed = cli("crisis", "list", "--data", tmp_path / "data", "--json").json["crises"]
    assert [each["environment"] for each in listed] == ["oevelse.stormflod-2023-1", "oevelse.stormflod-2023-2"]
    crisis = listed[0]["crisis_id"]
    said = cli("crisis", "show", crisis, "--data", tmp_path / "data")
    assert "Vælg et med --environment" in said.err  # two drills of one recording have the same crisis
    assert cli("log", "verify", "--data", tmp_path / "data").code == 0


def shorten(folder: Path) -> None:
    """Keep the first inputs and no questions."""
    recording, questions = folder / "recording.yaml", folder / "questions.csv"
    text = recording.read_text(encoding="utf-8")
    starts = [match.start() for match in re.finditer(r"^  - at:", text, re.MULTILINE)]
    recording.write_text(text[: starts[SHORT]], encoding="utf-8")
    questions.write_text(questions.read_text(encoding="utf-8").splitlines(keepends=True)[0], encoding="utf-8")
