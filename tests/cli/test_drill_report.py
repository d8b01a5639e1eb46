"""`drill report`: the after-action report of a drill as files, right about what the journal holds."""

from __future__ import annotations

from pathlib import Path

from schemas.drill_evaluation import DrillEvaluation, Measured, NotMeasured
from tests.cli.conftest import ENVIRONMENT, Cli


def test_a_report_is_written_in_three_forms(cli: Cli, played: tuple[Path, str], data: Path, tmp_path: Path) -> None:
    out = tmp_path / "rapport"
    said = cli("drill", "report", ENVIRONMENT, "--to", out, "--data", data)
    assert (said.code, said.err) == (0, "")
    assert "mål nået" in said.out
    files = {file.suffix: file for file in out.iterdir()}
    assert set(files) == {".pdf", ".xlsx", ".json"}
    assert b"pdfuaid" in files[".pdf"].read_bytes()
    told = DrillEvaluation.model_validate_json(files[".json"].read_text("utf-8"))
    scores = {each.key: each.result for each in told.crises[0].scores}
    decision = scores["decision"]
    assert isinstance(decision, Measured)
    assert (decision.value, decision.verdict, decision.entries) == (13, "reached", (13,)), "the forewarning"
    assert scores["first_message"] == NotMeasured(why="did_not_happen"), "it is evening, and nothing is active yet"


def test_an_unknown_drill_is_named(cli: Cli, played: tuple[Path, str], data: Path) -> None:
    said = cli("drill", "report", "findes-ikke", "--data", data)
    assert said.code == 1
    assert "oevelse.findes-ikke" in said.err
