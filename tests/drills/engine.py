"""A drill in one process without a broker: the driver, and all that a worker does, on a real SQLite journal."""

from __future__ import annotations

import asyncio
import contextlib
from functools import partial
from pathlib import Path

from ddh_beredskab import bootstrap
from ddh_beredskab.drills.driver import Driver
from ddh_beredskab.drills.recording_model import Recording
from ddh_beredskab.journal import deliveries, intake
from ddh_beredskab.journal.clock_row import clock_now
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.database import SqliteDatabase
from ddh_beredskab.journal.intake import UrgentRule
from ddh_beredskab.journal.messages import Journal
from ddh_beredskab.journal.timers import fire_due
from ddh_beredskab.projections import MODELS, runner
from ddh_beredskab.settings import Settings
from ddh_beredskab.streams.ringing import Ringer
from tests.chaos.stage import playbooks

DRILL = "prove-1"
JOURNAL = Journal(f"oevelse.{DRILL}")


async def open_at(data: Path) -> SqliteDatabase:
    """The drill's journal."""
    database = await bootstrap.open_journal(Settings(data=data), JOURNAL.environment)
    assert isinstance(database, SqliteDatabase)
    return database


class Hands:
    """What a worker does, turn by turn."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database
        self._ringer = Ringer(database, JOURNAL, bootstrap.deciders(playbooks()))

    async def work(self) -> None:
        """Until cancelled."""
        while True:
            await self.turn()
            await asyncio.sleep(0.001)

    async def turn(self) -> None:
        """Timers, then deliveries, then questions, then read models."""
        await self._database.write(lambda conn: fire_due(conn, JOURNAL, clock_now(conn)))
        for each in await self._database.read(deliveries.oldest_undone):
            await self._ringer.handle_all(each.concern, each.crisis)
        await self._database.write(_count)
        await self._database.write(lambda conn: runner.step(conn, MODELS))


def _count(conn: Conn) -> int:
    limits = playbooks().limits
    urgent = UrgentRule(limits.urgent_transfers, limits.urgent_transfers_minutes)
    rows = intake.uncounted_after(conn, 0)
    return intake.count_items(conn, JOURNAL, rows, limits.feedback_window_minutes, urgent, clock_now(conn))


async def play_here(database: SqliteDatabase, recording: Recording, speed: float | None = None) -> Driver:
    """Play the recording to its end."""
    driver = Driver(database, JOURNAL, recording, DRILL)
    hands = asyncio.create_task(Hands(database).work())
    playing = asyncio.create_task(driver.play(speed))
    try:
        await asyncio.wait({hands, playing}, return_when=asyncio.FIRST_COMPLETED)
        if hands.done():
            hands.result()
        await playing
    finally:
        for task in (hands, playing):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
    return driver


def change(database: SqliteDatabase, sql: str, **params: object) -> int:
    """Reach into the tables as a fault would; the number of rows touched."""
    return database.write_now(partial(_run, sql=sql, params=params))


def _run(conn: Conn, sql: str, params: dict[str, object]) -> int:
    return conn.run(Statement(sql), **params)
