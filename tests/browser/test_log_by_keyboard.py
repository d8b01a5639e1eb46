"""The log by keyboard alone, with and without a line; what is on one screen; and the look at night."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import KEEPER, Site
from tests.browser.test_live_page import connected, crisis, log_length, play_on
from tests.projections.stage import Stage

LAST = "#log-list .log-entry >> nth=0"


@pytest.fixture
def room(page: Page, site: Site, night: Stage) -> Page:
    """Stabsrummet, live, the field ready."""
    page.goto(crisis(site, night))
    connected(page)
    page.locator("#log-text").focus()
    return page


def until(night: Stage, page: Page, there: Callable[[], bool], seconds: float = 20) -> None:
    """Let the engine work until something is on the page."""
    end = time.monotonic() + seconds
    while not there():
        assert time.monotonic() < end, "it did not come"
        night.live_step()
        page.wait_for_timeout(50)


def stands(page: Page, text: str) -> Callable[[], bool]:
    return lambda: page.locator("#log-list .log-entry", has_text=text).count() == 1


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (360, 740)])
def test_the_overview_the_field_and_the_log_are_on_one_screen(
    browser: Browser, site: Site, night: Stage, width: int, height: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": height}, locale="da-DK")
    site.log_in(context, KEEPER)
    page = context.new_page()
    page.goto(crisis(site, night))
    for what in (".tiles", "#log-text", LAST, *([".mine .duty >> nth=0"] if width > 400 else [])):
        box = page.locator(what).bounding_box()
        assert box is not None, what
        assert 0 <= box["y"] < height - 40, (what, box)
    context.close()


def test_a_line_takes_the_field_a_kind_and_enter_and_the_next_can_be_written_at_once(
    room: Page, night: Stage, record_property: Callable[[str, object], None]
) -> None:
    room.evaluate("window.sameDocument = true")
    room.keyboard.press("Alt+Digit5")
    room.keyboard.type("Pumpen er flyttet.")
    began = time.monotonic()
    room.keyboard.press("Enter")
    until(night, room, stands(room, "Pumpen er flyttet."))
    record_property("seconds from Enter to the line in the log", round(time.monotonic() - began, 2))
    assert time.monotonic() - began < 5
    expect(room.locator(LAST).locator(".chip")).to_have_text("Handling")
    expect(room.locator("#log-text")).to_have_value("")
    assert room.evaluate("document.activeElement.id") == "log-text"
    room.keyboard.type("Og endnu en.")
    room.keyboard.press("Enter")
    until(night, room, stands(room, "Og endnu en."))
    expect(room.locator(LAST).locator(".chip")).to_have_text("Handling")  # the kind used last
    assert room.evaluate("window.sameDocument") is True
    room.reload()
    expect(room.locator("input[name=kind][value=action]")).to_be_checked()


def test_the_chips_are_reached_by_tab_arrows_and_digits(room: Page) -> None:
    room.keyboard.press("Tab")
    room.keyboard.press("ArrowRight")
    assert room.evaluate("document.activeElement.name") == "kind"
    room.keyboard.press("3")
    expect(room.locator("input[name=kind][value=urgent]")).to_be_checked()
    assert room.evaluate("document.activeElement.id") == "log-text"
    room.keyboard.type("Første linje")
    room.keyboard.press("Shift+Enter")
    room.keyboard.type("anden linje")
    expect(room.locator("#log-text")).to_have_value("Første linje\nanden linje")


def test_a_missing_reason_is_asked_for_at_its_field_and_nothing_is_lost(room: Page, night: Stage) -> None:
    room.keyboard.press("Alt+Digit6")
    room.keyboard.type("Vi ringer ikke rundt.")
    room.keyboard.press("Enter")
    expect(room.locator("#log-reason-wrong")).to_be_visible()
    assert room.evaluate("document.activeElement.id") == "log-reason"
    expect(room.locator("#log-text")).to_have_value("Vi ringer ikke rundt.")
    room.keyboard.type("Ingen har tid.")
    room.keyboard.press("Enter")
    until(night, room, stands(room, "Vi ringer ikke rundt."))


def test_lines_written_while_the_net_is_gone_wait_in_order_and_come_once(
    room: Page, context: BrowserContext, night: Stage
) -> None:
    context.set_offline(True)
    for text in ("Uden net et", "Uden net to"):
        room.keyboard.type(text)
        room.keyboard.press("Enter")
        expect(room.locator("#log-unsent li", has_text=text)).to_be_visible()
        expect(room.locator("#log-text")).to_have_value("")
    context.set_offline(False)
    until(night, room, stands(room, "Uden net to"), 30)
    expect(room.locator("#log-unsent")).to_be_hidden()
    found = room.locator("#log-list .log-text").all_inner_texts()
    assert found.index("Uden net to") < found.index("Uden net et")  # the newest on top
    assert stands(room, "Uden net et")()


def test_a_pin_from_the_lines_own_menu_needs_no_new_page(room: Page, night: Stage) -> None:
    room.evaluate("window.sameDocument = true")
    number = room.locator(LAST).get_attribute("data-number")
    room.locator(LAST).locator(".entry-menu > summary").press("Enter")
    room.locator(LAST).get_by_role("button", name="Fastgør").press("Enter")
    until(night, room, lambda: room.locator(f".pinned a[href='#nr-{number}']").count() == 1)
    until(night, room, lambda: room.locator(f"#nr-{number}.log-pinned").count() == 1)
    assert room.evaluate("window.sameDocument") is True


def test_what_is_in_sight_is_sifted_while_one_types_also_what_comes(room: Page, night: Stage) -> None:
    word = "guiden"
    room.locator("#find-text").fill(word)
    shown = room.locator("#log-list .log-entry:visible")
    texts = [each.lower() for each in shown.all_inner_texts()]
    assert texts
    assert all(word in each for each in texts)
    before = log_length(night)
    play_on(night)
    expect(room.locator(f"#nr-{before + 1}")).to_be_attached()
    assert all(word in each.lower() for each in shown.all_inner_texts())
    room.locator("#find-text").fill("")
    expect(room.locator(f"#nr-{before + 1}")).to_be_visible()


def test_night_is_one_press_and_half_a_line_stays(room: Page) -> None:
    room.keyboard.type("Halvt skre")
    room.get_by_role("button", name="Skift til mørkt").click()
    expect(room.locator("html")).to_have_attribute("data-theme", "dark")
    expect(room.locator("#log-text")).to_have_value("Halvt skre")
    dark = room.evaluate("getComputedStyle(document.body).backgroundColor")
    room.wait_for_timeout(300)
    room.reload()
    expect(room.locator("html")).to_have_attribute("data-theme", "dark")
    assert room.evaluate("getComputedStyle(document.body).backgroundColor") == dark == "rgb(19, 23, 27)"
    expect(room.locator("#log-text")).to_have_value("Halvt skre")
