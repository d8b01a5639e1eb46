"""A real SQLite in memory under a layer that fails: the journal of one run, shared by all its processes.

One connection carries every process's transactions, as SQLite's one write lock would: whoever holds it finishes
before another begins. The product's `SqliteDatabase` runs on it unchanged.
"""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from ddh_beredskab.journal import driver
from ddh_beredskab.journal.migrate import prepare_sqlite
from tests.simulation.faults import Luck
from tests.simulation.loop import Killed, Process, SimLoop, here


@cache
def _schema() -> tuple[str, ...]:
    """The journal's tables as the migrations make them."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.db"
        prepare_sqlite(path)
        connection = driver.connect(path)
        made = [row[0] for row in connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()]
        connection.close()
    return tuple(sql for sql in made if "sqlite_" not in sql.split("(")[0])


class Disk:
    """The one file, and what may go wrong with it."""

    def __init__(self, loop: SimLoop, luck: Luck) -> None:
        self.loop = loop
        self.luck = luck
        self.real: Any = driver.connect(":memory:")
        for statement in _schema():
            self.real.execute(statement)
        self.real.execute("PRAGMA synchronous=OFF")
        self.commits = 0
        self.locked_until = 0.0
        self.full_until = 0.0

    def connect(self, _path: Any, *, readonly: bool = False) -> Any:
        """What `driver.connect` is to the product."""
        return Connection(self, here())

    def release(self) -> None:
        """The process that held a transaction has died: what it had not committed is gone."""
        if self.real.in_transaction:
            self.real.execute("ROLLBACK")


class Connection:
    """One process's connection."""

    def __init__(self, disk: Disk, process: Process) -> None:
        self._disk = disk
        self._process = process
        self._own = 0
        self._fails_in = -1

    @property
    def in_transaction(self) -> bool:
        return self._process.alive and self._disk.real.in_transaction

    def execute(self, sql: str, *parameters: Any) -> Any:
        self._must_live()
        if sql == "BEGIN IMMEDIATE":
            return self._begin()
        if sql == "COMMIT":
            return self._commit()
        if sql == "PRAGMA data_version":
            return _Answer(self._disk.commits - self._own)
        return self._disk.real.execute(sql, *parameters)

    def cursor(self) -> Any:
        self._must_live()
        cursor = self._disk.real.cursor()
        return cursor if self._fails_in < 0 else _FailingCursor(cursor, self._fails_in)

    def close(self) -> None:
        pass

    def _must_live(self) -> None:
        if not self._process.alive:
            raise Killed

    def _begin(self) -> Any:
        disk, luck = self._disk, self._disk.luck
        now = disk.loop.time()
        if luck.strikes("busy", 0.01):
            disk.locked_until = now + luck.die("busy").choice((0.01, 0.05, 0.2))
            luck.trace.append(f"{now:8.3f} database locked until {disk.locked_until:.3f}")
        if luck.strikes("full", 0.003):
            disk.full_until = now + luck.die("full").uniform(0.5, 5.0)
            luck.trace.append(f"{now:8.3f} disk full until {disk.full_until:.3f}")
        if luck.on and now < disk.locked_until and self._process.name != "world":
            raise driver.sqlite.OperationalError("database is locked")
        self._fails_in = luck.die("full").randrange(12) if luck.on and now < disk.full_until else -1
        return disk.real.execute("BEGIN IMMEDIATE")

    def _commit(self) -> Any:
        disk, luck = self._disk, self._disk.luck
        now = disk.loop.time()
        if self._fails_in >= 0 and luck.die("full").random() < 0.7:
            raise driver.sqlite.OperationalError("database or disk is full")
        answer = disk.real.execute("COMMIT")
        disk.commits += 1
        self._own += 1
        if luck.strikes("slow", 0.01):
            seconds = luck.die("slow").choice((0.2, 1.0, 4.0))
            luck.trace.append(f"{now:8.3f} {self._process.name}: a commit takes {seconds} s")
            disk.loop.freeze(self._process, seconds)
        if luck.strikes("commit-unknown", 0.01):
            luck.trace.append(f"{now:8.3f} {self._process.name}: a commit is done and reported as failed")
            raise driver.sqlite.OperationalError("disk I/O error")
        return answer


class _Answer:
    """The single row of a PRAGMA."""

    def __init__(self, value: int) -> None:
        self._value = value

    def fetchone(self) -> tuple[int]:
        return (self._value,)


class _FailingCursor:
    """A cursor on a full disk: the k-th change fails."""

    def __init__(self, real: Any, fails_in: int) -> None:
        self._real = real
        self._left = fails_in

    @property
    def rowcount(self) -> int:
        return self._real.rowcount

    def execute(self, sql: str, *parameters: Any) -> Any:
        if not sql.startswith(("SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK")):
            self._count()
        return self._real.execute(sql, *parameters)

    def executemany(self, sql: str, rows: Any) -> Any:
        self._count()
        return self._real.executemany(sql, rows)

    def fetchone(self) -> Any:
        return self._real.fetchone()

    def fetchall(self) -> Any:
        return self._real.fetchall()

    def _count(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise driver.sqlite.OperationalError("database or disk is full")
