"""`drill plan`, `go`, `pause`, `speed`, `jump`, `end`, `status`, `inject`: a drill for people, led without a browser.

Rule kept: what is said here is written where the pages write it; the drill's driver hears it within a second.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from ddh_beredskab.cli.options import Data, Json, PlaybookFolder, settings_of
from ddh_beredskab.cli.output import columns, out, out_json
from ddh_beredskab.i18n import say

if TYPE_CHECKING:
    from ddh_beredskab.drills.controls import Control, State
    from ddh_beredskab.drills.plan import Plan
    from ddh_beredskab.journal.database import Job, T
    from ddh_beredskab.settings import Settings

BY = "kommandolinjen"
LATER = timedelta(minutes=10)

Id = Annotated[str, typer.Argument(metavar="ØVELSE", help=say("cli.drill.id"))]
PlanFile = Annotated[Path, typer.Argument(metavar="FIL", help=say("cli.drill.plan_file"))]


def plan(
    file: PlanFile,
    start: Annotated[bool, typer.Option("--start", help=say("cli.drill.start"))] = False,
    data: Data = None,
    playbooks: PlaybookFolder = None,
    json: Json = False,
) -> None:
    from ddh_beredskab.bootstrap import drill_stage
    from ddh_beredskab.drills.starting import start_drill

    settings = settings_of(data, playbooks)
    read = read_plan(file)
    drill_id = asyncio.run(start_drill(drill_stage(settings), read, read.leader, running=start))
    if json:
        out_json({"drill": drill_id, "environment": f"oevelse.{drill_id}", "state": "running" if start else "waiting"})
        return
    out(say("cli.drill.ready", id=drill_id))
    out(say("cli.drill.runs" if start else "cli.drill.waits", id=drill_id))


def read_plan(file: Path) -> Plan:
    """A plan from a file. Raises `UserError` with file and line of each mistake."""
    from ddh_beredskab.cli.yaml_file import read_fields, validated
    from ddh_beredskab.drills.plan import Plan

    lined = read_fields(file)
    given: dict[str, Any] = {"recording_sha256": "", **lined.data}
    return validated(Plan, given, file, lined)


def go(drill: Id, data: Data = None) -> None:
    _say(settings_of(data), drill, "running")


def pause(drill: Id, data: Data = None) -> None:
    _say(settings_of(data), drill, "paused")


def end(drill: Id, data: Data = None) -> None:
    _say(settings_of(data), drill, "ended")


def speed(
    drill: Id,
    times: Annotated[str, typer.Argument(metavar="TAL", help=say("cli.drill.times"))],
    data: Data = None,
) -> None:
    from ddh_beredskab.errors import UserError

    wanted: float | None = None
    if times != "fast":
        try:
            wanted = float(times.replace(",", "."))
        except ValueError:
            wanted = 0.0
        if not 1 <= wanted <= 60:
            raise UserError("drill_speed", place="TAL", given=times)
    _say(settings_of(data), drill, None, speed=(wanted,))


def jump(
    drill: Id,
    to: Annotated[str | None, typer.Option("--to", metavar="TID", help=say("cli.drill.jump_to"))] = None,
    data: Data = None,
) -> None:
    from ddh_beredskab.danish_time import parse_instant
    from ddh_beredskab.errors import UserError

    at = None if to is None else parse_instant(to)
    if to is not None and at is None:
        raise UserError("drill_time", place="--to", given=to)
    _say(settings_of(data), drill, None, jump=(at,))


def status(drill: Id, data: Data = None, json: Json = False) -> None:
    from ddh_beredskab.danish_time import day_and_clock
    from ddh_beredskab.drills.controls import control
    from ddh_beredskab.drills.environment import progress
    from ddh_beredskab.drills.injects import all_injects
    from ddh_beredskab.drills.plan import planned
    from ddh_beredskab.journal.clock_row import clock_now

    def job(conn: Any) -> Any:
        return planned(conn), control(conn), progress(conn), clock_now(conn), all_injects(conn)

    made, wanted, how_far, clock, injects = asyncio.run(_do(settings_of(data), drill, job))
    if json:
        out_json(
            {
                "environment": environment_of(drill),
                "title": made.title,
                "state": wanted.state,
                "speed": wanted.speed,
                "jump_to": wanted.jump_to,
                "clock": clock,
                "inputs": {"all": how_far.inputs, "played": how_far.played, "withheld": how_far.withheld},
                "finished": how_far.finished_at is not None,
                "injects": [
                    {"key": each.inject.key, "title": each.inject.title, "state": each.state, "due_at": each.due_at,
                     "delivered_at": each.delivered_at, "improvised": each.improvised}
                    for each in injects
                ],
            }
        )  # fmt: skip
        return
    state = say(f"cli.drill.state.{'ended' if how_far.finished_at else wanted.state}")
    out(say("cli.drill.status", title=made.title, state=state, clock=day_and_clock(clock)))
    out(say("cli.drill.status_inputs", all=how_far.inputs, played=how_far.played, withheld=how_far.withheld))
    columns(
        [
            (
                each.inject.key,
                say(f"cli.drill.inject.{each.state}"),
                _when(each.delivered_at or each.due_at),
                each.inject.title,
            )
            for each in injects
        ]
    )


def inject(
    drill: Id,
    key: Annotated[str, typer.Argument(metavar="NØGLE", help=say("cli.drill.inject_key"))],
    skip: Annotated[bool, typer.Option("--skip", help=say("cli.drill.inject_skip"))] = False,
    later: Annotated[
        int | None, typer.Option("--later", min=1, max=1440, metavar="MINUTTER", help=say("cli.drill.inject_later"))
    ] = None,
    again: Annotated[bool, typer.Option("--again", help=say("cli.drill.inject_again"))] = False,
    text: Annotated[str, typer.Option("--text", metavar="TEKST", help=say("cli.drill.inject_text"))] = "",
    to: Annotated[list[str] | None, typer.Option("--to", metavar="ROLLE", help=say("cli.drill.inject_to"))] = None,
    crisis: Annotated[
        int | None, typer.Option("--crisis", min=1, metavar="NUMMER", help=say("cli.drill.inject_crisis"))
    ] = None,
    data: Data = None,
) -> None:
    from ddh_beredskab.cli.drill import search_in
    from ddh_beredskab.cli.yaml_file import validated
    from ddh_beredskab.drills import injects
    from ddh_beredskab.drills.plan import Inject
    from ddh_beredskab.errors import UserError
    from ddh_beredskab.journal.clock_row import clock_now

    settings = settings_of(data)
    made: Inject | None = None
    if text:
        given: dict[str, Any] = {"key": key, "title": text[:60], "text": text, "to": to or [], "crisis": crisis or 1}
        made = validated(Inject, given, None, None)
    if made is not None and crisis is not None:
        crises = asyncio.run(_do(settings, drill, partial(_crises, search=search_in(settings))))
        if crisis > crises:
            raise UserError("drill_crisis", place="--crisis", given=crisis, crises=crises)

    def job(conn: Any) -> bool:
        now = clock_now(conn)
        if made is not None:
            injects.add(conn, [made.model_copy(update={"at": now})], improvised=True)
            return True
        if again:
            return injects.repeat(conn, key, now) is not None
        if skip:
            return injects.skip(conn, key)
        held = next((each for each in injects.all_injects(conn) if each.inject.key == key), None)
        if later is not None and held is not None:
            return injects.put_off(conn, key, max(held.due_at or now, now) + timedelta(minutes=later))
        return injects.put_off(conn, key, now)

    if not asyncio.run(_do(settings, drill, job, write=True)):
        raise UserError("no_inject", place=key, inject=key)
    out(say("cli.drill.inject_done"))


def _crises(conn: Any, search: list[Path]) -> int:
    """How many crises the drill's recording has; one, when it cannot be found any more."""
    from ddh_beredskab.drills.plan import planned
    from ddh_beredskab.drills.recording import load_recording
    from ddh_beredskab.errors import UserError

    made = planned(conn)
    try:
        return load_recording(made.recording, search).crises if made else 1
    except UserError:
        return 1


