"""The after-action report on paper and in Excel: tagged, as published, and with nothing the page does not say."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, datetime

import pytest

from ddh_beredskab.drills.aar import compared_recording, drill_head, evaluate
from ddh_beredskab.playbooks.targets import load_targets
from ddh_beredskab.reports.drill_charts import listed, timeline
from ddh_beredskab.reports.drill_report import Teller, drill_report_excel, drill_report_facts, drill_report_pdf
from ddh_beredskab.web.rendering import words_in
from schemas.drill_evaluation import DrillEvaluation, Measured
from tests.projections.stage import ROOT, Stage

AT = datetime(2026, 11, 22, 9, tzinfo=UTC)
WORDS = words_in("da")
TELLER = Teller(WORDS, lambda ref: ref or "", lambda role: role, lambda text: text)


@pytest.fixture
def told(surge_at_night: Stage) -> DrillEvaluation:
    """The surge at 02.25 in the night, still going on."""
    stage, targets = surge_at_night, load_targets(ROOT / "playbooks")
    found = stage.read(
        lambda conn: evaluate(conn, drill_head(conn, stage.environment), stage.playbooks, targets, title="Stormflod")
    )
    assert found is not None
    compared = compared_recording(stage.recording, stage.playbooks, targets, None)
    return found.model_copy(update={"compared": (compared,)})


def test_the_paper_is_tagged_and_says_each_verdict_in_a_word(told: DrillEvaluation) -> None:
    assert b"pdfuaid" in drill_report_pdf(told, TELLER, at=AT)
    facts = drill_report_facts(told, TELLER, at=AT)
    rows = [row for crisis in facts["crises"] for family in crisis["families"] for row in family["rows"]]
    assert len(rows) == len(told.crises[0].scores)
    assert all(row["cells"][1] for row in rows), "a light never stands alone"
    assert facts["running"], "it is not over, and says so"


def test_every_mark_that_stands_out_is_a_row_beneath_the_picture(told: DrillEvaluation) -> None:
    (crisis,) = told.crises
    drawn, label = timeline(told, crisis, WORDS)
    rows = listed(crisis, told)
    assert drawn.count("<circle") == 1 + sum(each.weight == "main" for each in rows), "the legend has one too"
    assert drawn.count("<path") == 1 + sum(each.weight == "late" for each in rows)
    assert f'aria-label="{label}"' in drawn
    assert all(each.entry for each in rows)


def test_the_workbook_has_numbers_as_numbers(told: DrillEvaluation) -> None:
    made = zipfile.ZipFile(io.BytesIO(drill_report_excel(told, TELLER)))
    targets = made.read("xl/worksheets/sheet1.xml").decode()
    assert "<v>13</v>" in targets, "the decision's minutes"


def test_the_json_is_as_published(told: DrillEvaluation) -> None:
    schema = json.loads((ROOT / "schemas" / "published" / "drill-evaluation.v1.json").read_text("utf-8"))
    again = DrillEvaluation.model_validate_json(told.model_dump_json())
    assert again == told
    assert set(schema["required"]) == set(told.model_dump())


def test_no_measure_is_without_entries(told: DrillEvaluation) -> None:
    there = range(1, told.crises[0].entries + 1)
    for each in told.crises[0].scores:
        if isinstance(each.result, Measured):
            assert set(each.result.entries) <= set(there)
