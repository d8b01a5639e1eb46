"""Citizens' questions: how fast the road from door to windows is, against a bare Kafka consumer that keeps nothing.

bare: aiokafka getmany + orjson into a dict, no storage (the ceiling). counted: committed rows -> envelopes -> windows,
FULL sync. door: the same while the door is storing them. agent: a Faust agent doing the same SQL message by message.
import: a CSV file by the command line, validated, struck through and stored, and until the last row is counted.
"""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import asyncio
import os
import random
import re
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from benchmarks.common import FETCH_WAIT_MS, row, system
from ddh_beredskab.doors import accept
from ddh_beredskab.drills.recording import load_recording
from ddh_beredskab.journal import intake
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.database import SqliteDatabase
from ddh_beredskab.journal.messages import Journal
from ddh_beredskab.playbooks import find_playbooks
from ddh_beredskab.streams.supervisor_file import read_status
from ddh_beredskab.streams.topics import PARTITIONS
from schemas.base import Command
from schemas.feedback import FeedbackItem

_TOTAL = Statement("SELECT coalesce(sum(total), 0) FROM feedback_windows")
_T0 = datetime(2023, 10, 20, 22, tzinfo=UTC)
_TOPICS = ("evakuering", "stroem", "sandsaekke", "gaelder-det-mig")