def drive(
    environment: Annotated[str, typer.Argument(metavar="MILJØ", help=say("cli.option.environment"))],
    data: Data = None,
    playbooks: PlaybookFolder = None,
) -> None:
    from ddh_beredskab.bootstrap import configure_logging
    from ddh_beredskab.cli.system import leave_with_sentence, supervised
    from ddh_beredskab.errors import UserError
    from ddh_beredskab.led_drill import drive_until_stopped

    watched = supervised()
    settings = settings_of(data, playbooks)
    configure_logging(settings.log_level)
    try:
        asyncio.run(drive_until_stopped(settings, environment))
    except UserError as error:
        leave_with_sentence(error, watched)


def environment_of(drill: str) -> str:
    """`stormflod-2023-1` and `oevelse.stormflod-2023-1` are one."""
    return drill if drill.startswith("oevelse.") else f"oevelse.{drill}"


def _say(
    settings: Settings,
    drill: str,
    state: Literal["running", "paused", "ended"] | None,
    *,
    speed: tuple[float | None] | None = None,
    jump: tuple[datetime | None] | None = None,
) -> None:
    """Write what is wanted: another state, another speed, a jump; the rest stays as it was."""
    from ddh_beredskab.drills.controls import control, set_control
    from ddh_beredskab.drills.environment import progress
    from ddh_beredskab.drills.injects import all_injects
    from ddh_beredskab.errors import UserError

    def job(conn: Any) -> tuple[State, datetime | None]:
        wanted: Control | None = control(conn)
        how_far = progress(conn)
        assert wanted is not None
        if how_far is None or how_far.finished_at is not None:
            raise UserError("drill_over", place=drill)
        to = None
        if jump is not None:
            coming = [each.due_at for each in all_injects(conn) if each.state == "planned" and each.due_at is not None]
            to = jump[0] or min(coming, default=None)
            if to is None:
                raise UserError("no_next_inject", place=drill)
        now_wanted: State = state or wanted.state
        set_control(conn, now_wanted, wanted.speed if speed is None else speed[0], BY, to)
        return now_wanted, to

    told, _ = asyncio.run(_do(settings, drill, job, write=True))
    out(say(f"cli.drill.said.{told}"))


async def _do(settings: Settings, drill: str, job: Job[T], *, write: bool = False) -> T:
    """Something in the journal of a planned drill. Raises `UserError` when there is none."""
    from ddh_beredskab.cli.journals import journals
    from ddh_beredskab.drills.plan import planned
    from ddh_beredskab.errors import UserError

    name = environment_of(drill)
    async with journals(settings, name) as (opened,):
        if await opened.database.read(planned) is None:
            raise UserError("no_plan", place=drill, environment=name)
        return await (opened.database.write(job) if write else opened.database.read(job))


def _when(at: datetime | None) -> str:
    from ddh_beredskab.danish_time import day_and_clock

    return day_and_clock(at) if at is not None else "-"
