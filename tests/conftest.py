"""Fixtures that every test may ask for: a PostgreSQL database, an embedded broker, a browser.

The rule: asking for a fixture is all a test does; where the server is missing the fixture skips it aloud (or
fails it, with DDH_REQUIRE_SERVICES=1), and the head of the report says which servers were found.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import services


def pytest_report_header() -> list[str]:
    """Say at the top what was found, so that a skip further down is no surprise."""
    named = os.environ.get("DDH_TEST_DATABASE")
    return [
        f"PostgreSQL: {named or services.find_postgres() or services.POSTGRES_HINT}",
        f"broker: {'Tansu, embedded' if services.find_tansu() else services.BROKER_HINT}",
        f"browser: {services.find_chromium() or services.CHROMIUM_HINT}",
    ]


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a server's `postgres` database: the one named in DDH_TEST_DATABASE, else a private cluster
    of this test process."""
    if named := os.environ.get("DDH_TEST_DATABASE"):
        yield named
        return
    binaries = services.find_postgres()
    if binaries is None:
        services.unavailable(services.POSTGRES_HINT)
    with services.postgres_cluster(binaries) as url:
        yield url


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """postgresql+asyncpg://... of an empty database that only this test has."""
    with services.postgres_database(postgres_server) as url:
        yield url


@pytest.fixture
def tansu() -> Iterator[services.Tansu]:
    """A fresh, empty embedded broker that only this test has."""
    binary = services.find_tansu()
    if binary is None:
        services.unavailable(services.BROKER_HINT)
    broker = services.Tansu(binary)
    try:
        broker.start()
        yield broker
    finally:
        broker.close()


@pytest.fixture(scope="session")
def chromium_path() -> Path:
    """An installed Chromium, for Playwright's `executable_path`."""
    return services.find_chromium() or services.unavailable(services.CHROMIUM_HINT)
