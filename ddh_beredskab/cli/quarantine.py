"""`quarantine list, show, retry, discard`: what could not be handled, for a person to judge.

The rule kept: nothing leaves quarantine without a person's decision and its reason; what is retried is handled late,
and the journal says so; the raw bytes are shown here and written where the operator asks, and nowhere else.
"""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ddh_beredskab.cli.options import Data, Environment, Json, settings_of
from ddh_beredskab.cli.output import columns, out, out_json
from ddh_beredskab.i18n import say

if TYPE_CHECKING:
    from ddh_beredskab.cli.journals import Opened
    from ddh_beredskab.journal.connection import Conn
    from ddh_beredskab.journal.quarantine import Poison
    from ddh_beredskab.journal.retry import Late
    from ddh_beredskab.settings import Settings

Id = Annotated[str, typer.Argument(metavar="ID", help=say("cli.quarantine.id"))]
OneOrAll = Annotated[str | None, typer.Argument(metavar="[ID]", help=say("cli.quarantine.id"))]
Why = Annotated[str, typer.Option("--why", metavar="TEKST", help=say("cli.quarantine.why"))]
Wait = Annotated[float, typer.Option("--wait", min=0, max=600, metavar="SEK", help=say("cli.quarantine.wait"))]


def list_all(
    data: Data = None,
    environment: Environment = None,
    resolved: Annotated[bool, typer.Option("--all", help=say("cli.quarantine.all"))] = False,
    json: Json = False,
) -> None:
    from ddh_beredskab.cli import quarantine_view as view

    found = asyncio.run(_list(settings_of(data), environment, resolved))
    if json:
        out_json({"quarantine": [view.facts(*each) for each in found]})
        return
    if not found:
        out(say("cli.quarantine.none"))
        return
    for where, poison, _late, title in found:
        columns([view.row(where, poison, title)])
        out(f"    {view.reason_line(poison)}")
    if any(poison.resolution is None for _, poison, _, _ in found):
        out("")
        out(say("cli.quarantine.how"))


def show(
    identity: Id,
    data: Data = None,
    environment: Environment = None,
    raw: Annotated[Path | None, typer.Option("--raw", metavar="FIL", help=say("cli.quarantine.raw_file"))] = None,
    json: Json = False,
) -> None:
    from ddh_beredskab.cli import quarantine_view as view

    found = asyncio.run(_show(settings_of(data), identity, environment))
    poison = found[1]
    if raw is not None:
        _write_raw(raw, poison)
    if json:
        out_json({**view.facts(*found), "raw_hex": poison.raw.hex(), "raw_text": view.as_text(poison.raw)})
        return
    for line in (*view.lines(*found), "", *view.raw_lines(poison)):
        out(line)
    if raw is not None:
        out(say("cli.quarantine.raw_written", file=raw))


def retry(
    identity: OneOrAll = None,
    every: Annotated[bool, typer.Option("--all", help=say("cli.quarantine.retry_all"))] = False,
    why: Why = "",
    wait: Wait = 10,
    data: Data = None,
    environment: Environment = None,
    json: Json = False,
) -> None:
    from ddh_beredskab.cli import quarantine_view as view
    from ddh_beredskab.errors import UserError

    if (identity is None) is not every:
        raise UserError("retry_what", place="ID")
    reason = why.strip() or say("cli.quarantine.again")
    tried, left = asyncio.run(_retry(settings_of(data), identity, environment, reason, wait))
    failed = any(late.became == "quarantined" for _, _, late in tried)
    if json:
        retried = [{"id": each.id, "environment": where, **view.late_facts(late)} for where, each, late in tried]
        out_json({"retried": retried, "why": reason, "left": [each.id for each in left]})
    else:
        for _, each, late in tried:
            out(view.what_came_of_it(each, late))
        if left:
            out(say("cli.quarantine.left", n=len(left)))
        if not tried and not left:
            out(say("cli.quarantine.none"))
    if failed:
        raise typer.Exit(1)


def discard(identity: Id, why: Why, data: Data = None, environment: Environment = None, json: Json = False) -> None:
    from ddh_beredskab.cli import quarantine_view as view
    from ddh_beredskab.errors import UserError

    if not why.strip():
        raise UserError("why_missing", place="--why")
    found = asyncio.run(_discard(settings_of(data), identity, environment, why.strip()))
    if json:
        out_json(view.facts(*found))
    else:
        out(say("cli.quarantine.discarded", id=found[1].id[:8]))


_Told = tuple[str, "Poison", "Late | None", str | None]
"""Environment, what is in quarantine, what stands in the journal about it, and the crisis' title."""


async def _list(settings: Settings, environment: str | None, resolved: bool) -> list[_Told]:
    from ddh_beredskab.bootstrap import environments
    from ddh_beredskab.cli.journals import journals
    from ddh_beredskab.journal.quarantine import listing

    if environment is None and not await environments(settings):
        return []
    found: list[_Told] = []
    async with journals(settings, environment) as all_:
        for opened in all_:

            def look(conn: Conn, where: str = opened.environment) -> list[_Told]:
                return [_told(conn, where, each) for each in listing(conn, include_resolved=resolved)]

            found += await opened.database.read(look)
    return found


