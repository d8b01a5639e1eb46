"""The asyncio shell around the journal's functions: transactions, group commit and waking, for both databases.

On SQLite the functions run on the event loop: the lock is awaited before BEGIN, then nothing is awaited until COMMIT;
jobs that wait together share one commit with a SAVEPOINT each, command jobs before bulk jobs. On PostgreSQL the same
functions run under `run_sync` over asyncpg.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import structlog

from ddh_beredskab.clock import monotonic
from ddh_beredskab.crash import crash_point
from ddh_beredskab.errors import StorageBusy, UserError
from ddh_beredskab.journal import driver
from ddh_beredskab.journal.connection import Conn, from_database, is_bad_data, is_lock_timeout

log = structlog.stdlib.get_logger(__name__)

T = TypeVar("T")
Job = Callable[[Conn], T]

POLL_SECONDS = 0.05
BULK_PAUSE_SECONDS = 0.002


class Database(Protocol):
    """One environment's journal."""

    async def write(self, job: Job[T], *, bulk: bool = False) -> T:
        """Run a job in a transaction and return its result once it is committed; an exception rolls it back.

        Raises `StorageBusy` when nothing could be written (locked for long, disk full, database away).
        """
        ...

    async def read(self, job: Job[T]) -> T:
        """Run a job that only reads."""
        ...

    async def changed(self, timeout: float) -> bool:
        """Wait until somebody has committed, at most `timeout` seconds; whether that happened."""
        ...

    async def close(self) -> None: ...


@dataclass(slots=True)
class _Waiting(Generic[T]):
    job: Job[T]
    future: asyncio.Future[T]
    bulk: bool


