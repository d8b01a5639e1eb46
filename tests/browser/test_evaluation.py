"""The report, the survey and the findings as one who reads and fills them in: light, dark, phone and zoomed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.browser.system import listen
from tests.browser.test_every_page import LOOKS
from tools.screenshots import site as surge_site

WHERE = "/oevelse/oevelse.stormflod-2023-1"
PAGES = (f"{WHERE}/evaluering", f"{WHERE}/spoergeskema", "/fund")


@pytest.fixture(scope="module")
def address(chromium_path: Path) -> Iterator[str]:
    with surge_site() as (url, _):
        yield url


def test_the_pages_after_a_drill_can_be_used_by_everybody(browser: Browser, address: str) -> None:
    faults: list[str] = []
    for look, how in LOOKS.items():
        context = browser.new_context(base_url=address, locale="da-DK", **how)
        assert context.request.post("/log-ind/som", form={"person": "rikke-klitroe"}).ok
        page = context.new_page()
        listen(page, faults)
        for path in PAGES:
            answer = page.goto(path)
            assert answer is not None
            assert (answer.status, page.locator("h1").count()) == (200, 1)
            if look in ("phone", "zoomed"):
                wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                faults += [f"{path} ({look}): {wide} px too wide"] if wide > 0 else []
            else:
                found = cast("Any", Axe().run(page)).response["violations"]  # pyright: ignore[reportUnknownMemberType]
                faults += [f"{path} ({look}): {v['id']}: {v['nodes'][0]['html'][:160]}" for v in found]
        context.close()
    assert not faults, "\n".join(faults)


def test_a_number_leads_to_its_line_in_the_log(browser: Browser, address: str) -> None:
    context = browser.new_context(base_url=address, locale="da-DK")
    assert context.request.post("/log-ind/som", form={"person": "rikke-klitroe"}).ok
    page = context.new_page()
    page.goto(PAGES[0])
    page.get_by_role("row", name="Førstebesked til agenterne").get_by_role("link").first.click()
    page.wait_for_url("**/log/nr/*")
    assert "førstebesked" in page.locator("main").inner_text().lower()
    context.close()


def test_the_survey_takes_a_minute_on_a_phone_and_is_asked_once(browser: Browser, address: str) -> None:
    context = browser.new_context(base_url=address, locale="da-DK", **LOOKS["phone"])
    assert context.request.post("/log-ind/som", form={"person": "mona-baeklund"}).ok
    page = context.new_page()
    page.goto(PAGES[1])
    page.get_by_label("Hvad gik godt?").fill("Guiden var kort.")
    page.get_by_label("4", exact=True).check()
    page.get_by_role("button", name="Send svar").click()
    page.get_by_text("Tak for dit svar").wait_for()
    page.goto(PAGES[1])
    page.get_by_text("Du har svaret").wait_for()
    context.close()
