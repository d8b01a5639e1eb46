"""The verbs of journal tests: give a message, handle what is waiting, look at what stands in the tables.

Everything goes through the journal's own functions and a real database; nothing is stood in for.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from ddh_beredskab.core.decider import Decider
from ddh_beredskab.errors import VersionConflict
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.database import Database
from ddh_beredskab.journal.handling import Handled, PoisonFound, handle_step, quarantine_delivery
from ddh_beredskab.journal.messages import Journal, NewMessage, append_commands
from ddh_beredskab.journal.states import StateCache
from schemas.base import Actor, Message
from schemas.logbook import WriteLogEntry
from tests.journal.notebook import NOTEBOOK

T0 = datetime(2023, 10, 20, 22, 6, tzinfo=UTC)
ASTA = Actor(person="asta-holm", role="log_keeper")  # fictional
JOURNAL = Journal()
_ROOT = UUID("00000000-0000-7000-8000-0000000000aa")


def minute(n: float) -> datetime:
    """T0 and n minutes."""
    return T0 + timedelta(minutes=n)


def an_id(n: int | str) -> UUID:
    """A fixed id."""
    return uuid5(_ROOT, str(n))


def entry(text: str = "Vandet stiger", channel: str = "", **more: Any) -> WriteLogEntry:
    """A log entry by hand; `channel` steers the notebook decider."""
    return WriteLogEntry(kind="information_in", text=text, happened_at=T0, channel=channel, **more)


def new(
    message: Message, n: int | str, *, crisis: str = "k1", at: datetime = T0, correlation: UUID | None = None
) -> NewMessage:
    """A message on its way in, by Asta."""
    id_ = an_id(n)
    return NewMessage(id_, message, crisis, at, ASTA, correlation or id_)


class Desk:
    """One connection to one journal."""

    def __init__(self, database: Database) -> None:
        self.db = database
        self.cache = StateCache()
        self._given = 0

    async def give(self, *messages: Message, crisis: str = "k1", at: datetime = T0) -> list[UUID]:
        """Store commands through a door; their ids."""
        made: list[NewMessage] = []
        for message in messages:
            self._given += 1
            made.append(new(message, f"{id(self)}/{self._given}", crisis=crisis, at=at))
        await self.db.write(lambda conn: append_commands(conn, JOURNAL, made, at))
        return [each.id for each in made]

    async def step(
        self, crisis: str = "k1", decider: Decider[Any] = NOTEBOOK, at: datetime = T0, **how: Any
    ) -> Handled:
        """One handling transaction, with the state cache filled after COMMIT as the worker does."""
        done = await self.db.write(lambda c: handle_step(c, JOURNAL, decider, crisis, self.cache, at, **how))
        for stream, loaded in done.states.items():
            self.cache.put(stream, loaded)
        return done

    async def handle(self, crisis: str = "k1", decider: Decider[Any] = NOTEBOOK, at: datetime = T0) -> int:
        """Everything that waits, as the worker does it: poison alone and aside, conflicts tried again."""
        total, alone = 0, False
        while True:
            try:
                done = await self.step(crisis, decider, at, **({"limit": 1} if alone else {}))
            except VersionConflict:
                continue
            except PoisonFound as poison:
                if alone:
                    await self.quarantine(crisis, poison, decider.concern, at)
                alone = not alone
                continue
            total += len(done.positions)
            if not done.positions:
                return total

    async def quarantine(self, crisis: str, poison: PoisonFound, concern: str = "logbook", at: datetime = T0) -> None:
        """Set the poison aside."""
        await self.db.write(lambda c: quarantine_delivery(c, concern, crisis, poison.position, poison.reason, at))

    async def rows(self, sql: str, **params: Any) -> list[tuple[Any, ...]]:
        """What stands in the tables."""
        return await self.db.read(lambda conn: conn.all(Statement(sql), **params))

    async def value(self, sql: str, **params: Any) -> Any:
        """The first column of the first row."""
        return (await self.rows(sql, **params))[0][0]

    async def change(self, sql: str, **params: Any) -> int:
        """Reach into the tables, as a fault or an attacker would."""

        def job(conn: Conn) -> int:
            return conn.run(Statement(sql), **params)

        return await self.db.write(job)
