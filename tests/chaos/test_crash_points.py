"""The worker dies at every named point, and nobody can tell from what was decided."""

from __future__ import annotations

from pathlib import Path

import pytest

from ddh_beredskab.crash import CRASH_POINTS
from tests.chaos.stage import drill, must_be_as_undisturbed, short_piece

PASSINGS = (1, 4)
"""The first passing is mostly the worker's own start; the fourth is in the middle of the work."""


@pytest.mark.parametrize("passing", PASSINGS)
@pytest.mark.parametrize("point", CRASH_POINTS)
async def test_a_worker_that_dies_there_loses_nothing_and_doubles_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str, passing: int
) -> None:
    monkeypatch.setenv("DDH_CRASH_AT", f"{point}:{passing}")  # for the worker's first life; ours was read long ago
    outcome = await drill(tmp_path, short_piece())
    assert outcome.run.restarts()["worker"] == 1, "it was to die exactly there, once"
    must_be_as_undisturbed(outcome, short_piece())
