"""The pages: the list of crises, one crisis live, its log page by page, and the stream that keeps them fresh.

Rules kept: pages only read (what writes is the HTTP door under /api); every page works without a script; what is shown
to whom is decided here, by the audience; an error is a page in plain Danish, never a traceback.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, Response
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.staticfiles import StaticFiles

from ddh_beredskab.core.playbook import Playbooks
from ddh_beredskab.ops.metrics import CONTENT_TYPE
from ddh_beredskab.projections.timeline import PAGE
from ddh_beredskab.streams.heartbeat import Heart
from ddh_beredskab.web.api import create_api
from ddh_beredskab.web.condition import condition, figures
from ddh_beredskab.web.environments import Environments, Unreadable
from ddh_beredskab.web.event_stream import EventStream, wanted_topics
from ddh_beredskab.web.headers import SecurityHeaders
from ddh_beredskab.web.health import readiness
from ddh_beredskab.web.hub import Hub
from ddh_beredskab.web.log_context import LogContext
from ddh_beredskab.web.reading import CrisisRead
from ddh_beredskab.web.rendering import Setting, language_of, names_in, render, words_in
from ddh_beredskab.web.topics import (
    Audience,
    CrisisTopic,
    ListTopic,
    Looks,
    NoSuchCrisis,
    first_shown,
    newest_page,
)
from ddh_beredskab.web.words import Language

log = structlog.stdlib.get_logger(__name__)

READ = ["GET", "HEAD"]
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def create_app(
    environments: Environments,
    playbooks: Playbooks,
    *,
    audience: Audience = "staff",
    allowed_hosts: Sequence[str] = LOOPBACK,
    heart: Heart | None = None,
    api_token: str | None = None,
    data: Path | None = None,
) -> FastAPI:
    """The web application over these environments. It opens and closes their journals itself.

    Without `api_token` the HTTP door under /api lets nobody in. `data` is the folder whose disk and processes the
    health page looks at; null: the journals are looked after elsewhere.

    `audience` everyone: counts under five and the staff's own log entries are not shown (there is no log-in yet).
    """
    looks = Looks(playbooks, audience)
    hub = Hub(environments, looks)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncGenerator[None]:
        if heart is not None:
            heart.start()
        await hub.start()
        try:
            yield
        finally:
            await hub.stop()
            if heart is not None:
                await heart.stop()

    app = FastAPI(title="ddh-beredskab", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    app.state.hub = hub
    app.state.environments = environments
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(allowed_hosts), www_redirect=False)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(LogContext)
    _health(app, environments, looks, data)
    _pages(app, environments, looks)
    _errors(app)

    @app.get("/live")
    async def live(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
        asked = request.query_params.getlist("topic")
        wanted = wanted_topics(asked, request.headers.get("last-event-id"))
        return EventStream(hub, wanted, _language(request))

    app.mount("/api", create_api(environments, playbooks, api_token), name="api")
    static = resources.files("ddh_beredskab.web").joinpath("static")
    app.mount("/static", StaticFiles(directory=str(static)), name="static")
    return app


# -- pages ----------------------------------------------------------------------------------------


def _pages(app: FastAPI, environments: Environments, looks: Looks) -> None:
    @app.api_route("/", methods=READ, response_class=HTMLResponse)
    async def crises(request: Request) -> HTMLResponse:  # pyright: ignore[reportUnusedFunction]
        language, now = _language(request), datetime.now(UTC)
        shown = await ListTopic(environments, language, looks).show(now)
        words = words_in(language)
        setting = Setting(language, names_in(language, {}), now)
        return _page("crises.html", setting, words.t("crises.heading"), fragments=shown.fragments, topic="list")

    @app.api_route("/krise/{environment}/{crisis}", methods=READ, response_class=HTMLResponse)
    async def crisis(request: Request, environment: str, crisis: str) -> HTMLResponse:  # pyright: ignore[reportUnusedFunction]
        topic = _topic(environments, environment, crisis, _language(request), looks)
        read, shown = await topic.show()
        first = first_shown(shown.last)
        return _page(
            "crisis.html",
            topic.setting(read),
            _title(read, topic.language),
            drill=read.drill,
            **_crisis_values(read, topic.language),
            topic=f"{topic.name}@{shown.last}",
            fragments=shown.fragments,
            entries=await topic.entry_views(first, shown.last),
            first=first,
            last=shown.last,
        )

    @app.api_route("/krise/{environment}/{crisis}/log", methods=READ, response_class=HTMLResponse)
    async def newest_log(request: Request, environment: str, crisis: str) -> HTMLResponse:  # pyright: ignore[reportUnusedFunction]
        return await _log_page(_topic(environments, environment, crisis, _language(request), looks), None)

    @app.api_route("/krise/{environment}/{crisis}/log/{page}", methods=READ, response_class=HTMLResponse)
    async def log_page(request: Request, environment: str, crisis: str, page: int) -> HTMLResponse:  # pyright: ignore[reportUnusedFunction]
        return await _log_page(_topic(environments, environment, crisis, _language(request), looks), page)


async def _log_page(topic: CrisisTopic, page: int | None) -> HTMLResponse:
    """A hundred entries; without a number the newest."""
    read = await topic.read()
    last = read.log["entries"] if read.log else 0
    pages = newest_page(last)
    page = pages if page is None else page
    if not 1 <= page <= pages:
        raise HTTPException(404)
    first, upto = (page - 1) * PAGE + 1, min(page * PAGE, last)
    return _page(
        "log.html",
        topic.setting(read),
        words_in(topic.language).t("log.page_heading", first=first, last=upto),
        drill=read.drill,
        **_crisis_values(read, topic.language),
        entries=await topic.entry_views(first, upto),
        first=first,
        last=upto,
        page=page,
        pages=pages,
    )


def _topic(environments: Environments, environment: str, crisis: str, language: Language, looks: Looks) -> CrisisTopic:
    if (found := environments.get(environment)) is None:
        raise NoSuchCrisis(f"{environment}/{crisis}")
    return CrisisTopic(found, crisis, language, looks)


def _page(
    template: str, setting: Setting, page_title: str, *, drill: bool = False, status: int = 200, **values: Any
) -> HTMLResponse:
    html = render(template, setting, page_title=page_title, drill=drill, **values)
    return HTMLResponse(html, status, headers={"Content-Language": setting.language})


def _crisis_values(read: CrisisRead, language: Language) -> dict[str, Any]:
    words = words_in(language)
    name = words.t("environment.drill", name=read.environment.partition(".")[2]) if read.drill else None
    return {
        "environment": read.environment,
        "environment_name": name or words.t("environment.drift"),
        "crisis": read.crisis,
        "title": read.situation["title"],
    }


def _title(read: CrisisRead, language: Language) -> str:
    return read.situation["title"] or words_in(language).t("crises.untitled")


def _language(request: Request) -> Language:
    return language_of(request.query_params.get("lang"))


# -- health and errors ----------------------------------------------------------------------------


def _health(app: FastAPI, environments: Environments, looks: Looks, data: Path | None) -> None:
    @app.api_route("/health/live", methods=READ, response_class=PlainTextResponse)
    async def live() -> PlainTextResponse:  # pyright: ignore[reportUnusedFunction]
        return PlainTextResponse("ok\n")

    @app.api_route("/health/ready", methods=READ, response_class=PlainTextResponse)
    async def ready() -> PlainTextResponse:  # pyright: ignore[reportUnusedFunction]
        is_ready, text = await readiness(environments)
        return PlainTextResponse(text, 200 if is_ready else 503)

    @app.api_route("/metrics", methods=READ)
    async def scrape() -> Response:  # pyright: ignore[reportUnusedFunction]
        return Response(await figures(environments), media_type=CONTENT_TYPE)

    @app.api_route("/drift/tilstand", methods=READ, response_class=HTMLResponse)
    async def health_page(request: Request) -> HTMLResponse:  # pyright: ignore[reportUnusedFunction]
        language = _language(request)
        words = words_in(language)
        setting = Setting(language, names_in(language, {}), datetime.now(UTC))
        found = await condition(environments, data, words, staff=looks.staff)
        return _page("condition.html", setting, words.t("health.heading"), condition=found)


def _errors(app: FastAPI) -> None:
    @app.exception_handler(NoSuchCrisis)
    async def no_such_crisis(request: Request, _error: Exception) -> HTMLResponse:  # pyright: ignore[reportUnusedFunction]
        return _error_page(request, 404, "error.crisis_not_found", "error.not_found_hint")

    @app.exception_handler(Unreadable)
    async def unreadable(request: Request, _error: Exception) -> HTMLResponse:  # pyright: ignore[reportUnusedFunction]
        return _error_page(request, 503, "error.unavailable", "error.unavailable_hint")

    @app.exception_handler(HTTPException)
    async def http_error(request: Request, error: Exception) -> HTMLResponse:  # pyright: ignore[reportUnusedFunction]
        status = error.status_code if isinstance(error, HTTPException) else 500
        title = {404: "error.not_found", 405: "error.not_allowed"}.get(status, "error.failed")
        hint = "error.not_found_hint" if status == 404 else "error.failed_hint"
        return _error_page(request, status, title, hint)

    @app.exception_handler(Exception)
    async def failed(request: Request, error: Exception) -> HTMLResponse:  # pyright: ignore[reportUnusedFunction]
        log.error("a page could not be shown", path=request.url.path, error=repr(error), exc_info=error)
        return _error_page(request, 500, "error.failed", "error.failed_hint")


def _error_page(request: Request, status: int, title: str, hint: str) -> HTMLResponse:
    language = _language(request)
    words = words_in(language)
    setting = Setting(language, names_in(language, {}), datetime.now(UTC))
    return _page("error.html", setting, words.t(title), status=status, hint=words.t(hint))
