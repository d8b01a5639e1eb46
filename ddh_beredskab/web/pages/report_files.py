"""The questions as files: a report as PDF and JSON, the reports and the counts as CSV and Excel.

Rules kept: whoever is outside the staff gets a file in which small counts are hidden, as on the page; the counts per
five minutes and municipality are nearly all small, so they are for the staff; no texts and no agents are in any table.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from starlette.exceptions import HTTPException
from starlette.responses import Response

from ddh_beredskab.projections.documents import document
from ddh_beredskab.projections.feedback_reports import FEEDBACK_REPORTS
from ddh_beredskab.reports.feedback_pdf import Charts, charts, feedback_pdf
from ddh_beredskab.reports.feedback_report import ReportRead, read_report, report_of
from ddh_beredskab.reports.feedback_tables import read_windows, report_sheet, window_sheet
from ddh_beredskab.reports.tables import CSV, EXCEL, Sheet, as_csv, as_excel, marked
from ddh_beredskab.web.acting import CRISIS
from ddh_beredskab.web.rendering import names_in, words_in
from ddh_beredskab.web.site import Page
from ddh_beredskab.web.visit import Visit
from ddh_beredskab.web.words import Words
from schemas.feedback_report import FeedbackReport

AREA = f"{CRISIS}/spoergsmaal"
REPORT = f"{AREA}/tilbagemelding/{{number}}"


async def report_read(visit: Visit, asked: str) -> tuple[ReportRead, int] | None:
    """The report of that number and how many there are; null when there is none of that number."""
    if not asked.isdecimal() or len(asked) > 6 or int(asked) < 1:
        return None
    name, crisis, number = visit.environment.name, visit.crisis, int(asked)
    limits = visit.site.playbooks.limits
    doc = await visit.environment.read(lambda conn: document(conn, FEEDBACK_REPORTS, crisis))
    read = await visit.environment.read(lambda conn: read_report(conn, name, crisis, number, limits))
    return (read, len(doc["reports"])) if read is not None and doc is not None else None


def charts_of(told: FeedbackReport, words: Words) -> Charts:
    """The report's two charts in a language."""
    return charts(told, words)


async def _told(visit: Visit) -> FeedbackReport:
    found = await report_read(visit, str(visit.request.path_params["number"]))
    if found is None:
        raise HTTPException(404)
    staff = visit.audience == "staff"
    return await asyncio.to_thread(report_of, found[0], visit.site.playbooks, staff=staff)


async def pdf(visit: Visit) -> Response:
    """The report on paper, in Danish whatever language the screen has."""
    told, names = await _told(visit), names_in("da", await visit.environment.names())
    made = await asyncio.to_thread(feedback_pdf, told, words_in("da"), names.plain, at=datetime.now(UTC))
    return _file(visit, made, "application/pdf", f"tilbagemelding-{told.number}.pdf", inline=True)


async def json(visit: Visit) -> Response:
    """The report after `schemas/published/feedback-report.v1.json`."""
    told = await _told(visit)
    made = told.model_dump_json(indent=2).encode()
    return _file(visit, made, "application/json", f"tilbagemelding-{told.number}.json")


async def reports(visit: Visit) -> Response:
    """All reports, one line a topic."""
    crisis, staff = visit.crisis, visit.audience == "staff"
    doc = await visit.environment.read(lambda conn: document(conn, FEEDBACK_REPORTS, crisis))
    kind = (visit.situation or {}).get("kind")
    sheet = report_sheet(doc, visit.site.playbooks, kind, words_in("da"), staff=staff)
    return await _table(visit, sheet, "tilbagemeldinger")


async def windows(visit: Visit) -> Response:
    """The counts of every window."""
    crisis = visit.crisis
    rows = await visit.environment.read(lambda conn: read_windows(conn, crisis))
    kind = (visit.situation or {}).get("kind")
    return await _table(visit, window_sheet(rows, visit.site.playbooks, kind, words_in("da")), "spoergsmaal")


async def _table(visit: Visit, sheet: Sheet, name: str) -> Response:
    if visit.drill:
        sheet = marked(sheet, words_in("da").t("site.drill"), words_in("da").t("site.drill_band"))
    if visit.request.url.path.endswith(".xlsx"):
        made = await asyncio.to_thread(as_excel, [sheet])
        return _file(visit, made, EXCEL, f"{name}.xlsx")
    return _file(visit, as_csv(sheet), CSV, f"{name}.csv")


def _file(visit: Visit, made: bytes, kind: str, name: str, *, inline: bool = False) -> Response:
    drill = "" if visit.environment.name == "drift" else "oevelse-"
    how = "inline" if inline else "attachment"
    headers = {"Content-Disposition": f'{how}; filename="{drill}{name}"', "Cache-Control": "no-store"}
    return Response(made, media_type=kind, headers=headers)


PAGES = (
    Page("GET", f"{REPORT}/pdf", pdf),
    Page("GET", f"{REPORT}/json", json),
    Page("GET", f"{AREA}/tilbagemeldinger.csv", reports),
    Page("GET", f"{AREA}/tilbagemeldinger.xlsx", reports),
    Page("GET", f"{AREA}/tal.csv", windows),
    Page("GET", f"{AREA}/tal.xlsx", windows),
)
