"""Feedback's own road: intake rows -> envelopes of up to 100 on the feedback topic -> a batch consumer -> windows.

Faust's per-message loop is some thirty times slower than a batch consumer, so this is a service of its own. The counter
writes no second copy; Kafka's offsets are committed after the SQL commit and hold no truth.
"""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Protocol
from uuid import UUID

import orjson
import structlog
from aiokafka.errors import KafkaError

from ddh_beredskab.clock import monotonic
from ddh_beredskab.crash import crash_point
from ddh_beredskab.errors import StorageBusy, UserError
from ddh_beredskab.i18n import say
from ddh_beredskab.journal import intake, quarantine
from ddh_beredskab.journal.clock_row import clock_now
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.journal.database import Database
from ddh_beredskab.journal.intake import IntakeRow, UrgentRule
from ddh_beredskab.journal.messages import Journal
from ddh_beredskab.streams.past_the_end import StartsOver
from ddh_beredskab.streams.relay import Publisher, Record
from ddh_beredskab.streams.topics import broker_traits, ensure_topics
from ddh_beredskab.streams.waking import Listener
from schemas.feedback import FeedbackItem

log = structlog.stdlib.get_logger(__name__)

ENVELOPE = 100
ROWS_A_COMMIT = 500
RELAY_BATCH = 2_000
RESEND_AFTER_SECONDS = 5.0
BURST = 400
SEND_EVERY = 0.25
"""So many sends at once, then four a second: each send makes batches, and at every fetch Tansu's memory store walks
through all batches of the partition (after ten minutes of a storm that took more than half a core). The burst is what
a recorded day plays fast: with twenty the surge's questions, some two hundred sends, waited for tokens most of its
time."""


def envelopes(rows: Sequence[IntakeRow]) -> list[Record]:
    """Rows as envelopes of one crisis each, in order of arrival."""
    by_crisis: dict[str, list[IntakeRow]] = {}
    for row in rows:
        by_crisis.setdefault(row.item.crisis_id, []).append(row)
    found: list[Record] = []
    for crisis, own in by_crisis.items():
        for start in range(0, len(own), ENVELOPE):
            part = own[start : start + ENVELOPE]
            value = orjson.dumps(
                {
                    "crisis_id": crisis,
                    "positions": [row.position for row in part],
                    "items": [_item_json(row.item) for row in part],
                }
            )
            found.append(
                Record("feedback", crisis.encode(), value, [("type", b"feedback_envelope.v1")], part[-1].position)
            )
    return found


def _item_json(item: FeedbackItem) -> dict[str, Any]:
    return {
        "id": str(item.id),
        "crisis_id": item.crisis_id,
        "topic": item.topic,
        "time": item.time.isoformat().replace("+00:00", "Z"),
        "answered": item.answered,
        "resolution": item.resolution,
        "transferred_to": item.transferred_to,
        "municipality": item.municipality,
        "guide_version": item.guide_version,
        "agent": item.agent,
        "text": "",
    }


def open_envelope(value: bytes) -> list[IntakeRow]:
    """The rows in an envelope; every item was validated at the door. Raises ValueError for what is not ours."""
    data = orjson.loads(value)
    try:
        return [
            IntakeRow(
                _position(position),
                FeedbackItem.model_construct(
                    id=UUID(item["id"]),
                    crisis_id=item["crisis_id"],
                    topic=item["topic"],
                    time=datetime.fromisoformat(item["time"]),
                    answered=item["answered"],
                    resolution=item["resolution"],
                    transferred_to=item["transferred_to"],
                    municipality=item["municipality"],
                    guide_version=item["guide_version"],
                    agent=item["agent"],
                    text="",
                ),
            )
            for position, item in zip(data["positions"], data["items"], strict=True)
        ]
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from error


def _position(value: object) -> int:
    """One that a database can be asked for; any other would end the worker at every start."""
    if not isinstance(value, int) or not 0 < value < 2**63:
        raise ValueError(f"position {value!r:.40}")
    return value


class Pace:
    """A bucket of tokens: a burst goes through at once, what is steady goes at its rate."""

    def __init__(self, burst: int, every: float) -> None:
        self._burst, self._every = burst, every
        self._left, self._at = float(burst), monotonic()

    async def ready(self) -> None:
        """Returns when there is a token."""
        now = monotonic()
        self._left = min(self._burst, self._left + (now - self._at) / self._every)
        self._at = now
        if self._left < 1:
            await asyncio.sleep((1 - self._left) * self._every)
            self._left, self._at = 1.0, monotonic()

    def use(self) -> None:
        """Take one."""
        self._left -= 1


