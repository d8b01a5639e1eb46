"""The surge with processes killed -9 at random: the same decisions as undisturbed, nothing lost, nothing doubled.

`DDH_CHAOS_SEED` plays other draws (the seed of a failed run is in its output), `DDH_CHAOS_FAULTS` more of them. So that
all of `make chaos` fits into four minutes on two cores, a piece of the surge is played, and the output says so;
`DDH_CHAOS_FULL=1` plays the whole of it, with a dozen faults.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path

import pytest

from ddh_beredskab.drills.recording_model import Recording
from ddh_beredskab.run_drill import choose_drill_id, run_drill
from ddh_beredskab.settings import Settings
from tests.chaos.stage import (
    Outcome,
    at_random,
    core_sha256,
    drill,
    must_be_as_undisturbed,
    piece,
    short_piece,
    whole,
)

SEED = int(os.environ.get("DDH_CHAOS_SEED", "20231020"))
FULL = os.environ.get("DDH_CHAOS_FULL") == "1"
FAULTS = int(os.environ.get("DDH_CHAOS_FAULTS", "12" if FULL else "4"))


def _recording() -> Recording:
    return whole() if FULL else piece()


def _tell(what: str, outcome: Outcome, recording: Recording) -> None:
    cut = "" if recording is whole() else f" (a piece: {len(recording.inputs)} of {len(whole().inputs)} inputs)"
    print(  # noqa: T201 - the figures of this run
        f"\n{what}{cut}: {len(recording.inputs)} inputs in {outcome.seconds:.0f} s; {outcome.run.faults.told()};"
        f" restarts {outcome.run.restarts()}; lost {outcome.summary.lost}, doubled {outcome.summary.doubled};"
        f" decisions {outcome.summary.decisions_sha256[:16]}"
    )


@pytest.mark.timeout(600)
async def test_worker_and_broker_killed_at_random_change_nothing(tmp_path: Path) -> None:
    recording = _recording()
    outcome = await drill(tmp_path, recording, at_random(SEED, {"worker": 2, "broker": 1}, (0.1, 0.6), FAULTS))
    _tell(f"seed {SEED}", outcome, recording)
    assert outcome.run.restarts()["worker"] >= 1
    assert len(outcome.run.faults.done) >= 3
    must_be_as_undisturbed(outcome, recording)


async def test_a_driver_killed_in_the_middle_is_gone_on_with(tmp_path: Path) -> None:
    half = len(short_piece().inputs) // 2
    driver = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.chaos.drill_script", str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    assert driver.stdout is not None
    try:
        while int(await driver.stdout.readline()) < half:  # one line a step
            pass
    finally:
        driver.kill()
        await driver.wait()
    settings = Settings(data=tmp_path)
    assert await choose_drill_id(settings, short_piece()) == "stormflod-2023-1", "the unfinished one"
    began, steps = time.monotonic(), list[int]()
    summary, account = await run_drill(
        settings, short_piece(), speed=None, on_step=lambda step: steps.append(step.next_input)
    )
    assert steps[0] >= half, "it went on where it was"
    assert (account.lost, account.doubled) == ((), ())
    assert summary.decisions_sha256 == core_sha256(short_piece())
    assert await choose_drill_id(settings, short_piece()) == "stormflod-2023-2", "a finished one starts another"
    print(f"\nwent on at input {steps[0]}, ended after {time.monotonic() - began:.0f} s")  # noqa: T201


@pytest.mark.timeout(300)
async def test_two_undisturbed_runs_and_the_deciders_in_memory_agree(tmp_path: Path) -> None:
    recording = _recording()
    first = await drill(tmp_path / "first", recording)
    _tell("undisturbed", first, recording)
    must_be_as_undisturbed(first, recording)
    second = await drill(tmp_path / "second", piece() if recording is whole() else recording)
    must_be_as_undisturbed(second, piece())
