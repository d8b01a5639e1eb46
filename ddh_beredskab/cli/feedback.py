"""`feedback import`: citizens' questions in bulk; bad rows are listed by line, good ones go in, twice counts once."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ddh_beredskab.cli.options import Data, Environment, Json, PlaybookFolder, settings_of
from ddh_beredskab.cli.output import out, out_json, remark
from ddh_beredskab.i18n import say

if TYPE_CHECKING:
    from collections.abc import Callable

    from ddh_beredskab.cli.feedback_file import FeedbackFile
    from ddh_beredskab.cli.journals import Opened
    from ddh_beredskab.core.playbook import Playbooks
    from ddh_beredskab.journal.connection import Conn
    from ddh_beredskab.settings import Settings
    from schemas.feedback import FeedbackItem

BATCH = 500
LISTED = 100
"""So many bad rows are told one by one on a screen; `--json` tells all."""


def import_file(
    file: Annotated[Path, typer.Argument(metavar="FIL.csv", help=say("cli.feedback.file"))],
    crisis: Annotated[str, typer.Option("--crisis", metavar="KRISE", help=say("cli.option.crisis"))],
    columns: Annotated[
        list[str] | None, typer.Option("--map", metavar="FELT=KOLONNE", help=say("cli.feedback.map"))
    ] = None,
    values: Annotated[
        list[str] | None, typer.Option("--value", metavar="FELT=VÆRDI", help=say("cli.feedback.value"))
    ] = None,
    encoding: Annotated[
        str | None, typer.Option("--encoding", metavar="NAVN", help=say("cli.feedback.encoding"))
    ] = None,
    data: Data = None,
    playbooks: PlaybookFolder = None,
    environment: Environment = None,
    json: Json = False,
) -> None:
    from ddh_beredskab.cli.incident import pairs
    from ddh_beredskab.errors import UserError

    settings = settings_of(data, playbooks)
    given = (pairs(columns or [], "--map"), pairs(values or [], "--value"))
    result = asyncio.run(_import(settings, file, crisis, *given, encoding, environment, quiet=json))
    skipped: list[dict[str, Any]] = result["skipped"]
    nothing = result["rows"] == 0 and bool(skipped)
    if json and not nothing:
        out_json(result)
        return
    for each in [] if json else skipped[:LISTED]:
        remark(each["sentence"])
    if (more := len(skipped) - LISTED) > 0 and not json:
        remark(say("cli.feedback.more_skipped", n=more))
    if nothing:
        raise UserError("csv_no_good_rows", place=str(file), skipped=len(skipped))
    if result["answered_assumed"]:
        out(say("cli.feedback.answered_assumed"))
    if result["struck_out"]:
        out(say("cli.feedback.struck_out", n=result["struck_out"]))
    out(say("cli.feedback.done", new=result["new"], known=result["known"], skipped=len(skipped)))


async def _import(
    settings: Settings,
    path: Path,
    crisis: str,
    columns: dict[str, str],
    values: dict[str, str],
    encoding: str | None,
    environment: str | None,
    *,
    quiet: bool,
) -> dict[str, Any]:
    from ddh_beredskab.bootstrap import rules
    from ddh_beredskab.cli.feedback_file import Reading, open_file
    from ddh_beredskab.cli.journals import journal_with
    from ddh_beredskab.journal.clock_row import clock_now

    books = rules(settings)
    async with journal_with(settings, crisis, environment) as opened:
        now = await opened.database.read(clock_now)
        topics = await opened.database.read(lambda conn: _topics(conn, crisis, books))
        file = open_file(path, Reading(crisis, columns, values, topics, now), encoding)
        with _progress(file, quiet=quiet) as tell:
            rows, new, struck = await _store(opened, file, tell)
    return {
        "crisis_id": crisis,
        "environment": opened.environment,
        "file": str(path),
        "rows": rows,
        "new": new,
        "known": rows - new,
        "struck_out": struck,
        "answered_assumed": "answered" not in file.at and "answered" not in values,
        "skipped": [{"line": each.line, "sentence": each.sentence} for each in file.bad],
    }


async def _store(opened: Opened, file: FeedbackFile, tell: Callable[[], None]) -> tuple[int, int, int]:
    from ddh_beredskab.doors import Registered, accept_feedback

    rows = new = struck = 0
    items: Iterator[FeedbackItem] = file.items()
    while batch := list(islice(items, BATCH)):

        def job(conn: Conn, batch: list[FeedbackItem] = batch) -> Registered:
            return accept_feedback(conn, batch)

        registered = await opened.database.write(job, bulk=True)
        rows, new, struck = rows + len(batch), new + registered.new, struck + registered.struck_out
        tell()
    return rows, new, struck


def _topics(conn: Conn, crisis: str, books: Playbooks) -> Any:
    """The topics of the crisis' kind, from its report: the read model may not have come so far."""
    from ddh_beredskab.core.decider import own_stream
    from ddh_beredskab.journal.messages import read_stream
    from schemas.activation import IncidentReported

    for row in read_stream(conn, own_stream("activation", crisis))[:5]:
        if isinstance(row.message, IncidentReported):
            return books.kinds[row.message.kind].topics
    return None


@contextmanager
def _progress(file: FeedbackFile, *, quiet: bool) -> Generator[Callable[[], None]]:
    """A bar on a terminal, nothing elsewhere."""
    if quiet or not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    shown = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*shown, console=Console(stderr=True)) as bar:
        task = bar.add_task(say("cli.feedback.reading"), total=file.lines)
        yield lambda: bar.update(task, completed=file.line)
