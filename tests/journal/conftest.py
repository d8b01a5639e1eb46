"""The journal of a test, on SQLite and on PostgreSQL alike: whoever asks for `desk` is run on both."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ddh_beredskab.journal.database import Database, PostgresDatabase, SqliteDatabase
from ddh_beredskab.journal.migrate import prepare_postgres, prepare_sqlite
from tests.journal.desk import Desk

SCHEMA = "drift"


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """Where the journal is: a file, or the URL of an empty PostgreSQL database."""
    if request.param == "sqlite":
        return tmp_path / "drift" / "journal.db"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
async def databases(place: Path | str) -> AsyncIterator[list[Database]]:
    """Two connections to one migrated journal, as two processes would have them."""
    if isinstance(place, Path):
        prepare_sqlite(place)
        both: list[Database] = [SqliteDatabase(place), SqliteDatabase(place)]
    else:
        await prepare_postgres(place, SCHEMA)
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
