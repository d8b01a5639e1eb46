"""What is seen in a journal when it is copied, so that a restored one can be held against it; and when it was copied.

Rule kept: the heads of all streams are one fingerprint, which a paper or another machine can keep.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

from ddh_beredskab.clock import from_micros
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.generation import read_generation
from ddh_beredskab.journal.verify import verify_journal

_SCHEMA = Statement("SELECT version_num FROM alembic_version")
_MESSAGES = Statement("SELECT count(*), max(recorded_at) FROM messages")
_HEADS = Statement("SELECT stream, version, hash FROM streams WHERE version > 0")
_UNDONE = Statement("SELECT count(*) FROM deliveries WHERE done_at IS NULL")
_TIMERS = Statement("SELECT count(*) FROM timers WHERE fired_at IS NULL AND cancelled_at IS NULL")
_READ = Statement("SELECT value FROM meta WHERE key = 'last_backup'")
_NOTE = Statement(
    "INSERT INTO meta (key, value) VALUES ('last_backup', :value)"
    " ON CONFLICT (key) DO UPDATE SET value = excluded.value"
)


@dataclass(frozen=True, slots=True)
class Facts:
    """A journal at one moment."""

    schema_head: str
    messages: int
    last_recorded_at: datetime | None
    heads_sha256: str
    undone: int
    open_timers: int
    generation: str


def facts_of(conn: Conn) -> Facts:
    """Look, in one snapshot."""
    schema, messages = conn.one(_SCHEMA), conn.one(_MESSAGES)
    undone, timers = conn.one(_UNDONE), conn.one(_TIMERS)
    return Facts(
        schema_head=str(schema[0]) if schema else "",
        messages=int(messages[0]) if messages else 0,
        last_recorded_at=from_micros(messages[1]) if messages and messages[1] is not None else None,
        heads_sha256=heads_sha256(conn),
        undone=int(undone[0]) if undone else 0,
        open_timers=int(timers[0]) if timers else 0,
        generation=read_generation(conn),
    )


def heads_sha256(conn: Conn) -> str:
    """One fingerprint for the heads of all streams."""
    lines = sorted(f"{stream} {version} {hash_}\n" for stream, version, hash_ in conn.all(_HEADS))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def problems_of(conn: Conn) -> tuple[str, ...]:
    """What does not hold in the journal: positions, chains, head rows, private values."""
    return tuple(each.problem for each in verify_journal(conn)[:100])


@dataclass(frozen=True, slots=True)
class LastBackup:
    """The newest backup that a journal knows of."""

    at: datetime
    file: str


def note_backup(conn: Conn, at: datetime, file: str) -> None:
    """Leave word in the journal, for `doctor` and the health page."""
    conn.run(_NOTE, value=json.dumps({"at": at.isoformat(), "file": file}, ensure_ascii=False))


def last_backup(conn: Conn) -> LastBackup | None:
    """When the journal was last copied, and where to; null: never, or nobody knows."""
    row = conn.one(_READ)
    try:
        found = json.loads(row[0]) if row else None
        return LastBackup(datetime.fromisoformat(found["at"]), str(found["file"])) if found else None
    except (ValueError, KeyError, TypeError):
        return None
