"""The one way SQLite is opened: WAL with synchronous=FULL on a SQLite that cannot lose committed writes.

SQLite 3.7.0-3.51.2 can lose committed WAL writes when two connections write and checkpoint at one instant
(sqlite.org/wal.html, fixed in 3.51.3, 3.50.7 and 3.44.6). So pysqlite3 stands in for the standard module where it
is installed; elsewhere an affected SQLite gets a rollback journal, and `doctor` says so.
"""

from __future__ import annotations

import sqlite3 as _standard
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

try:
    import pysqlite3 as _module  # pyright: ignore[reportMissingImports, reportMissingTypeStubs]
except ImportError:  # no wheel for this platform
    _module = _standard

sqlite: Any = _module
VERSION: tuple[int, ...] = tuple(sqlite.sqlite_version_info)
BUSY_SECONDS = 5.0

BusyError: type[Exception] = sqlite.OperationalError
IntegrityError: type[Exception] = sqlite.IntegrityError
DataError: type[Exception] = sqlite.DataError
DatabaseError: type[Exception] = sqlite.DatabaseError


def wal_is_safe(version: tuple[int, ...] = VERSION) -> bool:
    """Whether this SQLite has the fix of the WAL-reset bug."""
    if version >= (3, 51, 3):
        return True
    return (3, 50, 7) <= version < (3, 51, 0) or (3, 44, 6) <= version < (3, 45, 0)


def connect(path: Path | str, *, readonly: bool = False) -> Any:
    """A connection in autocommit mode: transactions are begun by hand. `:memory:` is for tests."""
    memory = str(path) == ":memory:"
    connection = sqlite.connect(
        str(path), isolation_level=None, check_same_thread=False, timeout=10.0, cached_statements=400
    )
    if not memory:
        # Two that make a fresh file a WAL at one instant would wait for each other, so SQLite refuses one at once.
        _patiently(connection, f"PRAGMA journal_mode={'WAL' if wal_is_safe() else 'DELETE'}", time.sleep)
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=OFF")
    connection.execute("PRAGMA temp_store=MEMORY")
    connection.execute("PRAGMA cache_size=-16000")
    connection.execute("PRAGMA busy_timeout=0")
    if readonly:
        connection.execute("PRAGMA query_only=ON")
    return connection


def is_busy(error: Exception) -> bool:
    """Whether another connection holds the lock (worth trying again at once)."""
    text = str(error)
    return "locked" in text or "busy" in text


def is_full(error: Exception) -> bool:
    """Whether the disk is full or cannot be written (worth trying again when there is room)."""
    text = str(error)
    return "full" in text or "disk I/O" in text or "readonly" in text


def begin_blocking(connection: Any, sleep: Callable[[float], None] = time.sleep) -> None:
    """BEGIN IMMEDIATE, tried every millisecond for five seconds. For the command line, tests and migrations."""
    _patiently(connection, "BEGIN IMMEDIATE", sleep)


def _patiently(connection: Any, statement: str, sleep: Callable[[float], None]) -> None:
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute(statement)
            return
        except BusyError as error:
            if not is_busy(error) or time.monotonic() > until:
                raise
            sleep(0.001)
