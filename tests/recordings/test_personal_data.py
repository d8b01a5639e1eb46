"""After the whole surge, with personal data planted in citizens' questions at every door, none of it is anywhere.

Looked through as raw bytes: the databases with their write-ahead logs, every topic, all logs, the exports, a backup.
A word that is no personal data is planted with them and must be found, so that a search that finds nothing means it.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from ddh_beredskab import bootstrap
from ddh_beredskab.backup import take
from ddh_beredskab.danish_time import local
from ddh_beredskab.drills.demo_people import add_demo_people
from ddh_beredskab.drills.driver import Step
from ddh_beredskab.drills.recording_model import Recording
from ddh_beredskab.run_drill import run_drill
from ddh_beredskab.settings import Settings
from schemas.feedback import FeedbackItem
from tests.chaos.stage import whole
from tests.core import personal_data
from tests.services import Tansu, free_port

DRILL = "anonym-1"
NAME = f"oevelse.{DRILL}"
MARK = "Kontrolord"
TOKEN = "et-token-til-proever-0123456789"
AGENT = "mona-baeklund"
AT_EACH_DOOR = 60
_RUN_OF_DIGITS = re.compile(rb"(?<![0-9])[0-9]{8,10}(?![0-9])")


@dataclass
class Planted:
    """What was put in, as it was written; and sentences that hold it, a new one at each call."""

    lots: random.Random = field(default_factory=lambda: random.Random(27))
    written: set[str] = field(default_factory=set[str])
    digits: set[bytes] = field(default_factory=set[bytes])

    def sentence(self) -> str:
        kinds: tuple[Callable[[random.Random], str], ...] = (
            lambda lots: personal_data.cpr(lots).written,
            personal_data.phone,
            personal_data.mail,
            lambda lots: f"Opdigtetvej {lots.randrange(1, 400)}, {lots.randrange(1, 30)}. tv",
        )
        found = [make(self.lots) for make in self.lots.sample(kinds, 2)]
        self.written.update(found)
        self.digits.update(re.sub("[^0-9]", "", each).encode() for each in found)
        return f"{MARK} {found[0]}; {found[1]}"

    def seen_in(self, raw: bytes) -> set[str]:
        """What of it stands in these bytes: as it was written, or as the bare digits."""
        bare = set(_RUN_OF_DIGITS.findall(raw)) & self.digits
        return {each for each in self.written if each.encode() in raw} | {each.decode() for each in bare}


def planted_in(recording: Recording, planted: Planted) -> Recording:
    """Every twentieth of the recorded questions says something personal."""
    inputs = list(recording.inputs)
    for at, each in enumerate(inputs):
        if isinstance(each.payload, FeedbackItem) and each.payload.id.int % 20 == 0:
            inputs[at] = replace(each, payload=each.payload.model_copy(update={"text": planted.sentence()}))
    return replace(recording, inputs=tuple(inputs))


async def by_the_api(web: httpx.AsyncClient, crisis: str, planted: Planted) -> int:
    at = "2023-10-20T21:00:00Z"
    items = [
        {"id": str(UUID(int=2**90 + n)), "crisis_id": crisis, "topic": "andet", "time": at, "answered": "no",
         "text": planted.sentence(), "transferred_to": planted.sentence(), "municipality": "9001"}
        for n in range(AT_EACH_DOOR)
    ]  # fmt: skip
    headers = {"Authorization": f"Bearer {TOKEN}"}
    answer = await web.post(f"/api/v1/environments/{NAME}/feedback", json={"items": items}, headers=headers)
    assert answer.status_code == 202, answer.text
    broken = [items[0] | {"answered": "måske", "text": planted.sentence()}]
    refused = await web.post(f"/api/v1/environments/{NAME}/feedback", json={"items": broken}, headers=headers)
    assert refused.status_code == 422
    return AT_EACH_DOOR


async def by_the_desk(web: httpx.AsyncClient, crisis: str, planted: Planted) -> int:
    assert (await web.post("/log-ind/som", data={"person": AGENT})).status_code == 303
    questions = [
        {"id": str(UUID(int=2**91 + n)), "crisis": crisis, "topic": "andet", "answered": "no",
         "text": planted.sentence()}
        for n in range(AT_EACH_DOOR)
    ]  # fmt: skip
    answer = await web.post(
        f"/vagt/{NAME}/spoergsmaal", data={"items": json.dumps(questions)}, headers={"Accept": "application/json"}
    )
    assert len(answer.json()["taken"]) == AT_EACH_DOOR, answer.text
    return AT_EACH_DOOR


async def by_a_file(settings: Settings, folder: Path, crisis: str, planted: Planted) -> int:
    at = f"{local(whole().inputs[0].at):%d-%m-%Y %H:%M}"
    lines = [f"{n};{at};andet;{planted.sentence().replace(';', ',')}" for n in range(AT_EACH_DOOR)]
    lines += [f"x;i går, {planted.sentence().replace(';', ',')};andet;", f"{planted.sentence().replace(';', ',')};;;"]
    file = folder / "chatbot.csv"
    file.write_text("Session;Tidspunkt;Emne;Besked\n" + "\n".join(lines), encoding="utf-8")
    said = await command(
        settings, "feedback", "import", str(file), "--crisis", crisis, "--environment", NAME, "--from", "chatbot",
        "--bad", str(settings.data / "fejl.csv"),
    )  # fmt: skip
    assert f"{AT_EACH_DOOR} nye spørgsmål" in said
    return AT_EACH_DOOR


async def command(settings: Settings, *words: str) -> str:
    """A command of the command line; what it said is kept among what is looked through."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "ddh_beredskab.cli", *words, "--data", str(settings.data),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    with (settings.data / "kommandolinjen.txt").open("ab") as kept:
        kept.write(said)
    return said.decode()


