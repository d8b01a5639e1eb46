"""The report to the municipality: the surge's gaps within two intervals, small counts hidden, the same on paper."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZipFile

import jsonschema
import pytest

from ddh_beredskab.core.feedback.outside import hidden
from ddh_beredskab.projections.documents import document
from ddh_beredskab.projections.feedback_reports import FEEDBACK_REPORTS
from ddh_beredskab.reports.feedback_pdf import charts, feedback_pdf
from ddh_beredskab.reports.feedback_report import read_report, report_of
from ddh_beredskab.reports.feedback_tables import read_windows, report_sheet, window_sheet
from ddh_beredskab.reports.tables import Sheet, as_csv, as_excel
from ddh_beredskab.web.rendering import words_in
from schemas.feedback_report import FeedbackReport, ReportedGap
from tests.projections.conftest import surge, surge_at_night
from tests.projections.stage import ROOT, Stage

__all__ = ["surge", "surge_at_night"]

WORDS = words_in("da")


def told(stage: Stage, number: int, *, staff: bool) -> FeedbackReport:
    limits = stage.playbooks.limits
    read = stage.read(lambda conn: read_report(conn, stage.environment, stage.crisis, number, limits))
    assert read is not None
    return report_of(read, stage.playbooks, staff=staff)


def gap(report: FeedbackReport, topic: str) -> ReportedGap:
    return next(each for each in report.gaps if each.topic == topic)


def asked(gap: ReportedGap) -> str:
    return " ".join(each.text.lower() for each in gap.questions)


def test_siren_wrong_link_and_powerless_medical_equipment_are_found_within_two_intervals(surge: Stage) -> None:
    """The siren sounds at 00.06; the first report goes out at 00.50, the second at 01.50."""
    siren = datetime.fromisoformat("2023-10-21T00:06+02:00")
    first, second = told(surge, 1, staff=True), told(surge, 2, staff=True)
    assert (second.issued_at - siren).total_seconds() < 2 * 3600
    warning = gap(first, "varsling-link")
    assert "siren" in asked(warning)
    assert "link" in asked(warning)
    assert warning.unanswered is not None
    assert warning.first_asked_at is not None
    assert warning.first_asked_at < first.issued_at
    equipment = gap(second, "medicinsk-udstyr")
    assert {"strøm", "iltapparat"} & set(asked(equipment).replace(".", " ").replace(",", " ").split())
    outside = gap(told(surge, 1, staff=False), "varsling-link")
    assert "siren" in asked(outside)
    assert "link" in asked(outside)


def test_a_report_says_the_same_after_the_crisis_as_on_the_night(surge: Stage, surge_at_night: Stage) -> None:
    then, later = told(surge_at_night, 1, staff=True), told(surge, 1, staff=True)
    later_on = {"proposals", "received_at", "over_time"}
    assert then.model_dump(exclude=later_on) == later.model_dump(exclude=later_on)


@pytest.mark.parametrize("number", range(1, 21))
def test_nothing_small_leaves_the_crisis_staff(surge: Stage, number: int) -> None:
    least = surge.playbooks.limits.hide_counts_under
    report = told(surge, number, staff=False)
    assert report.hidden_under == least
    counts = [report.total, report.previous_total, report.late]
    counts += [n for t in report.topics for n in (t.total, t.previous, t.unanswered, t.transferred, t.urgent)]
    counts += [n.total for n in report.over_time] + [g.unanswered for g in report.gaps]
    counts += [p.unanswered for p in report.proposals] + [w.count for w in report.words]
    counts += [q.count for q in (*report.questions, *(q for g in report.gaps for q in g.questions))]
    assert not [n for n in counts if n is not None and 0 < n < least]
    if report.total is not None:
        assert [t.total for t in report.topics].count(None) != 1, "one alone could be worked out from the sum"


def test_a_count_that_the_sum_would_tell_is_hidden_too() -> None:
    assert hidden([40, 12, 3, 0], 5) == [40, None, None, 0]
    assert hidden([40, 12, 3, 2], 5) == [40, 12, None, None]
    assert hidden([3], 5) == [None]
    assert hidden([40, 3, 2], 1) == [40, 3, 2]


def test_last_times_proposals_come_back_with_what_became_of_them(surge: Stage) -> None:
    effects = {each.topic: each for each in told(surge, 4, staff=True).effects}
    assert effects["stroem"].status == "rejected"
    assert effects["stroem"].because == "Netselskabet giver ingen tider om natten."
    answered = next(each for each in told(surge, 2, staff=True).effects if each.version is not None)
    assert answered.status == "done"


def test_the_json_is_as_published(surge: Stage) -> None:
    schema = json.loads((ROOT / "schemas" / "published" / "feedback-report.v1.json").read_text(encoding="utf-8"))
    for number in (1, 2, 20):
        made = json.loads(told(surge, number, staff=False).model_dump_json())
        jsonschema.validate(made, schema)
        assert "agent" not in json.dumps(made)


def test_the_paper_is_a_tagged_pdf_and_its_charts_have_no_bar_for_what_is_hidden(surge: Stage) -> None:
    report = told(surge, 2, staff=False)
    made = feedback_pdf(report, WORDS, lambda text: text, at=datetime(2026, 11, 22, 9, tzinfo=UTC))
    assert made.startswith(b"%PDF")
    assert b"pdfuaid" in made
    bars = charts(report, WORDS).topics
    shown = sum(n is not None for t in report.topics[:12] for n in (t.total, t.previous))
    assert bars.count("<rect") == shown + 2  # and the two of the legend
    empty = told(surge, 20, staff=False)
    assert feedback_pdf(empty, WORDS, lambda text: text, at=datetime(2026, 11, 22, 9, tzinfo=UTC))


def test_the_counts_of_the_windows_add_up_and_hold_no_text_and_no_agent(surge: Stage) -> None:
    rows = surge.read(lambda conn: read_windows(conn, surge.crisis))
    sheet = window_sheet(rows, surge.playbooks, "stormflod", WORDS)
    made = as_csv(sheet)
    assert made.startswith(b"\xef\xbb\xbf")
    lines = list(csv.DictReader(io.StringIO(made.decode("utf-8-sig")), delimiter=";"))
    doc = surge.read(lambda conn: document(conn, FEEDBACK_REPORTS, surge.crisis))
    assert doc is not None
    assert sum(int(line["Antal"]) for line in lines) == sum(r["total"] + r["late"] for r in doc["reports"])
    assert b"agent-" not in made


def test_the_table_of_reports_hides_small_counts_outside_the_staff(surge: Stage) -> None:
    doc = surge.read(lambda conn: document(conn, FEEDBACK_REPORTS, surge.crisis))
    outside = report_sheet(doc, surge.playbooks, "stormflod", WORDS, staff=False)
    inside = report_sheet(doc, surge.playbooks, "stormflod", WORDS, staff=True)
    assert len(outside.rows) == len(inside.rows)
    for row in outside.rows:
        assert not [cell for cell in row[5:11] if isinstance(cell, int) and 0 < cell < 5]
        answered = list(row[6:9])
        assert answered.count("under 5") != 1 or sum(1 for cell in answered if cell) == 1
    assert any("under 5" in row for row in outside.rows)
    assert not any("under 5" in row for row in inside.rows)


def test_no_cell_is_a_formula(tmp_path: Path) -> None:
    sheet = Sheet("Prøve", ("=head", "n"), [("=1+1", -4), ("@SUM(A1)", 1.5), ("+45", None), ("tekst", 2)])
    lines = as_csv(sheet).decode("utf-8-sig").splitlines()
    assert lines == ["'=head;n", "'=1+1;-4", "'@SUM(A1);1,50", "'+45;", "tekst;2"]
    with ZipFile(io.BytesIO(as_excel([sheet]))) as book:
        page = book.read("xl/worksheets/sheet1.xml").decode()
        texts = book.read("xl/sharedStrings.xml").decode()
    assert "<f>" not in page
    assert "=1+1" in texts
    assert "<v>-4</v>" in page


def test_new_words_are_shown_as_people_say_them(surge: Stage) -> None:
    words = {each.word for number in range(1, 6) for each in told(surge, number, staff=True).words}
    assert words
    assert not words & surge.playbooks.understanding.stop_words.all()
