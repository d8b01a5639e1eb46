"""States: a stream folded, kept in an LRU with its version, and past a thousand events in a snapshot row.

A cached state enters only after COMMIT and folds only newer rows; snapshots are keyed by the hash of the fold's code,
so changed code never meets an old snapshot. Neither is ever truth.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

import schemas
from ddh_beredskab import core
from ddh_beredskab.core.decider import Decider, Recorded
from ddh_beredskab.core.persons import PersonState, evolve_person
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.messages import head_of, read_stream

SNAPSHOT_EVERY = 1_000
SIZE = 4_096
"""States a worker keeps: every concern of some five hundred crises. All 98 municipalities at once are 600 and more
streams; a cache a little too small for them misses nearly always, and reads whole streams again."""

_SNAPSHOT = Statement("SELECT version, state FROM snapshots WHERE stream = :stream AND fold = :fold")
_SAVE = Statement(
    "INSERT INTO snapshots (stream, fold, version, state) VALUES (:stream, :fold, :version, :state)"
    " ON CONFLICT (stream, fold) DO UPDATE SET version = excluded.version, state = excluded.state"
    " WHERE excluded.version > snapshots.version"
)
_FORGET = Statement("DELETE FROM snapshots WHERE stream = :stream AND fold <> :fold")


@dataclass(frozen=True, slots=True)
class Loaded:
    """A stream's state at a version, with the hash its next event is chained to."""

    version: int
    hash: str
    state: Any


class StateCache:
    """The newest committed state of the streams used last."""

    def __init__(self, size: int = SIZE) -> None:
        self._size = size
        self._kept: OrderedDict[str, Loaded] = OrderedDict()

    def get(self, stream: str) -> Loaded | None:
        """The kept state, or null."""
        if (found := self._kept.get(stream)) is not None:
            self._kept.move_to_end(stream)
        return found

    def put(self, stream: str, loaded: Loaded) -> None:
        """Keep a state; call only after COMMIT."""
        self._kept[stream] = loaded
        self._kept.move_to_end(stream)
        while len(self._kept) > self._size:
            self._kept.popitem(last=False)

    def items(self) -> list[tuple[str, Loaded]]:
        """Every kept state, for those who hold them against the streams."""
        return list(self._kept.items())

    def drop(self, stream: str) -> None:
        """Forget a state, e.g. after a version conflict."""
        self._kept.pop(stream, None)


def load(conn: Conn, stream: str, decider: Decider[Any], cached: Loaded | None) -> Loaded:
    """The state of a concern's stream at its head."""
    return _load(conn, stream, decider.initial, decider.state_type, decider.evolve, cached)


def load_person(conn: Conn, stream: str, cached: Loaded | None) -> Loaded:
    """The state of a person's shared stream at its head."""

    def evolve(state: PersonState, event: Recorded[Any]) -> PersonState:
        return evolve_person(state, event.message)

    return _load(conn, stream, PersonState(), PersonState, evolve, cached)


def save_snapshot(conn: Conn, stream: str, state_type: Any, loaded: Loaded) -> None:
    """Write a snapshot row and forget those of older code."""
    state = _adapter(state_type).dump_json(loaded.state).decode()
    conn.run(_SAVE, stream=stream, fold=fold_hash(), version=loaded.version, state=state)
    conn.run(_FORGET, stream=stream, fold=fold_hash())


def _load(
    conn: Conn,
    stream: str,
    initial: Any,
    state_type: Any,
    evolve: Callable[[Any, Recorded[Any]], Any],
    cached: Loaded | None,
) -> Loaded:
    version, head_hash = head_of(conn, stream)
    if cached is not None and cached.version == version and cached.hash == head_hash:
        return cached
    at, state = 0, initial
    if cached is not None and cached.version < version:
        at, state = cached.version, cached.state
    elif version >= SNAPSHOT_EVERY and (row := conn.one(_SNAPSHOT, stream=stream, fold=fold_hash())):
        at, state = int(row[0]), _adapter(state_type).validate_json(row[1])
    for event in read_stream(conn, stream, at):
        state = evolve(state, event.recorded())
    return Loaded(version, head_hash, state)


@cache
def fold_hash() -> str:
    """SHA-256 over the source of everything a fold may use: the core and the schemas."""
    digest = hashlib.sha256()
    for package in (core, schemas):
        for path in sorted(Path(next(iter(package.__path__))).rglob("*.py")):
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


_ADAPTERS: dict[int, TypeAdapter[Any]] = {}


def _adapter(state_type: Any) -> TypeAdapter[Any]:
    if id(state_type) not in _ADAPTERS:
        _ADAPTERS[id(state_type)] = TypeAdapter(state_type)
    return _ADAPTERS[id(state_type)]
