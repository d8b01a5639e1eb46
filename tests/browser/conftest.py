"""A browser, and the web as a process of its own over a surge that the test plays on."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.journal.database import SqliteDatabase, sqlite_path
from ddh_beredskab.journal.migrate import prepare_sqlite
from ddh_beredskab.people.entry import open_session
from ddh_beredskab.people.register import account, add_person, give, open_account
from ddh_beredskab.web.guard import COOKIE
from schemas.base import Role
from tests.browser.system import PHONE, Person, System
from tests.projections.conftest import IN_THE_NIGHT
from tests.projections.stage import Stage, storm_surge
from tests.services import free_port


class Site:
    """The web process; it can be killed and started again on the same port."""

    def __init__(self, data: Path) -> None:
        self._data = data
        prepare_sqlite(sqlite_path(data, "drift"))
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        settings = {"DDH_DATA": str(self._data), "DDH_PORT": str(self.port), "DDH_LOG_LEVEL": "ERROR"}
        self._process = subprocess.Popen([sys.executable, "-m", "ddh_beredskab.web"], env={**os.environ, **settings})
        for _ in range(300):
            try:
                httpx.get(f"{self.url}/health/live", timeout=5)
                return
            except httpx.TransportError:
                time.sleep(0.1)
        raise RuntimeError("the web did not answer within 30 s")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    def log_in(self, context: BrowserContext, person: str, *roles: tuple[Role, str]) -> None:
        """Let a browser be a person: put into the register with these roles (role, municipality), and given a session.

        Roles of the crisis staff come from the crisis itself.
        """
        database = SqliteDatabase(sqlite_path(self._data, "drift"))

        def job(conn: Conn) -> str:
            if account(conn, person) is None:
                add_person(conn, person.replace("-", " ").title(), "9002", by="test", ref=person, fictional=True)
                open_account(conn, person, person, by="test")
                for role, municipality in roles:
                    give(conn, person, role, by="test", municipality=municipality)
            return open_session(conn, person, "password")

        token = database.write_now(job)
        database.close_now()
        context.add_cookies([{"name": COOKIE, "value": token, "url": self.url}])


KEEPER = "jonas-tangmark"
"""The log keeper of the surge."""


@pytest.fixture(scope="module")
def browser(chromium_path: Path) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium_path), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The surge at 02.25; the module's tests play it on, each a little."""
    folder = tmp_path_factory.mktemp("browser")
    stage = Stage(folder / "oevelse" / "nat" / "journal.db", "oevelse.nat", storm_surge())
    stage.play(IN_THE_NIGHT)
    yield stage
    stage.database.close_now()


@pytest.fixture(scope="module")
def site(night: Stage) -> Iterator[Site]:
    site = Site(Path(night.database.path).parents[2])
    site.start()
    yield site
    site.kill()


@pytest.fixture
def context(browser: Browser, site: Site) -> Iterator[BrowserContext]:
    """A browser of its own for each test, at desktop size, in Danish, the log keeper's."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="da-DK")
    site.log_in(context, KEEPER)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A tab."""
    page = context.new_page()
    page.set_default_timeout(20_000)
    return page


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """The whole embedded system with the demo's people in it."""
    system = System(tmp_path_factory.mktemp("system") / "data")
    system.start()
    yield system
    system.stop()


@pytest.fixture
def phones() -> frozenset[str]:
    """Who sits at a phone; a module with phones in it says so itself."""
    return frozenset()


@pytest.fixture
def people(browser: Browser, system: System, phones: frozenset[str]) -> Iterator[Callable[[str], Person]]:
    """Whoever is asked for sits at a window of their own until the end, and nobody's console may complain."""
    there: dict[str, Person] = {}

    def person(ref: str) -> Person:
        if ref not in there:
            there[ref] = Person(browser, system, ref, viewport=PHONE) if ref in phones else Person(browser, system, ref)
        return there[ref]

    yield person
    faults = [fault for each in there.values() for fault in each.faults]
    for each in there.values():
        each.close()
    assert not faults, "\n".join(faults)
