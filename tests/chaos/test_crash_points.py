"""The worker dies at every named point, in a drill and under load, and nobody can tell from what was decided.

Each point once in a drill and once under load; with `DDH_CHAOS_FULL=1` at three passings under load.
"""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from ddh_beredskab import bootstrap
from ddh_beredskab.crash import CRASH_POINTS
from ddh_beredskab.settings import Settings
from tests.chaos.client import Load, sender
from tests.chaos.cluster import lone_worker
from tests.chaos.reckoning import reckon, settle
from tests.chaos.stage import drill, must_be_as_undisturbed, short_piece
from tests.services import Tansu

IN_A_DRILL = 4
"""The first passing is mostly the worker's own start; the fourth is in the middle of the work."""
UNDER_LOAD = (2, 6, 30) if os.environ.get("DDH_CHAOS_FULL") == "1" else (6,)
LONGEST_LIFE = 120.0


@pytest.mark.parametrize("point", CRASH_POINTS)
async def test_a_worker_that_dies_there_loses_nothing_and_doubles_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    monkeypatch.setenv("DDH_CRASH_AT", f"{point}:{IN_A_DRILL}")  # for the worker's first life; ours was read long ago
    outcome = await drill(tmp_path, short_piece())
    assert outcome.run.restarts()["worker"] == 1, "it was to die exactly there, once"
    must_be_as_undisturbed(outcome, short_piece())


@pytest.mark.timeout(480)
async def test_a_worker_that_dies_at_every_point_in_turn_under_load(tmp_path: Path, tansu: Tansu) -> None:
    """Each life ends at another point; commands and questions come in all the time."""
    settings = Settings(data=tmp_path)
    database = await bootstrap.open_journal(settings, "drift")
    deaths = list[str]()
    try:
        async with sender(tmp_path / "client", Load(str(tmp_path), commands_per_second=10.0, crises=20)) as client:
            for at in (f"{point}:{passing}" for passing in UNDER_LOAD for point in CRASH_POINTS):
                async with (
                    lone_worker(settings, "drift", tansu.url, at, DDH_CRASH_AT=at) as worker,
                    asyncio.timeout(LONGEST_LIFE),
                ):
                    assert await worker.process.wait() == -signal.SIGKILL, worker.log.read_text()[-2000:]
                    deaths.append(at)
            async with lone_worker(settings, "drift", tansu.url, "worker"):
                await client.stop()
                took = await settle(database, 60.0)
        received = client.received()
        result = await reckon(database, received, took)
        print(f"\n{len(deaths)} deaths: {', '.join(deaths)}\n{received.told()}\n{result.told()}")  # noqa: T201
        result.must_be_clean()
    finally:
        await database.close()
