"""The pages in a real browser: live without reload, honest when they are not, readable by everybody."""

from __future__ import annotations

import re
from typing import Any, cast

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from ddh_beredskab.projections.documents import document
from ddh_beredskab.projections.timeline import TIMELINE
from tests.browser.conftest import KEEPER, Site
from tests.projections.stage import Stage

SIZES = {"desktop": (1440, 900), "tablet": (820, 1100), "phone": (360, 740), "400 % zoom": (320, 256)}


def crisis(site: Site, stage: Stage) -> str:
    return f"{site.url}/krise/{stage.environment}/{stage.crisis}"


def play_on(stage: Stage, entries: int = 1) -> None:
    """Play until the log has grown by at least so many entries."""
    before = log_length(stage)
    waiting = [given for given in stage.recording.inputs if given.kind == "command" and given.at > stage.now]
    for given in waiting:
        stage.play(given.at)
        if log_length(stage) >= before + entries:
            return


def log_length(stage: Stage) -> int:
    return stage.read(lambda conn: document(conn, TIMELINE, stage.crisis))["entries"]


def connected(page: Page) -> None:
    expect(page.locator("#live-state")).to_have_text(re.compile("Forbundet|Connected"), timeout=20_000)


def barriers(page: Page) -> list[tuple[str, list[str]]]:
    """What axe objects to: the rule, and the elements."""
    result = cast("Any", Axe().run(page)).response  # pyright: ignore[reportUnknownMemberType]
    return [(found["id"], [node["html"][:120] for node in found["nodes"]]) for found in result["violations"]]


@pytest.mark.parametrize(
    ("which", "size"),
    [(which, size) for which in ("list", "crisis", "log", "english") for size in ("desktop", "phone")]
    + [("crisis", "tablet"), ("crisis", "400 % zoom"), ("list", "400 % zoom")],
)
def test_no_barrier_no_sideways_scrolling_and_no_complaint(
    browser: Browser, site: Site, night: Stage, which: str, size: str
) -> None:
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height})
    site.log_in(context, KEEPER)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    address = crisis(site, night)
    page.goto({"list": site.url, "crisis": address, "log": f"{address}/log", "english": f"{address}?lang=en"}[which])
    if which != "log":
        connected(page)
    for details in page.locator("details").all():
        details.evaluate("details => details.open = true")
    assert barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert complaints == []
    context.close()


def test_news_is_seen_without_reload(page: Page, site: Site, night: Stage) -> None:
    page.goto(crisis(site, night))
    connected(page)
    page.evaluate("window.sameDocument = true")
    before = log_length(night)
    expect(page.locator(f"#nr-{before}")).to_be_visible()
    play_on(night)
    expect(page.locator(f"#nr-{before + 1}")).to_be_visible()
    assert page.locator("#log-list > li").first.get_attribute("data-number") == str(log_length(night))
    expect(page.locator("#log-count")).to_have_text(f"{log_length(night)} indførsler")
    expect(page.locator("#announcements")).to_have_text(re.compile(r"\d+ nye? hændelser?"), timeout=15_000)
    assert page.evaluate("window.sameDocument") is True


def test_the_list_changes_when_a_crisis_does(page: Page, site: Site, night: Stage) -> None:
    page.goto(site.url)
    connected(page)
    expect(page.locator(".card")).to_have_count(1)
    expect(page.locator("h1")).to_have_text("Kriser")


def test_who_reads_further_down_keeps_his_place_and_gets_a_button(page: Page, site: Site, night: Stage) -> None:
    page.goto(crisis(site, night))
    connected(page)
    page.locator("#log-list > li").nth(12).scroll_into_view_if_needed()
    page.mouse.wheel(0, 900)
    page.wait_for_timeout(300)
    last = log_length(night)
    reading = page.locator(f"#nr-{last - 14}")
    place = reading.bounding_box()
    play_on(night, entries=3)
    button = page.locator("#log-show")
    expect(button).to_have_text(re.compile(rf"Vis {log_length(night) - last} nye hændelser"))  # all of them wait
    assert page.locator(f"#nr-{last + 1}").count() == 0
    after = reading.bounding_box()
    assert place is not None
    assert after is not None
    assert abs(place["y"] - after["y"]) < 3
    button.click()
    expect(page.locator(f"#nr-{last + 1}")).to_be_visible()
    expect(button).to_be_hidden()
    assert page.evaluate("document.activeElement.dataset.number") == str(log_length(night))


def test_an_opened_part_stays_open_when_its_part_of_the_page_is_renewed(page: Page, site: Site, night: Stage) -> None:
    page.goto(crisis(site, night))
    connected(page)
    page.locator("#guide > summary").click()
    page.locator("#d-versioner > summary").click()
    page.locator("#d-versioner > summary").focus()
    guide = page.locator('[data-fragment="guide"]')
    before = guide.get_attribute("data-hash")
    for _ in range(40):
        play_on(night)
        page.wait_for_timeout(400)
        if guide.get_attribute("data-hash") != before:
            break
    assert guide.get_attribute("data-hash") != before
    assert page.locator("#d-versioner").get_attribute("open") is not None
    assert page.evaluate("document.activeElement.parentElement.id") == "d-versioner"


def test_eight_tabs_are_live_over_six_connections(context: BrowserContext, site: Site, night: Stage) -> None:
    tabs = [context.new_page() for _ in range(8)]
    for tab in tabs:
        tab.goto(crisis(site, night))
        connected(tab)
    play_on(night)
    last = log_length(night)
    for tab in tabs:
        expect(tab.locator(f"#nr-{last}")).to_be_attached(timeout=20_000)


def test_without_a_shared_worker_the_page_holds_the_stream_itself(page: Page, site: Site, night: Stage) -> None:
    page.add_init_script("delete window.SharedWorker")
    page.goto(crisis(site, night))
    connected(page)
    play_on(night)
    expect(page.locator(f"#nr-{log_length(night)}")).to_be_attached()


def test_a_lost_connection_is_said_and_the_gap_is_filled_afterwards(page: Page, site: Site, night: Stage) -> None:
    page.goto(crisis(site, night))
    connected(page)
    site.kill()
    expect(page.locator("#live-state")).to_have_text(
        re.compile(r"Forbindelsen er afbrudt siden kl\.\s\d\d\.\d\d\."), timeout=20_000
    )
    expect(page.locator("#live-hint")).to_have_text("Det, du skriver, er gemt her. Resten af siden er, som den var da.")
    play_on(night, entries=2)
    site.start()
    connected(page)
    expect(page.locator(f"#nr-{log_length(night)}")).to_be_attached(timeout=20_000)
    numbers = [int(n) for n in page.eval_on_selector_all("#log-list > li", "all => all.map(li => li.dataset.number)")]
    assert numbers == list(range(numbers[0], numbers[-1] - 1, -1))


def test_without_javascript_everything_is_there_to_read(browser: Browser, site: Site, night: Stage) -> None:
    context = browser.new_context(java_script_enabled=False)
    site.log_in(context, KEEPER)
    page = context.new_page()
    page.goto(site.url)
    page.locator(".card").get_by_role("link", name="Varslet stormflod ved Strandby").click()
    expect(page.get_by_text("Siden opdaterer ikke sig selv")).to_be_visible()
    expect(page.get_by_role("heading", name="Krisens log")).to_be_visible()
    page.get_by_role("link", name="Vis ældre indførsler").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Krisens log, nr.")
    context.close()


def test_the_keyboard_reaches_the_content_first(page: Page, site: Site, night: Stage) -> None:
    page.goto(crisis(site, night))
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Gå til indholdet")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "indhold"
