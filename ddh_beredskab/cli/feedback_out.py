"""`feedback report` and `feedback export`: what the pages offer as files, when there is no browser.

Rules kept: a report leaves the crisis staff, so small counts are hidden unless somebody asks for them; a file is
written beside its target and moved there whole.
"""

from __future__ import annotations

import asyncio
import errno
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ddh_beredskab.cli.options import Crisis, Data, Environment, Json, PlaybookFolder, settings_of
from ddh_beredskab.i18n import say

if TYPE_CHECKING:
    from ddh_beredskab.reports.tables import Sheet
    from ddh_beredskab.settings import Settings

Out = Annotated[Path, typer.Option("--out", metavar="FIL", help=say("cli.feedback.out"))]
Staff = Annotated[bool, typer.Option("--staff", help=say("cli.feedback.staff"))]


def report(
    crisis: Crisis,
    out_file: Out,
    number: Annotated[int | None, typer.Option("--number", min=1, metavar="N", help=say("cli.feedback.number"))] = None,
    staff: Staff = False,
    data: Data = None,
    playbooks: PlaybookFolder = None,
    environment: Environment = None,
    json: Json = False,
) -> None:
    from ddh_beredskab.cli.output import out, out_json

    _must_be(out_file, ".pdf", ".json")
    settings = settings_of(data, playbooks)
    told = asyncio.run(_report(settings, crisis, environment, number, out_file, staff=staff))
    if json:
        out_json({"crisis_id": crisis, "number": told, "file": str(out_file)})
    else:
        out(say("cli.feedback.report_written", number=told, file=out_file))


def export(
    crisis: Crisis,
    out_file: Out,
    what: Annotated[
        Literal["tal", "tilbagemeldinger"], typer.Option("--what", help=say("cli.feedback.what"))
    ] = "tilbagemeldinger",
    staff: Staff = False,
    data: Data = None,
    playbooks: PlaybookFolder = None,
    environment: Environment = None,
    json: Json = False,
) -> None:
    from ddh_beredskab.cli.output import out, out_json
    from ddh_beredskab.errors import UserError

    _must_be(out_file, ".csv", ".xlsx")
    if what == "tal" and not staff:
        raise UserError("counts_are_for_staff", place="--what")
    settings = settings_of(data, playbooks)
    rows = asyncio.run(_export(settings, crisis, environment, what, out_file, staff=staff))
    if json:
        out_json({"crisis_id": crisis, "rows": rows, "file": str(out_file)})
    else:
        out(say("cli.feedback.exported", rows=rows, file=out_file))


def _must_be(file: Path, *endings: str) -> None:
    from ddh_beredskab.errors import UserError

    if file.is_dir():
        raise IsADirectoryError(errno.EISDIR, "", str(file))
    if file.suffix.lower() not in endings:
        raise UserError("file_ending", place="--out", file=file.name, endings=", ".join(endings))


async def _report(
    settings: Settings, crisis: str, environment: str | None, number: int | None, file: Path, *, staff: bool
) -> int:
    from ddh_beredskab.cli.journals import journal_with, names
    from ddh_beredskab.errors import UserError
    from ddh_beredskab.playbooks import load_playbooks
    from ddh_beredskab.reports.feedback_pdf import feedback_pdf
    from ddh_beredskab.reports.feedback_report import read_report, report_of
    from ddh_beredskab.web.rendering import names_in, words_in

    playbooks = load_playbooks(settings.playbooks)
    async with journal_with(settings, crisis, environment) as opened:
        read = await opened.database.read(
            lambda conn: read_report(conn, opened.environment, crisis, number, playbooks.limits)
        )
        known = await opened.database.read(names)
    if read is None:
        raise UserError("no_report", place="--number" if number else crisis, crisis=crisis)
    told = report_of(read, playbooks, staff=staff)
    if file.suffix.lower() == ".json":
        _write(file, told.model_dump_json(indent=2).encode())
    else:
        made = feedback_pdf(told, words_in("da"), names_in("da", known).plain, at=datetime.now(UTC))
        _write(file, made)
    return told.number


async def _export(
    settings: Settings, crisis: str, environment: str | None, what: str, file: Path, *, staff: bool
) -> int:
    from ddh_beredskab.cli.journals import journal_with
    from ddh_beredskab.playbooks import load_playbooks
    from ddh_beredskab.projections.documents import document
    from ddh_beredskab.projections.feedback_reports import FEEDBACK_REPORTS
    from ddh_beredskab.projections.situation import SITUATION
    from ddh_beredskab.reports.feedback_tables import read_windows, report_sheet, window_sheet
    from ddh_beredskab.reports.tables import marked
    from ddh_beredskab.web.rendering import words_in

    playbooks, words = load_playbooks(settings.playbooks), words_in("da")
    async with journal_with(settings, crisis, environment) as opened:
        situation = await opened.database.read(lambda conn: document(conn, SITUATION, crisis))
        kind = (situation or {}).get("kind")
        if what == "tal":
            windows = await opened.database.read(lambda conn: read_windows(conn, crisis))
            sheet = window_sheet(windows, playbooks, kind, words)
        else:
            doc = await opened.database.read(lambda conn: document(conn, FEEDBACK_REPORTS, crisis))
            sheet = report_sheet(doc, playbooks, kind, words, staff=staff)
        if opened.environment != "drift":
            sheet = marked(sheet, words.t("site.drill"), words.t("site.drill_band"))
    _write(file, _table(sheet, file))
    return len(sheet.rows)


def _table(sheet: Sheet, file: Path) -> bytes:
    from ddh_beredskab.reports.tables import as_csv, as_excel

    return as_excel([sheet]) if file.suffix.lower() == ".xlsx" else as_csv(sheet)


def _write(file: Path, made: bytes) -> None:
    beside = file.with_name(f".{file.name}.del")
    try:
        beside.write_bytes(made)
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)
