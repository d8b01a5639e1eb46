"""The journal's rows as a check reads them: stored form, JSON parsed once, nothing revealed and nothing validated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson

from ddh_beredskab.journal.connection import Conn, Row, Statement

CHUNK = 100
"""Rows a slice reads at most: a few milliseconds."""

_COLUMNS = (
    "position, id, type, source, subject, time, recorded_at, stream, version, correlation_id, causation_id,"
    " actor, environment, data, hash"
)
_AFTER = Statement(
    f"SELECT {_COLUMNS} FROM messages WHERE position > :position AND position <= :upto ORDER BY position LIMIT :limit"
)
_AT = Statement(f"SELECT {_COLUMNS} FROM messages WHERE position IN {{ints:positions}} ORDER BY position")


@dataclass(slots=True)
class Line:
    """One row; `raw` is the row itself, `data` its parsed data."""

    position: int
    id: str
    type: str
    kind: str
    """The short name of the type, e.g. `crisis_activated`."""
    subject: str
    stream: str | None
    version: int | None
    cause: str | None
    data: dict[str, Any]
    raw: Row


def lines_after(conn: Conn, position: int, upto: int, limit: int = CHUNK) -> list[Line]:
    """The next rows after a position."""
    return [_line(row) for row in conn.all(_AFTER, position=position, upto=upto, limit=limit)]


def lines_at(conn: Conn, positions: Sequence[int]) -> list[Line]:
    """The rows at these positions."""
    return [_line(row) for row in conn.all(_AT, positions=as_json(positions))]


def as_json(values: Sequence[object]) -> str:
    """The parameter of an `IN {list:...}`."""
    return orjson.dumps(list(values)).decode()


def _line(row: Row) -> Line:
    try:
        data = orjson.loads(row[13])
    except ValueError:
        data = dict[str, Any]()  # somebody has been at it: its hash will not fit
    return Line(row[0], row[1], row[2], short(row[2]), row[4], row[7], row[8], row[10], data, row)


@cache
def short(type_name: str) -> str:
    """`crisis_activated` of `dk.ddh.beredskab.crisis_activated.v1`."""
    parts = type_name.split(".")
    return parts[-2] if len(parts) > 1 else type_name