class IntakeRelay:
    """Publishes uncounted rows; its cursor goes back to the oldest uncounted one when that has waited too long."""

    def __init__(self, database: Database, publisher: Publisher, listener: Listener) -> None:
        self._database = database
        self._publisher = publisher
        self._listener = listener
        self._cursor = 0
        self._looked_at = monotonic()
        self._oldest: int | None = None
        self._pace = Pace(BURST, SEND_EVERY)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._pace.ready()
            try:
                rows = await self._database.read(lambda conn: intake.uncounted_after(conn, self._cursor, RELAY_BATCH))
                await self._go_back_if_stuck()
            except (StorageBusy, OSError) as error:
                log.warning("journal away", error=str(error))
                await asyncio.sleep(0.5)
                continue
            if not rows:
                await self._listener.wait(1.0)
                continue
            if len(rows) < RELAY_BATCH:  # a full batch is worth its price
                self._pace.use()
            if await self._publisher.send_all(envelopes(rows)):
                self._cursor = rows[-1].position
            else:
                self._cursor = 0
                await asyncio.sleep(0.3)

    async def _go_back_if_stuck(self) -> None:
        if monotonic() - self._looked_at < RESEND_AFTER_SECONDS:
            return
        self._looked_at = monotonic()
        oldest = await self._database.read(intake.oldest_uncounted)
        if oldest is not None and oldest == self._oldest:
            self._cursor = oldest - 1
        self._oldest = oldest


class Consumer(Protocol):
    """What the counter needs of a Kafka consumer."""

    async def getmany(self, *, timeout_ms: int) -> Mapping[Any, Sequence[Any]]: ...
    async def commit(self) -> None: ...
    async def stop(self) -> None: ...


OpenConsumer = Callable[[], Awaitable[Consumer]]
"""Makes a consumer of the feedback topic that is ready to read, with the environment's topics in place."""


class FeedbackCounter:
    """The batch consumer: decode, count in one transaction of at most 500 rows, then commit the offsets."""

    def __init__(
        self,
        database: Database,
        journal: Journal,
        bootstrap: str,
        prefix: str,
        *,
        window_minutes: int,
        urgent: UrgentRule,
        open_consumer: OpenConsumer | None = None,
    ) -> None:
        self._database = database
        self._journal = journal
        self._open_consumer = open_consumer or kafka_consumer(bootstrap, prefix)
        self._window_minutes = window_minutes
        self._urgent = urgent
        self.counted = 0

    async def run(self) -> None:
        """Until cancelled; a broken connection is replaced by a new one."""
        while True:
            try:
                await self._consume(await self._open_consumer())
            except (KafkaError, OSError, UserError, TimeoutError) as error:
                log.warning("feedback broker away", error=repr(error))
                await asyncio.sleep(0.5)

    async def _consume(self, consumer: Consumer) -> None:
        try:
            while True:
                batches = await consumer.getmany(timeout_ms=1_000)
                rows: list[IntakeRow] = []
                for partition, records in batches.items():
                    for record in records:
                        rows += await self._rows(partition, record)
                for start in range(0, len(rows), ROWS_A_COMMIT):
                    await self._count(rows[start : start + ROWS_A_COMMIT])
                if batches:
                    crash_point("before-ack")
                    await consumer.commit()
        finally:
            await consumer.stop()

    async def _rows(self, partition: Any, record: Any) -> list[IntakeRow]:
        try:
            return open_envelope(record.value or b"")
        except ValueError as error:
            place = f"{partition.topic}/{partition.partition}/{record.offset}"
            reason = say("quarantine.envelope", why=error)
            raw = bytes(record.value or b"")
            await self._persist(partial(quarantine.put, place=place, reason=reason, raw=raw))
            return []

    async def _count(self, rows: Sequence[IntakeRow]) -> None:
        def job(conn: Conn) -> int:
            now = clock_now(conn)
            return intake.count_items(conn, self._journal, rows, self._window_minutes, self._urgent, now)

        self.counted += await self._persist(job)

    async def _persist(self, job: Any) -> Any:
        tries = 0
        while True:
            try:
                return await self._database.write(job, bulk=True)
            except (StorageBusy, OSError) as error:
                tries += 1
                log.warning("storage busy", tries=tries, error=str(error))
                await asyncio.sleep(min(0.05 * 2 ** min(tries, 8), 5.0))


def kafka_consumer(bootstrap: str, prefix: str) -> OpenConsumer:
    """Consumers of one broker's feedback topic; offsets are committed by hand and start at the earliest record."""

    async def open_consumer() -> Consumer:
        await ensure_topics(bootstrap, prefix)
        traits = await broker_traits(bootstrap)
        consumer = StartsOver(
            prefix + "feedback",
            bootstrap_servers=bootstrap,
            group_id=prefix + "feedback-counter",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=traits.fetch_wait_ms,
            # a killed forerunner is waited for that long, twice at worst; Apache Kafka allows no less than 6 s
            session_timeout_ms=3_000 if traits.kind == "tansu" else 6_000,
            heartbeat_interval_ms=500,
            max_poll_records=50,
        )
        try:
            await consumer.start()
        except BaseException:
            await consumer.stop()
            raise
        return consumer

    return open_consumer
