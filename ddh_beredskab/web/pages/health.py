"""How the system is: a page in plain words, and what monitoring asks for. Works with no broker and no worker."""

from __future__ import annotations

from starlette.responses import PlainTextResponse, Response

from ddh_beredskab.ops.metrics import CONTENT_TYPE
from ddh_beredskab.web.condition import condition, figures
from ddh_beredskab.web.health import readiness
from ddh_beredskab.web.site import Page
from ddh_beredskab.web.visit import Visit


async def live(_visit: Visit) -> Response:
    """The process answers at all."""
    return PlainTextResponse("ok\n")


async def ready(visit: Visit) -> Response:
    """Every journal can be read and has the schema this program knows."""
    is_ready, text = await readiness(visit.site.environments)
    return PlainTextResponse(text, 200 if is_ready else 503)


async def metrics(visit: Visit) -> Response:
    """Figures for Prometheus."""
    return Response(await figures(visit.site.environments), media_type=CONTENT_TYPE)


async def health_page(visit: Visit) -> Response:
    """Places and reasons are for the operator and the secretariat; everybody sees how it is."""
    staff = bool(visit.standings & {"operator", "secretariat"})
    found = await condition(visit.site.environments, visit.site.data, visit.words, staff=staff)
    return visit.page("condition.html", visit.words.t("health.heading"), condition=found)


PAGES = (
    Page("GET", "/health/live", live),
    Page("GET", "/health/ready", ready),
    Page("GET", "/metrics", metrics),
    Page("GET", "/drift/tilstand", health_page),
)