async def web_in(stack: AsyncExitStack, settings: Settings, broker: str) -> httpx.AsyncClient:
    """The web in a process of its own, as a demo; its log lies beside the data."""
    port = free_port()
    given = {"DDH_DATA": str(settings.data), "DDH_PORT": str(port), "DDH_DEMO": "true", "DDH_API_TOKEN": TOKEN,
             "DDH_LOG_LEVEL": "DEBUG", "DDH_BROKER": broker}  # fmt: skip
    log = stack.enter_context((settings.data / "web.log").open("wb"))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "ddh_beredskab.web", env={**os.environ, **given}, stdout=log, stderr=log
    )

    async def end() -> None:
        process.terminate()
        await process.wait()

    stack.push_async_callback(end)
    web = await stack.enter_async_context(httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60))
    async with asyncio.timeout(120):
        while True:
            try:
                await web.get("/health/live")
            except httpx.TransportError:
                await asyncio.sleep(0.2)
            else:
                return web


async def records(address: str, prefix: str) -> tuple[int, bytes]:
    """Every record of every topic of the environment: key, value and headers."""
    consumer = AIOKafkaConsumer(bootstrap_servers=address, auto_offset_reset="earliest")
    await consumer.start()
    try:
        topics = [each for each in await consumer.topics() if each.startswith(prefix)]
        places = [TopicPartition(t, p) for t in topics for p in consumer.partitions_for_topic(t) or ()]
        consumer.assign(places)
        ends: dict[TopicPartition, int] = await consumer.end_offsets(places)
        await consumer.seek_to_beginning(*places)
        raw, count = bytearray(), 0
        async with asyncio.timeout(120):
            while any([await consumer.position(each) < ends[each] for each in places]):
                for batch in (await consumer.getmany(timeout_ms=500)).values():
                    for record in batch:
                        count += 1
                        parts = (record.key, record.value, *(value for _, value in record.headers))
                        raw += b"\n".join(part or b"" for part in parts) + b"\n"
        return count, bytes(raw)
    finally:
        await consumer.stop()


def files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield str(path.relative_to(folder)), path.read_bytes()


@pytest.mark.timeout(600)
async def test_nothing_personal_is_anywhere_after_the_surge(tmp_path: Path, tansu: Tansu) -> None:
    settings = Settings(data=tmp_path / "data", broker=tansu.url)
    sources, planted, sent = tmp_path / "kilder", Planted(), list[int]()
    sources.mkdir()
    recording = planted_in(whole(), planted)
    by_drill = len(planted.written)
    crisis = recording.crisis_id(1)
    operation = await bootstrap.open_journal(settings, "drift")
    await operation.write(lambda conn: add_demo_people(conn, recording))
    await operation.close()
    half_way = asyncio.Event()

    def on_step(step: Step) -> None:
        if step.next_input > len(recording.inputs) * 2 // 3:
            half_way.set()

    async with AsyncExitStack() as stack:
        web = await web_in(stack, settings, tansu.url)
        playing = asyncio.create_task(run_drill(settings, recording, speed=None, drill_id=DRILL, on_step=on_step))
        waiting = asyncio.create_task(half_way.wait())
        await asyncio.wait({playing, waiting}, return_when=asyncio.FIRST_COMPLETED)
        assert not playing.done(), playing.result()
        sent.append(await by_the_api(web, crisis, planted))
        sent.append(await by_the_desk(web, crisis, planted))
        sent.append(await by_a_file(settings, sources, crisis, planted))
        summary, _ = await playing
        assert (summary.lost, summary.quarantined) == (0, 0)
        for path in (f"/krise/{NAME}/{crisis}/spoergsmaal", f"/krise/{NAME}/{crisis}/log"):
            page = await web.get(path)
            (settings.data / f"side-{path.rpartition('/')[2]}.html").write_bytes(page.content)
    await command(settings, "log", "export", crisis, "--environment", NAME, "--out", str(settings.data / "log.jsonl"))
    await take(settings, settings.data / "kopi.tar")

    found: dict[str, set[str]] = {}
    marked = list[str]()
    size = 0
    for name, raw in files(settings.data):
        size += len(raw)
        if seen := planted.seen_in(raw):
            found[name] = seen
        if MARK.encode() in raw:
            marked.append(name)
    count, raw = await records(tansu.address, NAME)
    if seen := planted.seen_in(raw):
        found["topics"] = seen
    assert found == {}
    assert any(name.endswith(("journal.db", "journal.db-wal")) for name in marked), marked
    assert crisis.encode() in raw
    print(  # noqa: T201 - the figures of this run
        f"\n{len(planted.written)} personal details planted: {by_drill} in the surge's own questions, the rest by API,"
        f" desk and file ({sent}); none in {size / 1e6:.0f} MB of files and {count} records of the topics"
    )
