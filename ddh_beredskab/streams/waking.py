"""Waking: one task watches the journal for commits and wakes everybody in this process who waits for work."""

from __future__ import annotations

import asyncio
import contextlib

from ddh_beredskab.journal.database import Database


class Waker:
    """Hands every commit, ours or another process's, to each of its listeners."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._listeners: list[asyncio.Event] = []

    def listener(self) -> Listener:
        """A listener of its own: it misses nothing that is committed after its last `wait`."""
        event = asyncio.Event()
        event.set()
        self._listeners.append(event)
        return Listener(event)

    def wake(self) -> None:
        """Wake all listeners now."""
        for event in self._listeners:
            event.set()

    async def run(self) -> None:
        """Watch until cancelled; polls at least once a second even if no commit is seen."""
        while True:
            if await self._database.changed(1.0):
                self.wake()


class Listener:
    """One who waits for commits."""

    def __init__(self, event: asyncio.Event) -> None:
        self._event = event

    async def wait(self, seconds: float) -> bool:
        """Wait for a commit since the last call, at most so long; whether there was one."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._event.wait()
        woken = self._event.is_set()
        self._event.clear()
        return woken