class SqliteDatabase:
    """A journal in one file (or `:memory:` for tests). One writer connection, one reader, one that never writes."""

    def __init__(self, path: Path | str, connect: Callable[..., Any] = driver.connect) -> None:
        self.path = path
        self._writer = connect(path)
        memory = str(path) == ":memory:"
        self._reader = self._writer if memory else connect(path, readonly=True)
        self._watcher = self._writer if memory else connect(path, readonly=True)
        self._queue: deque[_Waiting[Any]] = deque()
        self._bulk: deque[_Waiting[Any]] = deque()
        self._task: asyncio.Task[None] | None = None
        self._seen: int = self._data_version()
        self._committed: int = 0
        self._committed_seen: int = 0
        self._wake_path = None if memory else Path(path).parent / "wake.sock"
        self._wake_in: socket.socket | None = None
        self._wake_out: socket.socket | None = None
        self._event = asyncio.Event()
        self.poll_seconds = POLL_SECONDS
        """How often `changed` looks for another process's commits; the one who drives a fast drill looks oftener."""

    # -- writing --------------------------------------------------------------------------------

    def write_now(self, job: Job[T]) -> T:
        """The same, blocking: for the command line, migrations and tests."""
        try:
            driver.begin_blocking(self._writer)
            result = job(Conn(self._writer.cursor(), "sqlite"))
            self._writer.execute("COMMIT")
        except BaseException as error:
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK")
            raise _translated(error) from error
        self._after_commit()
        return result

    async def write(self, job: Job[T], *, bulk: bool = False) -> T:
        waiting = _Waiting(job, asyncio.get_running_loop().create_future(), bulk)
        (self._bulk if bulk else self._queue).append(waiting)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._drain())
        return await waiting.future

    async def _drain(self) -> None:
        while self._queue or self._bulk:
            crash_point("before-begin")
            try:
                await self._begin()
            except StorageBusy as error:
                self._fail_all(error)
                continue
            was_bulk = not self._queue
            self._commit_together([self._bulk.popleft()] if was_bulk else self._take_all())
            await asyncio.sleep(BULK_PAUSE_SECONDS if was_bulk else 0)

    def _take_all(self) -> list[_Waiting[Any]]:
        taken = list(self._queue)
        self._queue.clear()
        return taken

    def _fail_all(self, error: Exception) -> None:
        for waiting in (*self._queue, *self._bulk):
            if not waiting.future.done():
                waiting.future.set_exception(error)
        self._queue.clear()
        self._bulk.clear()

    async def _begin(self) -> None:
        until = monotonic() + driver.BUSY_SECONDS
        while True:
            try:
                self._writer.execute("BEGIN IMMEDIATE")
                return
            except driver.DatabaseError as error:
                if not driver.is_busy(error) or monotonic() > until:
                    raise StorageBusy(str(error)) from error
            await asyncio.sleep(0.001)

    def _commit_together(self, group: list[_Waiting[Any]]) -> None:
        done: list[tuple[_Waiting[Any], Any]] = []
        cursor = self._writer.cursor()
        alone = len(group) == 1
        cause: Exception | None = None
        try:
            for waiting in group:
                if waiting.future.done():  # the caller gave up
                    continue
                if not alone:
                    cursor.execute("SAVEPOINT job")
                try:
                    result = waiting.job(Conn(cursor, "sqlite"))
                except Exception as error:
                    cause = error  # a full disk ends the whole transaction, and the next line then fails
                    cursor.execute("ROLLBACK" if alone else "ROLLBACK TO job")
                    cause = None
                    waiting.future.set_exception(_translated(error))
                    if alone:
                        return
                    cursor.execute("RELEASE job")
                else:
                    if not alone:
                        cursor.execute("RELEASE job")
                    done.append((waiting, result))
            self._writer.execute("COMMIT")
        except driver.DatabaseError as error:
            with contextlib.suppress(driver.DatabaseError):
                self._writer.execute("ROLLBACK")
            for waiting in group:
                if not waiting.future.done():
                    waiting.future.set_exception(StorageBusy(str(cause or error)))
            return
        crash_point("after-commit")
        for waiting, result in done:
            if not waiting.future.done():
                waiting.future.set_result(result)
        self._after_commit()

    # -- reading --------------------------------------------------------------------------------

    async def read(self, job: Job[T]) -> T:
        return self.read_now(job)

    def read_now(self, job: Job[T]) -> T:
        """The same, blocking."""
        if self._reader is self._writer:
            return job(Conn(self._reader.cursor(), "sqlite"))
        try:
            self._reader.execute("BEGIN")
            return job(Conn(self._reader.cursor(), "sqlite"))
        except driver.DatabaseError as error:
            raise _translated(error) from error
        finally:
            if self._reader.in_transaction:
                self._reader.execute("ROLLBACK")

    # -- waking ---------------------------------------------------------------------------------

    def listen(self) -> None:
        """Receive the datagram that doors send after COMMIT (worker only; one listener per environment)."""
        if self._wake_path is None or self._wake_in is not None or len(str(self._wake_path)) > 100:
            return
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        listener.setblocking(False)
        with contextlib.suppress(FileNotFoundError):
            self._wake_path.unlink()
        listener.bind(str(self._wake_path))
        self._wake_in = listener
        asyncio.get_running_loop().add_reader(listener.fileno(), self._woken)

    def _woken(self) -> None:
        assert self._wake_in is not None
        with contextlib.suppress(BlockingIOError):
            while True:
                self._wake_in.recv(16)
        self._event.set()

    def _after_commit(self) -> None:
        self._committed += 1
        self._event.set()
        if self._wake_path is None or self._wake_in is not None:
            return
        try:
            if self._wake_out is None:
                self._wake_out = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
                self._wake_out.setblocking(False)
            self._wake_out.sendto(b"!", str(self._wake_path))
        except OSError:
            pass  # nobody listens, or its buffer is full: it polls as well

    async def changed(self, timeout: float) -> bool:
        until = monotonic() + timeout
        while True:
            if self._is_changed():
                return True
            left = until - monotonic()
            if left <= 0:
                return False
            self._event.clear()
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._event.wait(), min(self.poll_seconds, left))

    def _is_changed(self) -> bool:
        version = self._data_version()
        changed = version != self._seen or self._committed != self._committed_seen
        self._seen, self._committed_seen = version, self._committed
        return changed

    def _data_version(self) -> int:
        return int(self._watcher.execute("PRAGMA data_version").fetchone()[0])

    async def close(self) -> None:
        self.close_now()

    def close_now(self) -> None:
        """Close the connections (and stop listening)."""
        if self._wake_in is not None:
            with contextlib.suppress(RuntimeError, ValueError):
                asyncio.get_running_loop().remove_reader(self._wake_in.fileno())
            self._wake_in.close()
            if self._wake_path is not None:
                with contextlib.suppress(FileNotFoundError):
                    self._wake_path.unlink()
        if self._wake_out is not None:
            self._wake_out.close()
        for connection in {id(c): c for c in (self._watcher, self._reader, self._writer)}.values():
            connection.close()


def _translated(error: BaseException) -> BaseException:
    """Storage errors look the same from every database."""
    if isinstance(error, driver.DatabaseError) and (driver.is_busy(error) or driver.is_full(error)):
        return StorageBusy(str(error))
    return error


STANDS_STILL_SECONDS = 5
"""A writer that has stood still for so long in the middle of its work must not keep its rows from the others."""

KEPT_STATEMENTS = 1_000
"""Prepared statements a session keeps: all of ours, so that one is prepared once and then takes one round trip."""

_END_THOSE_THAT_STAND_STILL = """SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
 WHERE datname = current_database() AND usename = current_user AND application_name = 'ddh-beredskab'
 AND state = 'active' AND wait_event = 'ClientRead' AND state_change < clock_timestamp() - $1 * interval '1 second'"""
"""To the server a client that stopped between the two halves of a statement (prepared, and never run) is at work, so
its timeout for idle transactions never comes, and its timeout for statements is held off while it reads."""


