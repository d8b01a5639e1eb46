"""What only the worker itself knows, told every few seconds in a status row: publishes, rings, commits, decision times.

The rule kept: the worker has no web server; whoever reads the journal can see this, also after the worker has died.
Times of decisions are counted from the journal (commit of the message to the time it was decided), in buckets.
"""

from __future__ import annotations

import asyncio
import os
import socket
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

import structlog

from ddh_beredskab.clock import monotonic, wall_micros
from ddh_beredskab.errors import StorageBusy
from ddh_beredskab.journal.clock_row import read_clock
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.database import Database
from ddh_beredskab.journal.messages import head_position
from ddh_beredskab.ops.commits import CommitBook, Stuck, offsets_of
from ddh_beredskab.ops.status import forget_silent, write_status

log = structlog.stdlib.get_logger(__name__)

EVERY_SECONDS = 5.0
TELL_AGAIN_SECONDS = 300.0
BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
ROWS = 2_000

_DECIDED = Statement(
    "SELECT position, done_at - committed_at FROM deliveries WHERE position > :position AND position <= :upto"
    " AND done_at IS NOT NULL"
)


class Told(Protocol):
    """What a worker shows of itself."""

    started_at: float
    joined_at: float | None
    """Monotonic seconds; joined: when it became a member of the group that shares the partitions."""

    @property
    def figures(self) -> dict[str, int]: ...
    @property
    def publisher(self) -> Broker: ...
    @property
    def consumer(self) -> Callable[[], Any]: ...


class Broker(Protocol):
    """When the broker last took records, and when it last failed to; monotonic seconds."""

    heard_at: float | None
    failed_at: float | None


@dataclass(slots=True)
class DecisionTimes:
    """A histogram of seconds from commit to decision, of the deliveries seen since this worker started."""

    position: int
    counts: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS) + 1))
    total: float = 0.0

    def look(self, conn: Conn) -> None:
        """Count what has been decided; an open delivery is passed over, its time shows in `oldest`."""
        upto = min(head_position(conn), self.position + ROWS)
        if upto <= self.position or read_clock(conn) is not None:  # a drill decides on its own clock
            return
        for _, micros in conn.all(_DECIDED, position=self.position, upto=upto):
            seconds = max(0, int(micros)) / 1e6
            self.counts[bisect_left(BUCKETS, seconds)] += 1
            self.total += seconds
        self.position = upto


class Vitals:
    """Tells how the worker is, for ever."""

    def __init__(self, database: Database, worker: Told, name: str, *, every: float | None = None) -> None:
        self._database = database
        self._worker = worker
        self._name = name
        self._every = EVERY_SECONDS if every is None else every
        self._book = CommitBook()
        self._told_at = float("-inf")
        self._times: DecisionTimes | None = None
        self.stuck: list[Stuck] = []

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.once()
            except (StorageBusy, OSError) as error:
                log.warning("journal away", error=str(error))
            await asyncio.sleep(self._every)

    async def once(self) -> None:
        """Look, raise the alarm where it is due, and write the status row."""
        self._look_at_commits()
        times = self._times
        if times is None:
            times = self._times = DecisionTimes(await self._database.read(head_position))
        await self._database.read(times.look)
        body = self._body(times)

        def write(conn: Conn) -> None:
            write_status(conn, self._name, body)
            forget_silent(conn, "worker.", self._name)

        await self._database.write(write, bulk=True)

    def _look_at_commits(self) -> None:
        handled = self._worker.figures.get("handled", 0)
        self.stuck = self._book.note(offsets_of(self._worker.consumer()), handled, monotonic())
        if self.stuck and monotonic() - self._told_at > TELL_AGAIN_SECONDS:
            self._told_at = monotonic()
            for each in self.stuck:
                log.error("commits are stuck while the partition works", **asdict(each))

    def _body(self, times: DecisionTimes) -> dict[str, Any]:
        worker = self._worker
        return {
            "pid": os.getpid(),
            "up_seconds": round(monotonic() - worker.started_at, 1),
            "joined": worker.joined_at is not None,
            "broker_heard_at": _wall(worker.publisher.heard_at),
            "broker_failed_at": _wall(worker.publisher.failed_at),
            "figures": worker.figures,
            "commit_stuck": [asdict(each) for each in self.stuck],
            "decision_times": {"counts": times.counts, "total": round(times.total, 3)},
        }


def worker_name(only: str, *, alone: bool) -> str:
    """What a worker's status is called: the same after a restart where it is the only one."""
    return f"worker.{only}" if alone else f"worker.{only}.{socket.gethostname()}.{os.getpid()}"


def unhindered(worker: Told) -> Callable[[], float | None]:
    """For how many seconds nothing has been in the worker's way; null while the broker is away or not yet joined."""

    def seconds() -> float | None:
        if worker.joined_at is None:
            return None
        failed, heard = worker.publisher.failed_at, worker.publisher.heard_at
        if failed is not None and (heard is None or heard < failed):
            return None
        return monotonic() - max(worker.joined_at, failed or worker.joined_at)

    return seconds


def _wall(at: float | None) -> int | None:
    """A monotonic instant on the wall clock."""
    return None if at is None else wall_micros() - int((monotonic() - at) * 1e6)
