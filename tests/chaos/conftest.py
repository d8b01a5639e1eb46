"""Figures are for people here, so the supervisor's own lines stay away unless something is wrong."""

from __future__ import annotations

import pytest

from ddh_beredskab.bootstrap import configure_logging


@pytest.fixture(autouse=True)
def _quiet() -> None:  # pyright: ignore[reportUnusedFunction] - pytest finds it
    configure_logging("ERROR")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest runs first, so that two processes end together."""
    long = ("test_load", "in_turn", "refuses_connections", "random_kills")
    items.sort(key=lambda item: next((rank for rank, name in enumerate(long) if name in item.nodeid), len(long)))
