"""The recorded surge, played to its end once per process, as a journal on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from ddh_beredskab.journal.database import PostgresDatabase, SqliteDatabase
from ddh_beredskab.journal.migrate import prepare_postgres
from tests import services
from tests.invariants.bench import Bench, all_rows, fill
from tests.journal.conftest import (
    SCHEMA,
    databases,
    desk,
    empty_postgres,
    migrated_postgres,
    other_desk,
    place,
    sqlite_desk,
)
from tests.projections.conftest import surge, surge_at_night
from tests.projections.stage import Stage

__all__ = [
    "databases",
    "desk",
    "empty_postgres",
    "migrated_postgres",
    "other_desk",
    "place",
    "sqlite_desk",
    "surge",
    "surge_at_night",
]


@pytest.fixture(scope="session")
def surge_in_postgres(postgres_server: str, surge: Stage) -> Iterator[str]:
    """The finished surge once more, in PostgreSQL. Tests only damage it in vain."""
    rows = surge.read(all_rows)

    async def filled(url: str) -> None:
        database = PostgresDatabase(url, SCHEMA)
        await database.write(lambda conn: fill(conn, rows))
        await database.close()

    with services.postgres_database(postgres_server) as url:
        services.in_a_thread(lambda: prepare_postgres(url, SCHEMA))
        services.in_a_thread(lambda: filled(url))
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
async def bench(request: pytest.FixtureRequest, surge: Stage) -> AsyncIterator[Bench]:
    """The finished surge in a journal of its own."""
    if request.param == "sqlite":
        database = SqliteDatabase(surge.database.path)
    else:
        database = PostgresDatabase(request.getfixturevalue("surge_in_postgres"), SCHEMA)
    yield Bench(database, surge.now)
    await database.close()
