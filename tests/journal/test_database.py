"""The shell around the journal: a transaction is stored whole or not at all, neighbours do not hurt each other."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.util import await_only

from ddh_beredskab.errors import StorageBusy, UserError
from ddh_beredskab.journal import database as database_module
from ddh_beredskab.journal import driver
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.database import (
    PostgresDatabase,
    SqliteDatabase,
    environments_in,
    schema_name,
    sqlite_path,
)
from ddh_beredskab.journal.messages import append_commands, head_position
from ddh_beredskab.journal.migrate import prepare_sqlite
from tests.journal.desk import JOURNAL, T0, Desk, entry, new

PUT = Statement("INSERT INTO meta (key, value) VALUES (:key, :value)")
KEYS = "SELECT key FROM meta ORDER BY key"


def put(key: str) -> Any:
    def job(conn: Conn) -> str:
        conn.run(PUT, key=key, value="x")
        return key

    return job


def failing(key: str) -> Any:
    def job(conn: Conn) -> None:
        conn.run(PUT, key=key, value="x")
        raise KeyError(key)

    return job


async def keys(desk: Desk) -> list[str]:
    return [row[0] for row in await desk.rows(KEYS)]


# -- the contract ---------------------------------------------------------------------------------


async def test_a_write_that_raises_stores_nothing(desk: Desk) -> None:
    with pytest.raises(KeyError):
        await desk.db.write(failing("a"))
    assert await keys(desk) == []


async def test_a_read_never_writes(desk: Desk) -> None:
    with contextlib.suppress(Exception):  # refused, or rolled back
        await desk.db.read(put("a"))
    assert await keys(desk) == []


async def test_what_was_written_is_seen_by_the_next_read_of_another(desk: Desk, other_desk: Desk) -> None:
    for n in range(5):
        await desk.db.write(put(f"a{n}"))
        assert len(await keys(other_desk)) == n + 1


async def test_one_failing_job_does_not_hurt_its_neighbours(desk: Desk) -> None:
    jobs = [put("a"), failing("b"), put("c"), put("a"), put("d")]
    done = await asyncio.gather(*[desk.db.write(job) for job in jobs], return_exceptions=True)
    assert sorted(each for each in done if isinstance(each, str)) == ["a", "c", "d"]
    assert isinstance(done[1], KeyError)
    refused = done[3] if isinstance(done[0], str) else done[0]  # the key was there already
    assert isinstance(refused, Exception)
    assert not isinstance(refused, StorageBusy)  # trying again would not help
    assert sorted(await keys(desk)) == ["a", "c", "d"]


async def test_a_caller_who_gave_up_before_the_commit_stored_nothing_or_all(desk: Desk) -> None:
    waiting = [asyncio.create_task(desk.db.write(put(f"k{n}"))) for n in range(6)]
    await asyncio.sleep(0)
    waiting[3].cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert {f"k{n}" for n in range(6) if n != 3} <= set(await keys(desk))
    await desk.db.write(put("efter"))
    assert "efter" in await keys(desk)


async def test_changed_is_true_once_after_a_commit_and_then_waits(desk: Desk) -> None:
    while await desk.db.changed(0.05):
        pass
    await desk.db.write(put("a"))
    assert await desk.db.changed(10.0)
    for _ in range(3):  # on a busy machine a server's word of an earlier commit may come late
        began = time.monotonic()
        if not await desk.db.changed(0.15):
            break
    else:
        raise AssertionError("it never waits")
    assert time.monotonic() - began >= 0.14


@pytest.mark.serial
async def test_a_commit_wakes_the_other_connection_within_a_tenth_of_a_second(desk: Desk, other_desk: Desk) -> None:
    while await other_desk.db.changed(0.05):
        pass
    took: list[float] = []
    for n in range(5):
        waiting = asyncio.create_task(other_desk.db.changed(5.0))
        await asyncio.sleep(0.08)
        await desk.db.write(put(f"a{n}"))
        committed = time.monotonic()
        assert await waiting
        took.append(time.monotonic() - committed)
        while await other_desk.db.changed(0.05):
            pass
    assert sorted(took)[2] < 0.1, took


# -- group commit on SQLite -----------------------------------------------------------------------


async def test_jobs_that_wait_together_share_one_commit(sqlite_desk: Desk) -> None:
    version = await data_version(sqlite_desk)
    await asyncio.gather(*[sqlite_desk.db.write(put(str(n))) for n in range(50)])
    assert await data_version(sqlite_desk) - version <= 2


async def data_version(desk: Desk) -> int:
    assert isinstance(desk.db, SqliteDatabase)
    return desk.db._data_version()  # pyright: ignore[reportPrivateUsage]


def noting(order: list[str]) -> Callable[[str], Callable[[Conn], None]]:
    def job(name: str) -> Callable[[Conn], None]:
        def note(_conn: Conn) -> None:
            order.append(name)

        return note

    return job


async def test_command_jobs_go_before_bulk_jobs(sqlite_desk: Desk) -> None:
    order: list[str] = []
    job = noting(order)
    bulk = [sqlite_desk.db.write(job(f"bulk{n}"), bulk=True) for n in range(3)]
    commands = [sqlite_desk.db.write(job(f"command{n}")) for n in range(3)]
    await asyncio.gather(*bulk, *commands)
    assert order == ["command0", "command1", "command2", "bulk0", "bulk1", "bulk2"]


async def test_bulk_pauses_so_that_a_command_gets_between(sqlite_desk: Desk) -> None:
    order: list[str] = []
    job = noting(order)
    bulk = [asyncio.create_task(sqlite_desk.db.write(job(f"bulk{n}"), bulk=True)) for n in range(20)]
    await sqlite_desk.db.write(job("first"))
    assert order[0] == "first"
    await bulk[0]
    await sqlite_desk.db.write(job("command"))
    await asyncio.gather(*bulk)
    assert order.index("command") < 21


# -- a full disk and a locked file ----------------------------------------------------------------


def full(database: SqliteDatabase, spare_pages: int = 0) -> None:
    """Let the real writer run into the end of the disk."""
    writer: Any = database._writer  # pyright: ignore[reportPrivateUsage]
    pages = writer.execute("PRAGMA page_count").fetchone()[0]
    writer.execute(f"PRAGMA max_page_count={pages + spare_pages}").fetchone()


def room(database: SqliteDatabase) -> None:
    writer: Any = database._writer  # pyright: ignore[reportPrivateUsage]
    writer.execute("PRAGMA max_page_count=1000000").fetchone()


async def test_a_full_disk_is_said_and_nothing_is_half_written(sqlite_desk: Desk) -> None:
    database = sqlite_desk.db
    assert isinstance(database, SqliteDatabase)
    await sqlite_desk.give(entry("før"))
    full(database)
    big = [new(entry("x" * 19_000, source="y" * 19_000), f"stor/{n}") for n in range(10)]
    with pytest.raises(StorageBusy):
        await database.write(lambda c: append_commands(c, JOURNAL, big, T0))
    with pytest.raises(StorageBusy):
        database.write_now(lambda c: append_commands(c, JOURNAL, big, T0))
    for table, rows in (("messages", 1), ("deliveries", 1), ("private_values", 1)):
        assert await sqlite_desk.value(f"SELECT count(*) FROM {table}") == rows
    room(database)
    await database.write(lambda c: append_commands(c, JOURNAL, big, T0))
    assert await database.read(head_position) == 11


async def test_a_full_disk_fails_only_the_jobs_that_did_not_fit(sqlite_desk: Desk) -> None:
    database = sqlite_desk.db
    assert isinstance(database, SqliteDatabase)
    full(database, spare_pages=1)
    big = [new(entry("x" * 19_000), f"stor/{n}") for n in range(10)]
    small = [database.write(put("lille1")), database.write(lambda c: append_commands(c, JOURNAL, big, T0))]
    done = await asyncio.gather(*small, database.write(put("lille2")), return_exceptions=True)
    stored = await keys(sqlite_desk)
    for key, answer in (("lille1", done[0]), ("lille2", done[2])):
        assert (key in stored) == (answer == key), "told stored and was not, or the other way"
    assert isinstance(done[1], StorageBusy)
    assert await database.read(head_position) == 0
    room(database)
    await database.write(put("efter"))


def lock_from_elsewhere(path: Path, seconds: float) -> subprocess.Popen[str]:
    """Another process that begins to write and then takes its time."""
    script = (
        "import sys, time\nfrom ddh_beredskab.journal import driver\n"
        "c = driver.connect(sys.argv[1])\nc.execute('BEGIN IMMEDIATE')\nprint('locked', flush=True)\n"
        "time.sleep(float(sys.argv[2]))\nc.execute('ROLLBACK')\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(path), str(seconds)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "locked\n"
    return process


async def test_a_file_locked_for_a_moment_is_waited_for(sqlite_desk: Desk) -> None:
    assert isinstance(sqlite_desk.db, SqliteDatabase)
    process = lock_from_elsewhere(Path(sqlite_desk.db.path), 0.4)
    try:
        await sqlite_desk.db.write(put("a"))
        assert await keys(sqlite_desk) == ["a"]
    finally:
        process.wait(10)


async def test_a_file_locked_for_long_is_said_and_the_loop_goes_on_meanwhile(
    sqlite_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(sqlite_desk.db, SqliteDatabase)
    monkeypatch.setattr(driver, "BUSY_SECONDS", 0.5)
    process = lock_from_elsewhere(Path(sqlite_desk.db.path), 60)
    ticks = 0
    try:
        waiting = [asyncio.create_task(sqlite_desk.db.write(put(key), bulk=key == "b")) for key in "ab"]
        while not all(each.done() for each in waiting):
            ticks += 1
            assert await keys(sqlite_desk) == []  # readers do not wait
            await asyncio.sleep(0.01)
        for each in waiting:
            with pytest.raises(StorageBusy):
                await each
        with pytest.raises(StorageBusy):
            sqlite_desk.db.write_now(put("c"))
    finally:
        process.kill()
        process.wait(10)
    assert ticks > 5
    await sqlite_desk.db.write(put("d"))
    assert await keys(sqlite_desk) == ["d"]


# -- waking across processes ----------------------------------------------------------------------


@pytest.mark.serial
async def test_a_commit_in_another_process_wakes_the_listener_by_datagram(sqlite_desk: Desk) -> None:
    database = sqlite_desk.db
    assert isinstance(database, SqliteDatabase)
    database.listen()
    script = (
        "import sys, time\nfrom ddh_beredskab.journal.database import SqliteDatabase\n"
        "from ddh_beredskab.journal.connection import Statement\n"
        "db = SqliteDatabase(sys.argv[1])\nput = Statement(\"INSERT INTO meta VALUES (:k, 'x')\")\n"
        "for line in sys.stdin:\n"
        "    db.write_now(lambda c: c.run(put, k=line.strip()))\n    print(time.time(), flush=True)\n"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, str(database.path), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    took: list[float] = []
    try:
        for n in range(4):
            while await database.changed(0.06):
                pass
            waiting = asyncio.create_task(database.changed(10.0))
            await asyncio.sleep(0.02)
            process.stdin.write(f"a{n}\n".encode())
            committed = float(await process.stdout.readline())
            assert await waiting
            took.append(time.time() - committed)
        assert sorted(took)[1] < 0.1, took
    finally:
        process.kill()
        await process.wait()
    assert await keys(sqlite_desk) == [f"a{n}" for n in range(4)]


async def test_a_door_with_nobody_listening_loses_nothing(sqlite_desk: Desk, tmp_path: Path) -> None:
    stale = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    stale.bind(str(tmp_path / "drift" / "wake.sock"))
    stale.close()  # a socket file whose process is dead
    await sqlite_desk.db.write(put("a"))
    assert await keys(sqlite_desk) == ["a"]
    assert isinstance(sqlite_desk.db, SqliteDatabase)
    sqlite_desk.db.listen()  # takes the dead one's place
    await sqlite_desk.db.write(put("b"))
    assert await sqlite_desk.db.changed(1.0)


async def test_a_folder_with_a_long_name_is_polled(tmp_path: Path) -> None:
    path = tmp_path / ("lang" * 40) / "journal.db"
    prepare_sqlite(path)
    one, two = SqliteDatabase(path), SqliteDatabase(path)
    try:
        one.listen()
        while await one.changed(0.06):
            pass
        two.write_now(put("a"))
        assert await one.changed(1.0)
    finally:
        one.close_now()
        two.close_now()


# -- the driver -----------------------------------------------------------------------------------


def test_sqlite_is_opened_so_that_a_commit_is_on_the_disk(tmp_path: Path) -> None:
    connection = driver.connect(tmp_path / "a.db")
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    wanted = "wal" if driver.wal_is_safe() else "delete"
    assert connection.execute("PRAGMA journal_mode").fetchone() == (wanted,)
    assert connection.execute("PRAGMA busy_timeout").fetchone() == (0,)
    connection.close()


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 45, 0), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 0), False),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 52, 0), True),
    ],
)
def test_the_wal_is_used_only_where_it_cannot_lose_a_commit(version: tuple[int, ...], safe: bool) -> None:
    assert driver.wal_is_safe(version) is safe


def test_a_connection_for_reading_cannot_write(tmp_path: Path) -> None:
    prepare_sqlite(tmp_path / "a.db")
    connection = driver.connect(tmp_path / "a.db", readonly=True)
    with pytest.raises(driver.DatabaseError, match="readonly"):
        connection.execute("INSERT INTO meta VALUES ('a', 'b')")
    connection.close()


# -- environments ---------------------------------------------------------------------------------


def test_every_environment_has_its_own_place(tmp_path: Path) -> None:
    assert sqlite_path(tmp_path, "drift") == tmp_path / "drift" / "journal.db"
    assert sqlite_path(tmp_path, "oevelse.storm-1") == tmp_path / "oevelse" / "storm-1" / "journal.db"
    for wrong in ("", "test", "oevelse.", "oevelse"):
        with pytest.raises(UserError, match="kender ikke miljøet"):
            sqlite_path(tmp_path, wrong)
    assert schema_name("oevelse.storm-1") == "oevelse_storm_1"
    assert environments_in(tmp_path) == []
    for environment in ("oevelse.b", "oevelse.a", "drift"):
        prepare_sqlite(sqlite_path(tmp_path, environment))
    assert environments_in(tmp_path) == ["drift", "oevelse.a", "oevelse.b"]


async def test_a_postgresql_that_is_away_is_busy_storage() -> None:
    database = PostgresDatabase("postgresql+asyncpg://nobody@127.0.0.1:1/none", "drift")
    try:
        with pytest.raises(StorageBusy):
            await database.write(put("a"))
        with pytest.raises(StorageBusy):
            await database.read(put("a"))
    finally:
        await database.close()


async def test_a_session_that_postgresql_ends_is_busy_storage_and_the_next_one_works(empty_postgres: str) -> None:
    database = PostgresDatabase(empty_postgres, "drift")
    end = Statement("SELECT pg_terminate_backend(pg_backend_pid())")
    try:
        with pytest.raises(StorageBusy):
            await database.write(lambda conn: conn.all(end))
        await database.write(put("a"))
    finally:
        await database.close()


async def test_a_writer_that_stands_still_in_the_middle_of_a_statement_gives_its_rows_free(
    empty_postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Prepared and never run: to the server it is at work, and no timeout of the server's own ever comes."""
    monkeypatch.setattr(database_module, "STANDS_STILL_SECONDS", 1)
    held, go_on = threading.Event(), threading.Event()
    move = Statement("UPDATE meta SET value = :value WHERE key = 'a'")

    def stand_still(conn: Conn) -> None:
        conn.run(move, value="half")
        await_only(conn._cursor._connection.prepare("SELECT 1"))  # type: ignore[attr-defined]
        held.set()
        go_on.wait(30)  # its event loop stands, as that of a stopped process

    async def stopped() -> None:
        database = PostgresDatabase(empty_postgres, "drift")
        try:
            await database.write(stand_still)
        finally:
            await database.close()

    database = PostgresDatabase(empty_postgres, "drift")
    await database.write(put("a"))
    standing = asyncio.create_task(asyncio.to_thread(asyncio.run, stopped()))
    try:
        assert await asyncio.to_thread(held.wait, 10)
        async with asyncio.timeout(20):
            while True:  # as every worker and door does
                with contextlib.suppress(StorageBusy):
                    await database.write(lambda conn: conn.run(move, value="whole"))
                    break
        go_on.set()
        with pytest.raises(StorageBusy):
            await standing
        assert await database.read(lambda conn: conn.all(Statement("SELECT value FROM meta WHERE key = 'a'"))) == [
            ("whole",)
        ]
    finally:
        go_on.set()
        await database.close()
