"""The after-action report as files: PDF, Excel and JSON, in Danish whatever language the screen has.

Rule kept: they are made of the same report as the page, and open to the same people.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from functools import partial

from starlette.exceptions import HTTPException
from starlette.responses import Response

from ddh_beredskab.reports.drill_report import Teller, drill_report_excel, drill_report_pdf
from ddh_beredskab.reports.tables import EXCEL
from ddh_beredskab.web.evaluation_reading import evaluation, head_here
from ddh_beredskab.web.pages.evaluation import AREA
from ddh_beredskab.web.rendering import names_in, words_in
from ddh_beredskab.web.site import Page
from ddh_beredskab.web.views import role_name
from ddh_beredskab.web.visit import Visit
from schemas.drill_evaluation import DrillEvaluation


async def _told(visit: Visit) -> DrillEvaluation:
    told = await evaluation(visit, await head_here(visit))
    if told is None:
        raise HTTPException(404)
    return told


async def _teller(visit: Visit) -> Teller:
    names = names_in("da", await visit.site.people.environment.names() | await visit.environment.names())
    return Teller(words_in("da"), names.person, partial(role_name, visit.site.playbooks), names.plain)


async def pdf(visit: Visit) -> Response:
    """On paper."""
    told, teller = await _told(visit), await _teller(visit)
    made = await asyncio.to_thread(drill_report_pdf, told, teller, at=datetime.now(UTC))
    return _file(told, made, "application/pdf", "pdf", inline=True)


async def xlsx(visit: Visit) -> Response:
    """As a workbook."""
    told, teller = await _told(visit), await _teller(visit)
    return _file(told, await asyncio.to_thread(drill_report_excel, told, teller), EXCEL, "xlsx")


async def json(visit: Visit) -> Response:
    """After `schemas/published/drill-evaluation.v1.json`."""
    told = await _told(visit)
    return _file(told, told.model_dump_json(indent=2).encode(), "application/json", "json")


def _file(told: DrillEvaluation, made: bytes, kind: str, ending: str, *, inline: bool = False) -> Response:
    name = f"evaluering-{told.environment.replace('.', '-')}.{ending}"
    how = "inline" if inline else "attachment"
    headers = {"Content-Disposition": f'{how}; filename="{name}"', "Cache-Control": "no-store"}
    return Response(made, media_type=kind, headers=headers)


PAGES = (
    Page("GET", f"{AREA}.pdf", pdf),
    Page("GET", f"{AREA}.xlsx", xlsx),
    Page("GET", f"{AREA}.json", json),
)
