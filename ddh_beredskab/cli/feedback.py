"""`feedback import`: questions and scores in bulk; bad rows are listed by line, good ones go in, twice counts once."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Generator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ddh_beredskab.cli.options import Data, Environment, Json, PlaybookFolder, settings_of
from ddh_beredskab.cli.output import out, out_json, remark
from ddh_beredskab.i18n import say

if TYPE_CHECKING:
    from collections.abc import Callable

    from ddh_beredskab.imports.questions import Questions
    from ddh_beredskab.imports.scores import Scores
    from ddh_beredskab.imports.sheets import Sheet
    from ddh_beredskab.imports.storing import Imported
    from ddh_beredskab.playbooks.imports import Profile
    from ddh_beredskab.settings import Settings

LISTED = 100
"""So many bad rows are told one by one on a screen; `--json` and `--bad` tell all."""


def import_file(
    file: Annotated[Path, typer.Argument(metavar="FIL.csv", help=say("cli.feedback.file"))],
    crisis: Annotated[str, typer.Option("--crisis", metavar="KRISE", help=say("cli.option.crisis"))],
    profile: Annotated[str | None, typer.Option("--from", metavar="KANAL", help=say("cli.feedback.from"))] = None,
    columns: Annotated[
        list[str] | None, typer.Option("--map", metavar="FELT=KOLONNE", help=say("cli.feedback.map"))
    ] = None,
    values: Annotated[
        list[str] | None, typer.Option("--value", metavar="FELT=VÆRDI", help=say("cli.feedback.value"))
    ] = None,
    encoding: Annotated[
        str | None, typer.Option("--encoding", metavar="NAVN", help=say("cli.feedback.encoding"))
    ] = None,
    bad: Annotated[Path | None, typer.Option("--bad", metavar="FIL", help=say("cli.feedback.bad"))] = None,
    data: Data = None,
    playbooks: PlaybookFolder = None,
    environment: Environment = None,
    json: Json = False,
) -> None:
    from ddh_beredskab.cli.incident import pairs
    from ddh_beredskab.errors import UserError

    settings = settings_of(data, playbooks)
    named = _profile(settings, profile)
    given = (pairs(columns or [], "--map"), pairs(values or [], "--value"))
    where, imported = asyncio.run(_import(settings, file, crisis, named, *given, encoding, environment, quiet=json))
    if bad is not None:
        _write_bad(bad, imported)
    skipped = len(imported.bad)
    nothing = imported.rows == 0 and bool(imported.bad)
    if json and not nothing:
        out_json(_as_json(where, file, crisis, imported))
        return
    for each in [] if json else imported.bad[:LISTED]:
        remark(each.sentence)
    if (more := skipped - LISTED) > 0 and not json:
        remark(say("cli.feedback.more_skipped", n=more))
    if nothing:
        raise UserError("csv_no_good_rows", place=str(file), skipped=skipped)
    for key in imported.remarks:
        out(say(f"cli.feedback.{key}"))
    if imported.struck_out:
        out(say("cli.feedback.struck_out", n=imported.struck_out))
    if bad is not None and skipped:
        out(say("cli.feedback.bad_written", file=bad))
    done = "scores_done" if named is not None and named.kind == "scores" else "done"
    out(say(f"cli.feedback.{done}", new=imported.new, known=imported.known, skipped=skipped))


def _profile(settings: Settings, name: str | None) -> Profile | None:
    """The channel that was named. Raises `UserError` when there is no such."""
    from ddh_beredskab.errors import UserError
    from ddh_beredskab.playbooks import find_playbooks
    from ddh_beredskab.playbooks.imports import load_profiles

    if name is None:
        return None
    profiles = load_profiles(find_playbooks(settings.playbooks)).profiles
    if name not in profiles:
        near = get_close_matches(name, list(profiles), n=1, cutoff=0.5)
        hint = say("usage.meant", names=near[0]) if near else ""
        raise UserError("no_profile", place="--from", name=name, hint=hint, known=", ".join(profiles))
    return profiles[name]


async def _import(
    settings: Settings,
    path: Path,
    crisis: str,
    profile: Profile | None,
    columns: dict[str, str],
    values: dict[str, str],
    encoding: str | None,
    environment: str | None,
    *,
    quiet: bool,
) -> tuple[str, Imported]:
    from ddh_beredskab.bootstrap import rules
    from ddh_beredskab.cli.journals import journal_with
    from ddh_beredskab.imports.storing import channel_of, ground, open_import, store
    from ddh_beredskab.playbooks import find_playbooks
    from ddh_beredskab.playbooks.municipalities import load_municipalities

    books = rules(settings)
    places = load_municipalities(find_playbooks(settings.playbooks)).lines
    async with journal_with(settings, crisis, environment) as opened:
        found = await opened.database.read(lambda conn: ground(conn, crisis, books, places))
        file = open_import(_sheet(path, encoding), crisis, found, profile, columns, values)
        with _progress(file, quiet=quiet) as tell:
            return opened.environment, await store(opened.database, file, channel=channel_of(profile), tell=tell)


def _sheet(path: Path, encoding: str | None) -> Sheet:
    from ddh_beredskab.cli.edge import reason
    from ddh_beredskab.errors import UserError
    from ddh_beredskab.imports.sheets import sheet_in

    try:
        return sheet_in(path, encoding)
    except OSError as error:
        raise UserError("file", place=str(path), path=path, why=reason(error)) from error


def _write_bad(path: Path, imported: Imported) -> None:
    from ddh_beredskab.cli.edge import reason
    from ddh_beredskab.errors import UserError
    from ddh_beredskab.imports.bad_rows import bad_rows_file

    try:
        path.write_bytes(bad_rows_file(imported.bad))
    except OSError as error:
        raise UserError("file", place=str(path), path=path, why=reason(error)) from error


def _as_json(environment: str, file: Path, crisis: str, imported: Imported) -> dict[str, Any]:
    return {
        "crisis_id": crisis,
        "environment": environment,
        "file": str(file),
        "rows": imported.rows,
        "new": imported.new,
        "known": imported.known,
        "struck_out": imported.struck_out,
        "answered_assumed": "answered_assumed" in imported.remarks,
        "passed_on_unknown": "passed_on_unknown" in imported.remarks,
        "skipped": [
            {"line": each.line, "column": each.column, "value": each.value, "why": each.why, "sentence": each.sentence}
            for each in imported.bad
        ],
    }


@contextmanager
def _progress(file: Questions | Scores, *, quiet: bool) -> Generator[Callable[[], None]]:
    """A bar on a terminal, nothing elsewhere."""
    if quiet or not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    shown = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*shown, console=Console(stderr=True)) as bar:
        task = bar.add_task(say("cli.feedback.reading"), total=file.sheet.lines)
        yield lambda: bar.update(task, completed=file.line)
        bar.update(task, completed=file.sheet.lines)
