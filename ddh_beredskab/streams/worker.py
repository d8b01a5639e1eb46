"""One worker: what runs on its event loop beside (or instead of) the Faust agents.

`Worker` wires relay, sweeper, timers, read models and, where asked, the feedback road, over one database and one
broker. The agents themselves are made by `agents.app`, which gets this worker's `ringer`.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import structlog

from ddh_beredskab.clock import monotonic
from ddh_beredskab.journal import deliveries
from ddh_beredskab.journal.database import Database, SqliteDatabase
from ddh_beredskab.journal.intake import UrgentRule
from ddh_beredskab.journal.messages import Journal
from ddh_beredskab.projections.read_model import ReadModel
from ddh_beredskab.streams import chores, past_the_end
from ddh_beredskab.streams.feedback_counter import FeedbackCounter, IntakeRelay, OpenConsumer
from ddh_beredskab.streams.forgetting import forget_old_names
from ddh_beredskab.streams.heartbeat import Heart
from ddh_beredskab.streams.relay import OpenProducer, Publisher, Record, Relay
from ddh_beredskab.streams.ringing import Ringer
from ddh_beredskab.streams.sweeper import Sweeper, Unheard
from ddh_beredskab.streams.topics import BrokerUnreachable, broker_traits, ensure_topics
from ddh_beredskab.streams.waking import Waker

log = structlog.stdlib.get_logger(__name__)

Job = Callable[[], Awaitable[None]]

ASK_BROKER_EVERY = 0.5
JOIN_WITHIN = 60.0
"""Seconds that joining the group may take: on Apache Kafka a killed colleague alone is waited for 10 s."""


def _end_process() -> None:
    os._exit(1)


def _nothing_beside(_worker: Any) -> Sequence[Job]:
    return ()


@dataclass(frozen=True)
class Parts:
    """What a worker is made of; bootstrap chooses the concrete ones."""

    database: Database
    journal: Journal
    bootstrap_servers: str
    prefix: str
    deciders: Mapping[str, Any]
    read_models: Sequence[ReadModel]
    window_minutes: int
    urgent: UrgentRule
    alone: bool
    """True when no other worker shares the partitions (the embedded system)."""
    quarantine_days: int = 30
    """So long raw bytes in quarantine are kept."""
    names_days: int = 30
    """So long after a crisis names are kept behind receipts, shifts and briefs."""
    fetch_wait_ms: int = 5
    embedded_broker: bool = True
    """True on Tansu: a member of the group that is silent for 3 s is given up, on Apache Kafka after 10 s."""
    open_producer: OpenProducer | None = None
    """Null: producers of `bootstrap_servers`. The simulator has a broker of its own."""
    open_consumer: OpenConsumer | None = None
    beside: Callable[[Any], Sequence[Job]] = _nothing_beside
    """What else runs in the worker (auditor, vitals), made from it; the streams know nothing of it."""
    end_process: Callable[[], None] = _end_process
    """What ends this process at once, with nothing tidied up."""


class Worker:
    """The services of one worker process."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.heart = Heart.from_env()
        self.waker = Waker(parts.database)
        self.publisher = Publisher(parts.bootstrap_servers, parts.prefix, parts.open_producer)
        self.ringer = Ringer(parts.database, parts.journal, parts.deciders, on_quarantine=self._dead_letter)
        self.sweeper = Sweeper(parts.database, self.publisher, self.ringer.begun_at, alone=parts.alone)
        self.relay: Relay | None = None
        self.consumer: Callable[[], Any] = lambda: None
        """Faust's consumer, once there is one; `agents.app` says where it is."""
        self.started_at = monotonic()
        self.joined_at: float | None = None
        self._going: list[asyncio.Task[None]] = []
        self._joining: asyncio.Task[None] | None = None

    async def prepare(self) -> None:
        """Before the first decision: doors wake this process, and a message that killed another gets a name."""
        if isinstance(self.parts.database, SqliteDatabase):
            self.parts.database.listen()
        await self.parts.database.write(deliveries.suspect_all)

    async def until_broker_answers(self) -> None:
        """Returns when the broker has its topics and has shown what it can do; what needs none runs from here on.

        Raises `TopicSetupFailed` when somebody has to look at the broker.
        """
        parts = self.parts
        self._going = [asyncio.create_task(_as_coroutine(job)) for job in self.jobs_without_broker()]
        try:
            while True:
                try:
                    await ensure_topics(parts.bootstrap_servers, parts.prefix)
                    traits = await broker_traits(parts.bootstrap_servers)
                    break
                except BrokerUnreachable as error:
                    log.warning("broker away; decisions wait for it", error=error.sentence)
                await asyncio.sleep(ASK_BROKER_EVERY)
                for task in self._going:
                    if task.done():
                        task.result()  # they run for ever, unless something is wrong
        except BaseException:
            for task in self._going:
                task.cancel()
            await asyncio.gather(*self._going, return_exceptions=True)
            raise
        self._joining = asyncio.create_task(self._must_join())
        self.parts = replace(parts, fetch_wait_ms=traits.fetch_wait_ms, embedded_broker=traits.kind == "tansu")

    def command_jobs(self) -> list[Job]:
        """What runs beside the agents."""
        self.relay = Relay(self.parts.database, self.publisher, self.waker.listener())
        return [self._go_on, self.relay.run, self._sweep, self._hear]

    async def _go_on(self) -> None:
        """What needs no broker runs since before there was one: Faust starts its tasks only when it has joined."""
        self.joined_at = monotonic()
        if self._joining is not None:
            self._joining.cancel()
        await asyncio.gather(*self._going)

    async def _must_join(self) -> None:
        await asyncio.sleep(JOIN_WITHIN)
        log.error("the group of workers was not joined; this worker ends so that a fresh one can try")
        self.parts.end_process()

    def jobs_without_broker(self) -> list[Job]:
        """Screens and timers, and what wakes them."""
        parts = self.parts
        return [
            self.heart.run,
            self.waker.run,
            lambda: chores.fire_timers(parts.database, parts.journal, self.waker.listener()),
            lambda: chores.fold_read_models(parts.database, parts.read_models, self.waker.listener()),
            lambda: chores.forget_old_poison(parts.database, parts.quarantine_days),
            lambda: forget_old_names(parts.database, parts.names_days),
            *parts.beside(self),
        ]

    def feedback_jobs(self) -> list[Job]:
        """The feedback road: in a worker of its own (`--only feedback`), or in a drill's worker."""
        parts = self.parts
        publisher = Publisher(parts.bootstrap_servers, parts.prefix, parts.open_producer)
        counter = FeedbackCounter(
            parts.database,
            parts.journal,
            parts.bootstrap_servers,
            parts.prefix,
            window_minutes=parts.window_minutes,
            urgent=parts.urgent,
            open_consumer=parts.open_consumer,
        )
        return [IntakeRelay(parts.database, publisher, self.waker.listener()).run, counter.run]

    async def run_feedback_only(self) -> None:
        """A worker without agents, until cancelled."""
        jobs: list[Job] = [self.heart.run, self.waker.run, *self.feedback_jobs(), *self.parts.beside(self)]
        async with asyncio.TaskGroup() as group:
            for job in jobs:
                group.create_task(_as_coroutine(job))

    @property
    def figures(self) -> dict[str, int]:
        """What this process has done so far, and how far the relay has come."""
        cursor = self.relay.cursor if self.relay is not None else None
        return {
            "handled": self.ringer.handled_count,
            "quarantined": self.ringer.quarantined_count,
            "published": self.publisher.sent,
            "rings": self.sweeper.rings,
            **({} if cursor is None else {"relay_cursor": cursor}),
        }

    async def _sweep(self) -> None:
        try:
            await self.sweeper.run()
        except Unheard as lost:
            log.error("rings are not heard; this worker ends so that a fresh one can hear them", lost=str(lost))
            self.parts.end_process()

    async def _hear(self) -> None:
        try:
            await past_the_end.watch(self.consumer)
        except past_the_end.PastTheEnd as where:
            log.error("this worker stood past the end of its partitions; a fresh one begins anew", where=str(where))
            self.parts.end_process()

    async def _dead_letter(self, place: str, reason: str, raw: bytes) -> None:
        headers = [("place", place.encode()), ("reason", reason.encode())]
        await self.publisher.send_all([Record("deadletter", place.encode(), raw, headers, 0)])


async def _as_coroutine(job: Job) -> None:
    await job()
