"""`python -m tests.simulation`: many seeds on all cores, or one plan with its trace.

Prints one line of figures; a seed that breaks a promise is shrunk, printed with its trace and ends the run with 1.
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import os
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import structlog

from tests.simulation.faults import Plan, plan_of
from tests.simulation.shrink import shrunk
from tests.simulation.verdict import simulate
from tests.simulation.world import Run

CHUNK = 25


@dataclass
class Tally:
    """What many runs came to."""

    runs: int = 0
    accepted: int = 0
    messages: int = 0
    faults: int = 0
    restarts: int = 0
    virtual: float = 0.0
    longest_rest: float = 0.0
    failed: list[Plan] = field(default_factory=list[Plan])
    kinds: Counter[str] = field(default_factory=Counter[str])

    def note(self, run: Run) -> None:
        self.runs += 1
        self.accepted += run.accepted
        self.messages += run.messages
        self.faults += run.faults
        self.restarts += run.restarts
        self.virtual += run.seconds
        self.longest_rest = max(self.longest_rest, run.rested_after)
        for name in run.plan.faults:
            self.kinds[name] += 1
        if run.breaches:
            self.failed.append(run.plan)

    def add(self, other: Tally) -> None:
        self.runs += other.runs
        self.accepted += other.accepted
        self.messages += other.messages
        self.faults += other.faults
        self.restarts += other.restarts
        self.virtual += other.virtual
        self.longest_rest = max(self.longest_rest, other.longest_rest)
        self.failed += other.failed
        self.kinds.update(other.kinds)


def quiet() -> None:
    """A simulated death leaves coroutines unfinished on purpose; nobody needs to hear of each."""
    warnings.filterwarnings("ignore", category=RuntimeWarning, message="coroutine .* was never awaited")
    sys.unraisablehook = lambda _about: None
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    gc.disable()
    gc.freeze()


def play(seeds: Sequence[int]) -> Tally:
    """A chunk of seeds in this process."""
    tally = Tally()
    for seed in seeds:
        tally.note(simulate(plan_of(seed)))
    gc.collect()
    return tally


def play_all(first: int, count: int, processes: int, stop_at: int | None) -> Tally:
    """All seeds; stops early after `stop_at` failing ones, or runs to the end."""
    total = Tally()
    chunks = [range(at, min(at + CHUNK, first + count)) for at in range(first, first + count, CHUNK)]
    for tally in _mapped(chunks, processes):
        total.add(tally)
        if stop_at is not None and len(total.failed) >= stop_at:
            break
    return total


def _mapped(chunks: Sequence[range], processes: int) -> Iterator[Tally]:
    if processes == 1:
        quiet()
        yield from (play(chunk) for chunk in chunks)
        return
    with multiprocessing.get_context("fork").Pool(processes, initializer=quiet) as pool:
        yield from pool.imap_unordered(play, chunks)


def told(run: Run) -> str:
    """A failing run for the one who must mend it."""
    lines = [f"seed {run.plan.seed}: {run.plan.told()}", *(f"  {breach}" for breach in run.breaches[:10])]
    return "\n".join([*lines, "  what happened:", *(f"    {line}" for line in run.trace[-60:])])


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=500)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--stop-at", type=int, default=3, help="stop after so many failing seeds")
    parser.add_argument("--plan", help="play this one plan and print its trace")
    parser.add_argument("--no-shrink", action="store_true")
    given = parser.parse_args()
    if given.plan:
        quiet()
        run = simulate(Plan.parse(given.plan))
        print(told(run), f"\njournal {run.journal_sha256}, {run.messages} messages")
        return 1 if run.breaches else 0
    began = time.perf_counter()
    tally = play_all(given.first, given.seeds, given.processes, given.stop_at)
    seconds = time.perf_counter() - began
    print(
        f"simulation: {tally.runs} seeds from {given.first} in {seconds:.0f} s on {given.processes} cores,"
        f" {tally.accepted} inputs accepted, {tally.messages} messages, {tally.faults} faults,"
        f" {tally.restarts} deaths, {tally.virtual / 3600:.1f} h of virtual time,"
        f" at rest after {tally.longest_rest:.1f} s at most; {len(tally.failed)} seeds broke a promise"
    )
    for plan in tally.failed[:3]:
        quiet()
        run = simulate(plan)
        print(told(run if given.no_shrink else shrunk(run, simulate)))
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main())
