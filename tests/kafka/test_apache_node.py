"""One node of Apache Kafka: the same contract as on the embedded broker, and what it can do beyond that is used."""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# aiokafka annotates parts of its client only.

from __future__ import annotations

import asyncio
import statistics
import time
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from ddh_beredskab.run_drill import play, run_drill
from ddh_beredskab.settings import Settings
from ddh_beredskab.streams.relay import Publisher, Record
from ddh_beredskab.streams.topics import PARTITIONS, RETENTION_MS, broker_traits, ensure_topics, topic_names
from tests.chaos.stage import must_be_as_told, piece, playbooks, whole
from tests.kafka.apache import ApacheKafka
from tests.kafka.stage import length, open_drill, two_workers


async def test_apache_kafka_is_known_by_what_it_can_do(apache_node: ApacheKafka) -> None:
    traits = await broker_traits(apache_node.address)
    assert (traits.kind, traits.fetch_wait_ms, traits.idempotent, traits.compacts) == ("kafka", 500, True, True)


async def test_topics_are_made_once_and_only_the_guides_are_compacted(apache_node: ApacheKafka) -> None:
    prefix = "oevelse.emner-1."
    assert await ensure_topics(apache_node.address, prefix) == list(topic_names(prefix))
    assert await ensure_topics(apache_node.address, prefix) == []
    admin = AIOKafkaAdminClient(bootstrap_servers=apache_node.address)
    await admin.start()
    try:
        described: Any = await admin.describe_topics(list(topic_names(prefix)))
        assert {len(topic["partitions"]) for topic in described} == {PARTITIONS}
        asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in topic_names(prefix)]
        answers: Any = await admin.describe_configs(asked)
    finally:
        await admin.close()
    found = {
        resource[3].removeprefix(prefix): {entry[0]: entry[1] for entry in resource[4]}
        for answer in answers
        for resource in answer.resources
    }
    assert {topic: settings["retention.ms"] for topic, settings in found.items()} == {
        topic: str(ms) for topic, ms in RETENTION_MS.items()
    }
    policies = {topic: settings["cleanup.policy"] for topic, settings in found.items()}
    assert policies == {topic: "compact" if topic == "guides" else "delete" for topic in RETENTION_MS}


async def test_a_waiting_fetch_is_woken_so_a_long_wait_costs_nothing(apache_node: ApacheKafka) -> None:
    prefix = "oevelse.vente-1."
    publisher = Publisher(apache_node.address, prefix)
    assert await publisher.send_all([Record("events", b"k", b"{}", [], 0)])
    wait = (await broker_traits(apache_node.address)).fetch_wait_ms
    consumer = AIOKafkaConsumer(
        prefix + "events",
        bootstrap_servers=apache_node.address,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=wait,
        group_id=None,
    )
    await consumer.start()
    try:
        await asyncio.wait_for(consumer.getone(), 20)
        hops: list[float] = []
        for number in range(15):
            await asyncio.sleep(0.05)  # so that a fetch is waiting
            began = time.perf_counter()
            assert await publisher.send_all([Record("events", b"k", str(number).encode(), [], 0)])
            await asyncio.wait_for(consumer.getone(), 20)
            hops.append((time.perf_counter() - began) * 1000)
    finally:
        await consumer.stop()
        await publisher.close()
    print(f"\na hop with a fetch wait of {wait} ms: median {statistics.median(hops):.1f} ms")  # noqa: T201
    assert statistics.median(hops) < wait / 3, "or the fetch was not woken"


@pytest.mark.timeout(600)
async def test_a_drill_decides_on_apache_kafka_what_the_deciders_decide_in_memory(
    tmp_path: Path, apache_node: ApacheKafka
) -> None:
    inputs = length(len(piece().inputs), len(whole().inputs), "inputs of the surge on one node")
    recording = next(each for each in (piece(), whole()) if len(each.inputs) == inputs)
    settings = Settings(data=tmp_path, broker=apache_node.url)
    summary, account = await run_drill(settings, recording, speed=None, drill_id="apache-1")
    print(  # noqa: T201 - the figures of this run
        f"{inputs} inputs in {summary.seconds:.0f} s; lost {summary.lost}, doubled {summary.doubled};"
        f" decisions {summary.decisions_sha256[:16]}"
    )
    must_be_as_told(summary, account, recording)


@pytest.mark.timeout(600)
async def test_of_two_workers_one_takes_over_the_partitions_of_one_killed(
    tmp_path: Path, postgres_url: str, apache_node: ApacheKafka
) -> None:
    kills = length(2, 8, "workers killed -9 while two share the partitions")
    settings = Settings(data=tmp_path, broker=apache_node.url, database=postgres_url)
    database = await open_drill(settings, "apache-2")
    try:
        async with two_workers(settings, "apache-2") as run:
            playing = asyncio.create_task(
                play(database, playbooks(), piece(), "apache-2", speed=None, on_step=run.on_step)
            )
            try:
                for number in range(kills):
                    await run.moves(6)
                    await run.kill_and_see_it_move(("first", "second")[number % 2])
                summary, account = await playing
            finally:
                playing.cancel()
            restarts = run.restarts()
    finally:
        await database.close()
    print(f"{run.faults.told()}; {summary.seconds:.0f} s; lost {summary.lost}, doubled {summary.doubled}")  # noqa: T201
    assert sum(restarts.values()) == kills
    must_be_as_told(summary, account, piece())
