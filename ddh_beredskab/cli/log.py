"""`log show`, `log export`, `log verify`: the crisis log, and the proof that nobody has changed it.

The rule kept: an export is written beside its target and moved there whole, so that a full disk never leaves half a
log that looks like one.
"""

from __future__ import annotations

import asyncio
import errno
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ddh_beredskab.cli.options import Crisis, Data, Environment, Json, settings_of
from ddh_beredskab.i18n import say

if TYPE_CHECKING:
    from ddh_beredskab.journal.connection import Conn
    from ddh_beredskab.settings import Settings


def show(crisis: Crisis, data: Data = None, environment: Environment = None, json: Json = False) -> None:
    from ddh_beredskab.cli.output import out, out_json

    where, entries, known = asyncio.run(_show(settings_of(data), crisis, environment))
    if json:
        out_json({"crisis_id": crisis, "environment": where, "entries": entries})
        return
    for entry in entries:
        out(entry_line(entry, known))


def export(
    crisis: Crisis,
    out_file: Annotated[Path, typer.Option("--out", metavar="FIL", help=say("cli.log.out"))],
    data: Data = None,
    environment: Environment = None,
    json: Json = False,
) -> None:
    from ddh_beredskab.cli.output import out, out_json

    if out_file.is_dir():
        raise IsADirectoryError(errno.EISDIR, "", str(out_file))
    entries, head = asyncio.run(_export(settings_of(data), crisis, environment, out_file))
    if json:
        out_json({"crisis_id": crisis, "file": str(out_file), "entries": entries, "head": head})
        return
    out(say("cli.log.exported", entries=entries, file=out_file))
    out(say("cli.log.keep_head", head=head))


def verify(
    file: Annotated[Path | None, typer.Argument(metavar="[FIL]", help=say("cli.log.file"))] = None,
    head: Annotated[str | None, typer.Option("--head", metavar="HASH", help=say("cli.log.head"))] = None,
    data: Data = None,
    environment: Environment = None,
    json: Json = False,
) -> None:
    from ddh_beredskab.cli.output import out, out_json
    from ddh_beredskab.errors import UserError

    settings = settings_of(data)
    if file is None:
        if head is not None:
            raise UserError("head_needs_file", place="--head")
        names = asyncio.run(_verify_journals(settings, environment))
        if json:
            out_json({"ok": True, "environments": names})
        else:
            out(say("cli.log.journals_ok", environments=", ".join(names)))
        return
    from ddh_beredskab.journal.log_file import verify_file

    if not file.is_file():
        why = say("why.is_folder" if file.is_dir() else "why.not_there")
        raise UserError("file", place=str(file), path=file, why=why)
    result = verify_file(file, head)
    if not result.ok:
        place = f"{file}:{result.line}" if result.line else str(file)
        raise UserError("log_changed", place=place, sentence=result.problem)
    if json:
        facts = {"ok": True, "file": str(file), "crisis_id": result.crisis, "entries": result.entries}
        out_json({**facts, "head": result.head, "erased": result.erased})
        return
    out(say("cli.log.ok", entries=result.entries, crisis=result.crisis, head=result.head))
    if result.erased:
        out(say("cli.log.erased", erased=result.erased))


async def _show(
    settings: Settings, crisis: str, environment: str | None
) -> tuple[str, list[dict[str, Any]], dict[str, str]]:
    from ddh_beredskab.cli.journals import journal_with, names

    async with journal_with(settings, crisis, environment) as opened:
        entries = await opened.database.read(lambda conn: read_log(conn, crisis))
        return opened.environment, entries, await opened.database.read(names)


def read_log(conn: Conn, crisis: str) -> list[dict[str, Any]]:
    """Every entry of the log, straight from its stream, so that nothing is missing while read models catch up."""
    from ddh_beredskab.core.decider import own_stream
    from ddh_beredskab.journal.messages import read_stream
    from ddh_beredskab.projections.read_model import iso, plain
    from schemas.logbook import LogEntryRecorded

    entries: list[dict[str, Any]] = []
    by_number: dict[int, dict[str, Any]] = {}
    for row in read_stream(conn, own_stream("logbook", crisis)):
        if not isinstance(row.message, LogEntryRecorded):
            continue
        facts = {"written_at": iso(row.recorded_at), "corrected_by": None}
        entry = plain(row.message, "caused_by", "index") | facts
        entries.append(entry)
        by_number[row.message.number] = entry
        if row.message.kind == "correction" and (corrected := by_number.get(row.message.refers_to or 0)):
            corrected["corrected_by"] = entry["number"]
    return entries


def entry_line(entry: dict[str, Any], known: dict[str, str]) -> str:
    """One entry for people: number, when it happened, kind, author, text and what belongs to it."""
    from ddh_beredskab.danish_time import day_and_clock
    from ddh_beredskab.projections.read_model import instant
    from ddh_beredskab.timeline_view import named

    author = named(f"@{entry['author']}", known)
    marks = [say("log_mark.late")] if entry["late"] else []
    if entry["corrected_by"]:
        marks.append(say("log_mark.corrected", number=entry["corrected_by"]))
    if entry.get("refers_to"):
        marks.append(say("log_mark.refers_to", number=entry["refers_to"]))
    if entry["reason"]:
        marks.append(say("log_mark.reason", reason=named(entry["reason"], known)))
    head = f"{entry['number']:>4}  {day_and_clock(instant(entry['happened_at']))}  {say('log_kind.' + entry['kind'])}"
    text = "\n      ".join(named(entry["text"], known).splitlines())  # a new line must not look like a new entry
    return f"{head}  {author}: {text}" + (f" [{'; '.join(marks)}]" if marks else "")


async def _export(settings: Settings, crisis: str, environment: str | None, target: Path) -> tuple[int, str]:
    from ddh_beredskab.cli.journals import journal_with
    from ddh_beredskab.core.decider import own_stream
    from ddh_beredskab.journal.log_file import export_log
    from ddh_beredskab.journal.messages import head_of

    half = target.with_name(f".{target.name}.half")
    async with journal_with(settings, crisis, environment) as opened:

        def job(conn: Conn) -> tuple[int, str]:
            with half.open("wb") as file:
                entries = export_log(conn, crisis, file.write)
            return entries, head_of(conn, own_stream("logbook", crisis))[1]

        try:
            entries, head = await opened.database.read(job)
            half.replace(target)
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(target)) from error
        finally:
            half.unlink(missing_ok=True)
        return entries, head


async def _verify_journals(settings: Settings, environment: str | None) -> list[str]:
    from ddh_beredskab.cli.journals import journals
    from ddh_beredskab.errors import UserError
    from ddh_beredskab.journal.verify import verify_journal

    async with journals(settings, environment) as all_:
        for opened in all_:
            problems = await opened.database.read(verify_journal)
            if problems:
                sentence = "\n".join(f"{opened.environment}: {each.problem}" for each in problems)
                place = problems[0].stream or opened.environment
                raise UserError("journal_changed", place=place, sentence=sentence)
        return [opened.environment for opened in all_]
