"""I2: positions without gaps; in every stream versions 1..n without gaps; the hash chain unbroken; heads that agree.

Private values are held against the commitments that stand for them. A hash that fits JSON with sorted keys proves the
row; only where it does not (numbers that RFC 8785 writes otherwise) is the slow canonical form made.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Sequence
from typing import Any

import orjson

from ddh_beredskab.clock import from_micros
from ddh_beredskab.invariants.outcomes import place_of
from ddh_beredskab.invariants.report import Findings
from ddh_beredskab.invariants.rows import CHUNK, Line, as_json
from ddh_beredskab.invariants.since import Since
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.messages import GENESIS, chain_hash
from schemas.commitments import commitment

_HEADS_SQL = (
    "SELECT s.stream, s.version, s.hash, m.hash, (SELECT max(x.version) FROM messages x WHERE x.stream = s.stream)"
    " FROM streams s LEFT JOIN messages m ON m.stream = s.stream AND m.version = s.version"
)
_HEADS = Statement(_HEADS_SQL + " WHERE s.stream > :after ORDER BY s.stream LIMIT :limit")
_HEADS_OF = Statement(_HEADS_SQL + " WHERE s.stream IN {list:streams}")
_PRIVATE = Statement(
    "SELECT commitment, message_id, salt, value FROM private_values WHERE message_id IN {list:messages}"
)


def check_lines(conn: Conn, lines: Sequence[Line], since: Since, found: Findings) -> None:
    """The next rows of the journal, in order; `since.position` is where the last ones ended."""
    position = since.position
    for line in lines:
        found.checked["I2"] += 1
        if line.position != position + 1:
            found.breach("I2", f"message {position + 1}", "positions", found=line.position)
        position = line.position
        if line.stream is not None:
            _check_event(line.stream, line, since, found)
    for stands_for, message, salt, value in conn.all(_PRIVATE, messages=as_json([line.id for line in lines])):
        if not _commits(str(salt), str(value), str(stands_for)):
            found.breach("I2", f"message {message}", "private_value")


def check_heads(since: Since, touched: set[str] | None, found: Findings) -> Generator[None, Conn, None]:
    """Head rows against the last event of their streams: of the streams touched, or (null) of all."""
    if touched is None:
        left = set(since.streams)
        after = ""
        while True:
            conn = yield
            rows = conn.all(_HEADS, after=after, limit=CHUNK)
            if not rows:
                break
            _check_heads(rows, found)
            left.difference_update(str(row[0]) for row in rows)
            after = str(rows[-1][0])
    else:
        left, names = set(touched), sorted(touched)
        for start in range(0, len(names), CHUNK):
            conn = yield
            rows = conn.all(_HEADS_OF, streams=as_json(names[start : start + CHUNK]))
            _check_heads(rows, found)
            left.difference_update(str(row[0]) for row in rows)
    for stream in sorted(left):
        found.breach("I2", stream, "head_missing")


def _check_event(stream: str, line: Line, since: Since, found: Findings) -> None:
    version, previous = since.streams.get(stream, (0, GENESIS))
    if line.version != version + 1:
        found.breach("I2", f"{stream} version {version + 1}", "gap", found=line.version)
    elif not _hash_fits(line, previous):
        found.breach("I2", place_of(line), "chain")
    since.streams[stream] = (line.version or 0, str(line.raw[14]))


def _hash_fits(line: Line, previous: str) -> bool:
    envelope = _envelope(line)
    fast = orjson.dumps(envelope, option=orjson.OPT_SORT_KEYS)
    stored = line.raw[14]
    return hashlib.sha256(previous.encode() + fast).hexdigest() == stored or chain_hash(previous, envelope) == stored


def _envelope(line: Line) -> dict[str, Any]:
    row = line.raw
    return {
        "id": line.id,
        "type": line.type,
        "source": row[3],
        "subject": line.subject,
        "time": _iso(row[5]),
        "recorded_at": _iso(row[6]),
        "stream": line.stream,
        "version": line.version,
        "correlation_id": row[9],
        "causation_id": row[10],
        "actor": orjson.loads(row[11]),
        "environment": row[12],
        "data": line.data,
    }


def _iso(micros: int) -> str:
    return from_micros(micros).isoformat().replace("+00:00", "Z")


def _check_heads(rows: Sequence[tuple[Any, ...]], found: Findings) -> None:
    for stream, version, head_hash, event_hash, last in rows:
        found.checked["I2"] += 1
        right = (GENESIS, None) if version == 0 else (event_hash, version)
        if (head_hash, last) != right:
            found.breach("I2", str(stream), "head_row", version=last or 0, head=version)


def _commits(salt: str, value: str, stands_for: str) -> bool:
    try:
        return commitment(salt, value) == stands_for
    except ValueError:
        return False
