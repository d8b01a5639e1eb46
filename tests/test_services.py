"""The test servers themselves: fresh for each test, real, gone afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from playwright.async_api import async_playwright

from tests import services
from tests.services import Tansu


def plain(url: str) -> str:
    """The URL as asyncpg itself reads it, without SQLAlchemy's driver name."""
    return url.replace("postgresql+asyncpg://", "postgresql://")


@pytest.mark.parametrize("turn", ["first", "second"])
async def test_each_test_has_an_empty_database_of_its_own(postgres_url: str, turn: str) -> None:
    connection = await asyncpg.connect(plain(postgres_url))
    try:
        await connection.execute("CREATE TABLE mark (turn text)")  # fails twice in one database
        await connection.execute("INSERT INTO mark VALUES ($1)", turn)
        assert await connection.fetchval("SELECT turn FROM mark") == turn
    finally:
        await connection.close()


def test_a_killed_broker_comes_back_empty_at_the_same_address(tansu: Tansu) -> None:
    address = tansu.address
    services.in_a_thread(lambda: create_topic(address, "drift.events"))
    assert "drift.events" in services.in_a_thread(lambda: topics(address))
    tansu.kill()
    tansu.start()
    assert tansu.address == address
    assert "drift.events" not in services.in_a_thread(lambda: topics(address))


async def test_the_browser_draws_a_page_without_the_outside_world(chromium_path: Path) -> None:
    async with async_playwright() as playwright:
        browser = await services.open_chromium(playwright, chromium_path)
        page = await browser.new_page()
        await page.set_content("<h1>Krisestab</h1>")
        assert await page.get_by_role("heading").inner_text() == "Krisestab"
        await browser.close()


@pytest.mark.parametrize(
    "module",
    [
        "import pytest\ndef test_it(): pytest.skip('no server')\n",
        "import pytest\npytest.skip('no server', allow_module_level=True)\n",
    ],
    ids=["test", "module"],
)
@pytest.mark.parametrize(("required", "exit_code"), [("0", (0, 5)), ("1", (1, 2))])
def test_a_skip_is_said_aloud_at_home_and_fails_where_nothing_may_be_skipped(
    required: str, exit_code: tuple[int, int], module: str, tmp_path: Path
) -> None:
    (tmp_path / "test_it.py").write_text(module)
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-ra", "-p", "tests.conftest", "-c", os.devnull, str(tmp_path)],
        cwd=Path(__file__).parent.parent,
        env={**os.environ, "DDH_REQUIRE_SERVICES": required},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode in exit_code
    assert "no server" in run.stdout


def test_a_named_browser_that_is_not_there_is_no_browser(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DDH_TEST_CHROMIUM", str(tmp_path / "none"))
    assert services.find_chromium() is None


async def create_topic(address: str, name: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, 4, 1)])
    finally:
        await admin.close()


async def topics(address: str) -> list[str]:
    admin = AIOKafkaAdminClient(bootstrap_servers=address)
    await admin.start()
    try:
        return list(await admin.list_topics())
    finally:
        await admin.close()
