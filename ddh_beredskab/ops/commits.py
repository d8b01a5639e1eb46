"""The alarm for a partition whose commits are stuck while it works.

A message that one concern cannot finish holds the commits of its whole partition while the others go on (Faust counts a
message as acknowledged when every agent has acknowledged it). Nothing is lost by it, because what is done stands in
SQL; but after a restart all of it comes again, and somebody should look. The book is plain data; `offsets_of` is the
one place that knows Faust's consumer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

STUCK_SECONDS = 60.0

Offsets = Mapping[tuple[str, int], tuple[int | None, int | None]]
"""(topic, partition) -> (committed: the next offset to read after a restart, the last offset read)."""


@dataclass(frozen=True, slots=True)
class Stuck:
    """A partition whose commits do not move."""

    topic: str
    partition: int
    committed: int
    read: int
    seconds: float


@dataclass(slots=True)
class _Entry:
    committed: int | None
    read: int
    handled: int
    since: float


@dataclass(slots=True)
class CommitBook:
    """Since when each partition's commit stands where it stands."""

    entries: dict[tuple[str, int], _Entry] = field(default_factory=dict[tuple[str, int], _Entry])

    def note(self, offsets: Offsets, handled: int, now: float) -> list[Stuck]:
        """Look once (every few seconds); the partitions that are stuck, with `handled` deliveries done so far."""
        for gone in [key for key in self.entries if key not in offsets]:
            del self.entries[gone]  # another worker's now
        stuck: list[Stuck] = []
        for (topic, partition), (committed, read) in offsets.items():
            if read is None:
                continue
            entry = self.entries.get((topic, partition))
            nothing_waits = committed is not None and read < committed
            if entry is None or entry.committed != committed or nothing_waits:
                self.entries[topic, partition] = _Entry(committed, read, handled, now)
                continue
            works = read > entry.read or handled > entry.handled
            if works and now - entry.since > STUCK_SECONDS:
                stuck.append(Stuck(topic, partition, committed or 0, read, now - entry.since))
        return stuck


def offsets_of(consumer: Any) -> Offsets:
    """What a Faust consumer has read and committed. Empty when it has none yet."""
    if consumer is None:
        return {}
    read: Mapping[Any, int | None] = consumer._read_offset
    committed: Mapping[Any, int | None] = consumer._committed_offset
    return {(str(tp.topic), int(tp.partition)): (committed.get(tp), offset) for tp, offset in list(read.items())}
