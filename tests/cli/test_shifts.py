"""`shifts import`: the plan from the command line, with its bad rows."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Cli

HEAD = "Navn;Kommune;Fra;Til\n"
GOOD = "Bo Prøve;;23-11-2026 08:00;23-11-2026 16:00\n"


def test_a_plan_is_taken_once_and_bad_rows_are_told_by_line(cli: Cli, tmp_path: Path) -> None:
    cli("people", "add", "Bo Prøve", "--role", "call_agent", "--data", tmp_path)
    file = tmp_path / "plan.csv"
    file.write_text(HEAD + GOOD + "Ukendt;;23-11-2026 08:00;23-11-2026 16:00\n", encoding="cp1252")
    said = cli("shifts", "import", file, "--data", tmp_path)
    assert (said.code, "1 nye vagter" in said.out) == (0, True), said.err
    assert "Linje 3 i filen er sprunget over: Ukendt kender vi ikke" in said.err
    again = cli("shifts", "import", file, "--data", tmp_path, "--json").json
    assert (again["new"], again["known"], [each["line"] for each in again["skipped"]]) == (0, 1, [3])


def test_a_file_that_is_not_there_or_no_plan_is_one_sentence(cli: Cli, tmp_path: Path) -> None:
    cli("people", "add", "Bo Prøve", "--data", tmp_path)
    assert cli("shifts", "import", tmp_path / "ingen.csv", "--data", tmp_path).code == 1
    file = tmp_path / "plan.csv"
    file.write_text("a;b\n1;2\n", encoding="utf-8")
    said = cli("shifts", "import", file, "--data", tmp_path)
    assert (said.code, "i hvilken kolonne" in said.err) == (1, True)
    file.write_text(HEAD + GOOD.replace("Bo Prøve", "Ingen"), encoding="utf-8")
    assert cli("shifts", "import", file, "--data", tmp_path).code == 1
