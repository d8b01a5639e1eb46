"""What the Apache Kafka tests share: two workers on PostgreSQL, a load that never waits, and the account afterwards.

`DDH_KAFKA_FULL=1` plays full lengths; every test prints which it played.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from uuid import UUID

from ddh_beredskab import bootstrap
from ddh_beredskab.clock import wall_micros
from ddh_beredskab.doors import accept
from ddh_beredskab.drills.account import all_messages, doubled_effects
from ddh_beredskab.journal import deliveries
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.journal.database import Database
from ddh_beredskab.journal.messages import Journal
from ddh_beredskab.journal.verify import verify_journal
from ddh_beredskab.run_drill import worker_child
from ddh_beredskab.settings import Settings
from ddh_beredskab.streams.supervisor import Supervisor
from ddh_beredskab.streams.topics import ensure_topics
from schemas.base import Command
from schemas.logbook import LogEntryRecorded, WriteLogEntry
from tests.chaos.stage import Run, whole

FULL = os.environ.get("DDH_KAFKA_FULL") == "1"
CRISES = 8


def length(short: int, full: int, what: str) -> int:
    """How much of it is played now; both lengths are told."""
    print(f"\n{what}: {full if FULL else short} (short {short}, full with DDH_KAFKA_FULL=1 {full})")  # noqa: T201
    return full if FULL else short


@asynccontextmanager
async def two_workers(settings: Settings, drill_id: str) -> AsyncGenerator[Run]:
    """`first` and `second`, which share the partitions of a drill's environment; neither is alone."""
    assert settings.broker is not None
    assert settings.bootstrap_servers is not None
    name = f"oevelse.{drill_id}"
    await ensure_topics(settings.bootstrap_servers, f"{name}.", within=60.0)  # a broker may just have come back
    one = worker_child(settings, name, settings.broker)
    argv = [each for each in one.argv if each != "--alone"]
    workers = [replace(one, name=each, argv=argv) for each in ("first", "second")]
    supervisor = Supervisor(workers, settings.data / "oevelse" / drill_id / "run")
    try:
        await supervisor.start()
        yield Run(settings.data, drill_id)
    finally:
        await supervisor.stop()


@dataclass
class Load:
    """Log entries by hand at a fixed pace, whatever becomes of them; what a door would have said to their writers."""

    database: Database
    journal: Journal
    per_second: float
    received: list[UUID] = field(default_factory=list[UUID])
    refused: list[str] = field(default_factory=list[str])
    slowest: float = 0.0
    """Seconds that the slowest of them took to be received."""

    async def begin(self) -> None:
        """Calls for help first, so that there are crises to write about; returns when they are handled."""
        report = whole().inputs[0]

        def job(conn: Conn) -> None:
            assert isinstance(report.payload, Command)
            for number in range(CRISES):
                accept(conn, self.journal, report.payload, f"k{number}", report.actor, time=report.at)

        await self.database.write(job)
        await settled(self.database)

    async def run(self) -> None:
        """Until cancelled; an open model: the next entry comes when it is due, not when the last was answered."""
        entry = next(each for each in whole().inputs if isinstance(each.payload, WriteLogEntry))
        assert isinstance(entry.payload, WriteLogEntry)
        began, number = time.monotonic(), 0
        while True:
            await asyncio.sleep(max(0.0, began + number / self.per_second - time.monotonic()))
            one = entry.payload.model_copy(update={"text": f"Melding {number}"})
            asked = time.monotonic()
            try:
                received = await self.database.write(
                    lambda conn, one=one, number=number: accept(
                        conn, self.journal, one, f"k{number % CRISES}", entry.actor
                    )
                )
                self.received.append(received.id)
            except Exception as error:
                self.refused.append(repr(error))
            self.slowest = max(self.slowest, time.monotonic() - asked)
            number += 1

    async def until_answered(self, so_many: int, within: float) -> None:
        """Wait for that many answers of either kind, at most so many seconds."""
        for _ in range(int(within / 0.1)):
            if len(self.received) + len(self.refused) >= so_many:
                return
            await asyncio.sleep(0.1)


async def oldest_waits(database: Database) -> float:
    """Seconds that the oldest undone delivery has waited."""
    oldest = await database.read(deliveries.oldest_undone)
    return max(((wall_micros() - each.committed_at) / 1e6 for each in oldest), default=0.0)


async def longest_wait(database: Database, worst: list[float]) -> None:
    """Keep `worst` at the longest that anything has waited, until cancelled."""
    while True:
        worst[0] = max(worst[0], await oldest_waits(database))
        await asyncio.sleep(0.2)


async def settled(database: Database, within: float = 120.0) -> float:
    """Wait until nothing waits; the seconds it took."""
    began = time.monotonic()
    async with asyncio.timeout(within):
        while await database.read(deliveries.count_undone):
            await database.changed(0.5)
    return time.monotonic() - began


async def must_be_kept_once(load: Load) -> None:
    """Every entry that was received stands in the log once; nothing else is doubled; the chain is whole."""

    def written(conn: Conn) -> Counter[UUID | None]:
        found = (each.message for each in all_messages(conn) if each.causation_id in wanted)
        return Counter(each.caused_by for each in found if isinstance(each, LogEntryRecorded))

    wanted = set(load.received)
    assert load.refused == []
    times = await load.database.read(written)
    assert {id_: times[id_] for id_ in load.received if times[id_] != 1} == {}
    outcomes = await load.database.read(deliveries.counts_by_outcome)
    assert set(outcomes) <= {"decided", "nothing"}, outcomes
    assert await load.database.read(lambda conn: doubled_effects(all_messages(conn))) == []
    assert await load.database.read(verify_journal) == []


async def open_drill(settings: Settings, drill_id: str) -> Database:
    """The drill's journal, migrated before two workers look at it."""
    return await bootstrap.open_journal(settings, f"oevelse.{drill_id}")
