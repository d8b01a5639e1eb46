"""The journals the pages read: all environments there are, opened when they appear, closed when they are gone.

Rule kept: one environment that cannot be read never hides the others; it is named on the page and tried again.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import time
from collections.abc import Awaitable, Callable, Sequence

import structlog

from ddh_beredskab.journal.database import Database, Job, T
from ddh_beredskab.web.reading import Lag, read_names, rows_behind

log = structlog.stdlib.get_logger(__name__)

NAMES_FOR_SECONDS = 5.0

ListNames = Callable[[], Sequence[str] | Awaitable[Sequence[str]]]
OpenOne = Callable[[str], Database | Awaitable[Database]]


class Unreadable(Exception):
    """The environment's journal cannot be read now (locked away, not migrated yet, database down)."""

    def __init__(self, environment: str) -> None:
        super().__init__(environment)
        self.environment = environment


class Environment:
    """One open journal."""

    def __init__(self, name: str, database: Database) -> None:
        self.name = name
        self.database = database
        self.lagging = False
        self._lag = Lag()
        self._names: dict[str, str] = {}
        self._names_until = 0.0

    async def read(self, job: Job[T]) -> T:
        """Run a job that only reads; raises `Unreadable`."""
        try:
            return await self.database.read(job)
        except Exception as error:
            log.warning("a journal cannot be read", environment=self.name, error=repr(error))
            raise Unreadable(self.name) from error

    async def names(self) -> dict[str, str]:
        """Ref -> name, a few seconds old at most. The dict is replaced, never changed."""
        if time.monotonic() > self._names_until:
            self._names = await self.read(read_names)
            self._names_until = time.monotonic() + NAMES_FOR_SECONDS
        return self._names

    def forget_names(self) -> None:
        """Somebody was added: read the names anew when they are asked for."""
        self._names_until = 0.0

    async def look(self) -> None:
        """See whether the read models keep up with the journal."""
        self.lagging = self._lag.noticed(await self.read(rows_behind))


class Environments:
    """All environments, by name. `refresh` looks for new ones and for those that are gone."""

    def __init__(self, list_names: ListNames, open_one: OpenOne) -> None:
        self._list_names = list_names
        self._open_one = open_one
        self._open: dict[str, Environment] = {}
        self.broken: tuple[str, ...] = ()
        self._lock = asyncio.Lock()

    def get(self, name: str) -> Environment | None:
        return self._open.get(name)

    def all(self) -> list[Environment]:
        return list(self._open.values())

    async def refresh(self) -> list[Environment]:
        """Open what is new, close what is gone; the new ones."""
        async with self._lock:
            names = await _awaited(self._list_names())
            broken: list[str] = []
            new: list[Environment] = []
            for name in names:
                if name in self._open:
                    continue
                try:
                    environment = Environment(name, await _awaited(self._open_one(name)))
                    await environment.look()
                except Exception as error:
                    log.warning("a journal cannot be opened", environment=name, error=repr(error))
                    broken.append(name)
                else:
                    self._open[name] = environment
                    new.append(environment)
            for name in [name for name in self._open if name not in names]:
                await _closed(self._open.pop(name))
            self.broken = tuple(broken)
            return new

    async def close(self) -> None:
        for name in list(self._open):
            await _closed(self._open.pop(name))


async def _closed(environment: Environment) -> None:
    with contextlib.suppress(Exception):
        await environment.database.close()


async def _awaited(value: T | Awaitable[T]) -> T:
    if inspect.isawaitable(value):
        return await value
    return value
