"""`training`: completed courses from a file, who is due or overdue, and the year's drills as a calendar.

Rule kept: what is written down stands there as done from the command line.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ddh_beredskab.cli.options import Data, Json, PlaybookFolder, settings_of
from ddh_beredskab.cli.output import columns, out, out_json, remark
from ddh_beredskab.i18n import say

if TYPE_CHECKING:
    from ddh_beredskab.journal.database import Job, T
    from ddh_beredskab.people.training_due import Line
    from ddh_beredskab.settings import Settings

BY = "kommandolinjen"
OPERATION = "drift"
LISTED = 100
Municipality = Annotated[
    str, typer.Option("--municipality", metavar="KODE", help=say("cli.training.municipality"), show_default=False)
]


def import_courses(
    file: Annotated[Path, typer.Argument(metavar="FIL", help=say("cli.training.file"))],
    data: Data = None,
    playbooks: PlaybookFolder = None,
    json: Json = False,
) -> None:
    from ddh_beredskab.errors import UserError
    from ddh_beredskab.imports.courses import known_people, read_courses, store
    from ddh_beredskab.playbooks.loader import find_playbooks
    from ddh_beredskab.playbooks.training import load_training

    settings = settings_of(data, playbooks)
    raw, rules = _read(file), load_training(find_playbooks(settings.playbooks))

    def job(conn: Any) -> tuple[Any, Any]:
        found = read_courses(raw, str(file), known_people(conn), rules, _today())
        return found, store(conn, found, by=BY)

    found, stored = asyncio.run(_do(settings, job))
    counts = {"new": stored.new, "known": stored.known, "not_passed": found.not_passed}
    if json:
        skipped = [{"line": each.line, "sentence": each.sentence} for each in found.bad]
        out_json({"file": str(file), "source": found.source, **counts, "skipped": skipped})
        return
    for each in found.bad[:LISTED]:
        remark(each.sentence)
    if (more := len(found.bad) - LISTED) > 0:
        remark(say("cli.feedback.more_skipped", n=more))
    if found.bad and not found.done:
        raise UserError("csv_no_good_rows", place=str(file), skipped=len(found.bad))
    out(say("cli.training.done", **counts, skipped=len(found.bad)))


def list_training(
    overdue: Annotated[bool, typer.Option("--overdue", help=say("cli.training.overdue"))] = False,
    municipality: Municipality = "",
    data: Data = None,
    playbooks: PlaybookFolder = None,
    json: Json = False,
) -> None:
    settings = settings_of(data, playbooks)
    found = [
        each
        for each in asyncio.run(_lines(settings))
        if (each.overdue or not overdue) and municipality in ("", each.municipality)
    ]
    if json:
        out_json({"lines": [_as_json(each) for each in found]})
        return
    if not found:
        out(say("cli.training.none_overdue" if overdue else "cli.training.none"))
        return
    role = _role_names(settings)
    head = tuple(say(f"cli.training.head_{each}") for each in ("name", "role", "municipality", "what", "done", "due"))
    rows = [
        (
            each.name,
            role(each.role),
            each.municipality,
            say(f"training.what.{each.what}"),
            _day(each.done_on),
            _day(each.due_on) if each.state != "never" else say("cli.training.at_once"),
            say(f"training.state.{each.state}"),
        )
        for each in found
    ]
    columns([(*head, say("cli.training.head_state")), *rows])


def calendar(
    to: Annotated[Path, typer.Option("--to", metavar="FIL", help=say("cli.training.to"))],
    municipality: Municipality = "",
    data: Data = None,
    playbooks: PlaybookFolder = None,
    json: Json = False,
) -> None:
    from ddh_beredskab.cli.edge import reason
    from ddh_beredskab.errors import UserError
    from ddh_beredskab.people.training_plan import yearly_plan
    from ddh_beredskab.reports.training_calendar import training_calendar

    settings = settings_of(data, playbooks)
    lines = [each for each in asyncio.run(_lines(settings)) if municipality in ("", each.municipality)]
    plan = yearly_plan(lines, _today())
    made = training_calendar(plan, _role_names(settings), asyncio.run(_municipalities(settings)), _today())
    try:
        to.write_bytes(made)
    except OSError as error:
        raise UserError("file", place=str(to), path=to, why=reason(error)) from error
    if json:
        out_json({"file": str(to), "drills": len(plan)})
    else:
        out(say("cli.training.written", n=len(plan), path=to))


# -- helpers --------------------------------------------------------------------------------------


async def _do(settings: Settings, job: Job[T]) -> T:
    """A job on the operation's journal. Raises `UserError` where there is none."""
    from ddh_beredskab.cli.journals import journals

    async with journals(settings, OPERATION) as (operation,):
        return await operation.database.write(job, bulk=True)


async def _lines(settings: Settings) -> list[Line]:
    from ddh_beredskab.bootstrap import rules
    from ddh_beredskab.people.training_due import lines, read_ground
    from ddh_beredskab.playbooks.loader import find_playbooks
    from ddh_beredskab.playbooks.training import load_training

    training = load_training(find_playbooks(settings.playbooks))
    ground = await _do(settings, read_ground)
    return lines(ground, training, rules(settings).limits.training_valid_days, _today())


async def _municipalities(settings: Settings) -> dict[str, str]:
    from ddh_beredskab.people.directory import extra_municipalities
    from ddh_beredskab.playbooks.loader import find_playbooks
    from ddh_beredskab.playbooks.municipalities import load_municipalities

    names = {line.code: line.name for line in load_municipalities(find_playbooks(settings.playbooks)).lines}
    return names | {code: name for code, name, _, _ in await _do(settings, extra_municipalities)}


def _role_names(settings: Settings) -> Any:
    from ddh_beredskab.bootstrap import rules

    cards = rules(settings).roles
    return cards.name


def _as_json(line: Line) -> dict[str, Any]:
    return {
        "person": line.person,
        "name": line.name,
        "municipality": line.municipality,
        "role": line.role,
        "position": line.position,
        "what": line.what,
        "done_on": line.done_on.isoformat() if line.done_on else None,
        "due_on": line.due_on.isoformat() if line.due_on else None,
        "state": line.state,
    }


def _read(path: Path) -> bytes:
    from ddh_beredskab.cli.edge import reason
    from ddh_beredskab.errors import UserError

    try:
        return path.read_bytes()
    except OSError as error:
        raise UserError("file", place=str(path), path=path, why=reason(error)) from error


def _today() -> date:
    from ddh_beredskab.danish_time import local

    return local(datetime.now(UTC)).date()


def _day(day: date | None) -> str:
    return f"{day:%d-%m-%Y}" if day else ""
