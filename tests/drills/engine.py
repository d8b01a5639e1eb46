"""A drill in one process without a broker: the driver, and all that a worker does, on a real SQLite journal."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from ddh_beredskab import bootstrap
from ddh_beredskab.drills.controls import State, set_control
from ddh_beredskab.drills.demo_people import add_demo_people
from ddh_beredskab.drills.driver import Driver, Step
from ddh_beredskab.drills.environment import Progress, progress
from ddh_beredskab.drills.led_driver import LedDriver
from ddh_beredskab.drills.plan import Plan, planned
from ddh_beredskab.drills.recording_model import Recording
from ddh_beredskab.drills.starting import start_drill
from ddh_beredskab.journal import deliveries, intake
from ddh_beredskab.journal.clock_row import clock_now
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.database import Database, SqliteDatabase
from ddh_beredskab.journal.intake import UrgentRule
from ddh_beredskab.journal.messages import Journal
from ddh_beredskab.journal.timers import fire_due
from ddh_beredskab.projections import MODELS, runner
from ddh_beredskab.settings import Settings
from ddh_beredskab.streams.ringing import Ringer
from tests.chaos.stage import playbooks, whole

DRILL = "prove-1"
JOURNAL = Journal(f"oevelse.{DRILL}")


async def open_at(data: Path) -> SqliteDatabase:
    """The drill's journal."""
    database = await bootstrap.open_journal(Settings(data=data), JOURNAL.environment)
    assert isinstance(database, SqliteDatabase)
    return database


class Hands:
    """What a worker does, turn by turn."""

    def __init__(self, database: Database, journal: Journal = JOURNAL) -> None:
        self._database = database
        self._journal = journal
        self._ringer = Ringer(database, journal, bootstrap.deciders(playbooks()))

    async def work(self) -> None:
        """Until cancelled."""
        while True:
            await self.turn()
            await asyncio.sleep(0.001)

    async def turn(self) -> None:
        """Timers, then deliveries, then questions, then read models."""
        await self._database.write(lambda conn: fire_due(conn, self._journal, clock_now(conn)))
        for each in await self._database.read(deliveries.oldest_undone):
            await self._ringer.handle_all(each.concern, each.crisis)
        await self._database.write(partial(_count, journal=self._journal))
        await self._database.write(lambda conn: runner.step(conn, MODELS))


def _count(conn: Conn, journal: Journal) -> int:
    limits = playbooks().limits
    urgent = UrgentRule(limits.urgent_transfers, limits.urgent_transfers_minutes)
    rows = intake.uncounted_after(conn, 0)
    return intake.count_items(conn, journal, rows, limits.feedback_window_minutes, urgent, clock_now(conn))


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


async def make_ready(data: Path, plan: Plan) -> SqliteDatabase:
    """A planned drill's journal: the demo's people are the register, the drill waits for its leader."""
    operation = await bootstrap.open_journal(Settings(data=data), "drift")
    await operation.write(lambda conn: add_demo_people(conn, whole()))
    await operation.close()
    stage = bootstrap.drill_stage(Settings(data=data))
    drill_id = await start_drill(stage, plan, plan.leader)
    database = await bootstrap.open_journal(Settings(data=data), f"oevelse.{drill_id}")
    assert isinstance(database, SqliteDatabase)
    return database


@dataclass
class Led:
    """A drill for people on its way, with what the driver told."""

    database: SqliteDatabase
    driver: asyncio.Task[None]
    told: list[Step]

    def lead(self, state: State, speed: float | None = None, jump_to: datetime | None = None) -> None:
        """Do as the drill leader does."""
        self.database.write_now(lambda conn: set_control(conn, state, speed, "rikke-klitroe", jump_to))

    async def until(self, done: Callable[[Conn], object], seconds: float = 20) -> None:
        """Wait until something is so."""
        async with asyncio.timeout(seconds):
            while not self.database.read_now(done):
                if self.driver.done():
                    self.driver.result()
                await asyncio.sleep(0.01)

    @property
    def now(self) -> datetime:
        return self.database.read_now(clock_now)

    @property
    def progress(self) -> Progress:
        found = self.database.read_now(progress)
        assert found is not None
        return found


@contextlib.asynccontextmanager
async def led(database: SqliteDatabase, recording: Recording) -> AsyncGenerator[Led]:
    """Drive the planned drill of this journal while the block runs; both are cancelled after it, as by a kill."""
    plan = database.read_now(planned)
    assert plan is not None
    journal, told = Journal(f"oevelse.{plan.name}"), list[Step]()
    driver = asyncio.create_task(LedDriver(database, journal, recording, plan, on_step=told.append).lead())
    hands = asyncio.create_task(Hands(database, journal).work())
    try:
        yield Led(database, driver, told)
        for task in (hands, driver):
            if task.done():
                task.result()
    finally:
        for task in (hands, driver):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
