"""`ddh-beredskab up`: the embedded system under one supervisor, and the demo played beside it.

Four children: broker (unless DDH_BROKER names another), worker, feedback, web; with the demo a fifth, the worker of
the drill; and a worker and a driver for every drill that is planned and not over (`drill_keeper`). The rule kept:
everything that can be wrong is asked before the first child starts, and whatever happens, none is left behind.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ddh_beredskab import bootstrap
from ddh_beredskab.backup.restoring import HALF
from ddh_beredskab.core.playbook import Playbooks
from ddh_beredskab.danish_time import in_words
from ddh_beredskab.drill_keeper import DrillKeeper
from ddh_beredskab.drills.demo_people import add_demo_people
from ddh_beredskab.drills.driver import Step
from ddh_beredskab.drills.recording import load_recording
from ddh_beredskab.drills.recording_model import Recording
from ddh_beredskab.errors import UserError
from ddh_beredskab.i18n import say
from ddh_beredskab.journal.database import Database
from ddh_beredskab.people.register import has_accounts
from ddh_beredskab.playbooks import find_playbooks
from ddh_beredskab.run_drill import choose_drill_id, play, worker_child
from ddh_beredskab.settings import Settings
from ddh_beredskab.streams.child_process import Child
from ddh_beredskab.streams.embedded_broker import broker_child, check_port_free, find_binary, free_port
from ddh_beredskab.streams.supervisor import Supervisor, SupervisorEvent
from ddh_beredskab.streams.supervisor_file import is_running
from ddh_beredskab.streams.topics import ensure_topics
from ddh_beredskab.timeline_view import Reader, Timeline, View, view_on

DEMO = "stormflod-2023"
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Demo:
    """The drill that is shown: which recording, in which environment, how fast."""

    recording: Recording
    drill_id: str
    speed: float

    @property
    def environment(self) -> str:
        return f"oevelse.{self.drill_id}"

    @property
    def crisis(self) -> str:
        return self.recording.crisis_id(1)


async def run_up(settings: Settings, *, demo_speed: float | None = None, view: View | None = None) -> None:
    """Run until SIGTERM or Ctrl-C; with `demo_speed` the storm surge is played, so many times as fast as it was.

    Raises `UserError` before anything is started when something is configured wrongly.
    """
    settings = settings.model_copy(update={"data": settings.data.resolve()})
    playbooks = _check(settings)
    recording = _recording(settings) if demo_speed is not None or settings.demo else None
    await _prepared(settings, "drift")
    if recording is not None:
        await _with_demo_people(settings, recording)
    demo: Demo | None = None
    if recording is not None and demo_speed is not None:
        demo = Demo(recording, await choose_drill_id(settings, recording), demo_speed)
        await _prepared(settings, demo.environment)
    view = view or view_on()
    nobody = demo is None and not await _has_accounts(settings)
    with _own_log(settings.data):
        try:
            await _run(settings, playbooks, demo, view, nobody=nobody)
        finally:
            view.close()
        view.say(say("cli.up.stopped"))


async def _run(settings: Settings, playbooks: Playbooks, demo: Demo | None, view: View, *, nobody: bool) -> None:
    drill_ready, up = asyncio.Event(), asyncio.Event()

    def on_event(event: SupervisorEvent) -> None:
        _tell(view, settings, demo, event)
        if nobody and (event.kind, event.child, event.restarts) == ("ready", "web", 0):
            elsewhere = settings.data != Path("data").resolve()
            view.say(say("cli.up.nobody", data=f" --data {settings.data}" if elsewhere else ""))
        if (event.kind, event.child) == ("ready", "drill"):
            drill_ready.set()
        if (event.kind, event.child) == ("ready", "web"):
            up.set()

    broker, embedded = _broker(settings, lambda: ["drift", *([demo.environment] if demo else []), *keeper.kept])
    supervisor = Supervisor([*embedded, *children(settings, demo, broker)], settings.data, on_event=on_event)
    keeper = DrillKeeper(
        settings,
        supervisor,
        broker,
        on_begin=lambda kept: view.say(say("cli.up.drill_begins", title=kept.title, environment=kept.environment)),
        on_end=lambda kept: view.say(say("cli.up.drill_over", title=kept.title)),
    )
    running = asyncio.create_task(supervisor.run())
    tasks = [running, asyncio.create_task(_keep_drills(keeper, up))]
    if demo is not None:
        tasks.append(asyncio.create_task(_show(settings, playbooks, demo, view, drill_ready)))
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        supervisor.request_stop()
        for task in tasks[1:]:
            task.cancel()
        await asyncio.wait(tasks)
    running.result()


def _check(settings: Settings) -> Playbooks:
    """Everything that can be wrong before a process or a file has been made."""
    if is_running(settings.data):
        raise UserError("already_running", place=str(settings.data))
    if (settings.data / HALF).exists():
        raise UserError("restore_unfinished", place=str(settings.data))
    check_port_free(settings.port, settings.host)
    if settings.broker is None:
        find_binary()
    return bootstrap.rules(settings)


async def _keep_drills(keeper: DrillKeeper, up: asyncio.Event) -> None:
    """The operation first: a drill is looked for when the pages answer."""
    await up.wait()
    await keeper.run()


def _broker(settings: Settings, names: Callable[[], Sequence[str]]) -> tuple[str, list[Child]]:
    """Where the broker is, and it as a child where it is ours; `names`: whose topics are made each time it starts."""
    if settings.broker is not None:
        return settings.broker, []
    port = free_port()
    embedded = broker_child(port, then=lambda: _topics(settings, f"{LOOPBACK}:{port}", names()))
    return f"kafka://{LOOPBACK}:{port}", [replace(embedded, memory_limit_mb=settings.broker_memory_mb)]


def children(settings: Settings, demo: Demo | None, broker: str) -> list[Child]:
    """The processes in the order they are started; the web first to be seen, so before the drill's worker."""
    started = list[Child]()
    started.append(replace(worker_child(settings, "drift", broker, "commands"), name="worker"))
    started.append(replace(worker_child(settings, "drift", broker, "feedback"), name="feedback"))
    started.append(web_child(settings, demo=demo is not None or settings.demo))
    if demo is not None:
        started.append(replace(worker_child(settings, demo.environment, broker, "all"), name="drill"))
    return started


