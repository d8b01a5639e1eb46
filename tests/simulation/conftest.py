"""What the simulated processes log is of no use: the trace says what was done to them."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import structlog


@pytest.fixture(autouse=True)
def silent_deaths() -> Iterator[None]:
    """No logs, and no word of the coroutines that a simulated death leaves unfinished on purpose."""
    before, sys.unraisablehook = sys.unraisablehook, _unheard
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50), cache_logger_on_first_use=False)
    yield
    structlog.reset_defaults()
    gc.collect()
    sys.unraisablehook = before


def _unheard(_about: Any) -> None:
    pass
