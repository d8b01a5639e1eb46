"""The application under /api: three routes, each behind the token, each answer in JSON.

Rules kept: "received" (202) is said after the commit and never before; the same id again is received once; whatever
is sent, the answer is never a 5xx but for a journal that cannot be written now (503, with Retry-After).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from uuid import UUID

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ddh_beredskab.bootstrap import journal_of
from ddh_beredskab.core.playbook import Playbooks
from ddh_beredskab.doors import FUTURE_TOLERANCE, new_id, register_feedback, submit
from ddh_beredskab.errors import StorageBusy, UserError
from ddh_beredskab.journal.connection import from_database, is_bad_data
from ddh_beredskab.web.api.body import read_json
from ddh_beredskab.web.api.description import description
from ddh_beredskab.web.api.mistakes import pointer, shown, strictly
from ddh_beredskab.web.api.outcome import is_same, outcome_of
from ddh_beredskab.web.api.problems import Problem, mistake, problem, try_again, wrong_fields
from ddh_beredskab.web.api.sent import ACCEPTED, MESSAGE_ID, SentCommand, SentFeedback
from ddh_beredskab.web.api.token import is_right
from ddh_beredskab.web.environments import Environment, Environments, Unreadable
from schemas.base import Command
from schemas.catalog import NewerVersion, UnknownType, message_class
from schemas.catalog import Unreadable as NotLiftable

log = structlog.stdlib.get_logger(__name__)

T = TypeVar("T")

WRITE_SECONDS = 12.0
"""Longer than a busy journal is waited for; then the sender is told to send the same again."""

_ID = re.compile(MESSAGE_ID)


class Door:
    """What the routes share: the journals, the rules, the token."""

    def __init__(self, environments: Environments, playbooks: Playbooks, token: str | None) -> None:
        self._environments = environments
        self._texts = playbooks.texts
        self._token = token

    # -- routes ---------------------------------------------------------------------------------

    async def command(self, request: Request) -> Response:
        self._check_token(request)
        environment = self._environment(request)
        sent = strictly(SentCommand, await read_json(request), "")
        command = _command_of(sent)
        id_ = UUID(sent.id) if sent.id else new_id()
        journal = journal_of(environment.name)
        received = await _stored(
            submit(environment.database, journal, command, sent.subject, sent.actor, time=sent.time, id_=id_), id_
        )
        if not received.new and not await _read(
            environment, lambda conn: is_same(conn, str(id_), command, sent.subject, sent.actor)
        ):
            raise problem(409, "id_taken", place="/id", id=id_)
        log.info(
            "command received",
            environment=environment.name,
            crisis_id=sent.subject,
            message_id=str(id_),
            type=sent.type,
            new=received.new,
        )
        where = f"/api/v1/environments/{environment.name}/commands/{id_}"
        body = {"id": str(id_), "new": received.new, "struck_out": received.struck_out, "status_url": where}
        return JSONResponse(body, 202, headers={"Location": where})

    async def feedback(self, request: Request) -> Response:
        self._check_token(request)
        environment = self._environment(request)
        sent = strictly(SentFeedback, await read_json(request), "")
        registered = await _stored(
            register_feedback(environment.database, sent.items, tolerance=FUTURE_TOLERANCE), None
        )
        log.info("questions received", environment=environment.name, items=len(sent.items), new=registered.new)
        return JSONResponse({"new": registered.new, "struck_out": registered.struck_out}, 202)

    async def outcome(self, request: Request) -> Response:
        self._check_token(request)
        environment = self._environment(request)
        id_ = str(request.path_params["id"])
        if _ID.fullmatch(id_) is None:
            raise problem(404, "no_command", place="id", id=shown(id_))
        found = await _read(environment, lambda conn: outcome_of(conn, self._texts, id_.lower()))
        if found is None:
            raise problem(404, "no_command", place="id", id=id_)
        return JSONResponse(found)

    async def openapi(self, _request: Request) -> Response:
        return JSONResponse(description())

    # -- before anything is read ----------------------------------------------------------------

    def _check_token(self, request: Request) -> None:
        if not is_right(self._token, request.headers.get("authorization")):
            raise problem(401, "no_token", place="Authorization", headers={"WWW-Authenticate": 'Bearer realm="ddh"'})

    def _environment(self, request: Request) -> Environment:
        name = str(request.path_params["environment"])
        if (found := self._environments.get(name)) is not None:
            return found
        if name in self._environments.broken:
            raise try_again("journal_away")
        known = ", ".join(each.name for each in self._environments.all()) or "-"
        raise problem(404, "no_environment", place="environment", environment=shown(name), known=known)


def _command_of(sent: SentCommand) -> Command:
    """The command that is meant. Raises `Problem` 422."""
    try:
        known, data = message_class(sent.type, sent.data)
    except NewerVersion:
        raise wrong_fields([mistake("/type", "newer_version", type=shown(sent.type))]) from None
    except UnknownType:
        raise wrong_fields([mistake("/type", "unknown_type", type=shown(sent.type))]) from None
    except NotLiftable:
        raise wrong_fields([mistake("/data", "not_liftable", type=shown(sent.type))]) from None
    if known not in ACCEPTED or not issubclass(known, Command):
        raise wrong_fields([mistake("/type", "not_a_command", type=shown(sent.type))])
    return strictly(known, data, "/data")


async def _stored(job: Awaitable[T], id_: UUID | None) -> T:
    """What a door committed. Raises `Problem` 409 or 503; after a 503 nobody knows, and the same id may come again."""
    more = {"id": str(id_)} if id_ else {}
    try:
        async with asyncio.timeout(WRITE_SECONDS):
            return await job
    except UserError as error:
        raise Problem(409, error.code, error.sentence, place=pointer("", error.place.split("/"))) from None
    except TimeoutError:
        raise try_again("journal_slow", more=more) from None
    except StorageBusy as error:
        log.warning("the journal takes nothing now", error=str(error))
        raise try_again("disk_full" if "full" in str(error) else "journal_busy", more=more) from None
    except Exception as error:
        if not from_database(error):
            raise
        log.error("the journal refused what was sent", error=repr(error))
        if is_bad_data(error):
            raise problem(422, "not_storable") from None
        raise try_again("journal_away", more=more) from None


async def _read(environment: Environment, job: Callable[[Any], T]) -> T:
    try:
        async with asyncio.timeout(WRITE_SECONDS):
            return await environment.read(job)
    except (Unreadable, TimeoutError):
        raise try_again("journal_away") from None


def create_api(environments: Environments, playbooks: Playbooks, token: str | None) -> Starlette:
    """The application to be mounted at /api."""
    door = Door(environments, playbooks, token)
    base = "/v1/environments/{environment}"
    api = Starlette(
        routes=[
            Route("/openapi.json", door.openapi, methods=["GET"]),
            Route(f"{base}/commands", door.command, methods=["POST"]),
            Route(f"{base}/commands/{{id}}", door.outcome, methods=["GET"]),
            Route(f"{base}/feedback", door.feedback, methods=["POST"]),
        ],
        exception_handlers={Problem: _problem, HTTPException: _http, Exception: _failed},
    )
    api.router.redirect_slashes = False
    return api


async def _problem(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return error.response()


async def _http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        allowed = (error.headers or {}).get("Allow", "")
        return problem(405, "not_allowed", headers=error.headers, allowed=allowed).response()
    return problem(error.status_code, "no_path", headers=error.headers).response()


async def _failed(request: Request, error: Exception) -> Response:
    log.error("the API failed", path=request.url.path, error=repr(error), exc_info=error)
    return problem(500, "failed").response()
