"""One drill for people, driven to its end: beside `up`, which keeps its worker, or in a terminal with its own broker.

Rule kept: a drill is driven from what stands in its journal alone, so that whoever drives it may be killed -9 and the
next one goes on where it was.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable

from ddh_beredskab import bootstrap
from ddh_beredskab.core.playbook import Playbooks
from ddh_beredskab.drills import environment
from ddh_beredskab.drills.account import Account
from ddh_beredskab.drills.casting import cast_recording
from ddh_beredskab.drills.controls import control, set_control
from ddh_beredskab.drills.driver import Step
from ddh_beredskab.drills.led_driver import LedDriver
from ddh_beredskab.drills.plan import Plan, planned
from ddh_beredskab.drills.recording import load_recording
from ddh_beredskab.drills.recording_model import Recording
from ddh_beredskab.drills.starting import start_drill
from ddh_beredskab.drills.summary import summarise
from ddh_beredskab.errors import UserError
from ddh_beredskab.i18n import say
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.journal.database import Database
from ddh_beredskab.playbooks import find_playbooks
from ddh_beredskab.run_drill import with_own_worker
from ddh_beredskab.settings import Settings
from ddh_beredskab.streams.child_process import Child
from ddh_beredskab.streams.heartbeat import Heart
from schemas.base import SYSTEM
from schemas.drill_summary import DrillSummary


async def lead_drill(
    settings: Settings, name: str, *, on_step: Callable[[Step], None] = lambda _: None
) -> tuple[DrillSummary, Account] | None:
    """Drive the drill of an environment whose worker somebody else keeps; null when it has ended before.

    Raises `UserError` when nothing is planned there, or the recording is another than was planned with.
    """
    database = await bootstrap.open_journal(settings, name)
    try:
        plan, progress = await database.read(lambda conn: (planned(conn), environment.progress(conn)))
        if plan is None or progress is None:
            raise UserError("no_plan", place=name, environment=name)
        if progress.finished_at is not None:
            return None
        recording = load_recording(plan.recording, [find_playbooks(settings.playbooks) / "drills"])
        if recording.sha256 != plan.recording_sha256:
            raise UserError("no_plan", sentence=say("drill_plan.other_recording", name=recording.name), place=name)
        return await _lead(database, bootstrap.rules(settings), recording, plan, on_step)
    finally:
        await database.close()


async def ready_drill(settings: Settings, plan: Plan, speed: float | None) -> str:
    """The environment of this plan's drill, set going: the one that was broken off, or a new one."""
    name = await _unfinished(settings, plan) or await _new(settings, plan)
    database = await bootstrap.open_journal(settings, name)
    try:
        await database.write(lambda conn: set_control(conn, "running", speed, plan.leader))
    finally:
        await database.close()
    return name


async def _new(settings: Settings, plan: Plan) -> str:
    return f"oevelse.{await start_drill(bootstrap.drill_stage(settings), plan, plan.leader)}"


async def _unfinished(settings: Settings, plan: Plan) -> str | None:
    for name in await bootstrap.environments(settings):
        if name == "drift":
            continue
        database = await bootstrap.open_journal(settings, name)
        try:
            made, progress = await database.read(lambda conn: (planned(conn), environment.progress(conn)))
        finally:
            await database.close()
        unnamed = {"name": plan.name, "recording_sha256": plan.recording_sha256}
        same = made is not None and made.model_copy(update=unnamed) == plan
        if same and progress is not None and progress.finished_at is None:
            return name
    return None


async def lead_with_own_worker(
    settings: Settings, name: str, *, on_step: Callable[[Step], None] = lambda _: None
) -> tuple[DrillSummary, Account] | None:
    """The same with a broker and a worker of its own, for a terminal."""
    async with with_own_worker(settings, name.removeprefix("oevelse.")) as supervisor:
        leading = asyncio.create_task(lead_drill(settings, name, on_step=on_step))
        watching = asyncio.create_task(supervisor.wait())
        try:
            await asyncio.wait({leading, watching}, return_when=asyncio.FIRST_COMPLETED)
            if not leading.done():
                watching.result()
                raise asyncio.CancelledError
            return leading.result()
        finally:
            leading.cancel()
            watching.cancel()
            await asyncio.gather(leading, watching, return_exceptions=True)


async def drive_until_stopped(settings: Settings, name: str) -> None:
    """The child process: drive to the end, then beat on until the supervisor takes it away."""
    heart = Heart.from_env()
    heart.start()
    await lead_drill(settings, name)
    await asyncio.Event().wait()


def drive_child(settings: Settings, name: str) -> Child:
    """The driver of one planned drill as a child process."""
    return Child(
        name=f"drive-{name.removeprefix('oevelse.')}",
        argv=[sys.executable, "-P", "-m", "ddh_beredskab.cli", "drill", "drive", name],
        env={
            "DDH_DATA": str(settings.data.resolve()),
            "DDH_DATABASE": settings.database,
            "DDH_PLAYBOOKS": str(settings.playbooks.resolve()) if settings.playbooks else None,
        },
        heartbeat=True,
    )


async def _lead(
    database: Database, playbooks: Playbooks, recording: Recording, plan: Plan, on_step: Callable[[Step], None]
) -> tuple[DrillSummary, Account]:
    began = time.monotonic()
    await LedDriver(database, bootstrap.journal_of(f"oevelse.{plan.name}"), recording, plan, on_step=on_step).lead()
    seconds = time.monotonic() - began
    cast = cast_recording(recording, plan)

    def conclude(conn: Conn) -> tuple[DrillSummary, Account]:
        progress, wanted = environment.progress(conn), control(conn)
        past = cast.recording.inputs[: progress.next_input if progress else 0]
        played = [each for each in past if each.index not in cast.skipped]
        summary, result = summarise(conn, playbooks, played, seconds, by_people=True)
        environment.finish(conn, plan.name, json.dumps(summary.model_dump(mode="json")))
        if wanted is not None and wanted.state != "ended":
            set_control(conn, "ended", wanted.speed, SYSTEM.person)
        return summary, result

    return await database.write(conclude)
