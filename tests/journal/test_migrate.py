"""A journal is made or brought up to date whole, or left untouched with one sentence that says why."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.ext.asyncio import create_async_engine

from ddh_beredskab.errors import UserError
from ddh_beredskab.journal import driver, migrate
from ddh_beredskab.journal.migrate import HEAD, KNOWN, prepare_postgres, prepare_sqlite
from ddh_beredskab.journal.tables import metadata

SCHEMA = "drift"


def revisions(path: Path) -> list[tuple[str]]:
    connection = driver.connect(path)
    try:
        return connection.execute("SELECT version_num FROM alembic_version").fetchall()
    finally:
        connection.close()


async def query(url: str, sql: str) -> list[Any]:
    connection = await asyncpg.connect(url.replace("postgresql+asyncpg://", "postgresql://"))
    try:
        return await connection.fetch(sql)
    finally:
        await connection.close()


def test_the_head_is_alembics_head_and_every_revision_is_known() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    script = ScriptDirectory.from_config(config)
    assert script.get_heads() == [HEAD]
    assert {each.revision for each in script.walk_revisions()} == set(KNOWN)


# -- SQLite ---------------------------------------------------------------------------------------


def test_a_fresh_file_is_made_with_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "nye" / "mapper" / "journal.db"
    prepare_sqlite(path)
    assert revisions(path) == [(HEAD,)]


def test_migrating_twice_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    prepare_sqlite(path)
    connection = driver.connect(path)
    connection.execute("INSERT INTO meta VALUES ('a', 'b')")
    connection.close()
    prepare_sqlite(path)
    connection = driver.connect(path)
    assert connection.execute("SELECT * FROM meta").fetchall() == [("a", "b")]
    connection.close()
    assert revisions(path) == [(HEAD,)]


def test_many_may_open_a_fresh_file_at_once(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(prepare_sqlite, [path] * 4))
    assert revisions(path) == [(HEAD,)]


def test_nobody_who_opens_a_fresh_file_is_refused_because_others_do(tmp_path: Path) -> None:
    at_once = threading.Barrier(8)

    def opened(path: Path) -> None:
        at_once.wait(30)
        driver.connect(path).close()

    with ThreadPoolExecutor(8) as pool:
        for number in range(60):
            list(pool.map(opened, [tmp_path / f"{number}.db"] * 8))


def test_the_migrated_file_has_exactly_the_tables_of_the_code(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    prepare_sqlite(path)
    engine = create_engine(f"sqlite:///{path}", module=driver.sqlite)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_a_journal_of_a_newer_program_is_refused_and_untouched(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    prepare_sqlite(path)
    connection = driver.connect(path)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(UserError, match="nyere udgave") as caught:
        prepare_sqlite(path)
    assert (caught.value.code, caught.value.place) == ("newer_schema", str(path))
    assert "9999" in caught.value.sentence
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_refused_and_untouched(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    path.write_bytes(b"Dette er et brev, ikke en journal.\n" * 100)
    before = path.read_bytes()
    with pytest.raises(UserError, match="kan ikke åbnes") as caught:
        prepare_sqlite(path)
    assert caught.value.code == "journal"
    assert str(path) in caught.value.sentence
    assert path.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["journal.db"]


def test_a_folder_in_the_files_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "journal.db").mkdir()
    with pytest.raises(UserError, match="kan ikke åbnes"):
        prepare_sqlite(tmp_path / "journal.db")


def test_a_folder_that_cannot_be_made_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("en fil, ikke en mappe")
    with pytest.raises(UserError, match="kan ikke bruges til data") as caught:
        prepare_sqlite(tmp_path / "data" / "drift" / "journal.db")
    assert caught.value.code == "data_folder"
    assert str(tmp_path / "data" / "drift") in caught.value.sentence


def test_a_migration_that_finds_no_room_leaves_nothing_half_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "journal.db"
    connect = driver.connect

    def cramped(path: Path | str, *, readonly: bool = False) -> Any:
        connection = connect(path, readonly=readonly)
        connection.execute("PRAGMA max_page_count=8").fetchone()
        return connection

    with monkeypatch.context() as patch:
        patch.setattr(driver, "connect", cramped)
        with pytest.raises(UserError, match="disken fuld") as caught:
            prepare_sqlite(path)
    assert caught.value.code == "journal"
    connection = driver.connect(path)
    assert connection.execute("SELECT name FROM sqlite_master").fetchall() == []
    connection.close()
    prepare_sqlite(path)
    assert revisions(path) == [(HEAD,)]


# -- PostgreSQL -----------------------------------------------------------------------------------


async def test_a_schema_is_made_twice_and_at_once(postgres_url: str) -> None:
    await asyncio.gather(*[prepare_postgres(postgres_url, SCHEMA) for _ in range(3)])
    await prepare_postgres(postgres_url, SCHEMA)
    assert [row[0] for row in await query(postgres_url, "SELECT version_num FROM drift.alembic_version")] == [HEAD]


async def test_every_environment_is_a_schema_of_its_own(postgres_url: str) -> None:
    await prepare_postgres(postgres_url, "drift")
    await prepare_postgres(postgres_url, "oevelse_a")
    await query(postgres_url, "INSERT INTO drift.meta VALUES ('a', 'b')")
    assert await query(postgres_url, "SELECT * FROM oevelse_a.meta") == []


async def test_the_migrated_schema_has_exactly_the_tables_of_the_code(postgres_url: str) -> None:
    await prepare_postgres(postgres_url, SCHEMA)
    engine = create_async_engine(postgres_url, connect_args={"server_settings": {"search_path": SCHEMA}})

    def compare(connection: Any) -> list[Any]:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return compare_metadata(context, metadata)

    async with engine.connect() as connection:
        assert await connection.run_sync(compare) == []
    await engine.dispose()


async def test_a_schema_of_a_newer_program_is_refused(postgres_url: str) -> None:
    await prepare_postgres(postgres_url, SCHEMA)
    await query(postgres_url, "UPDATE drift.alembic_version SET version_num = '9999'")
    with pytest.raises(UserError, match="nyere udgave") as caught:
        await prepare_postgres(postgres_url, SCHEMA)
    assert caught.value.place == SCHEMA


async def test_a_migration_that_fails_leaves_no_schema_behind(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade = migrate._upgrade  # pyright: ignore[reportPrivateUsage]

    def half(connection: Any) -> None:
        upgrade(connection)
        raise KeyError("power cut")

    monkeypatch.setattr(migrate, "_upgrade", half)
    with pytest.raises(KeyError):
        await prepare_postgres(postgres_url, SCHEMA)
    assert await query(postgres_url, "SELECT 1 FROM information_schema.schemata WHERE schema_name = 'drift'") == []


@pytest.mark.parametrize("wrong", ["host", "database"])
async def test_a_database_that_is_not_there_is_said_in_a_sentence(postgres_url: str, wrong: str) -> None:
    url = "postgresql+asyncpg://postgres@127.0.0.1:1/none"
    if wrong == "database":
        url = postgres_url.rpartition("/")[0] + "/findes_ikke"
    with pytest.raises(UserError, match="DDH_DATABASE") as caught:
        await prepare_postgres(url, SCHEMA)
    assert caught.value.code == "database_away"
