"""I8: what could not be handled lies in quarantine with its raw bytes (until they are old enough to be deleted)."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Sequence
from typing import Any

from ddh_beredskab.invariants.report import Findings
from ddh_beredskab.invariants.rows import CHUNK
from ddh_beredskab.journal.connection import Conn, Statement

_PAGE = Statement(
    "SELECT q.id, q.place, q.concern, q.position, q.raw, q.raw_sha256, q.raw_deleted_at, q.resolution, d.outcome FROM"
    " quarantine q LEFT JOIN deliveries d ON d.position = q.position AND d.concern = q.concern WHERE q.id > :after"
    " ORDER BY q.id LIMIT :limit"
)
_SET_ASIDE = Statement(
    "SELECT d.position, d.concern, q.resolution, q.id FROM deliveries d LEFT JOIN quarantine q ON"
    " q.position = d.position AND q.concern = d.concern WHERE d.outcome = 'quarantined' AND d.position > :lo AND"
    " d.position <= :hi"
)


def check_rows(found: Findings) -> Generator[None, Conn, None]:
    """Every row of the quarantine; there are few."""
    after = ""
    while True:
        conn = yield
        rows = conn.all(_PAGE, after=after, limit=CHUNK)
        if not rows:
            return
        for row in rows:
            found.checked["I8"] += 1
            _check_row(row, found)
        after = str(rows[-1][0])


def check_deliveries(conn: Conn, lo: int, hi: int, found: Findings) -> None:
    """Deliveries set aside between two positions: each has its row, and the row is not done with."""
    waiting: dict[tuple[int, str], bool] = {}
    for position, concern, resolution, id_ in conn.all(_SET_ASIDE, lo=lo, hi=hi):
        found.checked["I8"] += 1
        kept = id_ is not None and resolution != "retried"
        waiting[position, concern] = waiting.get((position, concern), False) or kept
    for (position, concern), kept in waiting.items():
        if not kept:
            found.breach("I8", f"{concern}/{position}", "not_in_quarantine")


def _check_row(row: Sequence[Any], found: Findings) -> None:
    id_, place, concern, position, raw, sha256, deleted_at, resolution, outcome = row
    if deleted_at is None and not _kept(str(id_), str(place), raw, sha256):
        found.breach("I8", str(place), "raw_changed", id=str(id_)[:12])
    if resolution is None and concern is not None and position is not None and outcome != "quarantined":
        found.breach("I8", str(place), "not_set_aside", id=str(id_)[:12], outcome=outcome or "-")


def _kept(id_: str, place: str, raw: Any, sha256: str | None) -> bool:
    """Whether the bytes are those that were put here; a row of before they had a sum of their own is told by its id."""
    kept = raw.encode() if isinstance(raw, str) else bytes(raw or b"")
    if sha256 is not None:
        return hashlib.sha256(kept).hexdigest() == sha256
    return hashlib.sha256(place.encode() + b"\0" + kept).hexdigest() == id_
