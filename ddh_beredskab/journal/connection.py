"""A small connection object, the same over SQLite and PostgreSQL, and statements compiled once per dialect.

`Statement` holds SQL as SQLAlchemy Core compiles it; `Conn` runs it on the driver's own cursor (SQLAlchemy's
`execute` costs three to six times as much here). Where the two databases need different words, `Statement` has both.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

from sqlalchemy import text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import asyncpg as _asyncpg

from ddh_beredskab.journal import driver

DialectName = Literal["sqlite", "postgresql"]
Row = tuple[Any, ...]
Params = Mapping[str, Any]

_DIALECTS: dict[DialectName, Any] = {
    "sqlite": sqlite.dialect(paramstyle="qmark"),  # pyright: ignore[reportCallIssue]
    "postgresql": _asyncpg.dialect(),  # pyright: ignore[reportUnknownMemberType]
}
assert postgresql  # the package must be imported before its asyncpg dialect


class Statement:
    """SQL with `:named` parameters, compiled on first use per dialect.

    `{lock}` becomes FOR UPDATE on PostgreSQL and nothing on SQLite (which locks the whole file for writers);
    `{list:name}` becomes a subselect over the JSON array parameter `name` (texts), `{ints:name}` the same over numbers.
    """

    __slots__ = ("_compiled", "_sql")

    def __init__(self, sql: str) -> None:
        self._sql = sql
        self._compiled: dict[DialectName, tuple[str, tuple[str, ...]]] = {}

    def compiled(self, dialect: DialectName) -> tuple[str, tuple[str, ...]]:
        """The driver's SQL and the parameter names in the order it wants them."""
        if (ready := self._compiled.get(dialect)) is None:
            done = text(_for_dialect(self._sql, dialect)).compile(dialect=_DIALECTS[dialect])
            ready = (str(done), tuple(done.positiontup or ()))  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownArgumentType]
            self._compiled[dialect] = ready
        return ready


def _for_dialect(sql: str, dialect: DialectName) -> str:
    pg = dialect == "postgresql"
    sql = sql.replace("{lock}", "FOR UPDATE" if pg else "")

    def array(match: re.Match[str]) -> str:
        kind, name = match[1], match[2]
        if not pg:
            return f"(SELECT value FROM json_each(:{name}))"
        value = "CAST(value AS bigint)" if kind == "ints" else "value"
        return f"(SELECT {value} FROM jsonb_array_elements_text(CAST(:{name} AS jsonb)))"

    return _ARRAY.sub(array, sql)


_ARRAY = re.compile(r"\{(list|ints):([a-z_]+)\}")


_BAD_DATA = ("22", "23", "42")
_LOCK_NOT_AVAILABLE = "55P03"
"""SQLSTATE classes: the value does not fit, a constraint forbids it, the statement itself is wrong."""


def from_database(error: Exception) -> bool:
    """Whether the database or the way to it raised this, and not our own code."""
    return isinstance(error, (driver.DatabaseError, OSError, OverflowError)) or type(error).__module__.startswith(
        ("sqlalchemy", "asyncpg")
    )


def is_bad_data(error: Exception) -> bool:
    """Whether the database refuses what it was given: trying again gives the same answer."""
    if isinstance(error, (driver.IntegrityError, driver.DataError, OverflowError)):
        return True
    for each in (error, getattr(error, "orig", None), error.__cause__):
        if str(getattr(each, "sqlstate", None) or "")[:2] in _BAD_DATA or isinstance(each, ValueError):
            return True
    return False


def is_lock_timeout(error: Exception) -> bool:
    """Whether PostgreSQL gave up waiting for rows that another session has locked."""
    causes = (error, getattr(error, "orig", None), error.__cause__)
    return any(getattr(each, "sqlstate", None) == _LOCK_NOT_AVAILABLE for each in causes)


class Cursor(Protocol):
    """What we use of a DBAPI cursor."""

    rowcount: int

    def execute(self, operation: str, parameters: Any = ..., /) -> Any: ...
    def executemany(self, operation: str, parameters: Any, /) -> Any: ...
    def fetchone(self) -> Any: ...
    def fetchall(self) -> Any: ...


class Conn:
    """A transaction in progress. Begin and commit belong to `database`; here statements only run."""

    __slots__ = ("_cursor", "dialect")

    def __init__(self, cursor: Cursor, dialect: DialectName) -> None:
        self._cursor = cursor
        self.dialect: DialectName = dialect

    def run(self, statement: Statement, **params: Any) -> int:
        """Run a change; the number of rows it touched."""
        sql, names = statement.compiled(self.dialect)
        self._cursor.execute(sql, tuple(params[name] for name in names))
        return self._cursor.rowcount

    def many(self, statement: Statement, rows: Sequence[Params]) -> None:
        """Run a change once per row of parameters."""
        if rows:
            sql, names = statement.compiled(self.dialect)
            self._cursor.executemany(sql, [tuple(row[name] for name in names) for row in rows])

    def all(self, statement: Statement, **params: Any) -> list[Row]:
        """All rows of a query, or of a change with RETURNING."""
        sql, names = statement.compiled(self.dialect)
        self._cursor.execute(sql, tuple(params[name] for name in names))
        return [tuple(row) for row in self._cursor.fetchall()]

    def one(self, statement: Statement, **params: Any) -> Row | None:
        """The first row, or null."""
        sql, names = statement.compiled(self.dialect)
        self._cursor.execute(sql, tuple(params[name] for name in names))
        row = self._cursor.fetchone()
        if row is None:
            return None
        self._cursor.fetchall()
        return tuple(row)
