"""The whole system under load, its processes killed, told to end and stopped at random: nothing lost or doubled.

`ddh-beredskab up` for real; a client sends commands over many crises and citizens' questions; every few seconds a fault
hits one of the four processes. What the doors said "received" to must have taken effect once, and the system must be
back to work within 15 s of a kill -9 (95 of 100). In CI a short run; `DDH_CHAOS_FULL=1` plays half an hour with 250
faults, `DDH_CHAOS_SECONDS` and `DDH_CHAOS_SEED` what you like.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from pathlib import Path

import pytest

from ddh_beredskab import bootstrap
from ddh_beredskab.journal.clock_row import set_clock
from ddh_beredskab.journal.messages import Journal
from ddh_beredskab.settings import Settings
from tests.chaos.back_to_work import BackToWork
from tests.chaos.client import Load, sender
from tests.chaos.reckoning import reckon, settle
from tests.chaos.stage import whole
from tests.chaos.system import PAUSE_SECONDS, drawn, system

FULL = os.environ.get("DDH_CHAOS_FULL") == "1"
SECONDS = float(os.environ.get("DDH_CHAOS_SECONDS", "1800" if FULL else "30"))
SEED = int(os.environ.get("DDH_CHAOS_SEED", "20231020"))
WEIGHTS = {"worker": 4, "broker": 3, "feedback": 2, "web": 1}
LONGEST_RETURN = 15.0 if FULL else 60.0
LONGEST_SETTLING = 30.0 if FULL else 150.0
"""A short run may stand beside others on a busy machine."""
FEWEST_FAULTS = 250
"""In half an hour."""
CLOCK_RATE = 30.0
"""The crises' clock runs faster than the wall's, so that deadlines fall due in their hundreds."""


@pytest.mark.timeout(SECONDS + 300)
async def test_nothing_is_lost_or_doubled_under_load_whatever_is_killed(tmp_path: Path) -> None:
    draw = random.Random(SEED)
    database = await bootstrap.open_journal(Settings(data=tmp_path), "drift")
    await database.write(lambda conn: set_clock(conn, "rate", whole().inputs[0].at, CLOCK_RATE))
    try:
        async with system(tmp_path) as running:
            probe = BackToWork(database, Journal("drift"), f"{running.page}/")
            load = Load(str(tmp_path), seed=SEED, page=running.page)
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
                f"\nseed {SEED}, {SECONDS:.0f} s (at full length 1800 s); {probe.told()}"
                f"\n{received.told()}\n{result.told()}; restarts {running.restarts()}"
            )
            result.must_be_clean()
            assert probe.p95_after_kill() <= LONGEST_RETURN
            if SECONDS >= 1800:
                assert probe.faults() >= FEWEST_FAULTS
    finally:
        await database.close()
