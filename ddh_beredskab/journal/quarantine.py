"""Quarantine: what could not be handled, with its raw bytes, the place and the reason, until a person judges it.

Rules kept: the same poison counts once while it waits; what is retried and fails again is a new row, so that the first
judgement stays on record; raw bytes are deleted after a time, and the row keeps place, reason, size and SHA-256.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from ddh_beredskab.clock import from_micros, to_micros, wall_micros
from ddh_beredskab.journal.connection import Conn, Row, Statement

RETRIED, DISCARDED = "retried", "discarded"

_COLUMNS = (
    "id, place, concern, crisis, position, reason, raw, created_at, resolved_at, resolution, why, raw_sha256,"
    " raw_size, raw_deleted_at, attempt"
)
_PUT = Statement(
    "INSERT INTO quarantine (id, place, concern, crisis, position, reason, raw, created_at, raw_sha256, raw_size,"
    " attempt) VALUES (:id, :place, :concern, :crisis, :position, :reason, :raw, :created_at, :raw_sha256, :raw_size,"
    " :attempt) ON CONFLICT DO NOTHING"
)
_STANDS = Statement("SELECT resolution FROM quarantine WHERE id = :id")
_ALL = Statement(f"SELECT {_COLUMNS} FROM quarantine ORDER BY created_at, id")
_OPEN = Statement(f"SELECT {_COLUMNS} FROM quarantine WHERE resolved_at IS NULL ORDER BY created_at, id")
_ONE = Statement(f"SELECT {_COLUMNS} FROM quarantine WHERE id LIKE :prefix ORDER BY id LIMIT :limit")
_COUNT = Statement("SELECT count(*) FROM quarantine WHERE resolved_at IS NULL")
_RESOLVE = Statement(
    "UPDATE quarantine SET resolved_at = :at, resolution = :resolution, why = :why"
    " WHERE id = :id AND resolved_at IS NULL"
)
_FORGET = Statement(
    "UPDATE quarantine SET raw = :nothing, raw_deleted_at = :at, raw_sha256 = :raw_sha256, raw_size = :raw_size"
    " WHERE id = :id AND raw_deleted_at IS NULL"
)
_OLD = Statement(
    "SELECT id, raw FROM quarantine WHERE raw_deleted_at IS NULL AND created_at < :before ORDER BY created_at LIMIT 50"
)


@dataclass(frozen=True, slots=True)
class Poison:
    """One thing in quarantine. `place` is where it was found: topic/partition/offset or delivery."""

    id: str
    place: str
    concern: str | None
    crisis: str | None
    position: int | None
    """The journal position of its message; null for a record that is not in the journal."""
    reason: str
    """As it was stored: a Danish sentence, or what the program said (see `quarantine_reasons`)."""
    raw: bytes
    """Empty when deleted."""
    created_at: datetime
    resolved_at: datetime | None
    resolution: str | None
    why: str | None
    raw_sha256: str
    raw_size: int
    raw_deleted_at: datetime | None
    attempt: int
    """1, and one more for each retry that failed."""


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
    """Keep raw bytes with place and reason. The id is SHA-256 over place and bytes, so the same poison counts once;
    one that a person has let be retried gets an id of its own when it fails again."""
    attempt, id_ = 1, _id(place, raw, 1)
    while (stands := conn.one(_STANDS, id=id_)) is not None and stands[0] == RETRIED:
        attempt += 1
        id_ = _id(place, raw, attempt)
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
        raw_sha256=hashlib.sha256(raw).hexdigest(),
        raw_size=len(raw),
        attempt=attempt,
    )
    return id_


def _id(place: str, raw: bytes, attempt: int) -> str:
    again = b"" if attempt == 1 else b"\0" + str(attempt).encode()
    return hashlib.sha256(place.encode() + b"\0" + raw + again).hexdigest()


def listing(conn: Conn, *, include_resolved: bool = False) -> list[Poison]:
    """What is in quarantine, oldest first."""
    return [_poison(row) for row in conn.all(_ALL if include_resolved else _OPEN)]


def count(conn: Conn) -> int:
    """How many wait for a person."""
    row = conn.one(_COUNT)
    return int(row[0]) if row else 0


def find(conn: Conn, prefix: str, limit: int = 2) -> list[Poison]:
    """Those whose id begins so, at most `limit`; an id has hexadecimal digits only."""
    if not prefix or not set(prefix.lower()) <= set("0123456789abcdef"):
        return []
    return [_poison(row) for row in conn.all(_ONE, prefix=prefix.lower() + "%", limit=limit)]


def resolve(conn: Conn, id_: str, resolution: str, why: str) -> bool:
    """A person's judgement: retried or discarded, and why."""
    return conn.run(_RESOLVE, at=wall_micros(), resolution=resolution, why=why, id=id_) == 1


def forget_raw(conn: Conn, before: datetime) -> int:
    """Delete the raw bytes of what came before this (wall time), judged or not; how many. At most 50 at a time.

    The message of a delivery stays in the journal, so it can still be retried.
    """
    rows = conn.all(_OLD, before=to_micros(before))
    overwrite = bool(rows) and conn.dialect == "sqlite"
    if overwrite:  # or the bytes would stay in the file's free pages
        conn.all(_OVERWRITE)
    at = wall_micros()
    for id_, raw in rows:
        data = bytes(raw)
        digest = hashlib.sha256(data).hexdigest()
        conn.run(_FORGET, nothing=b"", at=at, id=id_, raw_sha256=digest, raw_size=len(data))
    if overwrite:
        conn.all(_AS_EVER)
    return len(rows)


_OVERWRITE = Statement("PRAGMA secure_delete = ON")
_AS_EVER = Statement("PRAGMA secure_delete = OFF")


def _poison(row: Row) -> Poison:
    raw = bytes(row[6])
    return Poison(
        id=row[0],
        place=row[1],
        concern=row[2],
        crisis=row[3],
        position=row[4],
        reason=row[5],
        raw=raw,
        created_at=from_micros(row[7]),
        resolved_at=from_micros(row[8]) if row[8] is not None else None,
        resolution=row[9],
        why=row[10],
        raw_sha256=row[11] if row[11] is not None else hashlib.sha256(raw).hexdigest(),
        raw_size=row[12] if row[12] is not None else len(raw),
        raw_deleted_at=from_micros(row[13]) if row[13] is not None else None,
        attempt=row[14],
    )
