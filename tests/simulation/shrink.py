"""A failing plan made as small as it can be while it still fails in the same way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from tests.simulation.faults import Plan
from tests.simulation.world import Run

MOST_RUNS = 60


def kinds(run: Run) -> set[str]:
    """What went wrong, without the particulars: `I2`, `lost`, `doubled`, ..."""
    return {breach.split(":")[0].split(",")[0] for breach in run.breaches}


def shrunk(failed: Run, simulate: Callable[[Plan], Run]) -> Run:
    """The smallest run found; `failed` itself when nothing can be left out."""
    wanted = kinds(failed)
    best, left = failed, MOST_RUNS
    while left:
        for smaller in _smaller(best.plan):
            left -= 1
            run = simulate(smaller)
            if kinds(run) & wanted:
                best = run
                break
            if not left:
                break
        else:
            return best
    return best


def _smaller(plan: Plan) -> Iterator[Plan]:
    """Plans with one thing less, the boldest first."""
    if plan.inputs > 3:
        yield replace(plan, inputs=max(3, plan.inputs // 2))
    if plan.crises > 1:
        yield replace(plan, crises=1)
    for fault in sorted(plan.faults):
        yield replace(plan, faults=plan.faults - {fault})
    if plan.workers > 1:
        yield replace(plan, workers=1)
    if plan.inputs > 3:
        yield replace(plan, inputs=plan.inputs - 1)
    if plan.start != "the-day":
        yield replace(plan, start="the-day")
