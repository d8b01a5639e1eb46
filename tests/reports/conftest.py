"""The recorded surge at 02.25 in the night, read only."""

from __future__ import annotations

from tests.projections.conftest import surge_at_night

__all__ = ["surge_at_night"]
