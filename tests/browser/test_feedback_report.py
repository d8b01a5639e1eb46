"""The report to the municipality: no fault axe can find in any look, nothing sideways, received by keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from tests.browser.system import listen
from tests.browser.test_every_page import LOOKS
from tools.screenshots import site as surge_site


@pytest.fixture(scope="module")
def address(chromium_path: Path) -> Iterator[tuple[str, str]]:
    with surge_site() as found:
        yield found


@pytest.mark.parametrize("look", LOOKS)
def test_the_report_can_be_read_by_everybody(browser: Browser, address: tuple[str, str], look: str) -> None:
    url, crisis = address
    faults: list[str] = []
    context = browser.new_context(base_url=url, locale="da-DK", **LOOKS[look])
    assert context.request.post("/log-ind/som", form={"person": "tobias-havrimmel"}).ok
    page = context.new_page()
    listen(page, faults)
    page.goto(f"{crisis}/spoergsmaal/tilbagemelding/1")
    expect(page.locator("h1")).to_have_count(1)
    expect(page.locator("svg.chart")).to_have_count(2)
    found = Axe().run(page)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert faults == []
    context.close()
