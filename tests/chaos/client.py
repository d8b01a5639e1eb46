"""A client in a process of its own: it sends commands and questions through the doors at a fixed rate, whatever dies.

Each crisis is played what the surge's people said and did, in their order, so that all five concerns work. What the
door said "received" to is written down at once (`received.txt`), and only that: what the door refused is sent again
under the same id, as a program that was told "try again" does. `python -m tests.chaos.client FOLDER SETTINGS`.
"""

from __future__ import annotations

import asyncio
import json
import random
import signal
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, TextIO
from uuid import UUID, uuid4

import httpx

from ddh_beredskab import bootstrap, doors
from ddh_beredskab.errors import StorageBusy
from ddh_beredskab.journal.database import Database
from ddh_beredskab.journal.messages import Journal
from ddh_beredskab.settings import Settings
from schemas.base import Actor, Command
from schemas.feedback import FeedbackItem
from schemas.logbook import WriteLogEntry
from tests.chaos.onlooker import OPERATOR
from tests.chaos.stage import until, whole

RECEIVED = "received.txt"


@dataclass(frozen=True, slots=True)
class Load:
    """How much comes, and where to. With `page`, every second thing goes through the web's door."""

    data: str
    database: str | None = None
    environment: str = "drift"
    seed: int = 0
    commands_per_second: float = 20.0
    questions_per_second: float = 5.0
    crises: int = 40
    page: str | None = None


@dataclass(frozen=True, slots=True)
class ToSend:
    """A command on its way to a crisis; its id stays when it is sent again."""

    id: UUID
    crisis: str
    command: Command
    actor: Actor


def script(crises: int, seed: int, prefix: str = "k") -> Iterator[ToSend]:
    """For ever: the next thing that somebody says in one of the crises, drawn by the seed; then log entries."""
    draw = random.Random(seed)
    lines = [each for each in whole().inputs if isinstance(each.payload, Command)]
    entry = next(each for each in lines if isinstance(each.payload, WriteLogEntry))
    assert isinstance(entry.payload, WriteLogEntry)
    at = dict.fromkeys((f"{prefix}{number}" for number in range(crises)), 0)
    number = 0
    while True:
        number += 1
        crisis = draw.choice(list(at))
        if at[crisis] < len(lines) - 1 and (at[crisis] == 0 or draw.random() < 0.4):  # all but the crisis's end
            line = lines[at[crisis]]
            at[crisis] += 1
            assert isinstance(line.payload, Command)
            yield ToSend(uuid4(), crisis, line.payload, line.actor)
        else:
            one = entry.payload.model_copy(update={"text": f"Melding {number}"})
            yield ToSend(uuid4(), crisis, one, entry.actor)


def questions(crises: int, seed: int, prefix: str = "k") -> Iterator[FeedbackItem]:
    """For ever: what citizens asked in the surge, one in twenty registered twice."""
    draw = random.Random(seed)
    asked = [each.payload for each in whole().inputs if isinstance(each.payload, FeedbackItem)]
    while True:
        item = draw.choice(asked)
        earlier = item.time - timedelta(days=7)  # a door takes no question of the future
        crisis = f"{prefix}{draw.randrange(crises)}"
        item = item.model_copy(update={"id": uuid4(), "crisis_id": crisis, "time": earlier})
        yield item
        if draw.random() < 0.05:
            yield item


