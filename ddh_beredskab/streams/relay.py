"""The relay: one record per stored message, after commit, keyed by crisis.

It has no mark in SQL: a cursor in RAM that starts at the oldest undone delivery and goes back there when the worker
starts, when a send fails, or when an acknowledged offset is not higher than the last of its partition (a wiped broker).
Topic order is a help, not a promise.
"""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# aiokafka annotates parts of its client only.

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from ddh_beredskab.clock import monotonic
from ddh_beredskab.core.feedback.outside import for_outside
from ddh_beredskab.core.subscriptions import SUBSCRIPTIONS
from ddh_beredskab.crash import crash_point
from ddh_beredskab.errors import StorageBusy, UserError
from ddh_beredskab.journal import deliveries
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.database import Database
from ddh_beredskab.journal.messages import RawMessage, head_position, raw_after, revealed_values
from ddh_beredskab.streams import doorbell
from ddh_beredskab.streams.topics import BrokerTraits, broker_traits, ensure_topics
from ddh_beredskab.streams.waking import Listener
from schemas.base import TYPE_PREFIX, Command, TimerFired
from schemas.catalog import CATALOG, parse
from schemas.commitments import reveal
from schemas.feedback import ReportIssued

log = structlog.stdlib.get_logger(__name__)

BATCH = 200
_FOR_OUTSIDE = {
    "guide_released": "guides",
    "first_message_released": "guides",
    "guide_recalled": "guides",  # the last word on a crisis must never be a text that was wrong,
    "guide_closed": "guides",  # or one that holds no longer
    "report_issued": "reports",
}
"""Events whose clear text also goes to a topic for outside readers (the guide in force; reports)."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record to send."""

    topic: str
    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]
    position: int


def concerns_of(type_name: str, data: dict[str, Any]) -> tuple[str, ...]:
    """Who hears a stored message."""
    cls = CATALOG.get(type_name)
    if cls is TimerFired:
        return (str(data["concern"]),)
    return SUBSCRIPTIONS.get(cls, ()) if cls is not None else ()


def relay_step(conn: Conn, cursor: int, limit: int = BATCH) -> list[Record]:
    """Records for the messages after the cursor, in journal order."""
    return [record for raw in raw_after(conn, cursor, limit) for record in _records(conn, raw)]


def start_position(conn: Conn) -> int:
    """Where a relay that remembers nothing begins: just before the oldest undone delivery, else at the head."""
    oldest = deliveries.oldest_position(conn)
    return head_position(conn) if oldest is None else oldest - 1


_GUIDES = Statement(
    "SELECT max(m.position) FROM messages m WHERE m.type IN ('dk.ddh.beredskab.guide_released.v1',"
    " 'dk.ddh.beredskab.first_message_released.v1') AND m.position > coalesce((SELECT max(c.position) FROM messages c"
    " WHERE c.subject = m.subject AND c.type IN ('dk.ddh.beredskab.guide_closed.v1',"
    " 'dk.ddh.beredskab.guide_recalled.v1')), 0) GROUP BY m.subject ORDER BY 1"
)


def guides_in_force(conn: Conn) -> list[Record]:
    """The guide in force of every crisis that has one: told again to outside readers after a wipe or a restart."""
    positions = [int(row[0]) for row in conn.all(_GUIDES)]
    return [
        record
        for position in positions
        for raw in raw_after(conn, position - 1, 1)
        for record in _records(conn, raw)
        if record.topic == "guides"
    ]


def _records(conn: Conn, raw: RawMessage) -> list[Record]:
    envelope = raw.envelope
    cls = CATALOG.get(envelope["type"])
    is_command = cls is TimerFired or (cls is not None and issubclass(cls, Command))
    heads = doorbell.headers(
        id_=envelope["id"],
        type_=envelope["type"],
        position=raw.position,
        crisis=envelope["subject"],
        concerns=concerns_of(envelope["type"], envelope["data"]),
    )
    key = envelope["subject"].encode()
    found = [Record("commands" if is_command else "events", key, _json(envelope), heads, raw.position)]
    short = envelope["type"].removeprefix(TYPE_PREFIX).rpartition(".")[0]
    if (outside := _FOR_OUTSIDE.get(short)) is not None:
        data = reveal(envelope["data"], revealed_values(conn, [envelope["data"]]))
        clear = {**envelope, "data": _told(envelope["type"], data)}
        found.append(Record(outside, key, _json(clear), heads, raw.position))
    return found


def _told(type_name: str, data: dict[str, Any]) -> dict[str, Any]:
    """What others get: of a report no count that is too small."""
    message = parse(type_name, data)
    return for_outside(message).model_dump(mode="json") if isinstance(message, ReportIssued) else data


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


