"""A committed offset that lies past the end of a wiped broker's partition: readers find it out and begin anew."""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# aiokafka annotates parts of its client only.

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from ddh_beredskab import bootstrap
from ddh_beredskab.clock import wall_micros
from ddh_beredskab.doors import accept
from ddh_beredskab.journal import deliveries
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.run_drill import worker_child
from ddh_beredskab.settings import Settings
from ddh_beredskab.streams.feedback_counter import kafka_consumer
from ddh_beredskab.streams.relay import Publisher, Record
from ddh_beredskab.streams.supervisor import Supervisor
from ddh_beredskab.streams.supervisor_file import read_status
from ddh_beredskab.streams.topics import PARTITIONS, ensure_topics
from schemas.base import Command
from tests.chaos.stage import whole
from tests.services import Tansu

FAR = 150
PREFIX = "oevelse.forbi-1."


async def _commit(tansu: Tansu, group: str, topic: str) -> None:
    """As a reader does that had read so far before the broker was wiped, and commits after."""
    await ensure_topics(tansu.address, PREFIX)
    consumer = AIOKafkaConsumer(bootstrap_servers=tansu.address, group_id=PREFIX + group, enable_auto_commit=False)
    await consumer.start()
    try:
        partitions = [TopicPartition(PREFIX + topic, number) for number in range(PARTITIONS)]
        consumer.assign(partitions)
        await consumer.commit(dict.fromkeys(partitions, FAR))
    finally:
        await consumer.stop()


async def test_the_counter_s_consumer_reads_from_the_beginning(tansu: Tansu) -> None:
    await _commit(tansu, "feedback-counter", "feedback")
    publisher = Publisher(tansu.address, PREFIX)
    assert await publisher.send_all([Record("feedback", b"k", str(n).encode(), [], n) for n in range(5)])
    consumer = await kafka_consumer(tansu.address, PREFIX)()
    found: list[bytes] = []
    try:
        async with asyncio.timeout(20):
            while len(found) < 5:
                batches: Any = await consumer.getmany(timeout_ms=200)
                found += [record.value for records in batches.values() for record in records]
    finally:
        await consumer.stop()
        await publisher.close()
    assert found == [b"0", b"1", b"2", b"3", b"4"]


async def test_a_worker_ends_and_the_next_one_hears(tansu: Tansu, tmp_path: Path) -> None:
    await _commit(tansu, "worker", "commands")
    name = PREFIX.removesuffix(".")
    settings = Settings(data=tmp_path, broker=tansu.url)
    database = await bootstrap.open_journal(settings, name)
    report = whole().inputs[0]

    def ask(conn: Conn) -> None:
        assert isinstance(report.payload, Command)
        for number in range(PARTITIONS * 2):
            accept(conn, bootstrap.journal_of(name), report.payload, f"k{number}", report.actor, time=report.at)

    await database.write(ask)
    supervisor = Supervisor([worker_child(settings, name, tansu.url)], tmp_path)
    began = wall_micros()
    try:
        await supervisor.start()
        async with asyncio.timeout(40):
            while await database.read(deliveries.count_undone):
                await database.changed(0.2)
        status = read_status(tmp_path)
        assert status is not None
        assert [child["restarts"] for child in status["children"].values()] == [1], "one ended, one heard"
    finally:
        await supervisor.stop()
        await database.close()
    print(f"\nheard after {(wall_micros() - began) / 1e6:.1f} s")  # noqa: T201
