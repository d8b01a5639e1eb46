"""The control: an ordinary Faust agent that counts each question in a transaction of its own. Prints `rate N`."""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingTypeStubs=false

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import faust
import orjson
from aiokafka import AIOKafkaProducer

from benchmarks.common import FETCH_WAIT_MS
from benchmarks.feedback import items
from ddh_beredskab.clock import WallClock
from ddh_beredskab.journal import intake
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.journal.database import SqliteDatabase
from ddh_beredskab.journal.intake import IntakeRow, UrgentRule
from ddh_beredskab.journal.messages import Journal
from ddh_beredskab.journal.migrate import prepare_sqlite
from ddh_beredskab.streams.embedded_broker import broker_argv, free_port, wait_ready
from ddh_beredskab.streams.faust_patch import set_fetch_wait
from ddh_beredskab.streams.topics import PARTITIONS, ensure_topics
from schemas.feedback import FeedbackItem


async def _prepare(servers: str, count: int, database: SqliteDatabase) -> None:
    await wait_ready(servers)
    await ensure_topics(servers, "drift.")
    asked = items(count)[:count]
    for start in range(0, count, 500):
        part = [(item, 0) for item in asked[start : start + 500]]
        database.write_now(lambda conn, part=part: intake.add_feedback(conn, part, WallClock().now()))
    producer = AIOKafkaProducer(bootstrap_servers=servers, linger_ms=5)
    await producer.start()
    for number, item in enumerate(asked):
        value = orjson.dumps({"position": number + 1, "item": item.model_dump(mode="json")})
        await producer.send("drift.feedback", value, partition=number % PARTITIONS)
    await producer.stop()


def main(count: int) -> None:
    """Count so many questions and print the rate."""
    folder = Path(tempfile.mkdtemp(prefix="ddh-bench-"))
    prepare_sqlite(folder / "journal.db")
    database = SqliteDatabase(folder / "journal.db")
    port = free_port()
    broker = subprocess.Popen(broker_argv(port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.run_until_complete(_prepare(f"127.0.0.1:{port}", count, database))
    set_fetch_wait(FETCH_WAIT_MS)
    app: Any = faust.App(
        "bench",
        broker=f"kafka://127.0.0.1:{port}",
        store="memory://",
        datadir=str(folder),
        web_enabled=False,
        topic_disable_leader=True,
        topic_partitions=PARTITIONS,
        consumer_auto_offset_reset="earliest",
        worker_redirect_stdouts=False,
        broker_session_timeout=3.0,
        broker_heartbeat_interval=0.5,
    )
    topic = app.topic("drift.feedback", value_serializer="raw", value_type=bytes)
    seen = 0
    began = 0.0

    async def count_one(stream: Any) -> None:
        nonlocal seen, began
        async for value in stream:
            began = began or time.perf_counter()
            data = orjson.loads(value)
            item = items_by_position(data)

            def job(conn: Conn, item: IntakeRow = item) -> int:
                return intake.count_items(conn, Journal(), [item], 5, UrgentRule(3, 10), WallClock().now())

            await database.write(job)
            seen += 1
            if seen == count:
                print(f"rate {count / (time.perf_counter() - began)}", file=sys.__stdout__, flush=True)
                broker.kill()
                os._exit(0)

    app.agent(topic, name="count_one")(count_one)
    faust.Worker(app, loop=loop, loglevel="ERROR", quiet=True).execute_from_commandline()


def items_by_position(data: Any) -> IntakeRow:
    """The row in a record."""
    return IntakeRow(int(data["position"]), FeedbackItem.model_validate(data["item"]))


if __name__ == "__main__":
    main(int(sys.argv[1]))
