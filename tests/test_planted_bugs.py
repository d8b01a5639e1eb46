"""The bugs planted for the simulator still fit the code they are planted in: found here in a second, not in CI's tenth
minute.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.simulation.planting import PATCHES, ROOT, plant


@pytest.mark.parametrize("patch", PATCHES, ids=lambda patch: patch.stem)
def test_a_planted_bug_fits_the_code(patch: Path) -> None:
    plant(patch, ROOT, "--check")
