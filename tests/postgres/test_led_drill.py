"""A drill for people on PostgreSQL: made ready, waiting for its leader, played to its end, each thing once."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta
from pathlib import Path

from ddh_beredskab import bootstrap
from ddh_beredskab.drills.controls import set_control
from ddh_beredskab.drills.demo_people import add_demo_people
from ddh_beredskab.drills.environment import progress
from ddh_beredskab.drills.injects import all_injects
from ddh_beredskab.drills.led_driver import LedDriver
from ddh_beredskab.drills.plan import Questions, planned
from ddh_beredskab.drills.starting import start_drill
from ddh_beredskab.journal.clock_row import clock_now
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.messages import Journal
from ddh_beredskab.settings import Settings
from tests.chaos.stage import piece, whole
from tests.drills.engine import Hands
from tests.drills.test_led_driver import BEGIN, LEADER, RUMOUR, plan_of

ASKED = Statement("SELECT count(*) FROM feedback_items WHERE text = 'Indspil'")


async def test_a_drill_is_made_ready_and_led_on_postgresql(tmp_path: Path, postgres_url: str) -> None:
    settings = Settings(data=tmp_path, database=postgres_url)
    operation = await bootstrap.open_journal(settings, "drift")
    await operation.write(lambda conn: add_demo_people(conn, whole()))
    await operation.close()
    asked = Questions(topic="evakuering", count=9, text="Indspil", over_minutes=2)
    ready = plan_of(injects=(RUMOUR.model_copy(update={"questions": asked}),))
    name = f"oevelse.{await start_drill(bootstrap.drill_stage(settings), ready, LEADER)}"
    database = await bootstrap.open_journal(settings, name)
    plan = await database.read(planned)
    assert plan is not None
    journal = Journal(name)
    tasks = [asyncio.create_task(Hands(database, journal).work())]
    leading = asyncio.create_task(LedDriver(database, journal, piece(), plan).lead())
    try:
        async with asyncio.timeout(90):
            while await database.read(clock_now) < BEGIN:  # noqa: ASYNC110 - the driver moves it
                await asyncio.sleep(0.05)
            await database.write(lambda conn: set_control(conn, "running", 60, LEADER))
            while await database.read(clock_now) < BEGIN + timedelta(seconds=30):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
            await database.write(lambda conn: set_control(conn, "running", None, LEADER))
            await leading
        await database.read(_as_promised)
    finally:
        for task in (*tasks, leading):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await database.close()


def _as_promised(conn: Conn) -> None:
    how_far, row = progress(conn), conn.one(ASKED)
    assert how_far is not None
    assert (how_far.next_input, how_far.withheld) == (len(piece().inputs), 2)
    assert row is not None
    assert int(row[0]) == 9
    assert [each.state for each in all_injects(conn)] == ["delivered"]
