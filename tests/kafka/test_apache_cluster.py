"""Three nodes of Apache Kafka and two workers on PostgreSQL: brokers die, and no door and no command notices.

The doors write SQL only, so nobody is refused while brokers are away; what was received is decided when they are back.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest

from ddh_beredskab.drills.recording_model import Recording
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.journal.database import Database
from ddh_beredskab.journal.messages import Journal
from ddh_beredskab.run_drill import play
from ddh_beredskab.settings import Settings
from ddh_beredskab.streams.topics import BrokerUnreachable, broker_kind
from tests.chaos.stage import must_be_as_told, piece, playbooks, whole
from tests.kafka.apache import ApacheKafka
from tests.kafka.stage import Load, length, longest_wait, must_be_kept_once, open_drill, settled, two_workers

T = TypeVar("T")

CATCHING_UP = 60.0
"""Seconds that a machine which stood still itself has to receive what was asked meanwhile, Kafka being away all along:
a door that waited for Kafka would never come that far."""


class Gate:
    """The drill's journal with a gate before it: the driver waits at it while a broker comes back."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.open = asyncio.Event()
        self.open.set()

    async def read(self, job: Callable[[Conn], T]) -> T:
        await self.open.wait()
        return await self._database.read(job)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)


@pytest.mark.timeout(1500)
async def test_each_broker_killed_in_turn_changes_no_decision(
    tmp_path: Path, postgres_url: str, apache_cluster: ApacheKafka
) -> None:
    drills = length(1, 4, "times the surge is played while each of three brokers is killed -9 once")
    inputs = length(len(piece().inputs), len(whole().inputs), "inputs of it")
    recording = next(each for each in (piece(), whole()) if len(each.inputs) == inputs)
    for number in range(1, drills + 1):
        settings = Settings(data=tmp_path, broker=apache_cluster.url, database=postgres_url)
        await _surge_with_each_broker_killed(settings, f"klynge-{number}", apache_cluster, recording)


async def _surge_with_each_broker_killed(
    settings: Settings, drill_id: str, cluster: ApacheKafka, recording: Recording
) -> None:
    database = await open_drill(settings, drill_id)
    gate = Gate(database)
    kills: list[float] = []
    try:
        async with two_workers(settings, drill_id) as run:
            behind_the_gate: Any = gate
            playing = asyncio.create_task(
                play(behind_the_gate, playbooks(), recording, drill_id, speed=None, on_step=run.on_step)
            )
            try:
                await run.moves(2)
                for node in cluster.nodes:
                    began = time.monotonic()
                    cluster.kill(node)
                    await run.moves(3)
                    kills.append(time.monotonic() - began)
                    gate.open.clear()
                    cluster.revive(node)
                    await cluster.until_whole()
                    gate.open.set()
                summary, account = await playing
            finally:
                playing.cancel()
                restarts = run.restarts()
    finally:
        await database.close()
    moved = ", ".join(f"{each:.1f}" for each in kills)
    print(  # noqa: T201 - the figures of this run
        f"{len(recording.inputs)} inputs in {summary.seconds:.0f} s, {len(kills)} brokers killed; moving again after"
        f" {moved} s; worker restarts {restarts}; lost {summary.lost}, doubled {summary.doubled}"
    )
    must_be_as_told(summary, account, recording)


@asynccontextmanager
async def _under_load(database: Database, journal: Journal) -> AsyncGenerator[Load]:
    load = Load(database, journal, per_second=10)
    await load.begin()
    running = asyncio.create_task(load.run())
    try:
        yield load
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


@asynccontextmanager
async def _watched(database: Database, what: str, told: list[str]) -> AsyncGenerator[None]:
    worst = [0.0]
    watching = asyncio.create_task(longest_wait(database, worst))
    try:
        yield
    finally:
        watching.cancel()
        told.append(f"{what}: longest wait for a decision {worst[0]:.1f} s")


async def _kind_or_nothing(address: str) -> str | None:
    """What a broker without its majority says it is; an answer that is wrong would be kept for a worker's life."""
    try:
        return await broker_kind(address, within=2.0)
    except BrokerUnreachable:
        return None


@pytest.mark.timeout(1200)
async def test_loss_of_the_leader_and_of_the_majority_refuses_nobody_and_loses_nothing(
    tmp_path: Path, postgres_url: str, apache_cluster: ApacheKafka
) -> None:
    outage = length(15, 300, "seconds without the majority of the brokers, under load")
    settings = Settings(data=tmp_path, broker=apache_cluster.url, database=postgres_url)
    journal = Journal("oevelse.klynge-last")
    database = await open_drill(settings, "klynge-last")
    told: list[str] = []
    commands = "oevelse.klynge-last.commands"
    try:
        async with two_workers(settings, "klynge-last") as run:
            async with _under_load(database, journal) as load:
                await asyncio.sleep(2)
                leader = await apache_cluster.led_by(commands)
                async with _watched(database, "leader killed", told):
                    killed = time.monotonic()
                    apache_cluster.kill(leader)
                    await apache_cluster.led_by(commands, but_not=leader)
                    told.append(f"another led after {time.monotonic() - killed:.1f} s")
                apache_cluster.revive(leader)
                await apache_cluster.until_whole()
                before = len(load.received)
                two = [node for node in apache_cluster.nodes if node != leader]
                apache_cluster.kill(*two)
                gone = time.monotonic()
                kinds = {await _kind_or_nothing(apache_cluster.address) for _ in range(3)}
                assert kinds <= {None, "kafka"}
                await asyncio.sleep(outage)
                asked = int(outage * load.per_second)
                await load.until_answered(before + asked, CATCHING_UP)
                during, away = len(load.received) - before, time.monotonic() - gone
                apache_cluster.revive(*two)
                await apache_cluster.until_whole()
            drained = await settled(database)
            restarts = run.restarts()
        await must_be_kept_once(load)
    finally:
        await database.close()
    assert during >= asked, f"without the majority {during} of {asked} commands were received in {away:.0f} s"
    print(  # noqa: T201 - the figures of this run
        f"{'; '.join(told)}; majority away {away:.0f} s: {during} received meanwhile, all decided {drained:.1f} s after"
        f" the cluster was whole; {len(load.received)} commands, 0 refused, 0 lost, 0 doubled; the slowest door"
        f" {load.slowest * 1000:.0f} ms; worker restarts {restarts}"
    )
