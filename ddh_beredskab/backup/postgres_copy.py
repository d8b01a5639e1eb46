"""A copy of a PostgreSQL journal with the server's own tools: `pg_dump` in the snapshot in which the facts are seen.

Rules kept: the tool is at least as new as the server; the password is never an argument that others can read; and a
schema is restored whole, in one transaction, or not at all.
"""

from __future__ import annotations

import asyncio
import errno
import os
import re
import shutil
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from ddh_beredskab.backup.facts import Facts, facts_of, problems_of
from ddh_beredskab.errors import UserError
from ddh_beredskab.journal.connection import Conn, from_database

T = TypeVar("T")

OURS = "ddh-beredskab"
"""What our processes call themselves to the server."""
_DEBIAN = Path("/usr/lib/postgresql")


@asynccontextmanager
async def connected(url: str, schema: str = "", *, snapshot: bool = False) -> AsyncGenerator[AsyncConnection]:
    """A connection of our own, named so that it is not taken for the running system."""
    settings = {"application_name": f"{OURS}-backup"} | ({"search_path": f'"{schema}"'} if schema else {})
    level = "REPEATABLE READ" if snapshot else "READ COMMITTED"
    engine = create_async_engine(url, isolation_level=level, connect_args={"server_settings": settings})
    try:
        async with engine.connect() as connection:
            yield connection
    except Exception as error:
        if isinstance(error, OSError) or not from_database(error):
            raise
        why = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise UserError("database_away", why=why) from error
    finally:
        await engine.dispose()


async def in_journal(connection: AsyncConnection, job: Callable[[Conn], T]) -> T:
    """Run a job of the journal's on this connection, in its transaction."""

    def inside(sync: Any) -> T:
        cursor = sync.connection.cursor()
        try:
            return job(Conn(cursor, "postgresql"))
        finally:
            cursor.close()

    return await connection.run_sync(inside)


async def dump(url: str, schema: str, target: Path) -> tuple[Facts, tuple[str, ...]]:
    """Dump a schema; what is in the dump and what does not hold in it were seen in the same snapshot."""
    async with connected(url, schema, snapshot=True) as connection:
        snapshot = str((await connection.execute(text("SELECT pg_export_snapshot()"))).scalar_one())
        tool = await find_tool("pg_dump", connection)
        argv = ["--format=custom", f"--snapshot={snapshot}", f"--schema={schema}", "--no-owner", "--no-privileges"]
        dumping = asyncio.create_task(run_tool(tool, [*argv, f"--file={target}"], url, target))
        try:
            return await in_journal(connection, lambda conn: (facts_of(conn), problems_of(conn)))
        finally:
            await dumping


async def load(url: str, schema: str, source: Path) -> None:
    """Load a dump into a schema that is not there yet (an empty one is replaced)."""
    async with connected(url) as connection:
        tool = await find_tool("pg_restore", connection)
        await connection.execute(text(f'DROP SCHEMA IF EXISTS "{schema}" RESTRICT'))
        await connection.commit()
    database = make_url(url).database or ""
    argv = ["--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges", f"--dbname={database}"]
    await run_tool(tool, [*argv, str(source)], url, source)


async def drop(url: str, schema: str) -> None:
    """Take away what a restore has begun."""
    async with connected(url) as connection:
        await connection.execute(text(f'DROP SCHEMA IF EXISTS "{schema}" CASCADE'))
        await connection.commit()


async def tables_in(url: str, schema: str) -> int:
    """How many tables a schema has; 0: there is nothing in it, or no such schema."""
    async with connected(url) as connection:
        query = text("SELECT count(*) FROM information_schema.tables WHERE table_schema = :schema")
        return int((await connection.execute(query, {"schema": schema})).scalar_one())


async def at_work(url: str) -> int:
    """How many connections of a running system the database has."""
    async with connected(url) as connection:
        query = text(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = :ours AND datname = current_database()"
        )
        return int((await connection.execute(query, {"ours": OURS})).scalar_one())


async def find_tool(name: str, connection: AsyncConnection) -> Path:
    """The oldest `name` that is at least as new as the server. Raises `UserError` (no_pg_tool)."""
    number = (await connection.execute(text("SHOW server_version_num"))).scalar_one()
    server = int(number) // 10_000
    versions = [(await _major(place), place) for place in _places(name)]
    fit = [(major, place) for major, place in versions if major is not None and major >= server]
    if not fit:
        raise UserError("no_pg_tool", place=name, name=name, version=server)
    return min(fit, key=lambda each: each[0])[1]


def _places(name: str) -> list[Path]:
    """On the path, and where Debian keeps each version's own."""
    on_path = shutil.which(name)
    found = [Path(on_path)] if on_path else []
    return found + [place for place in sorted(_DEBIAN.glob(f"*/bin/{name}")) if place.is_file()]


async def _major(tool: Path) -> int | None:
    process = await asyncio.create_subprocess_exec(
        str(tool), "--version", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    said, _ = await process.communicate()
    match = re.search(rb"\) (\d+)", said)
    return int(match[1]) if match else None


async def run_tool(tool: Path, argv: list[str], url: str, file: Path) -> None:
    """Run pg_dump or pg_restore. Raises OSError (ENOSPC) or `UserError` (pg_tool) with what it said."""
    process = await asyncio.create_subprocess_exec(
        str(tool),
        "--no-password",
        *argv,
        env={**os.environ, **_where(url)},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, said = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if process.returncode == 0:
        return
    words = said.decode(errors="replace").strip()
    if "No space left" in words or "File too large" in words or process.returncode == -25:  # SIGXFSZ
        raise OSError(errno.ENOSPC, "no space", str(file))
    raise UserError("pg_tool", place=tool.name, name=tool.name, why=words.splitlines()[-1] if words else "-")


def _where(url: str) -> dict[str, str]:
    """The database for the tools' environment, where only their owner can see it."""
    parts = make_url(url)
    given: dict[str, object] = {
        "PGHOST": parts.host or parts.query.get("host"),
        "PGPORT": parts.port or parts.query.get("port"),
        "PGUSER": parts.username,
        "PGPASSWORD": parts.password,
        "PGDATABASE": parts.database,
        "PGSSLMODE": parts.query.get("ssl") or parts.query.get("sslmode"),
        "PGAPPNAME": f"{OURS}-backup",
        "LC_ALL": "C",
    }
    return {name: str(value) for name, value in given.items() if value}