class Client:
    """Sends, and writes down what was received: `command ID SECONDS` or `question ID SECONDS`, a line each."""

    def __init__(self, load: Load, database: Database, out: TextIO, stopping: asyncio.Event) -> None:
        self._load = load
        self._database = database
        self._journal = Journal(load.environment)
        self._out = out
        self.stopping = stopping

    async def run(self) -> None:
        """Until told to stop; what is on its way is brought to its end."""
        load = self._load
        commands, asked = script(load.crises, load.seed), questions(load.crises, load.seed)
        began, sent, put = time.monotonic(), 0, 0
        async with _web(load) as web, asyncio.TaskGroup() as under_way:
            while not self.stopping.is_set():
                elapsed = time.monotonic() - began
                while sent < elapsed * load.commands_per_second:
                    sent += 1
                    under_way.create_task(self._command(next(commands), web if sent % 2 else None))
                while put < elapsed * load.questions_per_second:
                    put += 1
                    under_way.create_task(self._question(next(asked), web if put % 2 else None))
                await asyncio.sleep(0.01)

    async def _command(self, send: ToSend, web: httpx.AsyncClient | None) -> None:
        async def once() -> None:
            if web is None:
                await doors.submit(self._database, self._journal, send.command, send.crisis, send.actor, id_=send.id)
                return
            body = {
                "id": str(send.id),
                "type": type(send.command).type_name(),
                "subject": send.crisis,
                "actor": send.actor.model_dump(mode="json"),
                "data": send.command.model_dump(mode="json"),
            }
            await self._post(web, "commands", body)

        await self._until_received("command", send.id, once)

    async def _question(self, item: FeedbackItem, web: httpx.AsyncClient | None) -> None:
        async def once() -> None:
            if web is None:
                await doors.register_feedback(self._database, [item])
            else:
                await self._post(web, "feedback", {"items": [item.model_dump(mode="json")]})

        await self._until_received("question", item.id, once)

    async def _post(self, web: httpx.AsyncClient, what: str, body: dict[str, Any]) -> None:
        """Raises `StorageBusy` or OSError when the same should be sent again."""
        try:
            answer = await web.post(f"/api/v1/environments/{self._load.environment}/{what}", json=body)
        except httpx.HTTPError as error:
            raise ConnectionError(type(error).__name__) from error
        if answer.status_code == 503:
            raise StorageBusy("503")
        if answer.status_code != 202:
            raise RuntimeError(f"{answer.status_code} {answer.text}")

    async def _until_received(self, what: str, id_: UUID, once: Callable[[], Awaitable[None]]) -> None:
        began = time.monotonic()
        while True:
            try:
                await once()
            except (StorageBusy, OSError) as error:
                self._write(f"refused {id_} {type(error).__name__}: {error}")
                await asyncio.sleep(0.2)
            else:
                self._write(f"{what} {id_} {time.monotonic() - began:.4f}")
                return

    def _write(self, line: str) -> None:
        self._out.write(line + "\n")
        self._out.flush()


@asynccontextmanager
async def _web(load: Load) -> AsyncGenerator[httpx.AsyncClient | None]:
    """The web's door with its token, or null."""
    if load.page is None:
        yield None
        return
    limits = httpx.Limits(max_connections=20, keepalive_expiry=2.0)
    headers = OPERATOR
    async with httpx.AsyncClient(base_url=load.page, headers=headers, timeout=15.0, limits=limits) as client:
        yield client


async def main(folder: Path, load: Load) -> None:
    settings = Settings(data=Path(load.data), database=load.database)
    database = await bootstrap.open_journal(settings, load.environment, migrate=False)
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    with (folder / RECEIVED).open("a", encoding="utf-8") as out:  # from now on it can be told to stop
        client = Client(load, database, out, stopping)
        try:
            await client.run()
        finally:
            await database.close()


# -- the tests' side ------------------------------------------------------------------------------


@dataclass
class Sender:
    """The client's process, and what it has written down so far."""

    folder: Path
    process: asyncio.subprocess.Process

    def received(self) -> Received:
        return Received.of(self.folder)

    async def stop(self) -> None:
        """Let it end what it has begun."""
        if self.process.returncode is None:
            self.process.terminate()
        code = await self.process.wait()
        assert code == 0, "the client itself must not fail"


@dataclass(frozen=True, slots=True)
class Received:
    """What a door said "received" to, how long each took (seconds), and how often a door said no."""

    commands: dict[UUID, float]
    questions: dict[UUID, float]
    refused: list[str]

    @classmethod
    def of(cls, folder: Path) -> Received:
        commands, asked, refused = dict[UUID, float](), dict[UUID, float](), list[str]()
        for line in (folder / RECEIVED).read_text().splitlines() if (folder / RECEIVED).exists() else ():
            what, id_, rest = line.split(" ", 2)
            match what:
                case "command":
                    commands[UUID(id_)] = float(rest)
                case "question":
                    asked[UUID(id_)] = float(rest)
                case _:
                    refused.append(rest)
        return cls(commands, asked, refused)

    def told(self) -> str:
        """For the test's output."""
        times = sorted(self.commands.values())
        p99 = times[int(len(times) * 0.99)] if times else 0.0
        return (
            f"{len(times)} commands and {len(self.questions)} questions received (accepted p99 {p99 * 1000:.0f} ms,"
            f' at most {times[-1] if times else 0:.1f} s; doors said "try again" {len(self.refused)} times)'
        )


@asynccontextmanager
async def sender(folder: Path, load: Load) -> AsyncGenerator[Sender]:
    """The client as a process, from its start to its tidy end."""
    folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.chaos.client", str(folder), json.dumps(asdict(load))
    )
    made = Sender(folder, process)
    try:
        await until((folder / RECEIVED).exists)
        yield made
        await made.stop()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


if __name__ == "__main__":
    bootstrap.configure_logging("WARNING")
    asyncio.run(main(Path(sys.argv[1]), Load(**json.loads(sys.argv[2]))))
