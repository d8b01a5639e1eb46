"""A broker of memory: partitions, acknowledgements, groups and their offsets, and everything that can go wrong there.

It stands in for Kafka and Faust only (both are other people's); the publisher, relay, agents' loop, ringer and counter
that use it are the product's. Delivery follows what FAUST.md measured: records are handed to every agent of a process,
offsets are committed up to the first record that not all agents have acknowledged, and a worker that lost its
partition goes on with the record it holds.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

from aiokafka.errors import KafkaError

from tests.simulation.faults import Luck
from tests.simulation.loop import Process, SimLoop, here, world

PARTITIONS = 2
SESSION_TIMEOUT = 3.0
COMMIT_EVERY = 0.5
PREFETCH = 20

Place = tuple[str, int]
"""Topic and partition."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A record as the broker has it."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True)
class Partition:
    """What aiokafka calls TopicPartition."""

    topic: str
    partition: int


class Broker:
    """The one broker of a run."""

    def __init__(self, loop: SimLoop, luck: Luck) -> None:
        self.loop = loop
        self.luck = luck
        self.records: dict[Place, list[Stored]] = {}
        self.groups: dict[str, Group] = {}
        self.away_until = 0.0
        self.epoch = 0
        """Counts the wipes: a producer of an older epoch cannot send."""

    def away(self) -> bool:
        return self.luck.on and self.loop.time() < self.away_until

    def wipe(self) -> None:
        """kill -9, and back with nothing."""
        self.epoch += 1
        self.records.clear()
        for group in self.groups.values():
            group.forget()

    def append(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        headers: Sequence[tuple[str, bytes]],
        partition: int = -1,
    ) -> Stored:
        """Store a record; everybody who waits for one is woken."""
        number = partition if partition >= 0 else crc32(key or b"") % PARTITIONS
        log = self.records.setdefault((topic, number), [])
        stored = Stored(topic, number, len(log), key, value, tuple(headers))
        log.append(stored)
        for group in self.groups.values():
            if topic in group.topics:
                group.wake()
        return stored

    async def open_producer(self) -> Any:
        """A producer, as the product's `OpenProducer`."""
        await asyncio.sleep(0.005)
        if self.away():
            raise OSError("connection refused")
        return SimProducer(self)

    def group(self, name: str, topics: Sequence[str]) -> Group:
        if (found := self.groups.get(name)) is None:
            found = self.groups[name] = Group(self, topics)
        return found