def items(count: int) -> list[FeedbackItem]:
    """Questions over two hours, four topics, one in fifty twice."""
    chance = random.Random(7)
    made = [
        FeedbackItem(
            id=UUID(int=number + 1),
            crisis_id="bench",
            topic=_TOPICS[number % 4],
            time=_T0 + timedelta(seconds=chance.randrange(7200)),
            answered="yes",
            municipality="9001",
        )
        for number in range(count)
    ]
    return made + chance.sample(made, count // 50)


async def run(count: int) -> dict[str, float]:
    """Measure all roads; returns rates in questions a second."""
    rates = {"bare": await _bare(count), "counted": await _counted(count), "door": await _door(count)}
    rates["agent"] = await asyncio.to_thread(_agent, min(count, 4_000))
    rates["stored"], rates["import"], megabytes = await _import(count)
    print("\n## Feedback: questions counted a second\n")
    row("road", "questions/s", "x of bare", "note")
    row("---", "---", "---", "---")
    row("bare aiokafka + orjson, nothing stored", f"{rates['bare']:,.0f}", "1.00", f"N={count:,}")
    row(
        "committed rows -> counted",
        f"{rates['counted']:,.0f}",
        f"{rates['counted'] / rates['bare']:.3f}",
        "target 0.15",
    )
    row("door -> counted, all at once", f"{rates['door']:,.0f}", f"{rates['door'] / rates['bare']:.3f}",
        "target 0.10; counter killed -9 once, sums exact")  # fmt: skip
    row("Faust agent, same SQL, one by one", f"{rates['agent']:,.0f}", f"{rates['agent'] / rates['bare']:.4f}",
        f"counted/agent = {rates['counted'] / rates['agent']:.1f}x, target 5x")  # fmt: skip
    row("file -> stored (`feedback import`)", f"{rates['stored']:,.0f}", f"{rates['stored'] / rates['bare']:.3f}",
        f"rows a second with start-up; at most {megabytes:,.0f} MB")  # fmt: skip
    row("file -> counted", f"{rates['import']:,.0f}", f"{rates['import'] / rates['bare']:.3f}", "windows exact")
    return rates


async def _bare(count: int) -> float:
    async with system() as (_, servers):
        producer = AIOKafkaProducer(bootstrap_servers=servers, linger_ms=5)
        await producer.start()
        sent = [
            await producer.send("drift.feedback", orjson.dumps(item.model_dump(mode="json")), partition=n % PARTITIONS)
            for n, item in enumerate(items(count)[:count])
        ]
        await asyncio.gather(*sent)
        await producer.stop()
        consumer = AIOKafkaConsumer(
            bootstrap_servers=servers, auto_offset_reset="earliest", fetch_max_wait_ms=FETCH_WAIT_MS
        )
        await consumer.start()
        consumer.assign([TopicPartition("drift.feedback", n) for n in range(PARTITIONS)])
        sums: dict[str, int] = {}
        seen, began = 0, 0.0
        while seen < count:
            for records in (await consumer.getmany(timeout_ms=1000)).values():
                began = began or time.perf_counter()
                for record in records:
                    topic = orjson.loads(record.value or b"{}")["topic"]
                    sums[topic] = sums.get(topic, 0) + 1
                    seen += 1
        rate = count / (time.perf_counter() - began)
        await consumer.stop()
        return rate


async def _counted(count: int) -> float:
    """Rows are there; the clock runs from the first counted to the last."""
    async with system(workers=["feedback"]) as (database, _):
        await _settle_in(database)
        await _store(database, items(count), pause=False)
        began = time.perf_counter()
        await _until_counted(database, count + 1)
        return count / (time.perf_counter() - began)


async def _door(count: int) -> float:
    """The door stores while the road counts; the counting process is killed -9 in the middle and the sums still fit."""
    async with system(workers=["feedback"]) as (database, _):
        await _settle_in(database)
        began = time.perf_counter()
        await _store(database, items(count), pause=True)
        await _until_counted(database, count + 1)
        rate = count / (time.perf_counter() - began)
    async with system(workers=["feedback"]) as (database, _):
        await _settle_in(database)
        storing = asyncio.create_task(_store(database, items(count), pause=True))
        await asyncio.sleep(0.5)
        _kill_counter(database)
        await storing
        await _until_counted(database, count + 1)
        await asyncio.sleep(0.5)
        total = (await database.read(lambda conn: conn.one(_TOTAL))) or (0,)
        if int(total[0]) != count + 1:
            raise AssertionError(f"after kill -9 the windows hold {total[0]} of {count + 1}")
    return rate


def _kill_counter(database: SqliteDatabase) -> None:
    status = read_status(Path(database.path).parent.parent / "run")
    assert status is not None
    for name, child in status["children"].items():
        if "feedback" in name and child["pid"]:
            os.kill(child["pid"], 9)


async def _settle_in(database: SqliteDatabase) -> None:
    """One question through the whole road: the consumer has its partitions."""
    first = FeedbackItem(id=UUID(int=0), crisis_id="bench", topic="andet", time=_T0, answered="yes")
    await database.write(lambda conn: intake.add_feedback(conn, [(first, 0)], _T0))
    await _until_counted(database, 1)


async def _store(database: SqliteDatabase, all_items: list[FeedbackItem], *, pause: bool) -> None:
    for start in range(0, len(all_items), 500):
        part = [(item, 0) for item in all_items[start : start + 500]]

        def job(conn: Conn, part: list[tuple[FeedbackItem, int]] = part) -> int:
            return intake.add_feedback(conn, part, _T0)

        await database.write(job, bulk=True)
        if pause:
            await asyncio.sleep(0)


async def _import(count: int) -> tuple[float, float, float]:
    """A file of its own for the command line: rows a second until stored and until counted, and its memory in MB."""
    async with system(workers=["feedback"]) as (database, _):
        await _settle_in(database)
        await database.write(_known_crisis)
        data = Path(database.path).parent.parent
        file = data / "spørgsmål.csv"
        chance = random.Random(7)
        with file.open("w", encoding="utf-8") as out:
            out.write("id;time;topic;answered;municipality;text\n")
            for number in range(count):
                at = f"20-10-2023 {16 + number * 4 // count:02}:{chance.randrange(60):02}:{chance.randrange(60):02}"
                out.write(f"{number};{at};{_TOPICS[number % 4]};ja;9001;Hvor højt kommer vandet ved havnen?\n")
        words = ("feedback", "import", str(file), "--crisis", "bench", "--data", str(data), "--environment", "drift")
        began = time.perf_counter()
        process = subprocess.Popen([sys.executable, "-P", "-m", "ddh_beredskab.cli", *words], stdout=subprocess.DEVNULL)
        megabytes = 0.0
        while process.poll() is None:
            megabytes = max(megabytes, _most_memory(process.pid))
            await asyncio.sleep(0.02)
        stored = count / (time.perf_counter() - began)
        if process.returncode:
            raise RuntimeError("the import failed")
        await _until_counted(database, count + 1)
        counted = count / (time.perf_counter() - began)
        total = (await database.read(lambda conn: conn.one(_TOTAL))) or (0,)
        if int(total[0]) != count + 1:
            raise AssertionError(f"after the import the windows hold {total[0]} of {count + 1}")
        return stored, counted, megabytes


def _most_memory(pid: int) -> float:
    """The most a process has held, in MB; what its parent held before it (`ru_maxrss`) is not in it."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)


def _known_crisis(conn: Conn) -> None:
    """A call for help, so that the crisis is one."""
    report = load_recording("stormflod-2023", [find_playbooks() / "drills"]).inputs[0]
    assert isinstance(report.payload, Command)
    accept(conn, Journal("drift"), report.payload, "bench", report.actor, time=report.at)


async def _until_counted(database: SqliteDatabase, count: int) -> None:
    async with asyncio.timeout(180):
        while True:
            total = await database.read(lambda conn: conn.one(_TOTAL))
            if total is not None and int(total[0]) >= count:
                return
            await asyncio.sleep(0.01)


def _agent(count: int) -> float:
    """In a process of its own, since Faust owns its loop."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.faust_agent", str(count)], capture_output=True, text=True, timeout=240
    )
    found = re.search(r"rate ([0-9.]+)", done.stdout)  # Faust's spinner writes on the same line
    if found is None:
        raise RuntimeError(done.stderr[-800:])
    return float(found[1])