class Producer(Protocol):
    """What the publisher needs of a Kafka producer: `send` queues a record, and what it returns becomes the ack."""

    async def send(
        self, topic: str, *, value: bytes, key: bytes, headers: Sequence[tuple[str, bytes]]
    ) -> Awaitable[Any]: ...

    async def stop(self) -> None: ...


OpenProducer = Callable[[], Awaitable[Producer]]
"""Makes a producer that is ready to send, with the environment's topics in place."""


class Publisher:
    """A Kafka producer that is made anew after every failure, and that notices a wiped broker by its offsets.

    Several may send through it; one at a time, or two would make a producer each, and offsets would seem to go back.
    """

    def __init__(self, bootstrap: str, prefix: str, open_producer: OpenProducer | None = None) -> None:
        self._prefix = prefix
        self._open_producer = open_producer or kafka_producer(bootstrap, prefix)
        self._producer: Producer | None = None
        self._last: dict[tuple[str, int], int] = {}
        self._turn = asyncio.Lock()
        self.sent = 0
        """Records acknowledged so far; and (monotonic) when the broker last took some, and last failed to."""
        self.heard_at: float | None = None
        self.failed_at: float | None = None

    async def send_all(self, records: Sequence[Record]) -> bool:
        """Send records in order and wait for all acks; false: something failed or the broker was wiped (start over)."""
        async with self._turn:
            sent = await self._send_all(records)
        if sent:
            self.sent, self.heard_at = self.sent + len(records), monotonic()
        else:
            self.failed_at = monotonic()
        return sent

    async def _send_all(self, records: Sequence[Record]) -> bool:
        try:
            producer = await self._ready()
            crash_point("before-publish")
            sent = [
                await producer.send(self._prefix + r.topic, value=r.value, key=r.key, headers=r.headers)
                for r in records
            ]
            acks = await asyncio.gather(*sent, return_exceptions=True)
        except (KafkaError, OSError, UserError, TimeoutError) as error:
            log.warning("broker does not take records", error=repr(error))
            await self.close()
            return False
        crash_point("after-publish")
        failed = [ack for ack in acks if isinstance(ack, BaseException)]
        if failed:
            log.warning("records were not acknowledged", failed=len(failed), error=repr(failed[0]))
            await self.close()
            return False
        return self._note_offsets(acks)

    def _note_offsets(self, acks: Sequence[Any]) -> bool:
        wiped = False
        for ack in acks:
            at = (str(ack.topic), int(ack.partition))
            if ack.offset <= self._last.get(at, -1):
                wiped = True
            self._last[at] = int(ack.offset)
        if wiped:
            log.warning("the broker has lost its records; ringing again from the oldest undone delivery")
            self._last.clear()
        return not wiped

    async def _ready(self) -> Producer:
        if self._producer is None:
            self._producer = await self._open_producer()
        return self._producer

    async def close(self) -> None:
        """Give the producer up; the next send makes a new one and looks at the topics first."""
        producer, self._producer = self._producer, None
        if producer is not None:
            try:
                async with asyncio.timeout(2):
                    await producer.stop()
            except Exception as error:
                log.info("producer did not stop tidily", error=repr(error))


def kafka_producer(bootstrap: str, prefix: str) -> OpenProducer:
    """Producers of one broker: idempotent where it can be, and topics re-made before the first send."""
    traits: BrokerTraits | None = None

    async def open_producer() -> Producer:
        nonlocal traits
        await ensure_topics(bootstrap, prefix)
        traits = traits or await broker_traits(bootstrap)
        producer = AIOKafkaProducer(
            bootstrap_servers=bootstrap,
            acks="all",
            linger_ms=0,
            enable_idempotence=traits.idempotent,
            request_timeout_ms=5_000,
        )
        try:
            await producer.start()
        except BaseException:
            with contextlib.suppress(Exception):
                async with asyncio.timeout(2):
                    await producer.stop()  # what has begun must not linger
            raise
        return producer

    return open_producer


class Relay:
    """Publishes what the journal has, for ever."""

    def __init__(self, database: Database, publisher: Publisher, listener: Listener) -> None:
        self._database = database
        self._publisher = publisher
        self._listener = listener
        self.cursor: int | None = None

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                cursor = await self._where()
                records = await self._database.read(partial(relay_step, cursor=cursor))
            except (StorageBusy, OSError) as error:
                log.warning("journal away", error=str(error))
                await asyncio.sleep(0.5)
                continue
            if not records:
                await self._listener.wait(1.0)
            elif await self._publisher.send_all(records):
                self.cursor = records[-1].position
            else:
                self.cursor = None
                await asyncio.sleep(0.3)

    async def _where(self) -> int:
        """The cursor; one that remembers nothing first tells outside readers which guides are in force."""
        while self.cursor is None:
            cursor = await self._database.read(start_position)
            guides = await self._database.read(guides_in_force)
            if not guides or await self._publisher.send_all(guides):
                self.cursor = cursor
            else:
                await asyncio.sleep(0.3)
        return self.cursor
