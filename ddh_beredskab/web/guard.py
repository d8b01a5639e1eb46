"""Stands before every page: same site, logged in where that is asked, and the right in the table.

Rules kept: what changes something must come from our own pages (Fetch-Metadata, or else Origin); a page that one may
not see says whom to call; no door is open by being forgotten.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ddh_beredskab.people.identity import Held, Who
from ddh_beredskab.web.api.token import is_right
from ddh_beredskab.web.site import Page, Site
from ddh_beredskab.web.visit import Visit

COOKIE = "ddh-session"
PARTS = "x-parts"
"""An open page asks for its own parts anew. One who has lost the right meanwhile gets nothing, and no alarm."""
OPERATOR = Who("operator", "operator", "", (Held("operator"),), "token")
"""Whoever shows the API's token: other machines, monitoring, the one who runs the system."""


def register(app: FastAPI, site: Site, pages: Iterable[Page]) -> None:
    """Hang the pages into the application. Raises `RuntimeError` for one that the table of rights does not know."""
    for page in pages:
        if not site.rights.knows(page.route):
            raise RuntimeError(f"{page.route} is not in the table of rights (playbooks/rights.yaml)")
        methods = ["GET", "HEAD"] if page.method == "GET" else [page.method]
        app.router.add_route(page.path, _endpoint(site, page), methods=methods, name=page.route)
        site.pages.append(page)


def _endpoint(site: Site, page: Page) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        if page.method != "GET" and not is_same_site(request):
            visit = Visit(site, request, None)
            return refused(visit, 403, "access.other_site")
        visit = Visit(site, request, await who_asks(site, request))
        if not site.rights.is_open(page.route) and visit.who is None:
            if page.method == "GET" and not wants_json(request):
                return Response(status_code=204) if PARTS in request.headers else visit.to_login()
            return refused(visit, 401, "access.logged_out")
        await visit.find_out()
        if not visit.may(page.route):
            return refused(visit, 403, "access.not_allowed")
        return await page.handle(visit)

    return endpoint


async def who_asks(site: Site, request: Request) -> Who | None:
    """The session's person, or the operator by token; null for anybody else. Raises `Unreadable`."""
    if is_right(site.api_token, request.headers.get("authorization")):
        return OPERATOR
    token = request.cookies.get(COOKIE)
    return await site.people.who(token) if token else None


def is_same_site(request: Request) -> bool:
    """Whether one of our own pages (or no page at all) sends this; old browsers say it by Origin alone."""
    if (site := request.headers.get("sec-fetch-site")) is not None:
        return site in ("same-origin", "none")
    if (origin := request.headers.get("origin")) is not None:
        return urlsplit(origin).netloc == request.headers.get("host")
    return True  # no browser: those always say at least one of the two with a form


def wants_json(request: Request) -> bool:
    """Our own script asks, not a page load."""
    return "application/json" in request.headers.get("accept", "")


def refused(visit: Visit, status: int, key: str) -> Response:
    """Not here: what happened, and whom to call."""
    if PARTS in visit.request.headers:
        return Response(status_code=204)
    sentence, hint = visit.words.t(key), visit.words.t(f"{key}_hint")
    if wants_json(visit.request):
        return JSONResponse({"status": "refused", "sentence": sentence, "hint": hint}, status)
    return visit.page("error.html", sentence, status=status, hint=hint)