def web_child(settings: Settings, *, demo: bool = False) -> Child:
    """The pages; ready when they answer, not when the port is taken: "Åbn http://..." is a promise."""
    return Child(
        name="web",
        argv=[sys.executable, "-P", "-m", "ddh_beredskab.cli", "web", "--port", str(settings.port)],
        env={
            "DDH_DATA": str(settings.data),
            "DDH_HOST": settings.host,
            "DDH_DATABASE": settings.database,
            "DDH_PLAYBOOKS": str(settings.playbooks.resolve()) if settings.playbooks else None,
            "DDH_DEMO": "1" if demo else None,
        },
        heartbeat=True,
        ready=lambda: _answers(settings.host, settings.port),
    )


async def _answers(host: str, port: int) -> None:
    """Wait for an answer in HTTP, whichever it is."""
    while True:
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(b"HEAD /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                if (await reader.read(5)) == b"HTTP/":
                    return
            finally:
                writer.close()
        await asyncio.sleep(0.05)


async def _topics(settings: Settings, servers: str, names: Sequence[str]) -> None:
    for name in names:
        await ensure_topics(servers, await bootstrap.prefix_of(settings, name))


async def _prepared(settings: Settings, environment: str) -> None:
    database = await bootstrap.open_journal(settings, environment)
    await database.close()


async def _has_accounts(settings: Settings) -> bool:
    database = await bootstrap.open_journal(settings, "drift", migrate=False)
    try:
        return await database.read(has_accounts)
    finally:
        await database.close()


async def _with_demo_people(settings: Settings, recording: Recording) -> None:
    """The recording's people, and some more, may be anybody's in the demo."""
    database = await bootstrap.open_journal(settings, "drift", migrate=False)
    try:
        await database.write(lambda conn: add_demo_people(conn, recording))
    finally:
        await database.close()


def _recording(settings: Settings) -> Recording:
    return load_recording(DEMO, [find_playbooks(settings.playbooks) / "drills"])


# -- what the terminal says -----------------------------------------------------------------------


def _tell(view: View, settings: Settings, demo: Demo | None, event: SupervisorEvent) -> None:
    """What happens to the processes, as far as it is worth a line."""
    match event.kind:
        case "ready" if event.child == "web" and event.restarts == 0:
            view.say(say("cli.up.open", address=f"http://{settings.host}:{settings.port}/"))
            if demo is not None:
                view.say(say("cli.up.fictional", title=demo.recording.title, speed=f"{demo.speed:g}"))
            view.say(say("cli.up.how_to_stop"))
        case "ready" if event.restarts > 0:
            view.say(say("cli.up.again", child=_process(event.child)))
        case "ended" | "silent" | "too-large" | "not-ready":
            view.say(say("cli.up.restarting", child=_process(event.child), log=f"log/{event.child}.log"))
        case "refused" if event.child.startswith("drive-"):
            view.say(say("cli.up.drill_refused", reason=event.reason))
        case _:
            pass


def _process(child: str) -> str:
    """What people call it: `drive-aarets-1` is the driver of a drill."""
    return say(f"cli.process.{child.partition('-')[0]}")


async def _show(settings: Settings, playbooks: Playbooks, demo: Demo, view: View, ready: asyncio.Event) -> None:
    """Play the drill and show it; when it has ended the pages stay up and the status stays on the screen."""
    async with _journal(settings, demo.environment) as database:
        timeline = Timeline(Reader(database, demo.crisis), view)
        await ready.wait()

        def on_step(step: Step) -> None:
            timeline.played = say("cli.up.played", next=step.next_input, inputs=step.inputs)
            if step.skipped is not None:
                view.say(say("cli.up.skipped", time=in_words(step.skipped)))

        following = asyncio.create_task(timeline.run())
        playing = asyncio.create_task(
            play(database, playbooks, demo.recording, demo.drill_id, speed=demo.speed, on_step=on_step)
        )
        try:
            await asyncio.wait({following, playing}, return_when=asyncio.FIRST_COMPLETED)
            for task in (following, playing):
                if task.done():
                    task.result()
            await timeline.once()
            view.say(say("cli.up.ended", address=f"http://{settings.host}:{settings.port}/"))
            await following
        finally:
            for task in (following, playing):
                task.cancel()


@asynccontextmanager
async def _journal(settings: Settings, environment: str) -> AsyncGenerator[Database]:
    database = await bootstrap.open_journal(settings, environment)
    try:
        yield database
    finally:
        await database.close()


@contextlib.contextmanager
def _own_log(data: Path) -> Generator[None]:
    """Our own log lines go to a file; the terminal is for people."""
    (data / "log").mkdir(parents=True, exist_ok=True)
    with (data / "log" / "up.log").open("a", encoding="utf-8") as file:
        bootstrap.configure_logging(stream=file)
        yield