class SimProducer:
    """A producer of one process and one life of the broker."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._epoch = broker.epoch

    async def send(
        self, topic: str, *, value: bytes, key: bytes, headers: Sequence[tuple[str, bytes]]
    ) -> asyncio.Future[Stored]:
        here()
        broker, luck = self._broker, self._broker.luck
        ack: asyncio.Future[Stored] = broker.loop.create_future()
        if broker.away() or self._epoch != broker.epoch:
            self._later(0.01, lambda: _fail(ack, "broker away"))
            return ack
        wait = 0.002
        if luck.strikes("send-fails", 0.03):
            if luck.die("send-fails").random() < 0.5:
                broker.append(topic, key, value, headers)
            luck.trace.append(f"{broker.loop.time():8.3f} {here().name}: a send to {topic} fails")
            self._later(0.3, lambda: _fail(ack, "request timed out"))
            return ack
        if luck.strikes("delay", 0.05):
            wait = luck.die("delay").choice((0.1, 0.5, 2.0))
        if luck.strikes("reorder", 0.1):
            wait += luck.die("reorder").uniform(0.0, 0.1)
        if wait == 0.002:
            stored = broker.append(topic, key, value, headers)
            if luck.strikes("duplicate", 0.05):
                broker.append(topic, key, value, headers)
            self._later(wait, lambda: ack.done() or ack.set_result(stored))
        else:
            self._later(wait, lambda: self._append_late(ack, topic, key, value, headers))
        return ack

    def _append_late(
        self,
        ack: asyncio.Future[Stored],
        topic: str,
        key: bytes,
        value: bytes,
        headers: Sequence[tuple[str, bytes]],
    ) -> None:
        if self._epoch != self._broker.epoch:
            _fail(ack, "broker gone")
        elif not ack.done():
            ack.set_result(self._broker.append(topic, key, value, headers))

    def _later(self, seconds: float, what: Callable[[], Any]) -> None:
        self._broker.loop.call_later(seconds, what, context=world().context)

    async def stop(self) -> None:
        here()


def _fail(ack: asyncio.Future[Stored], why: str) -> None:
    if not ack.done():
        ack.set_exception(KafkaError(why))
        ack.exception()  # looked at: a dead process never will


@dataclass
class Group:
    """A consumer group: who has which partition, and how far it has committed."""

    broker: Broker
    topics: Sequence[str]
    members: list[Member] = field(default_factory=list["Member"])
    committed: dict[Place, int] = field(default_factory=dict[Place, int])
    owners: dict[Place, Member] = field(default_factory=dict["Place", "Member"])
    turn: int = 0

    def places(self) -> list[Place]:
        return [(topic, number) for topic in self.topics for number in range(PARTITIONS)]

    def join(self, member: Member) -> None:
        self.members.append(member)
        self.assign()

    def leave(self, member: Member) -> None:
        if member in self.members:
            self.members.remove(member)
            self.assign()

    def assign(self) -> None:
        """Share the partitions out anew: a crisis's messages of all topics go to one member."""
        self.turn += 1
        for place in self.places():
            before = self.owners.get(place)
            after = self.members[(place[1] + self.turn) % len(self.members)] if self.members else None
            if before is after:
                continue
            if after is None:
                del self.owners[place]
            else:
                self.owners[place] = after
                after.begin(place, self.committed.get(place, 0))
        self.wake()

    def forget(self) -> None:
        """The broker was wiped: offsets are gone and everybody reads from the first record."""
        self.committed.clear()
        for place, member in self.owners.items():
            member.begin(place, 0)

    def wake(self) -> None:
        for member in self.members:
            member.event.set()


class Member:
    """One process's place in a group."""

    def __init__(self, group: Group, process: Process) -> None:
        self.group = group
        self.process = process
        self.event = asyncio.Event()
        self.next: dict[Place, int] = {}
        self.lives: dict[Place, int] = {}
        """Counts how often a partition was taken over: acknowledgements of an older life count for nothing."""

    def begin(self, place: Place, offset: int) -> None:
        self.next[place] = offset
        self.lives[place] = self.lives.get(place, 0) + 1
        self.event.set()

    def owned(self) -> list[Place]:
        return [place for place, member in self.group.owners.items() if member is self]

    def take(self) -> Stored | None:
        """The next record of one of its partitions, or null."""
        broker, luck = self.group.broker, self.group.broker.luck
        if broker.away():
            return None
        for place in self.owned():
            log = broker.records.get(place, ())
            at = self.next.get(place, 0)
            if at > len(log):
                at = self.next[place] = 0
            if at < len(log):
                self.next[place] = at + 1
                if luck.strikes("drop", 0.03):
                    luck.trace.append(f"{broker.loop.time():8.3f} {self.process.name}: {place} {at} is skipped")
                    continue
                if luck.strikes("duplicate", 0.03):
                    self.next[place] = at
                return log[at]
        return None

    async def wait(self, seconds: float) -> None:
        if self.group.broker.away():
            await asyncio.sleep(0.2)
            return
        self.event.clear()
        try:
            async with asyncio.timeout(seconds):
                await self.event.wait()
        except TimeoutError:
            pass


@dataclass(slots=True)
class Message:
    """What Faust's event has as `.message`."""

    topic: str
    partition: int
    offset: int
    value: bytes | None


@dataclass(slots=True)
class Event:
    """A record in the hands of one agent."""

    message: Message
    headers: dict[str, bytes]
    delivered: Delivered


