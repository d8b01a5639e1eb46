"""Small pure steps that lift a message's data from one schema version to the next.

Stored messages are never rewritten; each step stands here with the reason and has a test of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]

UPCASTERS: dict[tuple[str, int], Upcaster] = {}
"""(short name, from version) -> step to the next version. Empty: every message is still at version 1."""


class NoStep(LookupError):
    """There is no step from this version of the message to the next."""


def lift(
    short_name: str,
    version: int,
    target: int,
    data: dict[str, Any],
    steps: Mapping[tuple[str, int], Upcaster] = UPCASTERS,
) -> dict[str, Any]:
    """The data of a message lifted step by step from `version` to `target`. Raises `NoStep`."""
    for at in range(version, target):
        if (step := steps.get((short_name, at))) is None:
            raise NoStep(f"{short_name}.v{at}")
        data = step(data)
    return data
