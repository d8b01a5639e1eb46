"""PostgreSQL under load while two workers and their broker are killed, ended and stopped at random: lost 0, doubled 0.

The same client, faults, probe and reckoning as for the embedded system (tests/chaos/test_load.py), and the same
settings: `DDH_CHAOS_FULL=1` for half an hour, `DDH_CHAOS_SECONDS`, `DDH_CHAOS_SEED`.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from pathlib import Path

import pytest

from ddh_beredskab import bootstrap
from ddh_beredskab.journal import deliveries
from ddh_beredskab.journal.clock_row import set_clock
from ddh_beredskab.journal.messages import Journal
from ddh_beredskab.settings import Settings
from ddh_beredskab.streams.topics import ensure_topics
from tests.chaos.back_to_work import BackToWork
from tests.chaos.client import Load, sender
from tests.chaos.cluster import lone_worker, supervised_cluster
from tests.chaos.reckoning import reckon, settle
from tests.chaos.stage import until, whole
from tests.chaos.system import PAUSE_SECONDS, Fault, drawn
from tests.services import Tansu

FULL = os.environ.get("DDH_CHAOS_FULL") == "1"
SECONDS = float(os.environ.get("DDH_CHAOS_SECONDS", "1800" if FULL else "60"))
SEED = int(os.environ.get("DDH_CHAOS_SEED", "20231020"))
WEIGHTS = {"first": 2, "second": 2, "broker": 2}
LONGEST_RETURN = 15.0 if FULL else 60.0
LONGEST_SETTLING = 30.0 if FULL else 150.0
"""A short run may stand beside others on a busy machine."""
CLOCK_RATE = 30.0
NAME = "oevelse.faelles-1"


@pytest.mark.timeout(SECONDS + 300)
async def test_two_workers_on_postgresql_lose_and_double_nothing_whatever_is_killed(
    tmp_path: Path, postgres_url: str
) -> None:
    draw = random.Random(SEED)
    settings = Settings(data=tmp_path, database=postgres_url)
    database = await bootstrap.open_journal(settings, NAME)
    await database.write(lambda conn: set_clock(conn, "rate", whole().inputs[0].at, CLOCK_RATE))
    load = Load(
        str(tmp_path),
        database=postgres_url,
        environment=NAME,
        seed=SEED,
        commands_per_second=20.0 if FULL else 8.0,
        crises=40 if FULL else 20,
    )
    try:
        async with supervised_cluster(settings, NAME) as running:
            probe = BackToWork(database, Journal(NAME))
            async with sender(tmp_path / "client", load) as client:
                began = time.monotonic()
                while time.monotonic() - began < SECONDS:
                    await asyncio.sleep(draw.uniform(*PAUSE_SECONDS))
                    fault = drawn(draw, WEIGHTS)
                    if await running.inflict(fault):
                        await probe.after(fault)
            took = await settle(database, LONGEST_SETTLING)
            received = client.received()
            received.commands.update(probe.commands)
            received.questions.update(probe.questions)
            result = await reckon(database, received, took)
            print(  # noqa: T201 - the figures of this run
                f"\nPostgreSQL, seed {SEED}, {SECONDS:.0f} s (at full length 1800 s); {probe.told()}"
                f"\n{received.told()}\n{result.told()}; restarts {running.restarts()}"
            )
            result.must_be_clean()
            assert probe.p95_after_kill() <= LONGEST_RETURN
    finally:
        await database.close()


@pytest.mark.timeout(300)
async def test_a_worker_stopped_in_a_transaction_is_given_up_and_what_it_does_when_it_goes_on_is_refused(
    tmp_path: Path, postgres_url: str, tansu: Tansu
) -> None:
    """Three times, with nobody to kill it: SIGSTOP before COMMIT, the group gives its partitions to the other one,
    the server ends its session after 5 s, the other one does its work; then SIGCONT."""
    settings = Settings(data=tmp_path, database=postgres_url)
    database = await bootstrap.open_journal(settings, NAME)
    await ensure_topics(tansu.address, f"{NAME}.")
    gate = tmp_path / "gate"
    load = Load(str(tmp_path), database=postgres_url, environment=NAME, commands_per_second=10.0, crises=20)
    probe = BackToWork(database, Journal(NAME))
    try:
        async with (
            lone_worker(settings, NAME, tansu.url, "stopped", DDH_HOLD_AT=f"before-commit:{gate}") as stopped,
            lone_worker(settings, NAME, tansu.url, "other") as other,
            sender(tmp_path / "client", load) as client,
        ):
            await probe.after(Fault("SIGSTOP", "nobody"))
            for _ in range(3):
                gate.touch()
                await until((tmp_path / "gate.held").exists)
                stopped.process.send_signal(signal.SIGSTOP)
                before = stopped.said("storage busy")
                gate.unlink()
                await probe.after(Fault("SIGSTOP", "stopped"))
                assert stopped.said("storage busy") == before, "it stands still"
                stopped.process.send_signal(signal.SIGCONT)
                await until(lambda: stopped.said("storage busy") > before)  # noqa: B023
                assert (stopped.process.returncode, other.process.returncode) == (None, None)
                await probe.after(Fault("SIGSTOP", "nobody"))
            await client.stop()
            took = await settle(database, LONGEST_SETTLING)
            received = client.received()
            received.commands.update(probe.commands)
            received.questions.update(probe.questions)
            result = await reckon(database, received, took)
            print(f"\n{probe.told()}\n{received.told()}\n{result.told()}; commits refused: 3 of 3")  # noqa: T201
            result.must_be_clean()
            assert await database.read(deliveries.count_undone) == 0
    finally:
        await database.close()
