"""What the stream tests share: a real SQLite journal, log entries that wait in it, and looks at its tables."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from ddh_beredskab.journal import deliveries
from ddh_beredskab.journal.connection import Statement
from ddh_beredskab.journal.database import SqliteDatabase
from ddh_beredskab.journal.messages import Journal, append_commands
from ddh_beredskab.journal.migrate import prepare_sqlite
from schemas.base import Message
from tests.journal.desk import T0, entry, new

JOURNAL = Journal()


@asynccontextmanager
async def a_journal(folder: Path) -> AsyncGenerator[SqliteDatabase]:
    """A fresh journal on disk."""
    path = folder / "drift" / "journal.db"
    prepare_sqlite(path)
    database = SqliteDatabase(path)
    try:
        yield database
    finally:
        await database.close()


async def give(database: SqliteDatabase, crisis: str, *messages: Message) -> list[UUID]:
    """Store log entries (one, if none is named); their ids."""
    made = [new(each, uuid4().hex, crisis=crisis) for each in messages or (entry(),)]
    await database.write(lambda conn: append_commands(conn, JOURNAL, made, T0))
    return [each.id for each in made]


async def change(database: SqliteDatabase, sql: str, **params: Any) -> int:
    """Reach into the tables, as a fault would."""
    return await database.write(lambda conn: conn.run(Statement(sql), **params))


async def rows(database: SqliteDatabase, sql: str, **params: Any) -> Sequence[tuple[Any, ...]]:
    """What stands in the tables."""
    return await database.read(lambda conn: conn.all(Statement(sql), **params))


async def outcomes(database: SqliteDatabase) -> dict[str, int]:
    """outcome -> number of deliveries."""
    return await database.read(deliveries.counts_by_outcome)
