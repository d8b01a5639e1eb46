"""The web's way to the people tables, which live in the operation's journal.

Rule kept: where that journal is away, nobody is let in and the page says so; nobody is anybody by default.
"""

from __future__ import annotations

import asyncio

from ddh_beredskab.errors import StorageBusy
from ddh_beredskab.journal.connection import from_database
from ddh_beredskab.journal.database import Job, T
from ddh_beredskab.people import entry
from ddh_beredskab.people.identity import Who
from ddh_beredskab.web.environments import Environment, Environments, Unreadable

OPERATION = "drift"
WRITE_SECONDS = 10.0


class People:
    """Reading and writing who may what."""

    def __init__(self, environments: Environments) -> None:
        self._environments = environments

    @property
    def environment(self) -> Environment:
        """The operation's journal. Raises `Unreadable`."""
        found = self._environments.get(OPERATION)
        if found is None:
            raise Unreadable(OPERATION)
        return found

    async def read(self, job: Job[T]) -> T:
        """Raises `Unreadable`."""
        return await self.environment.read(job)

    async def write(self, job: Job[T]) -> T:
        """In a transaction of its own. Raises `Unreadable` when nothing can be written now."""
        try:
            async with asyncio.timeout(WRITE_SECONDS):
                return await self.environment.database.write(job)
        except (StorageBusy, TimeoutError) as error:
            raise Unreadable(OPERATION) from error
        except Exception as error:
            if from_database(error):
                raise Unreadable(OPERATION) from error
            raise

    async def who(self, token: str) -> Who | None:
        """Who the browser's token is now."""
        found = await self.read(lambda conn: entry.who_holds(conn, token))
        if found is None:
            return None
        who, tell = found
        if tell:
            await self.write(lambda conn: entry.seen(conn, who.session))
        return who

    async def names(self) -> dict[str, str]:
        """Everybody in the register: ref -> name."""
        return await self.environment.names()
