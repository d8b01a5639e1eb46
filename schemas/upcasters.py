"""Small pure steps that lift a message's data from one schema version to the next.

Stored messages are never rewritten; each step stands here with the reason and has a test of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]

UPCASTERS: dict[tuple[str, int], Upcaster] = {}
"""(short name, from version) -> step to the next version. Empty: every message is still at version 1."""
