"""`shifts import`: the shift plan from Excel (CSV) or a calendar (iCal), with each bad row told by its line."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ddh_beredskab.cli.options import Data, Environment, Json, PlaybookFolder, settings_of
from ddh_beredskab.cli.output import out, out_json, remark
from ddh_beredskab.i18n import say

if TYPE_CHECKING:
    from ddh_beredskab.settings import Settings

LISTED = 100
OPERATION = "drift"


def import_plan(
    file: Annotated[Path, typer.Argument(metavar="FIL", help=say("cli.shifts.file"))],
    data: Data = None,
    playbooks: PlaybookFolder = None,
    environment: Environment = None,
    json: Json = False,
) -> None:
    from ddh_beredskab.errors import UserError

    raw = _read(file)
    result = asyncio.run(_import(settings_of(data, playbooks), file, raw, environment or OPERATION))
    bad: list[dict[str, Any]] = result["skipped"]
    if json:
        out_json(result)
        return
    for each in bad[:LISTED]:
        remark(each["sentence"])
    if (more := len(bad) - LISTED) > 0:
        remark(say("cli.feedback.more_skipped", n=more))
    if bad and not result["new"] + result["changed"] + result["known"]:
        raise UserError("csv_no_good_rows", place=str(file), skipped=len(bad))
    out(say("cli.shifts.done", **{name: result[name] for name in ("new", "changed", "known")}, skipped=len(bad)))


def _read(path: Path) -> bytes:
    from ddh_beredskab.cli.edge import reason
    from ddh_beredskab.errors import UserError

    try:
        return path.read_bytes()
    except OSError as error:
        raise UserError("file", place=str(path), path=path, why=reason(error)) from error


async def _import(settings: Settings, path: Path, raw: bytes, environment: str) -> dict[str, Any]:
    from ddh_beredskab.cli.journals import journals
    from ddh_beredskab.journal.clock_row import clock_now
    from ddh_beredskab.people.directory import extra_municipalities
    from ddh_beredskab.people.shift_file import read_plan
    from ddh_beredskab.people.shift_plan import known_people, put_plan
    from ddh_beredskab.playbooks.loader import find_playbooks
    from ddh_beredskab.playbooks.municipalities import load_municipalities

    municipalities = {line.code: line.name for line in load_municipalities(find_playbooks(settings.playbooks)).lines}
    async with journals(settings, OPERATION) as (operation,):
        extra = await operation.database.read(extra_municipalities)
        municipalities |= {code: name for code, name, _, _ in extra}
        known = await operation.database.read(lambda conn: known_people(conn, municipalities))
    plan = read_plan(str(path), raw, known)
    async with journals(settings, environment) as (opened,):
        imported = await opened.database.write(
            lambda conn: put_plan(conn, plan.rows, path.name, clock_now(conn)), bulk=True
        )
    return {
        "environment": environment,
        "file": str(path),
        "new": imported.new,
        "changed": imported.changed,
        "known": imported.known,
        "skipped": [{"line": each.line, "sentence": each.sentence} for each in plan.bad],
    }
