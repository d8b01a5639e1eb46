"""Run a drill from the command line: its own broker and worker under a supervisor, its own journal, its own clock.

An unfinished run of the same recording goes on where it was; a finished one starts another, with the next number.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import sys
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from ddh_beredskab import bootstrap
from ddh_beredskab.core.playbook import Playbooks
from ddh_beredskab.drills import environment
from ddh_beredskab.drills.account import Account
from ddh_beredskab.drills.driver import Driver, Step
from ddh_beredskab.drills.recording_model import Recording
from ddh_beredskab.drills.summary import summarise
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.journal.database import Database, SqliteDatabase, sqlite_path
from ddh_beredskab.settings import Settings
from ddh_beredskab.streams.child_process import Child
from ddh_beredskab.streams.embedded_broker import broker_child, free_port
from ddh_beredskab.streams.supervisor import Supervisor
from ddh_beredskab.streams.topics import ensure_topics
from schemas.drill_summary import DrillSummary

FAST_POLL_SECONDS = 0.005
"""The driver waits for others' commits at every step, so it looks oftener than a screen would."""

LONGEST_SOCKET_PATH = 100
"""Where `SqliteDatabase.listen` gives up: Unix allows a socket's path about a hundred bytes."""


async def choose_drill_id(settings: Settings, recording: Recording) -> str:
    """The unfinished drill of this very recording, or the next free number of its name."""
    taken: set[str] = set()
    for name in await bootstrap.environments(settings):
        if not name.startswith("oevelse."):
            continue
        drill_id = name.removeprefix("oevelse.")
        taken.add(drill_id)
        database = await bootstrap.open_journal(settings, name)
        try:
            found = await database.read(environment.progress)
        finally:
            await database.close()
        if found is not None and found.finished_at is None and found.recording_sha256 == recording.sha256:
            return drill_id
    number = 1
    while f"{recording.name}-{number}" in taken:
        number += 1
    return f"{recording.name}-{number}"


def worker_child(settings: Settings, environment_name: str, broker: str, only: str = "all") -> Child:
    """The worker of one environment as a child process of ours; ready when it listens for the journal's commits."""
    wake: Path | None = None
    if not settings.database and only != "feedback":
        wake = sqlite_path(settings.data.resolve(), environment_name).parent / "wake.sock"
        if len(str(wake)) > LONGEST_SOCKET_PATH:
            wake = None  # in so deep a folder the worker cannot listen; it polls, and is ready when it beats
    argv = [
        sys.executable,
        "-P",
        "-m",
        "ddh_beredskab.cli",
        "worker",
        "--only",
        only,
        "--environment",
        environment_name,
    ]
    return Child(
        name=f"worker-{environment_name}" if only == "all" else f"worker-{only}-{environment_name}",
        argv=[*argv, "--alone"],
        env={
            "DDH_BROKER": broker,
            "DDH_DATA": str(settings.data.resolve()),
            "DDH_DATABASE": settings.database,
            "DDH_PLAYBOOKS": str(settings.playbooks.resolve()) if settings.playbooks else None,
        },
        heartbeat=True,
        ready=None if wake is None else partial(_listening, wake),
    )


async def _listening(path: Path) -> None:
    """Until somebody hears a datagram there (a socket file left by a killed worker refuses it)."""
    while True:
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as knock:
            knock.sendto(b"!", str(path))
            return
        await asyncio.sleep(0.05)


async def run_drill(
    settings: Settings,
    recording: Recording,
    *,
    speed: float | None,
    on_step: Callable[[Step], None] = lambda _: None,
    drill_id: str | None = None,
    on_begin: Callable[[str, Database], None] = lambda _id, _db: None,
) -> tuple[DrillSummary, Account]:
    """Play the recording to its end and give the summary; `speed` null: fast."""
    playbooks = bootstrap.rules(settings)
    drill_id = drill_id or await choose_drill_id(settings, recording)
    database = await bootstrap.open_journal(settings, f"oevelse.{drill_id}")
    try:
        async with with_own_worker(settings, drill_id) as supervisor:
            on_begin(drill_id, database)
            return await play(database, playbooks, recording, drill_id, speed=speed, on_step=on_step, beside=supervisor)
    finally:
        await database.close()


@asynccontextmanager
async def with_own_worker(settings: Settings, drill_id: str) -> AsyncGenerator[Supervisor]:
    """The drill's worker, and a broker where none is named, while the block runs."""
    name, children, broker = f"oevelse.{drill_id}", list[Child](), settings.broker
    if broker is None:
        port = free_port()
        broker = f"kafka://127.0.0.1:{port}"
        children.append(broker_child(port, then=lambda: _topics(settings, f"127.0.0.1:{port}", name)))
    children.append(worker_child(settings, name, broker))
    supervisor = Supervisor(children, _run_folder(settings, drill_id))
    try:
        await supervisor.start()
        yield supervisor
    finally:
        await supervisor.stop()


async def play(
    database: Database,
    playbooks: Playbooks,
    recording: Recording,
    drill_id: str,
    *,
    speed: float | None,
    on_step: Callable[[Step], None] = lambda _: None,
    beside: Supervisor | None = None,
) -> tuple[DrillSummary, Account]:
    """Play into an environment whose worker somebody else keeps running; finish it and give the summary.

    Ends with the supervisor's error when the supervisor beside it gives up.
    """
    began = time.monotonic()
    if isinstance(database, SqliteDatabase):
        database.poll_seconds = FAST_POLL_SECONDS
    driver = Driver(database, bootstrap.journal_of(f"oevelse.{drill_id}"), recording, drill_id, on_step=on_step)
    playing = asyncio.create_task(driver.play(speed))
    watching = asyncio.create_task(beside.wait()) if beside is not None else None
    try:
        await asyncio.wait({playing, *([watching] if watching else [])}, return_when=asyncio.FIRST_COMPLETED)
        if watching is not None and watching.done() and not playing.done():
            watching.result()
            raise asyncio.CancelledError
        await playing
    finally:
        for task in (playing, watching):
            if task is not None:
                task.cancel()
    seconds = time.monotonic() - began

    def conclude(conn: Conn) -> tuple[DrillSummary, Account]:
        summary, result = summarise(conn, playbooks, recording.inputs, seconds)
        environment.finish(conn, drill_id, json.dumps(summary.model_dump(mode="json")))
        return summary, result

    return await database.write(conclude)


async def _topics(settings: Settings, servers: str, name: str) -> None:
    await ensure_topics(servers, await bootstrap.prefix_of(settings, name))


def _run_folder(settings: Settings, drill_id: str) -> Path:
    return settings.data / "oevelse" / drill_id / "run"
