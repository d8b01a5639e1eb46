"""The recorded surge as data folders: one at night, one at its end, and one that a test may go on playing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.projections.conftest import IN_THE_NIGHT, surge, surge_at_night
from tests.projections.stage import Stage, storm_surge

__all__ = ["surge", "surge_at_night"]


@pytest.fixture(scope="session")
def night_data(surge_at_night: Stage) -> Path:
    """The data folder of the surge at 02.25."""
    return Path(surge_at_night.database.path).parents[2]


@pytest.fixture
def night_copy(night_data: Path, tmp_path: Path) -> Path:
    """A data folder of the test's own with the surge at 02.25 (`oevelse.surge`), to be gone on with in a `desk`."""
    shutil.copytree(night_data, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture(scope="session")
def end_data(surge: Stage) -> Path:
    """The data folder of the surge when it is over."""
    return Path(surge.database.path).parents[2]


@pytest.fixture
def evening(tmp_path: Path) -> Iterator[Stage]:
    """A surge of the test's own, played to the forewarning; it can be played on."""
    stage = Stage(tmp_path / "oevelse" / "aften" / "journal.db", "oevelse.aften", storm_surge())
    stage.play(stage.recording.inputs[8].at)
    yield stage
    stage.database.close_now()


__all__ += ["IN_THE_NIGHT"]
