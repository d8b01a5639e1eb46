"""On paper: the crisis as a PDF made now, where the kept file lies, and how one goes on writing by hand."""

from __future__ import annotations

from datetime import UTC, datetime

import structlog
from starlette.responses import Response

from ddh_beredskab.projections.read_model import Json
from ddh_beredskab.reports.paper import next_numbers
from ddh_beredskab.reports.press import PressFailed
from ddh_beredskab.web.acting import CRISIS
from ddh_beredskab.web.reading import read_entries
from ddh_beredskab.web.site import Page
from ddh_beredskab.web.visit import Visit

log = structlog.stdlib.get_logger(__name__)


async def page(visit: Visit) -> Response:
    """What there is, where it lies, and when it was written."""
    name, crisis = visit.environment.name, visit.crisis
    read = await visit.read()
    count = read.log["entries"] if read.log else 0
    entries: list[Json] = await visit.environment.read(lambda conn: read_entries(conn, crisis, 1, count))
    series, number = next_numbers(entry["paper_number"] for entry in entries)
    file = visit.site.papers.file_of(name, crisis)
    written = datetime.fromtimestamp(file.stat().st_mtime, UTC) if file is not None and file.exists() else None
    return visit.page(
        "papers/page.html",
        visit.words.t("paper.heading"),
        file=file,
        written=written,
        wall=datetime.now(UTC),
        trouble=visit.site.papers.trouble(name, crisis),
        over=read.situation["phase"] in ("deactivated", "evaluated", "declined"),
        next_number=f"P{series}-{number}",
        entries=count,
    )


async def paper(visit: Visit) -> Response:
    """The PDF as it is at this moment."""
    try:
        made = await visit.site.papers.paper(visit.environment, visit.crisis)
    except (OSError, PressFailed) as error:
        log.warning("paper could not be made", crisis=visit.crisis, error=repr(error))
        return visit.page("error.html", visit.words.t("paper.not_made"), status=503, hint=_older(visit))
    headers = {"Content-Disposition": f'inline; filename="{visit.crisis}.pdf"', "Cache-Control": "no-store"}
    return Response(made, media_type="application/pdf", headers=headers)


def _older(visit: Visit) -> str:
    """Where the paper from before lies, for somebody who needs one now."""
    file = visit.site.papers.file_of(visit.environment.name, visit.crisis)
    if file is None or not file.exists():
        return visit.words.t("paper.not_made_hint")
    return visit.words.t("paper.not_made_file", file=file)


PAGES = (
    Page("GET", f"{CRISIS}/papir", page, tab="tab.paper", order=80),
    Page("GET", f"{CRISIS}/papir.pdf", paper),
)
