"""Who watches what: each piece of news is made into bytes once, and the same bytes go to every viewer's queue.

Rule kept: a viewer who does not keep up is let go, never waited for; he connects again and gets what he missed.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Iterable
from typing import Any

QUEUE = 64
RETRY_MS = 2000
PING_SECONDS = 15.0


def message(event: str, data: dict[str, Any], id_: str | None = None) -> bytes:
    """One server-sent event."""
    head = f"id: {id_}\n" if id_ else ""
    return f"{head}event: {event}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


def greeting() -> bytes:
    """How soon to come back when the line breaks: not all at once."""
    return f"retry: {RETRY_MS + random.randrange(1000)}\n\n".encode()


class Viewer:
    """One open stream: a bounded queue of ready bytes."""

    __slots__ = ("_queue", "gone")

    def __init__(self) -> None:
        self._queue: asyncio.Queue[bytes] = asyncio.Queue(QUEUE)
        self.gone = False

    def put(self, chunk: bytes) -> None:
        """Hand over; a full queue ends the viewer."""
        if self.gone:
            return
        try:
            self._queue.put_nowait(chunk)
        except asyncio.QueueFull:
            self.end()

    def end(self) -> None:
        """No more; wakes whoever waits for the next chunk."""
        self.gone = True
        while not self._queue.empty():
            self._queue.get_nowait()
        self._queue.put_nowait(b"")

    async def chunks(self) -> AsyncIterator[bytes]:
        """What comes, several pieces in one where several wait."""
        while True:
            pieces = [await self._queue.get()]
            while not self._queue.empty():
                pieces.append(self._queue.get_nowait())
            if self.gone:
                return
            yield b"".join(pieces)


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
