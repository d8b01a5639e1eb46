"""How long after a fault the system works again: what is sent the moment after it must be decided, counted and shown.

One log entry to each of eight crises, so that every partition and every worker is asked, one citizen's question, and
one page. Whatever waits longest is the answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import httpx

from ddh_beredskab import doors
from ddh_beredskab.errors import StorageBusy
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.database import Database
from ddh_beredskab.journal.messages import Journal
from schemas.base import Actor
from schemas.feedback import FeedbackItem
from schemas.logbook import WriteLogEntry
from tests.chaos.onlooker import OPERATOR
from tests.chaos.stage import whole
from tests.chaos.system import Fault

_Count = Callable[[Conn], int]

CRISES = 8
PATIENCE = 60.0

_UNDONE = Statement(
    "SELECT count(*) FROM messages m LEFT JOIN deliveries d ON d.position = m.position AND d.done_at IS NOT NULL"
    " WHERE m.id IN {list:ids} AND d.position IS NULL"
)
_UNCOUNTED = Statement("SELECT count(*) FROM feedback_items WHERE id = :id AND counted_at IS NULL")


@dataclass
class BackToWork:
    """The probe, and what it measured. Its own messages are received ones like all others."""

    database: Database
    journal: Journal
    page: str | None = None
    commands: dict[UUID, float] = field(default_factory=dict[UUID, float])
    questions: dict[UUID, float] = field(default_factory=dict[UUID, float])
    measured: list[tuple[Fault, float]] = field(default_factory=list[tuple[Fault, float]])

    async def after(self, fault: Fault) -> float:
        """Ask now; returns when all answers are there."""
        began = time.monotonic()
        async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as asking:
            asking.create_task(self._decided())
            asking.create_task(self._counted())
            if self.page is not None:
                asking.create_task(self._shown(self.page))
        self.measured.append((fault, time.monotonic() - began))
        return self.measured[-1][1]

    def told(self) -> str:
        """For the test's output: after each kind of fault, how many, the median, the 95th of a hundred, the longest."""
        times: defaultdict[str, list[float]] = defaultdict(list)
        for fault, seconds in self.measured:
            times[f"{fault.kind} {fault.child}"].append(seconds)
        lines = [
            f"  {name}: {len(each)} times, back to work after {_at(each, 0.5):.1f} s (median),"
            f" {_at(each, 0.95):.1f} s (p95), {max(each):.1f} s (longest)"
            for name, each in sorted(times.items())
        ]
        return "\n".join([f"{len(self.measured)} faults:", *lines])

    def faults(self) -> int:
        """So many were inflicted, and returned from."""
        return len(self.measured)

    def p95_after_kill(self) -> float:
        """Of all kill -9 of one process."""
        return _at([seconds for fault, seconds in self.measured if fault.kind == "SIGKILL"], 0.95)

    async def _decided(self) -> None:
        entry = next(each.payload for each in whole().inputs if isinstance(each.payload, WriteLogEntry))
        sent = [(uuid4(), f"probe{number}") for number in range(CRISES)]
        actor = Actor(person="lise-overgaard", role="log_keeper")  # fictional
        for id_, crisis in sent:
            while True:
                try:
                    await doors.submit(self.database, self.journal, entry, crisis, actor, id_=id_)
                    break
                except (StorageBusy, OSError):
                    await asyncio.sleep(0.1)
            self.commands[id_] = 0.0
        ids = json.dumps([str(id_) for id_, _ in sent])
        await self._none_left(lambda conn: _number(conn, _UNDONE, ids=ids))

    async def _counted(self) -> None:
        asked = next(each.payload for each in whole().inputs if isinstance(each.payload, FeedbackItem))
        item = asked.model_copy(update={"id": uuid4(), "crisis_id": "probe0"})
        while True:
            try:
                await doors.register_feedback(self.database, [item])
                break
            except (StorageBusy, OSError):
                await asyncio.sleep(0.1)
        self.questions[item.id] = 0.0
        await self._none_left(lambda conn: _number(conn, _UNCOUNTED, id=str(item.id)))

    async def _shown(self, page: str) -> None:
        async with httpx.AsyncClient(timeout=2.0, headers=OPERATOR) as client:
            while True:
                with contextlib.suppress(httpx.HTTPError):
                    if (await client.get(page)).status_code == 200:
                        return
                await asyncio.sleep(0.1)

    async def _none_left(self, count: _Count) -> None:
        while True:
            with contextlib.suppress(StorageBusy, OSError):
                if await self.database.read(count) == 0:
                    return
            await asyncio.sleep(0.05)


def _number(conn: Conn, statement: Statement, **params: str) -> int:
    row = conn.one(statement, **params)
    return int(row[0]) if row else 0


def _at(times: list[float], share: float) -> float:
    """The time that this share of them does not exceed."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0
