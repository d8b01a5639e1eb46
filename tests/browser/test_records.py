"""Status, guide and minutes in a browser: both texts when two write at once, one press for an answer, nothing lost."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from ddh_beredskab.drills.demo_people import add_demo_people
from ddh_beredskab.journal.database import sqlite_path
from tests.projections.conftest import IN_THE_NIGHT
from tests.projections.stage import Stage, storm_surge
from tests.services import free_port

NAME = "oevelse.nat"
expect.set_options(timeout=30_000)
pytestmark = pytest.mark.timeout(300)  # the night is played first, and three browsers share the machine


class Night:
    """The web as a process of its own over the surge at 02.25, with the engine beside it."""

    def __init__(self, data: Path) -> None:
        recording = storm_surge()
        operation = Stage(sqlite_path(data, "drift"), "drift", recording)
        operation.write(lambda conn: add_demo_people(conn, recording))
        operation.database.close_now()
        self._stage = Stage(sqlite_path(data, NAME), NAME, recording)
        self._stage.play(IN_THE_NIGHT)
        self.port = free_port()
        self.crisis = f"http://127.0.0.1:{self.port}/krise/{NAME}/{self._stage.crisis}"
        env = {
            **os.environ,
            "DDH_DATA": str(data),
            "DDH_PORT": str(self.port),
            "DDH_DEMO": "1",
            "DDH_LOG_LEVEL": "ERROR",
        }
        self._web = subprocess.Popen([sys.executable, "-m", "ddh_beredskab.web"], env=env)
        self._over = threading.Event()
        self._engine = threading.Thread(target=self._work, daemon=True)
        self._engine.start()

    def _work(self) -> None:
        while not self._over.wait(0.05):
            self._stage.live_step()

    def wait(self) -> None:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                httpx.get(f"http://127.0.0.1:{self.port}/health/live", timeout=5)
                return
            except httpx.TransportError:
                time.sleep(0.1)
        raise RuntimeError("the web did not answer")

    def stop(self) -> None:
        self._over.set()
        self._engine.join(10)
        self._web.terminate()
        self._web.wait(10)
        self._stage.database.close_now()


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    folder = tmp_path_factory.mktemp("records")
    night = Night(folder)
    night.wait()
    yield night
    night.stop()
    shutil.rmtree(folder, ignore_errors=True)


def sit(browser: Browser, night: Night, person: str, path: str) -> Page:
    """A browser of the person's own, on a page of the crisis."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="da-DK")
    context.set_default_timeout(30_000)
    page = context.new_page()
    page.request.post(f"http://127.0.0.1:{night.port}/log-ind/som", form={"person": person}, max_redirects=0)
    page.goto(night.crisis + path)
    return page


def test_two_who_write_the_status_at_once_see_both_texts_and_lose_none(browser: Browser, night: Night) -> None:
    line, jonas = [sit(browser, night, who, "/situation/status") for who in ("line-oestersand", "jonas-tangmark")]
    jonas.get_by_label("Opkald og ventetid").fill("12 i kø, ventetid 4 minutter.")
    line.get_by_label("Opkald og ventetid").fill("40 i kø.")
    line.get_by_role("button", name="Gem som ny version").click()
    expect(line.get_by_role("heading", level=1)).to_contain_text("DDH-status, version 1")
    jonas.get_by_role("button", name="Gem som ny version").click()
    expect(jonas.get_by_text("Line Østersand gemte version 1, mens du skrev")).to_be_visible()
    expect(jonas.get_by_text("40 i kø.")).to_be_visible()
    calls = jonas.get_by_label("Opkald og ventetid")
    expect(calls).to_have_value("12 i kø, ventetid 4 minutter.")
    calls.fill("40 i kø, ventetid 4 minutter.")
    jonas.get_by_role("button", name="Gem som ny version").click()
    expect(jonas.get_by_role("heading", level=1)).to_contain_text("DDH-status, version 2")


def test_a_missing_answer_is_a_link_to_its_field_and_not_known_is_one_press(browser: Browser, night: Night) -> None:
    birgit = sit(browser, night, "birgit-vesterklit", "/guide")
    tobias = sit(browser, night, "tobias-havrimmel", "/guide/kladde")
    latest = tobias.get_by_label("2. Hvad er seneste nyt?")
    before = latest.input_value()
    press = tobias.get_by_label("Det ved vi ikke endnu: Hvad er seneste nyt?")
    press.check()
    expect(latest).to_have_value("Det ved vi ikke endnu.")
    press.uncheck()
    expect(latest).to_have_value(before)
    press.check()
    tobias.get_by_label("4. Hvad skal borgerne gøre?").fill("")
    tobias.get_by_role("button", name="Gem kladde").click()
    link = birgit.get_by_role("link", name="Hvad skal borgerne gøre?")
    expect(link).to_be_visible()  # it came by itself
    link.click()
    expect(birgit.get_by_label("2. Hvad er seneste nyt?")).to_have_value("Det ved vi ikke endnu.")
    field = birgit.get_by_label("4. Hvad skal borgerne gøre?")
    assert birgit.evaluate("decodeURIComponent(location.hash)") == f"#{field.get_attribute('id')}"
    expect(field).to_be_in_viewport()


def test_what_is_typed_in_a_meeting_is_there_again_after_the_page_was_left(browser: Browser, night: Night) -> None:
    jonas = sit(browser, night, "jonas-tangmark", "/moeder/nyt")
    jonas.locator("textarea").first.fill("Vandet er stoppet med at stige.")
    jonas.goto(f"{night.crisis}/moeder")
    jonas.goto(f"{night.crisis}/moeder/nyt")
    expect(jonas.locator("textarea").first).to_have_value("Vandet er stoppet med at stige.")
    expect(jonas.get_by_text("Vi har gemt det, du skrev sidst.")).to_be_visible()
    jonas.get_by_role("button", name="Gem beslutningsreferatet").click()
    expect(jonas.get_by_role("heading", level=1)).to_contain_text("Beslutningsreferat, møde 2")
    expect(jonas.get_by_text("Vandet er stoppet med at stige.")).to_be_visible()
