"""Before the shift by keyboard alone: the brief, its questions, on shift; and the count goes up where one looks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.system import listen
from tools.screenshots import ENVIRONMENT
from tools.screenshots import site as surge_site


@pytest.fixture(scope="module")
def address(chromium_path: Path) -> Iterator[tuple[str, str]]:
    with surge_site() as found:
        yield found


def as_person(browser: Browser, url: str, person: str, faults: list[str]) -> Page:
    context = browser.new_context(base_url=url, locale="da-DK")
    assert context.request.post("/log-ind/som", form={"person": person}).ok
    page = context.new_page()
    listen(page, faults)
    return page


def tab_to(page: Page, words: str) -> None:
    """Press Tab until the focus is on the field or button of that name."""
    for _ in range(80):
        page.keyboard.press("Tab")
        named = page.evaluate(
            "() => { const e = document.activeElement; return (e.labels && e.labels[0] || e).textContent.trim(); }"
        )
        if named.startswith(words):
            return
    raise AssertionError(f"{words} is not reached by Tab")


def test_an_agent_reads_the_brief_by_keyboard_and_the_staff_sees_it_at_once(
    browser: Browser, address: tuple[str, str]
) -> None:
    url, crisis = address
    faults: list[str] = []
    lead = as_person(browser, url, "dorte-vibeholm", faults)
    lead.goto(f"{crisis}/guide/set")
    count = lead.locator(".seen-count strong")
    seen, on_shift = (int(number) for number in (count.text_content() or "").split(" af "))

    mona = as_person(browser, url, "mona-baeklund", faults)
    mona.goto(f"/vagt/{ENVIRONMENT}/brief/{crisis.rpartition('/')[2]}")
    expect(mona.get_by_text("Læs det her, før du går på vagt.")).to_be_visible()
    tab_to(mona, "Bed borgeren ringe 112 nu")
    mona.keyboard.press("Space")
    tab_to(mona, "Gætter ud fra prognosen")
    mona.keyboard.press("Space")
    tab_to(mona, "Jeg har læst det")
    mona.keyboard.press("Space")
    tab_to(mona, "Læst og forstået")
    mona.keyboard.press("Enter")
    expect(mona.locator(".form-summary")).to_be_focused()  # the second answer was wrong
    tab_to(mona, "Gætter ud fra prognosen")
    mona.keyboard.press("ArrowDown")
    tab_to(mona, "Læst og forstået")
    mona.keyboard.press("Enter")
    expect(mona.get_by_text("Læst og forstået kl.")).to_be_visible()
    tab_to(mona, "Gå på vagt")
    mona.keyboard.press("Enter")
    mona.wait_for_url(f"**/vagt/{ENVIRONMENT}")

    expect(count).to_have_text(f"{seen + 1} af {on_shift + 1}", timeout=20_000)
    others = [fault for fault in faults if "422" not in fault]  # how a browser tells of a form shown again
    assert not others, others
