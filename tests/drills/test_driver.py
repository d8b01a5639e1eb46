"""The driver: inputs and timers in their order, nothing played twice, and a clock that only it moves."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from ddh_beredskab.drills import environment
from ddh_beredskab.drills.account import all_messages
from ddh_beredskab.drills.driver import QUIET, Driver, Step, look
from ddh_beredskab.drills.recording_model import Recording
from ddh_beredskab.drills.summary import journal_decisions_sha256
from ddh_beredskab.journal.clock_row import clock_now, read_clock
from ddh_beredskab.journal.database import SqliteDatabase
from schemas.base import TimerFired
from tests.chaos.stage import core_sha256, short_piece
from tests.drills.engine import DRILL, JOURNAL, Hands, open_at, play_here


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    database = await open_at(tmp_path)
    yield database
    await database.close()


async def test_what_is_played_fast_is_decided_as_the_deciders_in_memory_decide(journal: SqliteDatabase) -> None:
    await play_here(journal, short_piece())
    assert journal.read_now(journal_decisions_sha256) == core_sha256(short_piece())


async def test_timers_fire_at_their_instant_and_before_an_input_of_that_instant(journal: SqliteDatabase) -> None:
    await play_here(journal, short_piece())
    messages = journal.read_now(lambda conn: list(all_messages(conn)))
    fired = [each.message for each in messages if isinstance(each.message, TimerFired)]
    assert fired
    assert all(each.fired_at == each.due_at for each in fired)
    recorded = [each.recorded_at for each in messages]
    assert recorded == sorted(recorded), "the clock never goes back"
    last: dict[object, bool] = {}
    for each in messages:  # at one instant no timer comes after an input
        is_input = each.stream is None and not isinstance(each.message, TimerFired)
        if isinstance(each.message, TimerFired):
            assert not last.get(each.recorded_at, False)
        elif is_input:
            last[each.recorded_at] = True


async def test_a_driver_cancelled_anywhere_is_gone_on_with_and_plays_nothing_twice(journal: SqliteDatabase) -> None:
    for stop_after in (1, 7, 20):
        await _play_until(journal, short_piece(), stop_after)
    progress = journal.read_now(environment.progress)
    assert progress is not None
    assert 0 < progress.next_input < len(short_piece().inputs)
    assert progress.finished_at is None
    await play_here(journal, short_piece())
    assert journal.read_now(journal_decisions_sha256) == core_sha256(short_piece())


async def _play_until(journal: SqliteDatabase, recording: Recording, steps: int) -> None:
    enough = asyncio.Event()
    seen = 0

    def count(_: Step) -> None:
        nonlocal seen
        seen += 1
        if seen >= steps:
            enough.set()

    tasks = [
        asyncio.create_task(Driver(journal, JOURNAL, recording, DRILL, on_step=count).play(None)),
        asyncio.create_task(Hands(journal).work()),
    ]
    await enough.wait()
    for task in tasks:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_two_drivers_of_one_drill_are_found_out(journal: SqliteDatabase) -> None:
    journal.write_now(lambda conn: environment.begin(conn, DRILL, JOURNAL.environment, short_piece()))
    journal.write_now(lambda conn: environment.advance(conn, DRILL, 0, 1))
    with pytest.raises(RuntimeError, match="another driver"):
        journal.write_now(lambda conn: environment.advance(conn, DRILL, 0, 1))


async def test_nothing_is_settled_while_something_waits(journal: SqliteDatabase) -> None:
    recording = replace(short_piece(), inputs=short_piece().inputs[:4])
    driver = asyncio.create_task(Driver(journal, JOURNAL, recording, DRILL).play(None))
    await asyncio.sleep(0.3)  # the first input is stored, and nobody handles it
    assert not journal.read_now(look).settled
    progress = journal.read_now(environment.progress)
    assert progress is not None
    assert progress.next_input == 1, "the second input waits for the first one's effects"
    hands = asyncio.create_task(Hands(journal).work())
    await driver
    hands.cancel()
    assert journal.read_now(look).settled


async def test_at_speed_dead_stretches_are_skipped_and_said(journal: SqliteDatabase) -> None:
    """Three inputs within two minutes, then a day of nothing: at 240x that takes a second, not six minutes."""
    first = short_piece().inputs[:3]
    later = next(each for each in short_piece().inputs if each.at - first[-1].at > QUIET)
    recording = replace(short_piece(), inputs=(*first, later))
    told: list[Step] = []
    driver = Driver(journal, JOURNAL, recording, DRILL, on_step=told.append)
    hands = asyncio.create_task(Hands(journal).work())
    async with asyncio.timeout(30):
        await driver.play(240.0)
    hands.cancel()
    assert any(step.skipped is not None and step.skipped > QUIET for step in told)
    clock = journal.read_now(read_clock)
    assert clock is not None
    assert clock.mode == "fast", "at the end the clock stands"
    assert journal.read_now(clock_now) >= later.at
    played = [each.index for step in told for each in step.played]
    assert played == [each.index for each in recording.inputs]
