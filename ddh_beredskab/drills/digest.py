"""What was decided, as one number: two runs that decided the same have the same `decisions_sha256`.

Rule (DESIGN section 5): SHA-256 over the sorted lines `stream|id|type|time|canonical JSON of data` of the deciding
concerns' events and of the shared streams, committed values in clear. No version, recorded_at, salt, hash or position
goes in, and not the logbook, for its numbering depends on who was first.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from schemas.base import Event
from schemas.canonical import canonical

_NOT_DECIDING = ("logbook-",)


def decision_line(stream: str, id_: UUID, type_name: str, time: datetime, data: dict[str, Any]) -> str:
    """One event as a line; `data` is its JSON form with every committed value in clear."""
    return f"{stream}|{id_}|{type_name}|{instant(time)}|{canonical(data).decode()}"


def event_line(stream: str, id_: UUID, time: datetime, event: Event) -> str:
    """One event in memory as a line."""
    return decision_line(stream, id_, event.type_name(), time, event.model_dump(mode="json", by_alias=True))


def counts_as_decision(stream: str) -> bool:
    """Is the stream one of a deciding concern, or shared?"""
    return not stream.startswith(_NOT_DECIDING)


def decisions_sha256(lines: Iterable[str]) -> str:
    """The digest over the lines, whatever order they come in."""
    digest = sha256()
    for line in sorted(lines):
        digest.update(line.encode())
        digest.update(b"\n")
    return digest.hexdigest()


def instant(time: datetime) -> str:
    """An instant as it stands in a line: UTC, always with microseconds."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
