"""Messages in the journal: append, read, and the hash chain of every stream.

A door appends commands; handling appends events with the head row's version checked. The chain is
h_n = SHA-256(h_{n-1} || canonical envelope) over what is stored, i.e. over commitments, never over private values.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from ddh_beredskab.clock import from_micros, to_micros, wall_micros
from ddh_beredskab.core.decider import Recorded
from ddh_beredskab.core.subscriptions import subscribers
from ddh_beredskab.crash import crash_point
from ddh_beredskab.errors import VersionConflict
from ddh_beredskab.journal.connection import Conn, Row, Statement
from schemas.base import Actor, DeadlineCancelled, DeadlineSet, Message
from schemas.canonical import canonical
from schemas.catalog import NewerVersion, parse
from schemas.commitments import ERASED, PREFIX, PrivateValue, commit, commitments_in

GENESIS = "0" * 64
"""What the first hash of a stream is chained to."""


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message on its way into the journal."""

    id: UUID
    message: Message
    subject: str
    time: datetime
    actor: Actor
    correlation_id: UUID
    causation_id: UUID | None = None
    stream: str | None = None


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message as it stands in the journal, private values revealed. Instants are aware UTC."""

    position: int
    id: UUID
    type: str
    source: str
    subject: str
    time: datetime
    recorded_at: datetime
    stream: str | None
    version: int | None
    correlation_id: UUID
    causation_id: UUID | None
    actor: Actor
    environment: str
    hash: str | None
    message: Message

    def recorded(self) -> Recorded[Message]:
        """What a decider sees of it."""
        return Recorded(self.id, self.time, self.actor, self.subject, self.message, self.environment, self.recorded_at)


@dataclass(frozen=True, slots=True)
class RawMessage:
    """A row as stored: committed data, nothing parsed. For the relay, exports and verification."""

    position: int
    envelope: dict[str, Any]
    hash: str | None


# -- append ---------------------------------------------------------------------------------------


def _new_salt() -> str:
    return secrets.token_hex(16)


@dataclass(frozen=True, slots=True)
class Journal:
    """What every append writes on the message: which environment and which program, and where salts come from."""

    environment: str = "drift"
    source: str = "ddh-beredskab"
    new_salt: Callable[[], str] = field(default=_new_salt, compare=False)


_Parse = Callable[[str, dict[str, Any]], Message]

_HEAD_POSITION = Statement("SELECT coalesce(max(position), 0) FROM messages")
_ADVISORY = Statement("SELECT pg_advisory_xact_lock(hashtext(current_schema() || '.messages'))")
_KNOWN = Statement("SELECT id FROM messages WHERE id IN {list:ids}")
_INSERT = Statement(
    "INSERT INTO messages (position, id, type, source, subject, time, recorded_at, stream, version, correlation_id,"
    " causation_id, actor, environment, data, hash) VALUES (:position, :id, :type, :source, :subject, :time,"
    " :recorded_at, :stream, :version, :correlation_id, :causation_id, :actor, :environment, :data, :hash)"
)
_INSERT_PRIVATE = Statement(
    "INSERT INTO private_values (commitment, message_id, kind, salt, value)"
    " VALUES (:commitment, :message_id, :kind, :salt, :value)"
)
_INSERT_DELIVERY = Statement(
    "INSERT INTO deliveries (position, concern, crisis, committed_at) VALUES (:position, :concern, :crisis,"
    " :committed_at)"
)
_INSERT_TIMER = Statement(
    "INSERT INTO timers (deadline_id, concern, crisis, name, due_at, set_by)"
    " VALUES (:deadline_id, :concern, :crisis, :name, :due_at, :set_by)"
)
_CANCEL_TIMER = Statement(
    "UPDATE timers SET cancelled_at = :at WHERE deadline_id = :deadline_id AND fired_at IS NULL AND"
    " cancelled_at IS NULL"
)
_INSERT_HEAD = Statement(
    "INSERT INTO streams (stream, version, hash) VALUES (:stream, 0, :hash) ON CONFLICT DO NOTHING"
)
_ADVANCE_HEAD = Statement(
    "UPDATE streams SET version = version + :n, hash = :hash WHERE stream = :stream AND version = :expected"
)
_HEAD = Statement("SELECT version, hash FROM streams WHERE stream = :stream")


def head_position(conn: Conn) -> int:
    """The position of the newest message; 0 for an empty journal."""
    row = conn.one(_HEAD_POSITION)
    return int(row[0]) if row else 0


def lock_order(conn: Conn) -> None:
    """Let nobody else append until this commits, so that position order is commit order. (SQLite locks at BEGIN.)"""
    if conn.dialect == "postgresql":
        conn.all(_ADVISORY)


def head_of(conn: Conn, stream: str) -> tuple[int, str]:
    """Version and hash of a stream's head; (0, GENESIS) when nothing is there."""
    row = conn.one(_HEAD, stream=stream)
    return (int(row[0]), str(row[1])) if row else (0, GENESIS)


