"""`training`: courses from a file, who is overdue, and the year's calendar, without a browser."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Cli


def test_courses_are_taken_once_and_who_is_overdue_is_listed_first(cli: Cli, tmp_path: Path) -> None:
    cli("people", "add", "Bo Prøve", "--role", "call_agent", "--data", tmp_path)
    cli("people", "add", "Lis Prøve", "--role", "log_keeper", "--data", tmp_path)
    file = tmp_path / "kurser.csv"
    file.write_text("navn;kursus;dato\nBo Prøve;DDH Beredskab;20-11-2025\nUkendt;Medlyt;20-11-2025\n", encoding="utf-8")
    said = cli("training", "import", file, "--data", tmp_path)
    assert (said.code, "Læst ind: 1 nye" in said.out) == (0, True), said.err
    assert "Linje 3 i filen er sprunget over: Ukendt kender vi ikke" in said.err
    again = cli("training", "import", file, "--data", tmp_path, "--json").json
    assert (again["new"], again["known"], [each["line"] for each in again["skipped"]]) == (0, 1, [3])

    listed = cli("training", "list", "--overdue", "--data", tmp_path, "--json").json["lines"]
    assert {(each["name"], each["what"], each["state"]) for each in listed} == {
        ("Lis Prøve", "drill", "never"),
        ("Bo Prøve", "listened_in", "never"),
    }
    assert "logfører" in cli("training", "list", "--data", tmp_path).out

    to = tmp_path / "plan.ics"
    assert cli("training", "calendar", "--to", to, "--data", tmp_path, "--json").json["drills"] == 1
    assert "SUMMARY:Øvelse: logfører" in to.read_text(encoding="utf-8")


def test_what_cannot_be_read_or_written_is_one_sentence(cli: Cli, tmp_path: Path) -> None:
    cli("people", "add", "Bo Prøve", "--data", tmp_path)
    assert cli("training", "import", tmp_path / "ingen.csv", "--data", tmp_path).code == 1
    assert cli("training", "calendar", "--to", tmp_path / "ingen" / "x.ics", "--data", tmp_path).code == 1
    assert "Ingen mangler" in cli("training", "list", "--overdue", "--data", tmp_path).out