class PostgresDatabase:
    """A journal in a schema of a PostgreSQL database (`postgresql+asyncpg://...`).

    Rule kept: a process that is stopped, or cut off, in the middle of a write keeps its rows from the others for some
    seconds only: the server ends a session that is idle in its transaction, and whoever is kept out ends one that is
    stuck in the middle of a statement.
    """

    def __init__(self, url: str, schema: str) -> None:
        from sqlalchemy.ext.asyncio import create_async_engine

        self.url = url
        self.schema = schema
        self._engine = create_async_engine(
            url,
            pool_size=8,
            max_overflow=8,
            pool_pre_ping=True,
            connect_args={
                "prepared_statement_cache_size": KEPT_STATEMENTS,
                "server_settings": {
                    "search_path": f'"{schema}"',
                    "lock_timeout": "5000",
                    "idle_in_transaction_session_timeout": str(STANDS_STILL_SECONDS * 1000),
                    "application_name": "ddh-beredskab",
                },
            },
        )
        self._event = asyncio.Event()
        self._listener: Any = None

    async def write(self, job: Job[T], *, bulk: bool = False) -> T:
        result = await self._run(job, commit=True)
        self._event.set()
        if bulk:
            await asyncio.sleep(0)
        return result

    async def read(self, job: Job[T]) -> T:
        return await self._run(job, commit=False)

    async def _run(self, job: Job[T], *, commit: bool) -> T:
        def inside(connection: Any) -> T:
            cursor = connection.connection.cursor()
            try:
                if commit:
                    crash_point("before-begin")
                result = job(Conn(cursor, "postgresql"))
                if commit:
                    cursor.execute("SELECT pg_notify(current_schema() || '_journal', '')", ())
                    cursor.fetchall()
                return result
            finally:
                cursor.close()

        try:
            async with self._engine.connect() as connection:
                # the driver adapter opens its transaction with the first statement
                try:
                    result = await connection.run_sync(inside)
                    raw = (await connection.get_raw_connection()).dbapi_connection
                    if raw is not None:
                        await connection.run_sync(
                            lambda c: c.connection.commit() if commit else c.connection.rollback()
                        )
                except BaseException:
                    with contextlib.suppress(Exception):
                        await connection.run_sync(lambda c: c.connection.rollback())
                    raise
                if commit:
                    crash_point("after-commit")
                return result
        except Exception as error:
            if not from_database(error) or is_bad_data(error):
                raise
            if is_lock_timeout(error):
                await self._end_those_that_stand_still()
            raise StorageBusy(f"{type(error).__name__}: {error}".splitlines()[0]) from error

    async def _end_those_that_stand_still(self) -> None:
        with contextlib.suppress(Exception):  # whoever was kept out tries again, and comes by here again
            async with self._engine.connect() as connection:
                ended = await connection.run_sync(self._ended)
            if ended:
                log.warning("ended sessions that stood still in the middle of a statement", sessions=ended)

    @staticmethod
    def _ended(connection: Any) -> int:
        cursor = connection.connection.cursor()
        try:
            cursor.execute(_END_THOSE_THAT_STAND_STILL, (STANDS_STILL_SECONDS,))
            return int(cursor.fetchall()[0][0])
        finally:
            cursor.close()

    async def listen_notify(self) -> None:
        """Open the LISTEN connection; without it `changed` polls."""
        import asyncpg
        from sqlalchemy.engine import make_url

        dsn = make_url(self.url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._listener = await asyncpg.connect(dsn)
        await self._listener.add_listener(f"{self.schema}_journal", self._notified)

    def _notified(self, *_about: Any) -> None:
        self._event.set()

    async def changed(self, timeout: float) -> bool:
        if self._listener is None or self._listener.is_closed():
            try:
                await self.listen_notify()
            except Exception:
                await asyncio.sleep(min(timeout, 0.2))
                return True
        try:
            await asyncio.wait_for(self._event.wait(), timeout)
        except TimeoutError:
            return False
        self._event.clear()
        return True

    async def close(self) -> None:
        if self._listener is not None:
            with contextlib.suppress(Exception):
                await self._listener.close()
        await self._engine.dispose()


def schema_name(environment: str) -> str:
    """The PostgreSQL schema of an environment: `drift`, or `oevelse_<id>`."""
    return environment.replace(".", "_").replace("-", "_")


def sqlite_path(data: Path, environment: str) -> Path:
    """DIR/drift/journal.db or DIR/oevelse/<drill id>/journal.db."""
    if environment == "drift":
        return data / "drift" / "journal.db"
    kind, _, name = environment.partition(".")
    if kind != "oevelse" or not name:
        raise UserError("unknown_environment", environment=environment)
    return data / "oevelse" / name / "journal.db"


def environments_in(data: Path) -> list[str]:
    """The environments that have a journal under a data folder; drift first."""
    found = ["drift"] if (data / "drift" / "journal.db").exists() else []
    drills = data / "oevelse"
    if drills.is_dir():
        found += [f"oevelse.{p.name}" for p in sorted(drills.iterdir()) if (p / "journal.db").exists()]
    return found
