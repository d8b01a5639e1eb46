"""Status rows: what a process last told of itself, in the journal's `meta` table under `status.<name>`.

The rule kept: a status is never truth and nothing is decided by it; each holds when it was written, on the wall clock,
so that whoever reads it can see that its writer has fallen silent. Nothing personal stands in it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ddh_beredskab.clock import wall_micros
from ddh_beredskab.journal.connection import Conn, Statement

PREFIX = "status."
FORGET_SECONDS = 600.0
"""A worker that has been silent so long, while another writes, is forgotten."""

_WRITE = Statement(
    "INSERT INTO meta (key, value) VALUES (:key, :value) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
)
_READ = Statement("SELECT key, value FROM meta WHERE key LIKE 'status.%' ORDER BY key")
_FORGET = Statement("DELETE FROM meta WHERE key = :key")

Status = dict[str, Any]


def write_status(conn: Conn, name: str, body: Mapping[str, Any]) -> None:
    """Put a status in the place of the one before it."""
    value = json.dumps({**body, "written_at": wall_micros()}, ensure_ascii=False, separators=(",", ":"))
    conn.run(_WRITE, key=PREFIX + name, value=value)


def read_statuses(conn: Conn) -> dict[str, Status]:
    """Name -> status, as last written; one that cannot be read is left out."""
    found: dict[str, Status] = {}
    for key, value in conn.all(_READ):
        try:
            body = json.loads(value)
        except ValueError:
            continue
        if isinstance(body, dict) and isinstance(body.get("written_at"), int):  # pyright: ignore[reportUnknownMemberType]
            found[str(key).removeprefix(PREFIX)] = body
    return found


def forget_silent(conn: Conn, prefix: str, but: str) -> None:
    """Delete the statuses of workers that have been silent for long; the caller's own stays."""
    before = wall_micros() - int(FORGET_SECONDS * 1e6)
    for name, body in read_statuses(conn).items():
        if name.startswith(prefix) and name != but and body["written_at"] < before:
            conn.run(_FORGET, key=PREFIX + name)
