"""Tries at a door, counted, so that nobody can guess passwords and codes: a moving window per address and per name.

Rule kept: a window that is full refuses with the time when it opens again; what is right uses up no try.
"""

from __future__ import annotations

import time
from typing import Literal

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

Door = Literal["login", "code", "open_form", "password", "feed"]

_PER_NAME = RateLimitItemPerMinute(8, 5)
_PER_ADDRESS = RateLimitItemPerMinute(60, 5)


class Tries:
    """Failed tries of the last five minutes. Lives in this process: several web processes count each their own."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def wait_seconds(self, door: Door, address: str, name: str = "") -> int:
        """0, or so many seconds until another try may be made."""
        waits = [self._wait(_PER_ADDRESS, door, "address", address)]
        if name:
            waits.append(self._wait(_PER_NAME, door, "name", name))
        return max(waits)

    def failed(self, door: Door, address: str, name: str = "") -> None:
        """One more that was wrong."""
        self._limiter.hit(_PER_ADDRESS, door, "address", address)
        if name:
            self._limiter.hit(_PER_NAME, door, "name", name)

    def _wait(self, item: RateLimitItemPerMinute, *names: str) -> int:
        reset, left = self._limiter.get_window_stats(item, *names)
        return 0 if left > 0 else max(1, round(reset - time.time()))
