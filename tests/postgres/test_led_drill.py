"""A drill for people on PostgreSQL: made ready, waiting for its leader, played to its end, each thing once."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta
from pathlib import Path

from ddh_beredskab import bootstrap
from ddh_beredskab.drills.aar import drill_head, evaluate
from ddh_beredskab.drills.casting import withheld
from ddh_beredskab.drills.controls import set_control
from ddh_beredskab.drills.demo_people import add_demo_people
from ddh_beredskab.drills.environment import progress
from ddh_beredskab.drills.injects import all_injects
from ddh_beredskab.drills.led_driver import LedDriver
from ddh_beredskab.drills.notes import add_note
from ddh_beredskab.drills.plan import Questions, planned
from ddh_beredskab.drills.starting import start_drill
from ddh_beredskab.journal.clock_row import clock_now
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.messages import Journal
from ddh_beredskab.settings import Settings
from schemas.drill_evaluation import Measured
from tests.chaos.stage import piece, whole
from tests.drills.engine import Hands
from tests.drills.test_led_driver import BEGIN, LEADER, RUMOUR, plan_of
from tests.drills.timelines import playbooks, targets

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
        await database.write(lambda conn: add_note(conn, "n1", "observation", "Roligt rum.", LEADER, clock=BEGIN))
        await database.write(lambda conn: set_control(conn, "ended", None, LEADER))
        await database.read(lambda conn: _judged(conn, name))
    finally:
        for task in (*tasks, leading):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await database.close()


def _judged(conn: Conn, name: str) -> None:
    """The report of a drill in which the participants did nothing."""
    told = evaluate(conn, drill_head(conn, name), playbooks(), targets(), withheld=withheld(piece(), plan_of()))
    assert told is not None
    assert told.ended
    assert [note.text for note in told.notes] == ["Roligt rum."]
    (crisis,) = told.crises
    assert {each.crisis_id for each in told.expected} == {crisis.crisis_id}
    assert "done" not in {each.outcome for each in told.expected}
    measured = [each.result for each in crisis.scores if isinstance(each.result, Measured)]
    assert measured
    assert all(set(each.entries) <= set(range(1, crisis.entries + 1)) for each in measured)


def _as_promised(conn: Conn) -> None:
    how_far, row = progress(conn), conn.one(ASKED)
    assert how_far is not None
    assert (how_far.next_input, how_far.withheld) == (len(piece().inputs), 2)
    assert row is not None
    assert int(row[0]) == 9
    assert [each.state for each in all_injects(conn)] == ["delivered"]