def append_commands(conn: Conn, journal: Journal, commands: Sequence[NewMessage], now: datetime) -> list[bool]:
    """Store commands (and other messages without a stream) with their deliveries; one already there is left alone.

    Returns for each whether it was new. The same id twice counts once: a door may safely send again.
    """
    lock_order(conn)  # before looking, or two doors both find the same id new
    known = {str(row[0]) for row in conn.all(_KNOWN, ids=json.dumps([str(each.id) for each in commands]))}
    fresh: list[bool] = []
    for each in commands:
        fresh.append(str(each.id) not in known)
        known.add(str(each.id))
    new = [each for each, is_new in zip(commands, fresh, strict=True) if is_new]
    if new:
        _insert(conn, journal, [(each, None, None) for each in new], now)
    return fresh


def append_events(
    conn: Conn, journal: Journal, expected: Mapping[str, tuple[int, str]], events: Sequence[NewMessage], now: datetime
) -> None:
    """Append events to their streams and lock every stream read, also those that get nothing.

    `expected` maps stream -> (version, hash) as loaded; all of them are checked. Raises `VersionConflict` when one
    has moved on (the caller rolls back, reloads and decides again).
    """
    chained, heads = chain(journal, expected, events, now)
    for stream in sorted(expected):
        version, first_hash = expected[stream]
        count, head = heads.get(stream, (0, first_hash))
        if version == 0:
            conn.run(_INSERT_HEAD, stream=stream, hash=GENESIS)
        if conn.run(_ADVANCE_HEAD, stream=stream, n=count, hash=head, expected=version) != 1:
            raise VersionConflict(stream)
    if chained:
        _insert(conn, journal, chained, now)
    crash_point("after-insert")


_Chained = tuple[NewMessage, tuple[int, str] | None, "_Prepared | None"]


@dataclass(frozen=True, slots=True)
class _Prepared:
    """The committed form of a message, made before its hash is taken."""

    data: dict[str, Any]
    private: list[PrivateValue]


def chain(
    journal: Journal, expected: Mapping[str, tuple[int, str]], events: Sequence[NewMessage], now: datetime
) -> tuple[list[_Chained], dict[str, tuple[int, str]]]:
    """Versions and hashes for events in order; returns them with the new heads as stream -> (count, hash)."""
    at = {stream: (version, hash_) for stream, (version, hash_) in expected.items()}
    counts: dict[str, int] = {}
    out: list[_Chained] = []
    for event in events:
        if event.stream is None:
            raise ValueError("an event needs a stream")
        version, previous = at[event.stream]
        data, private = commit(event.message, journal.new_salt)
        envelope = _envelope(journal, event, version + 1, data, now)
        hash_ = chain_hash(previous, envelope)
        at[event.stream] = (version + 1, hash_)
        counts[event.stream] = counts.get(event.stream, 0) + 1
        out.append((event, (version + 1, hash_), _Prepared(data, private)))
    return out, {stream: (count, at[stream][1]) for stream, count in counts.items()}


def chain_hash(previous: str, envelope: Mapping[str, Any]) -> str:
    """h_n = SHA-256(h_{n-1} || canonical JSON of the stored envelope)."""
    return hashlib.sha256(previous.encode() + canonical(dict(envelope))).hexdigest()


