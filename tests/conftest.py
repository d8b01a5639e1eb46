"""Fixtures that every test may ask for: a PostgreSQL database, an embedded broker, a browser.

The rule: asking for a fixture is all a test does. Where the server is missing, the fixture skips the test and
says how to get it; with DDH_REQUIRE_SERVICES=1, as in .ci/run, a skip of any kind fails.

DDH_TESTS_AT=2026-12-31T23:50 begins the tests at that hour on a Danish clock (`make midnight`).
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine

from ddh_beredskab.danish_time import COPENHAGEN
from tests import services
from tests.telling import TellsAtOnce


def pytest_report_header() -> list[str]:
    """Say at the top what was found, so that a skip further down is no surprise."""
    named = os.environ.get("DDH_TEST_DATABASE")
    return [
        f"PostgreSQL: {named or services.find_postgres() or services.POSTGRES_HINT}",
        f"broker: {'Tansu, embedded' if services.find_tansu() else services.BROKER_HINT}",
        f"browser: {services.find_chromium() or services.CHROMIUM_HINT}",
        f"clock: {datetime.now(COPENHAGEN):%Y-%m-%d %H:%M} in Denmark",
    ]


def forbid_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Where every server must be there, a skip is a hole in the check. An expected failure is not."""
    if os.environ.get("DDH_REQUIRE_SERVICES") != "1" or hasattr(report, "wasxfail") or not report.skipped:
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    report.outcome = "failed"
    report.longrepr = f"DDH_REQUIRE_SERVICES=1 forbids to skip. {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    forbid_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    forbid_skip(report)
    return report


def set_clock(config: pytest.Config, at: str) -> None:
    """Begin the tests at another hour of the Danish wall clock, which then goes on: the monotonic one stays, and so
    do the clocks of other processes."""
    travel = time_machine.travel(datetime.fromisoformat(at).replace(tzinfo=COPENHAGEN).astimezone(UTC), tick=True)
    travel.start()
    config.add_cleanup(travel.stop)


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(TellsAtOnce(config))
    if at := os.environ.get("DDH_TESTS_AT"):
        set_clock(config, at)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a server's `postgres` database: the one named in DDH_TEST_DATABASE, else a private cluster
    of this test process."""
    if named := os.environ.get("DDH_TEST_DATABASE"):
        yield named
        return
    binaries = services.find_postgres()
    if binaries is None:
        pytest.skip(services.POSTGRES_HINT)
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
        pytest.skip(services.BROKER_HINT)
    broker = services.Tansu(binary)
    try:
        broker.start()
        yield broker
    finally:
        broker.close()


@pytest.fixture(scope="session")
def chromium_path() -> Path:
    """An installed Chromium, for Playwright's `executable_path`."""
    return services.find_chromium() or pytest.skip(services.CHROMIUM_HINT)
