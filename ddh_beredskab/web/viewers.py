"""Who watches what: each piece of news is made into bytes once, and the same bytes go to every viewer's queue.

Rule kept: a viewer who does not keep up is let go, never waited for; he connects again and gets what he missed.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Iterable
from typing import Any

import orjson

QUEUE = 64
RETRY_MS = 2000
PING_SECONDS = 15.0


def message(event: str, data: dict[str, Any], id_: str | None = None) -> bytes:
    """One server-sent event."""
    head = f"id: {id_}\n" if id_ else ""
    return b"%sevent: %s\ndata: %s\n\n" % (head.encode(), event.encode(), orjson.dumps(data))


def greeting() -> bytes:
    """How soon to come back when the line breaks: not all at once."""
    return f"retry: {RETRY_MS + random.randrange(1000)}\n\n".encode()


class Viewer:
    """One open stream: a bounded list of ready bytes, and at most one who waits for them."""

    __slots__ = ("_pieces", "_waiter", "gone")

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._waiter: asyncio.Future[None] | None = None  # an asyncio.Queue would be two kilobytes a viewer
        self.gone = False

    def put(self, chunk: bytes) -> None:
        """Hand over; a full list ends the viewer."""
        if self.gone:
            return
        if len(self._pieces) >= QUEUE:
            self.end()
            return
        self._pieces.append(chunk)
        self._wake()

    def end(self) -> None:
        """No more; wakes whoever waits for the next chunk."""
        self.gone = True
        self._pieces = []
        self._wake()

    async def chunks(self) -> AsyncIterator[bytes]:
        """What comes, several pieces in one where several wait."""
        while not self.gone:
            if not self._pieces:
                self._waiter = asyncio.get_running_loop().create_future()
                try:
                    await self._waiter
                finally:
                    self._waiter = None
                continue
            pieces, self._pieces = self._pieces, []
            yield b"".join(pieces) if len(pieces) > 1 else pieces[0]

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class Viewers:
    """Those who watch one topic."""

    __slots__ = ("_viewers",)

    def __init__(self) -> None:
        self._viewers: set[Viewer] = set()

    def __len__(self) -> int:
        return len(self._viewers)

    def add(self, viewer: Viewer) -> None:
        self._viewers.add(viewer)

    def remove(self, viewer: Viewer) -> None:
        self._viewers.discard(viewer)

    def send(self, chunks: Iterable[bytes]) -> None:
        """The same bytes to everybody; those who are gone are forgotten."""
        chunk = b"".join(chunks)
        if not chunk:
            return
        for viewer in self._viewers:
            viewer.put(chunk)
        self._viewers = {viewer for viewer in self._viewers if not viewer.gone}

    def end(self) -> None:
        for viewer in self._viewers:
            viewer.end()
        self._viewers = set()
