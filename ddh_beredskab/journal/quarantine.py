"""Quarantine: what could not be handled, with its raw bytes, the place and the reason, until a person judges it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from ddh_beredskab.clock import from_micros, wall_micros
from ddh_beredskab.journal.connection import Conn, Row, Statement

_COLUMNS = "id, place, concern, crisis, position, reason, raw, created_at, resolved_at, resolution, why"
_PUT = Statement(
    "INSERT INTO quarantine (id, place, concern, crisis, position, reason, raw, created_at)"
    " VALUES (:id, :place, :concern, :crisis, :position, :reason, :raw, :created_at) ON CONFLICT DO NOTHING"
)
_ALL = Statement(f"SELECT {_COLUMNS} FROM quarantine ORDER BY created_at, id")
_OPEN = Statement(f"SELECT {_COLUMNS} FROM quarantine WHERE resolved_at IS NULL ORDER BY created_at, id")
_ONE = Statement(f"SELECT {_COLUMNS} FROM quarantine WHERE id LIKE :prefix ORDER BY id LIMIT 2")
_RESOLVE = Statement(
    "UPDATE quarantine SET resolved_at = :at, resolution = :resolution, why = :why"
    " WHERE id = :id AND resolved_at IS NULL"
)


@dataclass(frozen=True, slots=True)
class Poison:
    """One thing in quarantine. `place` is where it was found: topic/partition/offset or delivery."""

    id: str
    place: str
    concern: str | None
    crisis: str | None
    position: int | None
    reason: str
    raw: bytes
    created_at: datetime
    resolved_at: datetime | None
    resolution: str | None
    why: str | None


def put(
    conn: Conn,
    *,
    place: str,
    reason: str,
    raw: bytes,
    concern: str | None = None,
    crisis: str | None = None,
    position: int | None = None,
) -> str:
    """Keep raw bytes with place and reason; the id is SHA-256 over place and bytes, so the same poison counts once."""
    id_ = hashlib.sha256(place.encode() + b"\0" + raw).hexdigest()
    conn.run(
        _PUT,
        id=id_,
        place=place,
        concern=concern,
        crisis=crisis,
        position=position,
        reason=reason,
        raw=raw,
        created_at=wall_micros(),
    )
    return id_


def listing(conn: Conn, *, include_resolved: bool = False) -> list[Poison]:
    """What is in quarantine, oldest first."""
    return [_poison(row) for row in conn.all(_ALL if include_resolved else _OPEN)]


def find(conn: Conn, prefix: str) -> Poison | None:
    """The one whose id begins so; null when there is none or more than one."""
    rows = conn.all(_ONE, prefix=prefix.replace("%", "").replace("_", "") + "%")
    return _poison(rows[0]) if len(rows) == 1 else None


def resolve(conn: Conn, id_: str, resolution: str, why: str) -> bool:
    """A person's judgement: retried or discarded, and why."""
    return conn.run(_RESOLVE, at=wall_micros(), resolution=resolution, why=why, id=id_) == 1


def _poison(row: Row) -> Poison:
    return Poison(
        id=row[0],
        place=row[1],
        concern=row[2],
        crisis=row[3],
        position=row[4],
        reason=row[5],
        raw=bytes(row[6]),
        created_at=from_micros(row[7]),
        resolved_at=from_micros(row[8]) if row[8] is not None else None,
        resolution=row[9],
        why=row[10],
    )