def _iso(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _envelope(
    journal: Journal, new: NewMessage, version: int | None, data: dict[str, Any], now: datetime
) -> dict[str, Any]:
    return {
        "id": str(new.id),
        "type": type(new.message).type_name(),
        "source": journal.source,
        "subject": new.subject,
        "time": _iso(new.time),
        "recorded_at": _iso(now),
        "stream": new.stream,
        "version": version,
        "correlation_id": str(new.correlation_id),
        "causation_id": str(new.causation_id) if new.causation_id else None,
        "actor": new.actor.model_dump(mode="json"),
        "environment": journal.environment,
        "data": data,
    }


def _insert(conn: Conn, journal: Journal, rows: Iterable[_Chained], now: datetime) -> None:
    lock_order(conn)
    position = head_position(conn)
    at, wall = to_micros(now), wall_micros()
    inserts: list[dict[str, Any]] = []
    private: list[dict[str, Any]] = []
    deliveries: list[dict[str, Any]] = []
    timers: list[dict[str, Any]] = []
    cancelled: list[DeadlineCancelled] = []
    for new, chained, prepared in rows:
        position += 1
        if prepared is None:
            prepared = _Prepared(*commit(new.message, journal.new_salt))
        version, hash_ = chained or (None, None)
        inserts.append(
            {
                "position": position,
                "id": str(new.id),
                "type": type(new.message).type_name(),
                "source": journal.source,
                "subject": new.subject,
                "time": to_micros(new.time),
                "recorded_at": at,
                "stream": new.stream,
                "version": version,
                "correlation_id": str(new.correlation_id),
                "causation_id": str(new.causation_id) if new.causation_id else None,
                "actor": new.actor.model_dump_json(),
                "environment": journal.environment,
                "data": json.dumps(prepared.data, ensure_ascii=False, separators=(",", ":")),
                "hash": hash_,
            }
        )
        private += [
            {"commitment": p.commitment, "message_id": str(new.id), "kind": p.kind, "salt": p.salt, "value": p.value}
            for p in prepared.private
        ]
        deliveries += [
            {"position": position, "concern": concern, "crisis": new.subject, "committed_at": wall}
            for concern in subscribers(new.message)
        ]
        match new.message:
            case DeadlineSet() as deadline:
                timers.append(
                    {
                        "deadline_id": str(new.id),
                        "concern": deadline.concern,
                        "crisis": new.subject,
                        "name": deadline.name,
                        "due_at": to_micros(deadline.due_at),
                        "set_by": position,
                    }
                )
            case DeadlineCancelled() as deadline:
                cancelled.append(deadline)
            case _:
                pass
    conn.many(_INSERT, inserts)
    conn.many(_INSERT_PRIVATE, private)
    conn.many(_INSERT_DELIVERY, deliveries)
    conn.many(_INSERT_TIMER, timers)
    for deadline in cancelled:
        conn.run(_CANCEL_TIMER, at=at, deadline_id=str(deadline.deadline_id))


# -- read -----------------------------------------------------------------------------------------

_COLUMNS = (
    "position, id, type, source, subject, time, recorded_at, stream, version, correlation_id, causation_id,"
    " actor, environment, data, hash"
)
_AFTER = Statement(f"SELECT {_COLUMNS} FROM messages WHERE position > :position ORDER BY position LIMIT :limit")
_STREAM = Statement(f"SELECT {_COLUMNS} FROM messages WHERE stream = :stream AND version > :version ORDER BY version")
_STREAM_PART = Statement(
    f"SELECT {_COLUMNS} FROM messages WHERE stream = :stream AND version > :version ORDER BY version LIMIT :limit"
)
_AT = Statement(f"SELECT {_COLUMNS} FROM messages WHERE position IN {{ints:positions}} ORDER BY position")
_BY_ID = Statement(f"SELECT {_COLUMNS} FROM messages WHERE id = :id")
_PRIVATE = Statement("SELECT commitment, value FROM private_values WHERE commitment IN {list:commitments}")
_SALTED = Statement("SELECT commitment, salt, value FROM private_values WHERE commitment IN {list:commitments}")


class NotReadable(Message):
    """Stands where a stored message cannot be read: who reads the whole journal goes on, and no rule knows it."""

    why: str


def read_after(conn: Conn, position: int, limit: int = 500) -> list[StoredMessage]:
    """Messages after a position, in journal order; one that cannot be read is there as `NotReadable`.

    Raises `NewerVersion`: what a newer program wrote is not for us to step over.
    """
    return _stored(conn, conn.all(_AFTER, position=position, limit=limit), parse=_parse_or_mark)


def _parse_or_mark(type_name: str, data: dict[str, Any]) -> Message:
    try:
        return parse(type_name, data)
    except NewerVersion:
        raise
    except ValueError as error:
        return NotReadable(why=f"{type(error).__name__}: {error}")


def read_stream(conn: Conn, stream: str, after_version: int = 0) -> list[StoredMessage]:
    """A stream's events after a version, in order."""
    return _stored(conn, conn.all(_STREAM, stream=stream, version=after_version))


def read_at(conn: Conn, positions: Sequence[int]) -> list[StoredMessage]:
    """The messages at these positions, in journal order."""
    return _stored(conn, conn.all(_AT, positions=json.dumps(list(positions)))) if positions else []


def read_or_mark(conn: Conn, positions: Sequence[int]) -> list[StoredMessage]:
    """The same, with `NotReadable` where a message cannot be read: for those who look at everything there is."""
    rows = conn.all(_AT, positions=json.dumps(list(positions))) if positions else []
    return _stored(conn, rows, parse=_parse_or_mark)


def read_by_id(conn: Conn, id_: UUID) -> StoredMessage | None:
    """One message, or null."""
    found = _stored(conn, conn.all(_BY_ID, id=str(id_)))
    return found[0] if found else None


def raw_after(conn: Conn, position: int, limit: int = 500) -> list[RawMessage]:
    """Stored form of the messages after a position."""
    return [_raw(row) for row in conn.all(_AFTER, position=position, limit=limit)]


def raw_stream(conn: Conn, stream: str) -> list[RawMessage]:
    """Stored form of a whole stream, in order."""
    return [_raw(row) for row in conn.all(_STREAM, stream=stream, version=0)]


def raw_stream_after(conn: Conn, stream: str, version: int, limit: int) -> list[RawMessage]:
    """Stored form of a stream's next events after a version, for long streams."""
    return [_raw(row) for row in conn.all(_STREAM_PART, stream=stream, version=version, limit=limit)]


def salted_values(conn: Conn, envelopes: Iterable[Mapping[str, Any]]) -> dict[str, tuple[str, str]]:
    """commitment -> (salt, value) for every commitment in the envelopes that has not been erased."""
    wanted = sorted({c for envelope in envelopes for c in commitments_in(envelope["data"])})
    return (
        {str(r[0]): (str(r[1]), str(r[2])) for r in conn.all(_SALTED, commitments=json.dumps(wanted))} if wanted else {}
    )


def revealed_values(conn: Conn, data: Iterable[Any]) -> dict[str, str]:
    """commitment -> value for every commitment in the data that has not been erased."""
    wanted = sorted({c for each in data for c in commitments_in(each)})
    return _private_values(conn, wanted)


def _private_values(conn: Conn, wanted: list[str]) -> dict[str, str]:
    return {str(r[0]): str(r[1]) for r in conn.all(_PRIVATE, commitments=json.dumps(wanted))} if wanted else {}


def _stored(conn: Conn, rows: Sequence[Row], parse: _Parse = parse) -> list[StoredMessage]:
    texts = [str(row[13]) for row in rows]
    wanted = sorted({c for text in texts if PREFIX in text for c in _COMMITTED.findall(text)})
    values = _private_values(conn, wanted)

    def revealed(match: re.Match[str]) -> str:
        return json.dumps(values.get(match[1], ERASED), ensure_ascii=False)

    return [
        _parsed(row, parse(row[2], json.loads(_COMMITTED.sub(revealed, text) if PREFIX in text else text)))
        for row, text in zip(rows, texts, strict=True)
    ]


_COMMITTED = re.compile(rf'(?<!\\)"({re.escape(PREFIX)}[^"\\]*)"')
"""A whole JSON string that is a commitment: what stands inside another text has an escaped quote before it."""


def _parsed(row: Row, message: Message) -> StoredMessage:
    return StoredMessage(
        position=int(row[0]),
        id=UUID(row[1]),
        type=row[2],
        source=row[3],
        subject=row[4],
        time=from_micros(row[5]),
        recorded_at=from_micros(row[6]),
        stream=row[7],
        version=row[8],
        correlation_id=UUID(row[9]),
        causation_id=UUID(row[10]) if row[10] else None,
        actor=Actor.model_validate_json(row[11]),
        environment=row[12],
        hash=row[14],
        message=message,
    )


def _raw(row: Row) -> RawMessage:
    envelope = {
        "id": row[1],
        "type": row[2],
        "source": row[3],
        "subject": row[4],
        "time": _iso(from_micros(row[5])),
        "recorded_at": _iso(from_micros(row[6])),
        "stream": row[7],
        "version": row[8],
        "correlation_id": row[9],
        "causation_id": row[10],
        "actor": json.loads(row[11]),
        "environment": row[12],
        "data": json.loads(row[13]),
    }
    return RawMessage(int(row[0]), envelope, row[14])


def raw_bytes_at(conn: Conn, position: int) -> bytes:
    """The stored envelope at a position as JSON bytes, for quarantine."""
    rows = conn.all(_AT, positions=json.dumps([position]))
    return json.dumps(_raw(rows[0]).envelope, ensure_ascii=False).encode() if rows else b""


_ID_AT = Statement("SELECT id FROM messages WHERE position = :position")


def read_id_at(conn: Conn, position: int) -> str | None:
    """The id of the message at a position, or null."""
    row = conn.one(_ID_AT, position=position)
    return str(row[0]) if row else None
