"""The doors of the desk: *Jeg har set det*, and the citizens' questions as they are registered.

Rules kept: "received" is said after the commit; the same question or receipt sent twice counts once; the agent is the
one who is logged in, whatever the form says.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import datetime
from typing import TypeVar

import structlog
from starlette.responses import JSONResponse, Response

from ddh_beredskab.clock import from_micros, wall_micros
from ddh_beredskab.doors import Registered, accept_feedback
from ddh_beredskab.errors import StorageBusy
from ddh_beredskab.journal import clock_row, intake
from ddh_beredskab.journal.connection import Conn, from_database
from ddh_beredskab.projections.documents import document
from ddh_beredskab.projections.guide_in_force import GUIDE_IN_FORCE
from ddh_beredskab.projections.read_model import instant
from ddh_beredskab.web.desk_questions import OLDEST_SECONDS, Refused, items_of, questions_of
from ddh_beredskab.web.environments import Unreadable
from ddh_beredskab.web.forms import Fields, FormTooLarge, read_fields
from ddh_beredskab.web.guard import wants_json
from ddh_beredskab.web.pages.desk import DESK, desk
from ddh_beredskab.web.shown_again import again
from ddh_beredskab.web.site import Page
from ddh_beredskab.web.visit import Mistake, Visit

log = structlog.stdlib.get_logger(__name__)

T = TypeVar("T")
WRITE_SECONDS = 12.0


# -- Jeg har set det ------------------------------------------------------------------------------


async def seen(visit: Visit) -> Response:
    """A receipt of one version; the answer says which is in force, so that an old desk hears of the new one."""
    try:
        fields = await read_fields(visit.request)
    except FormTooLarge:
        return await _too_large(visit)
    crisis, version = str(fields.get("crisis", "")), str(fields.get("version", ""))
    who = visit.who
    assert who is not None
    if not version.isdecimal() or len(version) > 6:
        return await _wrong(visit, fields, "desk.unreadable")
    number, age = int(version), _age(fields)

    def job(conn: Conn) -> int | None:
        """The version in force; null: there is no such version, and nothing is written."""
        doc = document(conn, GUIDE_IN_FORCE, crisis)
        released = {each["version"]: each["at"] for each in doc["versions"]} if doc else {}
        if doc is None or number not in released:
            return None
        at = max(_then(conn, age), instant(released[number]))
        intake.add_receipts(conn, crisis, number, [(who.person, who.municipality)], at)
        return int(doc["version"])

    in_force = await _stored(visit, visit.environment.database.write(job))
    if in_force is None:
        return await _wrong(visit, fields, "desk.no_version")
    log.info("a version was seen", environment=visit.environment.name, crisis_id=crisis, version=number)
    if wants_json(visit.request):
        return JSONResponse({"status": "seen", "crisis": crisis, "version": number, "in_force": in_force})
    return visit.go(f"/vagt/{visit.environment.name}#krise-{crisis}")


def _then(conn: Conn, age: float) -> datetime:
    """The environment's time so many seconds ago."""
    clock, wall = clock_row.read_clock(conn), wall_micros() - int(age * 1_000_000)
    return from_micros(wall) if clock is None else clock.at(wall)


def _age(fields: Fields) -> float:
    try:
        return min(max(float(str(fields.get("age", "0")) or 0), 0.0), OLDEST_SECONDS)
    except ValueError:
        return 0.0


# -- borgernes spørgsmål --------------------------------------------------------------------------


async def questions(visit: Visit) -> Response:
    """One question by the form, or those that waited; each is taken or told what is wrong with it."""
    try:
        fields = await read_fields(visit.request)
    except FormTooLarge:
        return await _too_large(visit)
    read, refused = questions_of(fields)
    who, playbooks = visit.who, visit.site.playbooks
    assert who is not None

    def job(conn: Conn) -> tuple[Registered, list[str], list[Refused]]:
        items, not_taken = items_of(conn, read, who.person, playbooks)
        registered = accept_feedback(conn, items) if items else Registered(0, 0)
        return registered, [str(item.id) for item in items], not_taken

    registered, taken, not_taken = await _stored(visit, visit.environment.database.write(job))
    refused += not_taken
    log.info("questions registered", environment=visit.environment.name, items=len(taken), new=registered.new)
    if wants_json(visit.request):
        return JSONResponse({
            "status": "received",
            "taken": taken,
            "refused": [{"id": each.id, "sentence": visit.words.t(each.key)} for each in refused],
            "new": registered.new,
            "struck_out": registered.struck_out,
        })  # fmt: skip
    crisis = str(fields.get("crisis", ""))
    if refused:
        form = f"spoerg-{crisis}" if refused[0].field in ("topic", "answered") else "desk"
        return await _wrong(visit, fields, refused[0].key, refused[0].field, form)
    more = {"talt": "1"} if not registered.struck_out else {"talt": "1", "fjernet": str(registered.struck_out)}
    return visit.go(f"/vagt/{visit.environment.name}#spoerg-{crisis}", **more)


async def _stored(visit: Visit, job: Awaitable[T]) -> T:
    """What a door committed. Raises `Unreadable`: nobody knows, and the same may be sent again."""
    try:
        async with asyncio.timeout(WRITE_SECONDS):
            return await job
    except (StorageBusy, TimeoutError) as error:
        raise Unreadable(visit.environment.name) from error
    except Exception as error:
        if from_database(error):
            raise Unreadable(visit.environment.name) from error
        raise


async def _too_large(visit: Visit) -> Response:
    return await again(visit, "desk", Fields([]), [Mistake("", visit.words.t("form.too_large"))], desk)


async def _wrong(visit: Visit, fields: Fields, key: str, field: str = "", form: str = "desk") -> Response:
    return await again(visit, form, fields, [Mistake(field, visit.words.t(key))], desk)


PAGES = (
    Page("POST", f"{DESK}/set", seen),
    Page("POST", f"{DESK}/spoergsmaal", questions),
)
