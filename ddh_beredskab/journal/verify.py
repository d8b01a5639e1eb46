"""The journal checked against itself: positions, versions, hash chains, head rows and commitments.

It reads what is stored and never what a cache believes; every finding names the stream and the version.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ddh_beredskab.i18n import say
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.messages import GENESIS, chain_hash, head_of, raw_stream_after
from schemas.commitments import commitment

BATCH = 500

_STREAMS = Statement(
    "SELECT stream FROM streams UNION SELECT DISTINCT stream FROM messages WHERE stream IS NOT NULL ORDER BY stream"
)
_POSITIONS = Statement("SELECT count(*), coalesce(min(position), 1), coalesce(max(position), 0) FROM messages")
_PRIVATE = Statement(
    "SELECT commitment, message_id, salt, value FROM private_values WHERE commitment > :after"
    " ORDER BY commitment LIMIT :limit"
)


@dataclass(frozen=True, slots=True)
class ChainProblem:
    """Something in the journal that does not hold. `stream` is empty when it is about the whole journal."""

    stream: str
    version: int | None
    problem: str
    """One Danish sentence."""


def verify_journal(conn: Conn) -> list[ChainProblem]:
    """Everything that does not hold, first problem of each stream; empty when the journal is sound."""
    return [*_positions(conn), *_streams(conn), *_private(conn)]


def _positions(conn: Conn) -> Iterable[ChainProblem]:
    row = conn.one(_POSITIONS)
    count, first, last = (int(each) for each in row or (0, 1, 0))
    if (first, last) != (1, count):
        yield ChainProblem("", None, say("log_file.positions", first=first, last=last, count=count))


def _streams(conn: Conn) -> Iterable[ChainProblem]:
    for (stream,) in conn.all(_STREAMS):
        if (problem := verify_stream(conn, stream)) is not None:
            yield problem


def verify_stream(conn: Conn, stream: str) -> ChainProblem | None:
    """The first thing in a stream that does not hold, or null."""
    version, previous = 0, GENESIS
    while rows := raw_stream_after(conn, stream, version, BATCH):
        for row in rows:
            found = int(row.envelope["version"])
            if found != version + 1:
                return ChainProblem(
                    stream, version + 1, say("log_file.gap", stream=stream, version=version + 1, found=found)
                )
            if chain_hash(previous, row.envelope) != row.hash:
                return ChainProblem(stream, found, say("log_file.chain", stream=stream, version=found))
            version, previous = found, str(row.hash)
    head = head_of(conn, stream)
    if head != (version, previous):
        return ChainProblem(stream, version, say("log_file.head_row", stream=stream, version=version, head=head[0]))
    return None


def _private(conn: Conn) -> Iterable[ChainProblem]:
    after = ""
    while rows := conn.all(_PRIVATE, after=after, limit=BATCH):
        for stands_for, message, salt, value in rows:
            try:
                right = commitment(salt, value) == stands_for
            except ValueError:
                right = False
            if not right:
                yield ChainProblem("", None, say("log_file.private_value", message=message))
        after = str(rows[-1][0])
