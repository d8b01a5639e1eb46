"""A finished crisis in a journal, on SQLite and on PostgreSQL, that tests may damage: every damage is rolled back."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from ddh_beredskab.invariants import Report, check
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.database import Database
from ddh_beredskab.journal.messages import GENESIS, chain_hash, raw_stream
from ddh_beredskab.journal.tables import metadata

T = TypeVar("T")


class _Back(Exception):
    """Ends a transaction that must not be committed."""


class Bench:
    """The journal and the environment's time."""

    def __init__(self, database: Database, now: datetime) -> None:
        self.database = database
        self.now = now

    async def in_vain(self, job: Callable[[Conn], T]) -> T:
        """Run a job in a transaction that is rolled back."""
        results: list[T] = []

        def inside(conn: Conn) -> None:
            results.append(job(conn))
            raise _Back

        with contextlib.suppress(_Back):
            await self.database.write(inside)
        return results[0]

    async def damaged(self, *changes: str | Callable[[Conn], object], rechain: str = "", **how: Any) -> Report:
        """What a check says of the journal after these changes; `rechain`: with that stream's hashes made anew."""

        def job(conn: Conn) -> Report:
            for change in changes:
                touched = conn.run(Statement(change)) if isinstance(change, str) else change(conn)
                assert touched, change
            if rechain:
                chain_anew(conn, rechain)
            return check(conn, now=self.now, **how)

        return await self.in_vain(job)

    async def one(self, sql: str) -> Any:
        """The first column of the first row."""
        row = await self.database.read(lambda conn: conn.one(Statement(sql)))
        assert row is not None, sql
        return row[0]


def chain_anew(conn: Conn, stream: str) -> None:
    """What somebody does who wants the chain to fit again."""
    previous = GENESIS
    for row in raw_stream(conn, stream):
        previous = chain_hash(previous, row.envelope)
        conn.run(
            Statement("UPDATE messages SET hash = :hash WHERE position = :position"),
            hash=previous,
            position=row.position,
        )
    conn.run(Statement("UPDATE streams SET hash = :hash WHERE stream = :stream"), hash=previous, stream=stream)


def all_rows(conn: Conn) -> dict[str, list[dict[str, Any]]]:
    """Every table's rows."""
    found: dict[str, list[dict[str, Any]]] = {}
    for table in metadata.sorted_tables:
        names = [column.name for column in table.columns]
        rows = conn.all(Statement(f"SELECT {', '.join(names)} FROM {table.name}"))
        found[table.name] = [dict(zip(names, row, strict=True)) for row in rows]
    return found


def fill(conn: Conn, tables: dict[str, list[dict[str, Any]]]) -> None:
    """Write rows into empty tables."""
    for table in metadata.sorted_tables:
        names: Sequence[str] = [column.name for column in table.columns]
        values = ", ".join(f":{name}" for name in names)
        conn.many(Statement(f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({values})"), tables[table.name])