async def _show(settings: Settings, identity: str, environment: str | None) -> _Told:
    async with _found(settings, identity, environment) as (opened, poison):
        return await opened.database.read(lambda conn: _told(conn, opened.environment, poison))


async def _discard(settings: Settings, identity: str, environment: str | None, why: str) -> _Told:
    from ddh_beredskab.errors import UserError
    from ddh_beredskab.journal.quarantine import DISCARDED, find, resolve

    async with _found(settings, identity, environment) as (opened, poison):

        def job(conn: Conn) -> _Told:
            if not resolve(conn, poison.id, DISCARDED, why):
                raise UserError("judged_already", place=poison.place, id=poison.id[:8])
            return _told(conn, opened.environment, find(conn, poison.id)[0])

        return await opened.database.write(job)


async def _retry(
    settings: Settings, identity: str | None, environment: str | None, why: str, wait: float
) -> tuple[list[tuple[str, Poison, Late]], list[Poison]]:
    """Open the deliveries again, and wait for what becomes of them; also gives what cannot be tried again."""
    from ddh_beredskab.cli.journals import journals
    from ddh_beredskab.journal.quarantine import listing
    from ddh_beredskab.journal.retry import retry as open_again
    from ddh_beredskab.journal.retry import retryable

    tried: list[tuple[str, Poison, Late]] = []
    left: list[Poison] = []

    async def in_journal(opened: Opened, wanted: Sequence[Poison]) -> None:
        def job(conn: Conn) -> None:
            for each in wanted:
                open_again(conn, each, why)

        await opened.database.write(job)
        tried.extend((opened.environment, *each) for each in await _awaited(opened, wanted, wait))

    if identity is not None:
        async with _found(settings, identity, environment) as (opened, poison):
            await in_journal(opened, [poison])
        return tried, left
    async with journals(settings, environment) as all_:
        for opened in all_:
            can, cannot = retryable(await opened.database.read(listing))
            left += cannot
            if can:
                await in_journal(opened, can)
    return tried, left


async def _awaited(opened: Opened, wanted: Sequence[Poison], wait: float) -> list[tuple[Poison, Late]]:
    from ddh_beredskab.clock import monotonic
    from ddh_beredskab.journal.retry import became

    until = monotonic() + wait

    def look(conn: Conn) -> list[tuple[Poison, Late]]:
        return [(each, late) for each in wanted if (late := became(conn, each)) is not None]

    while True:
        found = await opened.database.read(look)
        left = until - monotonic()
        if left <= 0 or all(late.became != "waiting" for _, late in found):
            return found
        await opened.database.changed(min(left, 0.25))


@asynccontextmanager
async def _found(settings: Settings, identity: str, environment: str | None) -> AsyncGenerator[tuple[Opened, Poison]]:
    """The one whose id begins so. Raises `UserError` when there is none, or several."""
    from ddh_beredskab.cli.journals import journals
    from ddh_beredskab.errors import UserError
    from ddh_beredskab.journal.quarantine import find

    async with journals(settings, environment) as all_:
        found = [
            (opened, poison)
            for opened in all_
            for poison in await opened.database.read(lambda conn: find(conn, identity, limit=20))
        ]
        if not found:
            raise UserError("no_quarantine", place=identity, id=identity)
        if len(found) > 1:
            ids = ", ".join(_unlike(poison.id, [other.id for _, other in found]) for _, poison in found[:5])
            raise UserError("several_in_quarantine", place=identity, id=identity, ids=ids)
        yield found[0]


def _unlike(own: str, others: Sequence[str]) -> str:
    """As much of an id as tells it from the others, eight digits at least."""
    for length in range(8, len(own)):
        if sum(other.startswith(own[:length]) for other in others) == 1:
            return own[:length]
    return own


def _told(conn: Conn, environment: str, poison: Poison) -> _Told:
    from ddh_beredskab.journal.retry import became
    from ddh_beredskab.projections.documents import document
    from ddh_beredskab.projections.situation import ALL, SITUATION

    listed: dict[str, Any] = (document(conn, SITUATION, ALL) or {"crises": {}})["crises"]
    line: dict[str, Any] = listed.get(poison.crisis or "") or {}
    return environment, poison, became(conn, poison), line.get("title") or None


def _write_raw(target: Path, poison: Poison) -> None:
    """For the operator's eyes only: a new file that nobody else may read; what is there already is left alone."""
    from ddh_beredskab.errors import UserError

    if poison.raw_deleted_at is not None:
        raise UserError("raw_deleted", place=poison.place, id=poison.id[:8])
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, "", str(target))
    try:
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(poison.raw)
        except OSError:
            target.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(target)) from error
