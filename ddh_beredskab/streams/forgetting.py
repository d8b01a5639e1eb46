"""The chore that deletes names some days after a crisis is closed, by the environment's clock."""

from __future__ import annotations

import asyncio

import structlog

from ddh_beredskab.errors import StorageBusy
from ddh_beredskab.journal.clock_row import clock_now
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.journal.database import Database
from ddh_beredskab.people import forgetting

log = structlog.stdlib.get_logger(__name__)

EVERY_SECONDS = 3600.0


async def forget_old_names(database: Database, days: int) -> None:
    """Once an hour, until cancelled. Where nothing is due, nothing is written."""

    def due(conn: Conn) -> bool:
        return forgetting.is_due(conn, clock_now(conn), days)

    def forget(conn: Conn) -> int:
        return forgetting.forget_names(conn, clock_now(conn), days)

    while True:
        try:
            while await database.read(due):
                count = await database.write(forget, bulk=True)
                log.info("names of a closed crisis deleted", count=count, days=days)
                if not count:
                    break
        except (StorageBusy, OSError) as error:
            log.warning("journal away", error=str(error))
        await asyncio.sleep(EVERY_SECONDS)
