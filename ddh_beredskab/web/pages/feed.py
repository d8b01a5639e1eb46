"""The public feed: the guides in force in the operation, as JSON for everybody outside.

Rules kept: read-only, no names, nothing from drills; who asks again with the `ETag` hears in a line that nothing has
changed; who asks too often is told when to come back.
"""

from __future__ import annotations

import hashlib

from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.projections.documents import document, documents
from ddh_beredskab.projections.guide_in_force import GUIDE_IN_FORCE
from ddh_beredskab.projections.read_model import Json
from ddh_beredskab.projections.situation import SITUATION
from ddh_beredskab.reports.channels.texts import Source, public_guide
from ddh_beredskab.web.environments import Environment
from ddh_beredskab.web.guide_outlets import IN_FORCE
from ddh_beredskab.web.reading import read_crises
from ddh_beredskab.web.site import Page
from ddh_beredskab.web.visit import Visit
from schemas.guide_feed import PublicGuide, PublicGuides

OPEN_TO_ALL = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": "public, max-age=10",
}


async def guides(visit: Visit) -> Response:
    """All that is in force."""
    if (busy := _too_often(visit)) is not None:
        return busy

    def look(conn: Conn) -> list[tuple[Json, Json]]:
        listed = [str(line["crisis"]) for line in read_crises(conn)]
        docs, situations = documents(conn, GUIDE_IN_FORCE, listed), documents(conn, SITUATION, listed)
        found = [(situations[crisis] | {"crisis": crisis}, docs[crisis]) for crisis in listed if crisis in docs]
        return [(situation, doc) for situation, doc in found if doc["state"] in IN_FORCE]

    environment = _operation(visit)
    found = await environment.read(look) if environment else []
    return _told(visit, PublicGuides(guides=tuple(_public(visit, *each) for each in found)))


async def guide(visit: Visit) -> Response:
    """One crisis; after its end it says so, and answers nothing."""
    if (busy := _too_often(visit)) is not None:
        return busy
    crisis, environment = str(visit.request.path_params["guide"]), _operation(visit)

    def look(conn: Conn) -> tuple[Json | None, Json | None]:
        return document(conn, SITUATION, crisis), document(conn, GUIDE_IN_FORCE, crisis)

    situation, doc = await environment.read(look) if environment else (None, None)
    if situation is None or doc is None or doc["version"] is None:
        body = {"status": 404, "title": "Not Found", "detail": visit.words.t("channels.feed_none")}
        return JSONResponse(body, 404, media_type="application/problem+json", headers=OPEN_TO_ALL)
    return _told(visit, _public(visit, situation | {"crisis": crisis}, doc))


def _operation(visit: Visit) -> Environment | None:
    """The operation alone: a drill must never be read as true."""
    return visit.site.environments.get("drift")


def _public(visit: Visit, situation: Json, doc: Json) -> PublicGuide:
    authority: Json = situation.get("authority") or {}
    source = Source(
        crisis=str(situation["crisis"]),
        title=str(situation["title"]),
        authority=str(authority.get("name", "")),
        doc=doc,
        playbook=visit.site.playbooks.kinds[situation.get("kind") or "andet"],
        at="",
    )
    return public_guide(visit.site.playbooks, source, f"/guider/{source.crisis}.json")


def _told(visit: Visit, model: BaseModel) -> Response:
    body = model.model_dump_json(by_alias=True).encode()
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = OPEN_TO_ALL | {"ETag": tag}
    asked = visit.request.headers.get("if-none-match", "")
    if asked.strip() == "*" or tag in [each.strip().removeprefix("W/") for each in asked.split(",")]:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


def _too_often(visit: Visit) -> Response | None:
    """Counted per address, as tries at other open doors are."""
    client = visit.request.client
    address = client.host if client else ""
    wait = visit.site.tries.wait_seconds("feed", address)
    if wait:
        body = {"status": 429, "title": "Too Many Requests", "detail": visit.words.t("channels.feed_busy")}
        headers = {**OPEN_TO_ALL, "Cache-Control": "no-store", "Retry-After": str(wait)}
        return JSONResponse(body, 429, media_type="application/problem+json", headers=headers)
    visit.site.tries.failed("feed", address)
    return None


PAGES = (Page("GET", "/guider.json", guides), Page("GET", "/guider/{guide}.json", guide))
