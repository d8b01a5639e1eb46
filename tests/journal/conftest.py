"""The journal of a test, on SQLite and on PostgreSQL alike: whoever asks for `desk` is run on both."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from ddh_beredskab.journal.database import Database, PostgresDatabase, SqliteDatabase
from ddh_beredskab.journal.migrate import prepare_postgres, prepare_sqlite
from ddh_beredskab.journal.tables import metadata
from tests import services
from tests.journal.desk import Desk

SCHEMA = "drift"


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: str) -> Iterator[str]:
    """One migrated database for all tests of this process: migrating anew for each would take most of their time."""
    with services.postgres_database(postgres_server) as url:
        services.in_a_thread(lambda: prepare_postgres(url, SCHEMA))
        yield url


@pytest.fixture
async def empty_postgres(migrated_postgres: str) -> AsyncIterator[str]:
    """The same, with every table emptied after the test."""
    yield migrated_postgres
    connection = await asyncpg.connect(migrated_postgres.replace("postgresql+asyncpg://", "postgresql://"))
    try:
        tables = ", ".join(f'"{SCHEMA}"."{name}"' for name in metadata.tables)
        await connection.execute(f"TRUNCATE {tables}")
    finally:
        await connection.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """Where a migrated, empty journal is: a file, or the URL of a PostgreSQL database."""
    if request.param == "sqlite":
        path = tmp_path / "drift" / "journal.db"
        prepare_sqlite(path)
        return path
    url: str = request.getfixturevalue("empty_postgres")
    return url


@pytest.fixture
async def databases(place: Path | str) -> AsyncIterator[list[Database]]:
    """Two connections to one journal, as two processes would have them."""
    both: list[Database]
    if isinstance(place, Path):
        both = [SqliteDatabase(place), SqliteDatabase(place)]
    else:
        both = [PostgresDatabase(place, SCHEMA), PostgresDatabase(place, SCHEMA)]
    yield both
    for database in both:
        await database.close()


@pytest.fixture
def desk(databases: list[Database]) -> Desk:
    """The journal with the verbs the tests need."""
    return Desk(databases[0])


@pytest.fixture
def other_desk(databases: list[Database]) -> Desk:
    """The same journal through the second connection."""
    return Desk(databases[1])


@pytest.fixture
async def sqlite_desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """A journal on SQLite only, for what is about the file itself."""
    path = tmp_path / "drift" / "journal.db"
    prepare_sqlite(path)
    database = SqliteDatabase(path)
    yield Desk(database)
    await database.close()