@dataclass(slots=True)
class Delivered:
    """A record handed to all agents of a process."""

    place: Place
    offset: int
    life: int
    waiting_for: int


class Conductor:
    """Hands every record to each agent's stream, and commits behind the slowest, as Faust does."""

    def __init__(self, member: Member, agents: Sequence[str]) -> None:
        self._member = member
        self._streams = [Stream(self, name) for name in agents]
        self._open: dict[Place, deque[Delivered]] = {}
        self._committed_at = 0.0

    @property
    def streams(self) -> Sequence[Stream]:
        return self._streams

    async def run(self) -> None:
        """Until the process dies."""
        while True:
            if max(len(stream.queue) for stream in self._streams) >= PREFETCH:
                await asyncio.sleep(0.02)
            elif (record := self._member.take()) is not None:
                self._hand_out(record)
                await asyncio.sleep(0)
            else:
                await self._member.wait(1.0)

    def _hand_out(self, record: Stored) -> None:
        place = (record.topic, record.partition)
        life = self._member.lives.get(place, 0)
        delivered = Delivered(place, record.offset, life, len(self._streams))
        self._open.setdefault(place, deque()).append(delivered)
        message = Message(record.topic, record.partition, record.offset, record.value)
        for stream in self._streams:
            stream.put(Event(message, dict(record.headers), delivered))

    def acknowledged(self, event: Event) -> None:
        """One agent is done with it."""
        delivered = event.delivered
        delivered.waiting_for -= 1
        waiting = self._open.get(delivered.place)
        now = self._member.group.broker.loop.time()
        if not waiting or delivered.waiting_for or now - self._committed_at < COMMIT_EVERY:
            return
        self._committed_at = now
        for place in self._open:
            self._commit(place)

    def _commit(self, place: Place) -> None:
        waiting = self._open[place]
        group = self._member.group
        while waiting and waiting[0].waiting_for <= 0:
            done = waiting.popleft()
            if group.owners.get(place) is self._member and done.life == self._member.lives.get(place):
                group.committed[place] = max(done.offset + 1, group.committed.get(place, 0))


class Stream:
    """One agent's stream: what the product's `listen` needs of Faust's."""

    def __init__(self, conductor: Conductor, name: str) -> None:
        self._conductor = conductor
        self.name = name
        self.queue: deque[Event] = deque()
        self._event = asyncio.Event()
        self.on_ack: Callable[[str, Event], None] | None = None

    def put(self, event: Event) -> None:
        self.queue.append(event)
        self._event.set()

    def noack(self) -> Stream:
        return self

    async def events(self) -> AsyncIterator[Event]:
        while True:
            while self.queue:
                yield self.queue.popleft()
            self._event.clear()
            await self._event.wait()

    async def ack(self, event: Event) -> None:
        here()
        if self.on_ack is not None:
            self.on_ack(self.name, event)
        self._conductor.acknowledged(event)


class SimConsumer:
    """What the feedback counter needs of aiokafka's consumer."""

    def __init__(self, member: Member) -> None:
        self._member = member
        self._taken: dict[Place, tuple[int, int]] = {}

    async def getmany(self, *, timeout_ms: int) -> Mapping[Partition, Sequence[Stored]]:
        here()
        found: dict[Partition, list[Stored]] = {}
        for _ in range(50):
            if (record := self._member.take()) is None:
                break
            found.setdefault(Partition(record.topic, record.partition), []).append(record)
            place = (record.topic, record.partition)
            self._taken[place] = (record.offset + 1, self._member.lives.get(place, 0))
        if not found:
            await self._member.wait(timeout_ms / 1000)
        return found

    async def commit(self) -> None:
        here()
        group = self._member.group
        if group.broker.away():
            raise KafkaError("broker away")
        for place, (offset, life) in self._taken.items():
            if group.owners.get(place) is self._member and life == self._member.lives.get(place):
                group.committed[place] = offset

    async def stop(self) -> None:
        here()
        self._member.group.leave(self._member)
