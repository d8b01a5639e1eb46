"""The engine under thousands of seeds of misfortune: nothing lost, nothing doubled, every invariant kept."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.simulation.__main__ import play_all, told
from tests.simulation.faults import FAULTS, Plan, plan_of
from tests.simulation.planting import MOST_SEEDS, PATCHES, ROOT, hunt
from tests.simulation.shrink import shrunk
from tests.simulation.verdict import simulate

FULL = 10_000
SEEDS = int(os.environ.get("SEEDS", "2000"))
FIRST = int(os.environ.get("FIRST_SEED", "0"))
CORES = os.cpu_count() or 1

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::pytest.PytestUnraisableExceptionWarning")


def regressions() -> list[str]:
    lines = (Path(__file__).parent / "regressions.txt").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


@pytest.mark.parametrize("line", regressions())
def test_what_once_broke_is_mended(line: str) -> None:
    run = simulate(Plan.parse(line))
    assert run.breaches == [], told(run)


def test_a_plan_is_read_back_from_its_line() -> None:
    for seed in range(50):
        assert Plan.parse(plan_of(seed).told()) == plan_of(seed)


def test_the_same_seed_gives_the_same_journal_in_another_process() -> None:
    seed = next(seed for seed in range(1000) if len(plan_of(seed).faults) > 8 and plan_of(seed).inputs > 9)
    here = simulate(plan_of(seed))
    command = [sys.executable, "-W", "ignore", "-m", "tests.simulation", "--plan", plan_of(seed).told()]
    for hash_seed in ("1", "2"):
        there = subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        )
        assert f"journal {here.journal_sha256}, {here.messages} messages" in there.stdout


def test_every_fault_is_drawn_and_leaves_a_trace_of_what_it_did() -> None:
    drawn = {fault for seed in range(200) for fault in plan_of(seed).faults}
    assert drawn == set(FAULTS)
    busy = Plan(1, frozenset(FAULTS), 14, 2, "the-day", 2)
    assert len(simulate(busy).trace) > 10


@pytest.mark.timeout(1_500)
def test_no_seed_breaks_a_promise() -> None:
    began = time.perf_counter()
    tally = play_all(FIRST, SEEDS, CORES, stop_at=3)
    print(  # noqa: T201 - the figures are what the stage is for
        f"simulation: {tally.runs} seeds of {FULL} (SEEDS=), {time.perf_counter() - began:.0f} s on {CORES} cores,"
        f" {tally.accepted} inputs, {tally.messages} messages, {tally.faults} faults, {tally.restarts} deaths,"
        f" {tally.virtual / 3600:.0f} h of virtual time, at rest after {tally.longest_rest:.1f} s at most,"
        f" {len(tally.failed)} seeds broke a promise"
    )
    assert tally.failed == [], told(shrunk(simulate(tally.failed[0]), simulate))
    assert tally.runs == SEEDS


@pytest.mark.timeout(1_500)
@pytest.mark.parametrize("patch", PATCHES, ids=lambda patch: patch.stem)
def test_a_planted_bug_is_found(patch: Path, tmp_path: Path) -> None:
    result = hunt(patch, tmp_path, CORES)
    print(f"simulation: {patch.stem} found within {result.seeds} seeds of {MOST_SEEDS}")  # noqa: T201
    assert result.found, result.told


def test_five_bugs_are_planted() -> None:
    assert len(PATCHES) >= 5
