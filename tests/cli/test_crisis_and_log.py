"""Reading a crisis and its log, and proving that nobody has changed the log."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import ENVIRONMENT, Cli


def test_without_any_journal_there_are_no_crises(cli: Cli, tmp_path: Path) -> None:
    assert cli("crisis", "list", "--data", tmp_path).out == "Der er ingen kriser.\n"
    assert cli("crisis", "list", "--data", tmp_path, "--json").json == {"crises": []}


def test_crises_of_all_environments_are_listed(cli: Cli, data: Path, crisis: str) -> None:
    said = cli("crisis", "list", "--data", data)
    assert crisis in said.out
    assert "Forvarsel" in said.out
    (line,) = cli("crisis", "list", "--data", data, "--json").json["crises"]
    assert (line["crisis_id"], line["environment"], line["phase"]) == (crisis, ENVIRONMENT, "warned")


def test_the_data_folder_may_come_from_the_environment(
    cli: Cli, data: Path, crisis: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DDH_DATA", str(data))
    assert crisis in cli("crisis", "list").out


def test_a_crisis_is_found_in_whichever_environment_it_is(cli: Cli, data: Path, crisis: str) -> None:
    said = cli("crisis", "show", crisis, "--data", data)
    assert said.code == 0
    assert said.out.startswith("ØVELSE Varslet stormflod ved Strandby\n")
    assert "Fase: Forvarsel" in said.out
    assert "udført   1. En leder i den berørte kommune" in said.out
    found = cli("crisis", "show", crisis, "--data", data, "--json").json
    assert found["drill"] is True
    assert found["score"]["recommendation"] == "warn"
    assert len(found["steps"]) == 14


def test_a_crisis_nobody_knows_is_told_with_the_nearest_one(cli: Cli, data: Path, crisis: str) -> None:
    said = cli("crisis", "show", crisis[:-1], "--data", data)
    assert said.code == 1
    assert f"Mente du {crisis}?" in said.err
    assert cli("crisis", "show", "x", "--data", data, "--json").json["error"]["code"] == "no_crisis"


def test_a_crisis_in_two_environments_is_never_guessed_at(cli: Cli, data: Path, crisis: str) -> None:
    shutil.copytree(data / "oevelse" / "surge", data / "oevelse" / "surge-2")
    said = cli("log", "show", crisis, "--data", data)
    assert said.code == 1
    assert "oevelse.surge, oevelse.surge-2" in said.err
    assert cli("log", "show", crisis, "--data", data, "--environment", "oevelse.surge-2").code == 0


def test_an_environment_nobody_knows_is_told_with_those_there_are(cli: Cli, data: Path, crisis: str) -> None:
    said = cli("crisis", "show", crisis, "--data", data, "--environment", "drift")
    assert (said.code, ENVIRONMENT in said.err) == (1, True)


def test_a_folder_without_journals_says_what_to_do(cli: Cli, tmp_path: Path) -> None:
    said = cli("log", "show", "x", "--data", tmp_path)
    assert (said.code, "--data" in said.err) == (1, True)


def test_the_log_is_shown_with_names_and_in_order(cli: Cli, data: Path, crisis: str) -> None:
    lines = cli("log", "show", crisis, "--data", data).out.splitlines()
    numbers = [int(line.split()[0]) for line in lines]
    assert numbers == list(range(1, len(lines) + 1))
    assert "Beslutning  Henrik Brisager: Henrik Brisager stemmer for." in "\n".join(lines)
    assert "[fordi: Kommunen har ikke bedt om det" in "\n".join(lines)  # an undladelse says why
    entries = cli("log", "show", crisis, "--data", data, "--json").json["entries"]
    assert [entry["number"] for entry in entries] == numbers


def test_an_exported_log_is_verified_and_one_changed_byte_is_named(cli: Cli, data: Path, crisis: str) -> None:
    file = data / "log.ndjson"
    said = cli("log", "export", crisis, "--out", file, "--data", data, "--json").json
    assert cli("log", "verify", file).code == 0
    assert cli("log", "verify", file, "--head", said["head"], "--json").json["ok"] is True
    lines = file.read_bytes().splitlines(keepends=True)
    changed = bytearray(lines[5])
    changed[len(changed) // 2] ^= 1
    lines[5] = bytes(changed)
    file.write_bytes(b"".join(lines))
    said = cli("log", "verify", file)
    assert said.code == 1
    assert said.err.startswith(f"{file}:6: Post 5 på linje 6: ")
    error = cli("log", "verify", file, "--json").json["error"]
    assert (error["code"], error["place"]) == ("log_changed", f"{file}:6")


def test_a_log_made_anew_is_found_by_the_head_kept_elsewhere(cli: Cli, data: Path, crisis: str) -> None:
    file = data / "log.ndjson"
    cli("log", "export", crisis, "--out", file, "--data", data)
    said = cli("log", "verify", file, "--head", "0" * 64)
    assert (said.code, "Hele loggen er lavet om" in said.err) == (1, True)


def test_the_journals_own_chains_are_verified_without_a_file(cli: Cli, data: Path) -> None:
    assert cli("log", "verify", "--data", data).out == f"Alle kæder er uændrede: {ENVIRONMENT}.\n"
    assert cli("log", "verify", "--data", data, "--head", "0").code == 1


@pytest.mark.parametrize("name", ["no-such-file", "."])
def test_a_log_file_that_is_none_is_told(cli: Cli, data: Path, name: str) -> None:
    said = cli("log", "verify", data / name)
    assert (said.code, "Er stien rigtig?" in said.err) == (1, True)


def test_exporting_to_a_folder_or_nowhere_is_told(cli: Cli, data: Path, crisis: str) -> None:
    for target in (data, data / "none" / "log.ndjson"):
        said = cli("log", "export", crisis, "--out", target, "--data", data)
        assert (said.code, str(target) in said.err, "Er stien rigtig?" in said.err) == (1, True, True)


def test_a_disk_that_fills_up_leaves_no_half_log_and_keeps_the_old_one(data: Path, crisis: str, tmp_path: Path) -> None:
    """The limit leaves room for SQLite's own small files, not for the log."""
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "log.ndjson").write_text("the old one")
    words = ["log", "export", crisis, "--out", str(folder / "log.ndjson"), "--data", str(data), "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "tests.cli.limited", "33000", *words], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert json.loads(done.stdout)["error"]["code"] == "disk_full"
    assert [each.name for each in folder.iterdir()] == ["log.ndjson"]
    assert (folder / "log.ndjson").read_text() == "the old one"
