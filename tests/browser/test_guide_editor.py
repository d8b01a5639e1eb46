"""The guide's editor in a browser: what one writes is seen as the agent sees it, with advice, before it is saved."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.system import listen
from tools.screenshots import site as surge_site


@pytest.fixture(scope="module")
def address(chromium_path: Path) -> Iterator[tuple[str, str]]:
    with surge_site() as found:
        yield found


@pytest.mark.parametrize("script", [True, False])
def test_preview_and_advice_follow_what_is_written(browser: Browser, address: tuple[str, str], script: bool) -> None:
    url, crisis = address
    faults: list[str] = []
    context = browser.new_context(base_url=url, locale="da-DK", java_script_enabled=script)
    assert context.request.post("/log-ind/som", form={"person": "tobias-havrimmel"}).ok
    page = context.new_page()
    listen(page, faults)
    page.goto(f"{crisis}/guide/kladde")
    preview = page.locator("[data-preview]")
    expect(preview).not_to_contain_text("Hallen på Bakken")
    latest = page.get_by_label("2. Hvad er seneste nyt?")
    latest.fill("Såfremt vandet stiger, så kør til {evakueringscenter}.")
    field = page.locator("[name='variable.evakueringscenter']")
    field.evaluate("field => field.closest('details')?.setAttribute('open', '')")
    field.fill("Hallen på Bakken")
    if not script:
        page.get_by_role("button", name="Vis, som agenten ser den").click()
    expect(preview).to_contain_text("så kør til Hallen på Bakken.")
    beside = page.locator("[data-advice='answers.latest']")
    expect(beside).to_contain_text('"Såfremt": skriv hellere hvis.')
    latest.fill("Hvis vandet stiger, så kør til {evakueringscenter}.")
    if script:
        expect(beside).not_to_contain_text("skriv hellere")
    assert faults == []
    context.close()
