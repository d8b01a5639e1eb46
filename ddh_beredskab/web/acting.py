"""Commands from pages: a form comes in, is committed as a command, and the page says what became of it.

Rules kept: "received" is said after the commit; the form's own id makes a second press, or a sending again after a lost
line, count once; what was typed is on the page again when something was wrong; the page waits a moment for the
decision and otherwise says that it is waited for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from starlette.responses import JSONResponse, Response

from ddh_beredskab.clock import monotonic
from ddh_beredskab.doors import new_id, submit
from ddh_beredskab.errors import StorageBusy, UserError
from ddh_beredskab.journal.connection import from_database
from ddh_beredskab.journal.messages import Journal, head_position
from ddh_beredskab.web.api.outcome import outcome_of
from ddh_beredskab.web.environments import Environment, Unreadable
from ddh_beredskab.web.forms import Fields, FormTooLarge, filled_in, read_fields
from ddh_beredskab.web.guard import wants_json
from ddh_beredskab.web.reading import folded_to
from ddh_beredskab.web.shown_again import again
from ddh_beredskab.web.site import Handler, Page
from ddh_beredskab.web.visit import Filled, Mistake, Visit
from schemas.base import Command, Role

log = structlog.stdlib.get_logger(__name__)

WAIT_SECONDS = 2.0
LOOK_SECONDS = 0.03
SHOWN_SECONDS = 1.0
CRISIS = "/krise/{environment}/{crisis}"

Read = Callable[[Visit, Fields], "Command | list[Mistake] | Awaitable[Command | list[Mistake]]"]
ActsAs = Callable[[Visit, Any, "str | None"], "Role | None"]
"""(visit, command, on behalf of whom) -> in which role one gives it; null: as the table of rights says."""


@dataclass(frozen=True, slots=True)
class Action:
    """One command a page can give.

    `name` is its place in the address; `page` shows the form again when something is wrong with it; `back` is where one
    goes after it, below the crisis; `read` makes the command when the types alone do not say it all; `acts_as` is for
    moves that belong to the role they are about, whichever of one's roles stands first in the table.
    """

    name: str
    command: type[Command]
    page: Handler
    back: str = ""
    read: Read | None = None
    acts_as: ActsAs | None = None

    @property
    def route(self) -> str:
        return f"POST {CRISIS}/{self.name}"

    def door(self) -> Page:
        """The page that takes it."""

        async def handle(visit: Visit) -> Response:
            return await act(visit, self)

        return Page("POST", f"{CRISIS}/{self.name}", handle)


async def act(visit: Visit, action: Action) -> Response:
    """Take a form of one action."""
    try:
        fields = await read_fields(visit.request)
    except FormTooLarge:
        return await _again(visit, action, [Mistake("", visit.words.t("form.too_large"))])
    visit.filled = Filled(action.name, fields)
    made = action.read(visit, fields) if action.read else _read(visit, action, fields)
    if isinstance(made, Awaitable):
        made = await made
    if isinstance(made, list):
        return await _again(visit, action, made)
    role = action.acts_as(visit, made, fields.get("on_behalf_of") or None) if action.acts_as else None
    told = await give(visit, made, action.route, fields, role=role)
    if isinstance(told, list):
        return await _again(visit, action, told)
    if wants_json(visit.request):
        return JSONResponse(told, 200 if told["status"] == "refused" else 202)
    if told["status"] == "refused":
        visit.filled.refusal = told["sentence"]
        return _with_status(await action.page(visit), 409)
    back = fields.get("back", "")
    where = back if isinstance(back, str) and back.startswith(visit.base) else f"{visit.base}{action.back}"
    return visit.go(where, svar=told["id"])


async def give(
    visit: Visit, command: Command, route: str, fields: Fields, **actor: Any
) -> dict[str, Any] | list[Mistake]:
    """Commit a command of the visit's crisis, and wait a moment for what becomes of it."""
    id_ = id_of(fields)
    asking = visit.actor(route, on_behalf_of=fields.get("on_behalf_of") or None, **actor)
    return await commit(visit, visit.environment, command, visit.crisis, asking, id_)


async def commit(
    visit: Visit, environment: Environment, command: Command, crisis: str, actor: Any, id_: UUID
) -> dict[str, Any] | list[Mistake]:
    """Commit a command, and wait a moment; a list of mistakes when nothing was committed. Raises `Unreadable`."""
    journal = Journal(environment.name, "ddh-beredskab/web")
    try:
        async with asyncio.timeout(10):
            received = await submit(environment.database, journal, command, crisis, actor, id_=id_)
    except UserError as error:
        return [Mistake(error.place, error.sentence)]
    except (StorageBusy, TimeoutError) as error:
        raise Unreadable(environment.name) from error
    except Exception as error:
        if from_database(error):
            raise Unreadable(environment.name) from error
        raise
    log.info("command received", crisis_id=crisis, message_id=str(id_), type=type(command).type_name())
    told = await outcome(visit, environment, str(received.id), wait=WAIT_SECONDS)
    return told | {"struck_out": received.struck_out}


async def outcome(visit: Visit, environment: Environment, id_: str, *, wait: float = 0) -> dict[str, Any]:
    """What became of a command, waited for at most so long: its status and a sentence."""
    until = monotonic() + wait
    texts = visit.site.playbooks.texts
    while True:
        found = await environment.read(lambda conn: outcome_of(conn, texts, id_))
        status = found["status"] if found else "unknown"
        if status != "waiting" or monotonic() >= until:
            break
        await asyncio.sleep(LOOK_SECONDS)
    if status == "decided" and wait:
        await _until_shown(environment)
    refusal = next((c["refusal"]["detail"] for c in (found or {"concerns": []})["concerns"] if c["refusal"]), "")
    sentence = visit.setting.names.plain(refusal) if status == "refused" else visit.words.t(f"answer.{status}")
    return {"id": id_, "status": status, "sentence": sentence, "events": _events(found)}


async def _until_shown(environment: Environment) -> None:
    """The page one comes to should have it: the read models follow the decisions by a moment."""
    head, until = await environment.read(head_position), monotonic() + SHOWN_SECONDS
    while await environment.read(folded_to) < head and monotonic() < until:  # noqa: ASYNC110 - another process folds
        await asyncio.sleep(LOOK_SECONDS)


def _events(found: dict[str, Any] | None) -> list[str]:
    return [event for concern in (found or {"concerns": []})["concerns"] for event in concern["events"]]


def id_of(fields: Fields) -> UUID:
    """The id the form was made with, so that it counts once; a new one where there is none."""
    try:
        return UUID(str(fields.get("id", "")))
    except ValueError:
        return new_id()


def _read(visit: Visit, action: Action, fields: Fields) -> Command | list[Mistake]:
    made, mistakes = filled_in(action.command, fields, visit.words)
    return made if made is not None else mistakes


async def _again(visit: Visit, action: Action, mistakes: list[Mistake]) -> Response:
    return await again(visit, action.name, visit.filled.values, mistakes, action.page)


def _with_status(response: Response, status: int) -> Response:
    response.status_code = status
    return response


async def with_answer(visit: Visit) -> None:
    """What became of the command that led to this page (`?svar=ID`), to be told on it."""
    id_ = visit.query.get("svar", "")
    try:
        UUID(id_)
    except ValueError:
        return
    visit.answer = await outcome(visit, visit.environment, id_)
