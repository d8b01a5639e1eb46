"""A piece of the surge on PostgreSQL with two worker processes: the same decisions, whoever of them dies on the way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from ddh_beredskab import bootstrap
from ddh_beredskab.drills.account import Account
from ddh_beredskab.run_drill import play, worker_child
from ddh_beredskab.settings import Settings
from ddh_beredskab.streams.child_process import Child
from ddh_beredskab.streams.supervisor import Supervisor
from ddh_beredskab.streams.topics import ensure_topics
from schemas.drill_summary import DrillSummary
from tests.chaos.stage import Run, must_be_as_told, piece, playbooks
from tests.services import Tansu

DRILL = "delt-1"
NAME = f"oevelse.{DRILL}"


def _workers(settings: Settings, broker: str) -> list[Child]:
    """Two workers of a cluster: each with a name of its own, neither alone."""
    one = worker_child(settings, NAME, broker)
    argv = [each for each in one.argv if each != "--alone"]
    return [replace(one, name=name, argv=argv) for name in ("first", "second")]


@asynccontextmanager
async def cluster(settings: Settings, broker: Tansu) -> AsyncGenerator[Run]:
    await ensure_topics(broker.address, f"{NAME}.")
    run = Run(settings.data, DRILL)
    supervisor = Supervisor(_workers(settings, broker.url), settings.data / "oevelse" / DRILL / "run")
    try:
        await supervisor.start()
        yield run
    finally:
        await supervisor.stop()


async def _play(settings: Settings, run: Run) -> tuple[DrillSummary, Account]:
    database = await bootstrap.open_journal(settings, NAME)
    try:
        return await play(database, playbooks(), piece(), DRILL, speed=None, on_step=run.on_step)
    finally:
        await database.close()


@pytest.mark.timeout(300)
async def test_two_workers_decide_as_one_and_one_takes_over_from_a_killed_one(
    tmp_path: Path, postgres_url: str, tansu: Tansu
) -> None:
    settings = Settings(data=tmp_path, database=postgres_url)
    database = await bootstrap.open_journal(settings, NAME)  # migrated before two workers look at it
    await database.close()
    async with cluster(settings, tansu) as run:
        playing = asyncio.create_task(_play(settings, run))
        try:
            for victim in ("first", "second"):
                await run.moves(15)
                await run.kill_and_see_it_move(victim)
            summary, account = await playing
        finally:
            playing.cancel()
        print(f"\n{run.faults.told()}; {summary.seconds:.0f} s")  # noqa: T201 - the figures of this run
        assert run.restarts() == {"first": 1, "second": 1}
    must_be_as_told(summary, account, piece())
