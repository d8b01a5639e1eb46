"""The web application: pages behind the table of rights, the HTTP door, static files, and errors in plain Danish.

Rules kept: every page works without a script; a page knows only its visit; an error is a page, never a traceback.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from importlib import resources
from pathlib import Path
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from ddh_beredskab.core.decider import Decider
from ddh_beredskab.core.playbook import Playbooks
from ddh_beredskab.drills.starting import Stage
from ddh_beredskab.people.rights import Rights
from ddh_beredskab.playbooks import find_playbooks
from ddh_beredskab.playbooks.imports import Profiles, load_profiles
from ddh_beredskab.playbooks.municipalities import Municipalities, load_municipalities
from ddh_beredskab.playbooks.readiness import Readiness, load_readiness
from ddh_beredskab.playbooks.targets import Targets, load_targets
from ddh_beredskab.playbooks.training import TrainingRules, load_training
from ddh_beredskab.streams.heartbeat import Heart
from ddh_beredskab.web.api import create_api
from ddh_beredskab.web.environments import Environments, Unreadable
from ddh_beredskab.web.guard import register
from ddh_beredskab.web.headers import SecurityHeaders
from ddh_beredskab.web.hub import Hub
from ddh_beredskab.web.log_context import LogContext
from ddh_beredskab.web.moves import Moves
from ddh_beredskab.web.pages import ALL
from ddh_beredskab.web.paper_keeper import PaperKeeper
from ddh_beredskab.web.people_door import People
from ddh_beredskab.web.rendering import read_all
from ddh_beredskab.web.site import Site
from ddh_beredskab.web.topics import NoSuchCrisis
from ddh_beredskab.web.tries import Tries
from ddh_beredskab.web.visit import Visit

log = structlog.stdlib.get_logger(__name__)

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def create_app(
    environments: Environments,
    playbooks: Playbooks,
    deciders: Mapping[str, Decider[Any]],
    rights: Rights,
    *,
    allowed_hosts: Sequence[str] = LOOPBACK,
    heart: Heart | None = None,
    api_token: str | None = None,
    data: Path | None = None,
    demo: bool = False,
    municipalities: Municipalities | None = None,
    readiness: Readiness | None = None,
    profiles: Profiles | None = None,
    training: TrainingRules | None = None,
    targets: Targets | None = None,
    drills: Stage | None = None,
) -> FastAPI:
    """The web application over these environments. It opens and closes their journals itself.

    Without `api_token` the HTTP door under /api lets nobody in. `data` is the folder whose disk and processes the
    health page looks at; null: the journals are looked after elsewhere. `demo`: its people are one click away.
    `municipalities`, `readiness`, `profiles`, `training`, `targets`: null takes those that are found.
    `drills`: what it takes to make a drill ready.
    """
    hub, people = Hub(environments, playbooks), People(environments)
    site = Site(
        environments=environments,
        playbooks=playbooks,
        deciders=deciders,
        rights=rights,
        municipalities=municipalities or load_municipalities(find_playbooks()),
        readiness=readiness or load_readiness(find_playbooks()),
        profiles=profiles or load_profiles(find_playbooks()),
        training=training or load_training(find_playbooks()),
        targets=targets or load_targets(find_playbooks()),
        hub=hub,
        people=people,
        moves=Moves(deciders, playbooks),
        tries=Tries(),
        papers=PaperKeeper(environments, people, playbooks, data),
        data=data,
        api_token=api_token,
        demo=demo,
        drills=drills,
    )

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncGenerator[None]:
        if heart is not None:
            heart.start()
        await hub.start()
        beside = [asyncio.create_task(site.papers.run()), asyncio.create_task(read_all())]
        try:
            yield
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            await hub.stop()
            if heart is not None:
                await heart.stop()

    app = FastAPI(title="ddh-beredskab", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    app.state.hub = hub
    app.state.site = site
    app.state.environments = environments
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(allowed_hosts), www_redirect=False)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(LogContext)
    register(app, site, ALL)
    _errors(app, site)
    app.mount("/api", create_api(environments, playbooks, api_token), name="api")
    static = resources.files("ddh_beredskab.web").joinpath("static")
    app.mount("/static", StaticFiles(directory=str(static)), name="static")
    return app


def _errors(app: FastAPI, site: Site) -> None:
    @app.exception_handler(NoSuchCrisis)
    async def no_such_crisis(request: Request, _error: Exception) -> Response:  # pyright: ignore[reportUnusedFunction]
        return _error_page(site, request, 404, "error.crisis_not_found", "error.not_found_hint")

    @app.exception_handler(Unreadable)
    async def unreadable(request: Request, _error: Exception) -> Response:  # pyright: ignore[reportUnusedFunction]
        return _error_page(site, request, 503, "error.unavailable", "error.unavailable_hint")

    @app.exception_handler(HTTPException)
    async def http_error(request: Request, error: Exception) -> Response:  # pyright: ignore[reportUnusedFunction]
        status = error.status_code if isinstance(error, HTTPException) else 500
        title = {404: "error.not_found", 405: "error.not_allowed"}.get(status, "error.failed")
        hint = "error.not_found_hint" if status == 404 else "error.failed_hint"
        return _error_page(site, request, status, title, hint)

    @app.exception_handler(Exception)
    async def failed(request: Request, error: Exception) -> Response:  # pyright: ignore[reportUnusedFunction]
        log.error("a page could not be shown", path=request.url.path, error=repr(error), exc_info=error)
        return _error_page(site, request, 500, "error.failed", "error.failed_hint")


def _error_page(site: Site, request: Request, status: int, title: str, hint: str) -> HTMLResponse:
    """The error for whoever asks; it knows nobody, since finding out may be what failed."""
    request.scope["path_params"] = {}
    visit = Visit(site, request, None)
    return visit.page("error.html", visit.words.t(title), status=status, hint=visit.words.t(hint))
