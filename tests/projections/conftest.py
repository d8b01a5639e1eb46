"""The recorded surge, played once per test process: to its end, and to a point in the night when much is going on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from tests.projections.stage import Stage, storm_surge

IN_THE_NIGHT = datetime.fromisoformat("2023-10-21T02:25:00+02:00")


@pytest.fixture(scope="session")
def surge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The whole surge. Tests only read it."""
    yield from _staged(tmp_path_factory.mktemp("surge"), None)


@pytest.fixture(scope="session")
def surge_at_night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The surge at 02.25 in the night. Tests only read it."""
    yield from _staged(tmp_path_factory.mktemp("night"), IN_THE_NIGHT)


def _staged(folder: Path, until: datetime | None) -> Iterator[Stage]:
    stage = Stage(folder / "oevelse" / "surge" / "journal.db", "oevelse.surge", storm_surge())
    stage.play(until)
    yield stage
    stage.database.close_now()
