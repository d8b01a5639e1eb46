"""Reports and counts as files by command line: small counts stay with the staff."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.cli.conftest import Cli
from tests.projections.conftest import surge_at_night
from tests.projections.stage import Stage

__all__ = ["surge_at_night"]


@pytest.fixture
def data(surge_at_night: Stage) -> Path:
    """The surge when two reports have gone out. It is only read."""
    return Path(surge_at_night.database.path).parents[2]


@pytest.fixture
def crisis(surge_at_night: Stage) -> str:
    return surge_at_night.crisis


def test_a_report_is_written_as_pdf_and_json_with_small_counts_hidden(
    cli: Cli, data: Path, crisis: str, tmp_path: Path
) -> None:
    pdf, file = tmp_path / "en.pdf", tmp_path / "en.json"
    said = cli("feedback", "report", crisis, "--out", pdf, "--number", "1", "--data", data)
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("Tilbagemelding 1 er skrevet til")
    assert pdf.read_bytes().startswith(b"%PDF")
    assert cli("feedback", "report", crisis, "--out", file, "--number", "1", "--data", data).code == 0
    told = json.loads(file.read_text(encoding="utf-8"))
    assert (told["number"], told["hidden_under"]) == (1, 5)
    assert cli("feedback", "report", crisis, "--out", file, "--staff", "--data", data).code == 0
    assert json.loads(file.read_text(encoding="utf-8"))["hidden_under"] is None


def test_reports_are_a_table_and_the_windows_are_for_the_staff(
    cli: Cli, data: Path, crisis: str, tmp_path: Path
) -> None:
    table, book = tmp_path / "en.csv", tmp_path / "en.xlsx"
    assert cli("feedback", "export", crisis, "--out", table, "--data", data).code == 0
    rows = list(csv.reader(table.read_text(encoding="utf-8-sig").splitlines(), delimiter=";"))
    assert rows[0][0] == "Tilbagemelding"
    assert any("under 5" in row for row in rows)
    said = cli("feedback", "export", crisis, "--what", "tal", "--out", book, "--data", data)
    assert (said.code, book.exists()) == (1, False)
    assert "--staff" in said.err
    assert cli("feedback", "export", crisis, "--what", "tal", "--staff", "--out", book, "--data", data).code == 0
    assert book.read_bytes().startswith(b"PK")


@pytest.mark.parametrize("arguments", [("--out", "x.doc"), ("--out", "x.pdf", "--number", "99")])
def test_what_cannot_be_is_one_sentence(
    cli: Cli, data: Path, crisis: str, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    named = [str(tmp_path / each) if each.startswith("x.") else each for each in arguments]
    said = cli("feedback", "report", crisis, *named, "--data", data)
    assert said.code == 1
    assert len(said.err.strip().splitlines()) == 1
    assert not list(tmp_path.glob("x.*"))
