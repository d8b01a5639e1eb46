"""`quarantine list, show, retry, discard`: what could not be handled, for a person to judge.

The rule kept: nothing leaves quarantine without a person's decision and its reason; what is retried is handled late,
and the journal says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ddh_beredskab.cli.options import Data, Environment, Json, settings_of
from ddh_beredskab.cli.output import columns, out, out_json
from ddh_beredskab.i18n import say

if TYPE_CHECKING:
    from ddh_beredskab.cli.journals import Opened
    from ddh_beredskab.journal.connection import Conn
    from ddh_beredskab.journal.quarantine import Poison
    from ddh_beredskab.settings import Settings

Id = Annotated[str, typer.Argument(metavar="ID", help=say("cli.quarantine.id"))]
Why = Annotated[str, typer.Option("--why", metavar="TEKST", help=say("cli.quarantine.why"))]


def list_all(
    data: Data = None,
    environment: Environment = None,
    resolved: Annotated[bool, typer.Option("--all", help=say("cli.quarantine.all"))] = False,
    json: Json = False,
) -> None:
    found = asyncio.run(_list(settings_of(data), environment, resolved))
    if json:
        out_json({"quarantine": found})
        return
    if not found:
        out(say("cli.quarantine.none"))
        return
    for each in found:
        state = say(f"cli.quarantine.state_{each['resolution'] or 'open'}")
        columns([(each["id"][:12], each["environment"], each["place"], each["crisis_id"] or "-", state)])
        out(f"    {each['reason']}")


def show(identity: Id, data: Data = None, environment: Environment = None, json: Json = False) -> None:
    found = asyncio.run(_show(settings_of(data), identity, environment))
    if json:
        out_json(found)
        return
    for name, value in found.items():
        out(f"{say('cli.quarantine.field_' + name)}: {'-' if value is None else value}")


def retry(
    identity: Id,
    why: Why = "",
    data: Data = None,
    environment: Environment = None,
    json: Json = False,
) -> None:
    found = asyncio.run(_judge(settings_of(data), identity, environment, "retried", why or say("cli.quarantine.again")))
    if json:
        out_json(found)
    else:
        out(say("cli.quarantine.retried", id=found["id"][:12]))


def discard(identity: Id, why: Why, data: Data = None, environment: Environment = None, json: Json = False) -> None:
    from ddh_beredskab.errors import UserError

    if not why.strip():
        raise UserError("why_missing", place="--why")
    found = asyncio.run(_judge(settings_of(data), identity, environment, "discarded", why))
    if json:
        out_json(found)
    else:
        out(say("cli.quarantine.discarded", id=found["id"][:12]))


async def _list(settings: Settings, environment: str | None, resolved: bool) -> list[dict[str, Any]]:
    from ddh_beredskab.bootstrap import environments
    from ddh_beredskab.cli.journals import journals
    from ddh_beredskab.journal.quarantine import listing

    if environment is None and not await environments(settings):
        return []
    found: list[dict[str, Any]] = []
    async with journals(settings, environment) as all_:
        for opened in all_:
            rows = await opened.database.read(lambda conn: listing(conn, include_resolved=resolved))
            found += [_facts(opened.environment, row) for row in rows]
    return found


async def _show(settings: Settings, identity: str, environment: str | None) -> dict[str, Any]:
    async with _found(settings, identity, environment) as (opened, poison):
        raw = poison.raw.decode("utf-8", errors="backslashreplace")
        return {**_facts(opened.environment, poison), "raw": raw}


async def _judge(settings: Settings, identity: str, environment: str | None, what: str, why: str) -> dict[str, Any]:
    from ddh_beredskab.errors import UserError
    from ddh_beredskab.journal.deliveries import reopen
    from ddh_beredskab.journal.quarantine import resolve

    async with _found(settings, identity, environment) as (opened, poison):

        def job(conn: Conn) -> None:
            if what == "retried":
                if poison.concern is None or poison.position is None:
                    raise UserError("not_a_delivery", place=poison.place, id=poison.id[:12])
                if not reopen(conn, poison.concern, poison.position):
                    raise UserError("not_quarantined", place=poison.place, id=poison.id[:12])
            if not resolve(conn, poison.id, what, why):
                raise UserError("judged_already", place=poison.place, id=poison.id[:12])

        await opened.database.write(job)
        return {**_facts(opened.environment, poison), "resolution": what, "why": why}


@asynccontextmanager
async def _found(settings: Settings, identity: str, environment: str | None) -> AsyncGenerator[tuple[Opened, Poison]]:
    from ddh_beredskab.cli.journals import journals
    from ddh_beredskab.errors import UserError
    from ddh_beredskab.journal.quarantine import find

    async with journals(settings, environment) as all_:
        for opened in all_:
            poison = await opened.database.read(lambda conn: find(conn, identity)) if identity else None
            if poison is not None:
                yield opened, poison
                return
        raise UserError("no_quarantine", place=identity, id=identity)


def _facts(environment: str, poison: Poison) -> dict[str, Any]:
    return {
        "id": poison.id,
        "environment": environment,
        "place": poison.place,
        "concern": poison.concern,
        "crisis_id": poison.crisis,
        "position": poison.position,
        "reason": poison.reason,
        "created_at": poison.created_at.isoformat(),
        "resolution": poison.resolution,
        "why": poison.why,
    }
