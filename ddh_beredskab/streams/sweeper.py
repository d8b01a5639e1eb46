"""The sweeper: the net under the relay. Rings again for the oldest undone delivery of each concern and crisis.

First 5 s after its commit, then after 5, 10, 20 and at most 30 s; only an acknowledged ring counts. Two acknowledged
rings without the agent having begun: the worker ends itself, and the next one starts afresh.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from ddh_beredskab.clock import monotonic, wall_micros
from ddh_beredskab.errors import StorageBusy
from ddh_beredskab.journal import deliveries
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.database import Database
from ddh_beredskab.journal.deliveries import Oldest
from ddh_beredskab.streams import doorbell
from ddh_beredskab.streams.relay import Publisher, Record

log = structlog.stdlib.get_logger(__name__)

FIRST_RING_SECONDS = 5.0
LONGEST_WAIT_SECONDS = 30.0
UNHEARD_RINGS = 2
BUSY_PATIENCE_SECONDS = 60.0

_IDENTITY = Statement("SELECT id, type FROM messages WHERE position = :position")


@dataclass(slots=True)
class Entry:
    """What the book says of one concern and crisis. Times are monotonic seconds."""

    position: int
    next_at: float
    wait: float = FIRST_RING_SECONDS
    acked: int = 0
    first_acked_at: float | None = None


@dataclass(slots=True)
class Book:
    """Which rings are due; plain data, so that the simulator can turn the same pages."""

    entries: dict[tuple[str, str], Entry] = field(default_factory=dict[tuple[str, str], Entry])

    def due(self, oldest: Sequence[Oldest], wall: int, now: float) -> list[Oldest]:
        """The deliveries to ring for now. What is done falls out of the book; a new oldest starts a new entry."""
        alive = {(each.concern, each.crisis) for each in oldest}
        for key in [key for key in self.entries if key not in alive]:
            del self.entries[key]
        ring: list[Oldest] = []
        for each in oldest:
            key = (each.concern, each.crisis)
            entry = self.entries.get(key)
            if entry is None or entry.position != each.position:
                age = max(0.0, (wall - each.committed_at) / 1e6)
                entry = self.entries[key] = Entry(each.position, now + max(0.0, FIRST_RING_SECONDS - age))
            if entry.next_at <= now:
                ring.append(each)
        return ring

    def rung(self, each: Oldest, now: float, *, acked: bool) -> None:
        """Note a ring: an acknowledged one doubles the wait, a failed one is sent again within a second."""
        entry = self.entries.get((each.concern, each.crisis))
        if entry is None or entry.position != each.position:
            return
        if not acked:
            entry.next_at = now + 1.0
            return
        entry.acked += 1
        if entry.first_acked_at is None:
            entry.first_acked_at = now
        entry.next_at = now + entry.wait
        entry.wait = min(entry.wait * 2, LONGEST_WAIT_SECONDS)

    def unheard(self, begun_at: Mapping[tuple[str, str], float], now: float) -> list[tuple[str, str]]:
        """Those rung twice, acknowledged, a while ago, for whom the agent has not begun since the first ring.

        An agent that begins on other crises meanwhile has a queue before it, and ending it would make the queue longer;
        only after a minute it is taken for deaf on one partition.
        """
        at_work: dict[str, float] = {}
        for (concern, _), begun in begun_at.items():
            at_work[concern] = max(begun, at_work.get(concern, 0.0))
        lost: list[tuple[str, str]] = []
        for key, entry in self.entries.items():
            first = entry.first_acked_at
            if entry.acked < UNHEARD_RINGS or first is None or begun_at.get(key, 0.0) >= first:
                continue
            quiet = now - max(first, at_work.get(key[0], 0.0))
            if quiet > FIRST_RING_SECONDS + 1 or now - first > BUSY_PATIENCE_SECONDS:
                lost.append(key)
        return lost


def ring_record(conn: Conn, each: Oldest) -> Record | None:
    """The record of a ring for one concern."""
    row = conn.one(_IDENTITY, position=each.position)
    if row is None:
        return None
    heads = doorbell.headers(
        id_=row[0], type_=row[1], position=each.position, crisis=each.crisis, concerns=(each.concern,), ring=True
    )
    return Record("commands", each.crisis.encode(), b"{}", heads, each.position)


class Unheard(Exception):
    """The agents of this worker do not hear their rings; the process must be replaced."""


class Sweeper:
    """Rings, for ever."""

    def __init__(
        self, database: Database, publisher: Publisher, begun_at: Mapping[tuple[str, str], float], *, alone: bool
    ) -> None:
        self._database = database
        self._publisher = publisher
        self._begun_at = begun_at
        self._alone = alone
        """True: this worker has all partitions, so an unheard ring is its own fault."""
        self.book = Book()
        self.rings = 0

    async def run(self) -> None:
        """Until cancelled. Raises `Unheard` when the worker must be replaced."""
        while True:
            await asyncio.sleep(0.5)
            try:
                await self._turn()
            except (StorageBusy, OSError) as error:
                log.warning("journal away", error=str(error))

    async def _turn(self) -> None:
        oldest = await self._database.read(deliveries.oldest_undone)
        now = monotonic()
        for each in self.book.due(oldest, wall_micros(), now):
            record = await self._database.read(lambda conn, each=each: ring_record(conn, each))
            if record is None:
                continue
            acked = await self._publisher.send_all([record])
            self.book.rung(each, monotonic(), acked=acked)
            self.rings += 1
            log.info("rang again", concern=each.concern, crisis_id=each.crisis, position=each.position, acked=acked)
        if self._alone and (lost := self.book.unheard(self._begun_at, monotonic())):
            raise Unheard(str(lost))
