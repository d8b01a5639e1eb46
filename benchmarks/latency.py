"""From a door's commit to the derived event's commit, against bare aiokafka with as many durable commits.

One hop: `WriteLogEntry` -> `LogEntryRecorded`. Two hops: `AddAction` -> `ActionAdded` -> `LogEntryRecorded`. Both sides
fetch with the same wait and commit with synchronous=FULL; milliseconds, one at a time.
"""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from benchmarks.common import FETCH_WAIT_MS, percentile, row, system
from ddh_beredskab.doors import accept
from ddh_beredskab.journal import driver
from ddh_beredskab.journal.connection import Statement
from ddh_beredskab.journal.database import SqliteDatabase
from ddh_beredskab.journal.messages import Journal
from schemas.base import Actor, Command
from schemas.logbook import WriteLogEntry

_VERSION = Statement("SELECT version FROM streams WHERE stream = :stream")
_KEEPER = Actor(person="bench-logfoerer", role="log_keeper")
_CRISIS = "bench"


async def run(count: int) -> dict[str, float]:
    """Measure; returns the ratios."""
    bare1, bare2 = await _bare(1, count), await _bare(2, count)
    ours1 = await _ours(count)
    burst = await _at_rate(100, count)
    print("\n## Command to event, ms (p50 / p99)\n")
    row("hops", "bare aiokafka, same commits", "ours", "ratio p50", "ratio p99", "target")
    row("---", "---", "---", "---", "---", "---")
    ratios = {"p50": _ratio(ours1, bare1, 0.5), "p99": _ratio(ours1, bare1, 0.99)}
    row("1", _pair(bare1), _pair(ours1), f"{ratios['p50']:.2f}", f"{ratios['p99']:.2f}", "<= 2; <= 3")
    row("2 (bare only, for scale)", _pair(bare2), "", "", "", "")
    row("1, at 100 commands/s", "", _pair(burst), "", "", "p50 <= 10, p99 <= 40 ms")
    return ratios


def _pair(values: list[float]) -> str:
    return f"{percentile(values, 0.5):.1f} / {percentile(values, 0.99):.1f}"


def _ratio(ours: list[float], bare: list[float], share: float) -> float:
    return percentile(ours, share) / percentile(bare, share)


async def _ours(count: int) -> list[float]:
    async with system(workers=["commands"]) as (database, _):
        stream = f"logbook-{_CRISIS}"
        taken: list[float] = []
        for number in range(count + 10):
            before = await _version(database, stream)
            began = time.perf_counter()
            await _write(database, number)
            async with asyncio.timeout(30):
                while await _version(database, stream) == before:
                    await asyncio.sleep(0.0003)
            taken.append((time.perf_counter() - began) * 1000)
            await asyncio.sleep(0.003)
        return taken[10:]


async def _at_rate(rate: float, count: int) -> list[float]:
    """An open model: a command every 1/rate seconds whatever the answers do; time from its commit to its entry."""
    async with system(workers=["commands"]) as (database, _):
        stream = f"logbook-{_CRISIS}"
        await _write(database, 0)
        async with asyncio.timeout(30):
            while await _version(database, stream) == 0:
                await asyncio.sleep(0.001)
        start = await _version(database, stream)
        sent: list[float] = []
        taken: list[float] = []

        async def watch() -> None:
            while len(taken) < count:
                done = await _version(database, stream) - start
                now = time.perf_counter()
                while len(taken) < min(done, len(sent)):
                    taken.append((now - sent[len(taken)]) * 1000)
                await asyncio.sleep(0.0005)

        watching = asyncio.create_task(watch())
        began = time.perf_counter()
        for number in range(count):
            await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
            sent.append(time.perf_counter())
            await _write(database, number + 1)
        async with asyncio.timeout(60):
            await watching
        return taken


async def _write(database: SqliteDatabase, number: int) -> None:
    now = datetime.now(UTC)
    command: Command = WriteLogEntry(kind="action", text=f"Handling nr. {number}", happened_at=now)
    await database.write(lambda conn: accept(conn, Journal(), command, _CRISIS, _KEEPER, time=now))


async def _version(database: SqliteDatabase, stream: str) -> int:
    found = await database.read(lambda conn: conn.one(_VERSION, stream=stream))
    return int(found[0]) if found else 0


# -- the bare side ------------------------------------------------------------------------------------


async def _bare(hops: int, count: int) -> list[float]:
    async with system() as (database, servers):
        path = str(Path(database.path).parent / "bare.db")
        door = driver.connect(path)
        door.execute("CREATE TABLE j (hop INTEGER, seq INTEGER PRIMARY KEY, body TEXT)")
        child = subprocess.Popen([sys.executable, "-m", "benchmarks.latency", servers, path, str(hops)])
        producer = AIOKafkaProducer(bootstrap_servers=servers, acks="all", linger_ms=0)
        await producer.start()
        try:
            await asyncio.sleep(2.0)
            taken: list[float] = []
            for number in range(count + 10):
                began = time.perf_counter()
                _commit(door, 0, "x" * 300)
                await producer.send_and_wait("drift.commands", b"x" * 300, partition=0)
                want = (number + 1) * (hops + 1)
                async with asyncio.timeout(30):
                    while door.execute("SELECT max(seq) FROM j").fetchone()[0] < want:
                        await asyncio.sleep(0.0003)
                taken.append((time.perf_counter() - began) * 1000)
                await asyncio.sleep(0.003)
            return taken[10:]
        finally:
            await producer.stop()
            child.kill()
            child.wait()
            door.close()


def _commit(connection: object, hop: int, body: str) -> None:
    driver.begin_blocking(connection)
    connection.execute("INSERT INTO j (hop, body) VALUES (?, ?)", (hop, body))  # type: ignore[attr-defined]
    connection.execute("COMMIT")  # type: ignore[attr-defined]


async def _stages(servers: str, path: str, hops: int) -> None:
    """The consumer process: each stage consumes, commits, and hands on."""

    async def stage(number: int) -> None:
        topic, following = ("drift.commands", "drift.events")[number], "drift.events"
        connection = driver.connect(path)
        consumer = AIOKafkaConsumer(
            bootstrap_servers=servers, auto_offset_reset="earliest", fetch_max_wait_ms=FETCH_WAIT_MS
        )
        producer = AIOKafkaProducer(bootstrap_servers=servers, acks="all", linger_ms=0)
        await consumer.start()
        await producer.start()
        consumer.assign([TopicPartition(topic, 0)])
        while True:
            record = await consumer.getone()
            _commit(connection, number + 1, (record.value or b"").decode())
            if number + 1 < hops:
                await producer.send_and_wait(following, record.value, partition=0)

    await asyncio.gather(*(stage(number) for number in range(hops)))


if __name__ == "__main__":
    asyncio.run(_stages(sys.argv[1], sys.argv[2], int(sys.argv[3])))
