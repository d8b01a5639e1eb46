"""The desk as an agent works at it: keyboard alone, through a new version, and through a line that drops."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator
from typing import Any, cast

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from ddh_beredskab.journal.connection import Row, Statement
from ddh_beredskab.web.desk_search import stem, words_of
from schemas.guides import ReleaseGuide
from tests.browser.conftest import Site
from tests.browser.system import DESK, PHONE, listen
from tests.projections.stage import ROOT, Stage

VAGT = "/vagt/oevelse.nat"
MONA = "mona-baeklund"
HUMAN_MS = 120
"""Between two keys of somebody who types a hundred words a minute."""
_ITEMS = Statement("SELECT topic, answered, resolution, guide_version, text FROM feedback_items WHERE agent = :agent")
_RECEIPTS = Statement("SELECT count(*) FROM guide_receipts WHERE agent = :agent AND version = :version")


@pytest.fixture
def context(browser: Browser, site: Site) -> Iterator[BrowserContext]:
    """A browser of its own for each test, the agent's."""
    context = browser.new_context(viewport=DESK, locale="da-DK", base_url=site.url)
    site.log_in(context, MONA, ("call_agent", "9002"))
    yield context
    context.close()


_WRITES_ON = """() => new MutationObserver((_, watch) => {
  const dialog = document.getElementById("desk-dialog");
  if (!dialog.open) return;
  watch.disconnect();
  const press = () => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: "g", bubbles: true }));
  press(); press(); press();
  window.stoppedTooSoon = dialog.open;
}).observe(document.getElementById("desk-dialog"), { attributes: true })"""
"""Somebody who is writing when the desk is stopped, and presses on."""
_TIMED = """() => {
  let enter = 0;
  addEventListener("keydown", (event) => { if (event.key === "Enter") enter = performance.now(); }, true);
  const said = document.getElementById("desk-said");
  const answered = () => { window.answeredMs = performance.now() - enter; enter = 0; };
  new MutationObserver(() => { if (enter && said.dataset.state === "done") answered(); })
    .observe(said, { childList: true, attributes: true });
}"""
"""From Enter until the desk says that it is registered; what the keys take is a matter of the hand, and of how busy
the machine is that plays the hand."""
expect.set_options(timeout=20_000)


def opened(page: Page, faults: list[str] | None = None) -> Page:
    if faults is not None:
        listen(page, faults)
    page.goto(VAGT)
    expect(page.locator("#live-state")).to_have_text("Forbundet")
    return page


def items(night: Stage) -> list[Row]:
    return night.read(lambda conn: conn.all(_ITEMS, agent=MONA))


def until(true: Any, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def keys(page: Page, *pressed: str) -> None:
    for each in pressed:
        page.keyboard.press(each)
        page.wait_for_timeout(HUMAN_MS)


def test_a_question_is_registered_by_keyboard_alone_in_less_than_five_seconds(page: Page, night: Stage) -> None:
    """Topic, answer, passed on to whom, a few words: and what names somebody is gone before it is sent."""
    opened(page)
    keys(page, "g")
    expect(page.locator("#desk-said")).to_contain_text("Vi har noteret, at du har set version 3.")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.post_data or "") if "spoergsmaal" in request.url else None)
    page.evaluate(_TIMED)
    chosen, text = ("1", "1", "d", "o", "2", "t"), "Mor, cpr 010190-1234, har ilt"
    keys(page, *chosen)
    page.keyboard.type(text, delay=HUMAN_MS)
    keys(page, "Enter")
    expect(page.locator("#desk-said")).to_contain_text("Registreret: medicinsk udstyr uden strøm.")
    expect(page.locator("#desk-said")).to_contain_text("Vi har fjernet et CPR-nummer fra teksten.")
    with_text = (len(chosen) + len(text) + 1) * HUMAN_MS + page.evaluate("window.answeredMs")
    keys(page, "3", "j", "Enter")
    expect(page.locator("#desk-said")).to_contain_text("Registreret: strøm.")
    without = 3 * HUMAN_MS + page.evaluate("window.answeredMs")
    sys.stderr.write(f"\nregistered in {with_text / 1000:.1f} s with a text, {without / 1000:.1f} s without\n")
    assert without < with_text < 5_000
    until(lambda: len(items(night)) >= 2)
    first, second = sorted(items(night)[:2], key=lambda row: row[0])
    assert tuple(first[:4]) == ("medicinsk-udstyr", "partly", "transferred", 3)
    assert tuple(second[:4]) == ("stroem", "yes", "resolved", 3)
    assert "010190" not in first[4]
    assert not [body for body in sent if "010190" in body], "it left the browser"


def test_a_wrong_key_can_be_undone_and_one_key_shows_the_duty_number(page: Page, night: Stage) -> None:
    opened(page)
    before = len(items(night))
    keys(page, "4", "n", "Enter", "z")
    expect(page.locator("#desk-said")).to_contain_text("Fortrudt.")
    keys(page, "a")
    expect(page.locator("#desk-number")).to_have_text("Stil om til 00 00 90 01")
    until(lambda: len(items(night)) == before + 1)
    assert items(night)[-1][2] == "urgent_transfer"
    keys(page, "Enter")
    expect(page.locator("#desk-said")).to_contain_text("Vælg et emne med en taltast.")


def test_the_answer_is_found_in_two_keystrokes_and_without_a_request(page: Page) -> None:
    opened(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    keys(page, "/", "d")
    expect(page.locator("#desk-results [aria-selected=true]")).to_contain_text("Dyr")
    keys(page, "Enter")
    expect(page.locator(":focus")).to_contain_text("Dyr må komme med")
    keys(page, "/")
    page.keyboard.type("strømmene")
    expect(page.locator("#desk-results [role=option]").first).to_contain_text("Strøm")
    assert not [url for url in asked if "/live" not in url], "it asked the server"


def test_both_sides_cut_words_to_the_same_stems(page: Page) -> None:
    opened(page)
    text = " ".join(file.read_text(encoding="utf-8") for file in (ROOT / "playbooks").glob("*.yaml"))
    words = sorted(set(words_of(text)))
    assert len(words) > 1_000
    theirs = page.evaluate("async (words) => words.map((await import('/static/desk_search.js')).stem)", words)
    assert theirs == [stem(word) for word in words]


def test_through_a_line_that_drops_nothing_is_lost_and_nothing_counts_twice(
    page: Page, context: BrowserContext, night: Stage
) -> None:
    opened(page)
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    page.wait_for_function("caches.match(location.pathname).then(Boolean)")
    before = len(items(night))
    context.set_offline(True)
    keys(page, "2", "j", "Enter", "5", "n", "Enter")
    expect(page.locator("#desk-waiting")).to_contain_text("2 spørgsmål venter her", timeout=20_000)
    page.reload()
    expect(page.locator("#desk-old")).to_contain_text("Du ser den guide, der gjaldt kl.")
    expect(page.locator("#desk-waiting")).to_contain_text("2 spørgsmål venter her")
    keys(page, "/")
    page.keyboard.type("evakueringer")
    expect(page.locator("#desk-results")).to_contain_text("Evakuering")
    keys(page, "Escape", "8", "d", "Enter")
    context.set_offline(False)
    expect(page.locator("#desk-said")).to_contain_text("Det, der ventede, er sendt.", timeout=20_000)
    expect(page.locator("#desk-waiting")).to_be_hidden()
    until(lambda: len(items(night)) == before + 3)
    page.wait_for_timeout(6_000)
    assert len(items(night)) == before + 3
    expect(page.locator("#desk-old")).to_be_hidden()


@pytest.mark.parametrize("look", ["light", "dark", "phone"])
def test_everybody_can_use_the_desk(browser: Browser, site: Site, look: str) -> None:
    faults: list[str] = []
    scheme = cast("Any", "dark" if look == "dark" else "light")
    sizes: list[ViewportSize] = [PHONE, {"width": 320, "height": 256}] if look == "phone" else [DESK]
    for size in sizes:
        context = browser.new_context(viewport=size, locale="da-DK", base_url=site.url, color_scheme=scheme)
        site.log_in(context, MONA, ("call_agent", "9002"))
        page = opened(context.new_page(), faults)
        for path in (VAGT, f"{VAGT}?q=vand", "/vagt/drift"):
            page.goto(path)
            page.wait_for_timeout(300)
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            faults += [f"{path}: {wide} px too wide"] if wide > 0 else []
            found = cast("Any", Axe().run(page)).response["violations"]  # pyright: ignore[reportUnknownMemberType]
            faults += [f"{path} ({look}): {v['id']}: {v['nodes'][0]['html'][:160]}" for v in found]
        context.close()
    assert not faults, "\n".join(faults)


def test_a_new_version_stops_the_desk_until_it_is_seen_and_keeps_the_question_one_was_at(
    page: Page, night: Stage
) -> None:
    """Last, since it plays the surge on: version 4."""
    opened(page)
    line = page.locator(".desk-stop:visible")
    if line.count():
        keys(page, "g")
    keys(page, "3", "n", "t")
    page.keyboard.type("Hvornår kommer")
    page.evaluate(_WRITES_ON)
    night.play(lambda given: isinstance(given.payload, ReleaseGuide))
    release = night.recording.inputs[night._next]  # pyright: ignore[reportPrivateUsage]
    night.take(release)
    dialog = page.locator("#desk-dialog")
    expect(dialog).to_be_visible()
    assert page.evaluate("window.stoppedTooSoon") is True, "a key that was meant for the text confirmed it"
    expect(dialog).to_contain_text("Der er kommet en ny version af guiden.")
    assert re.search(r"<ins>.*04\.50", dialog.inner_html())
    assert "<del>" in dialog.inner_html()
    found = cast("Any", Axe().run(page)).response["violations"]  # pyright: ignore[reportUnknownMemberType]
    assert not found, found[0]["nodes"][0]["html"]
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(dialog).to_be_visible()
    page.wait_for_timeout(1_000)
    page.keyboard.press("g")
    expect(dialog).to_be_hidden()
    assert page.locator(".desk-form [name=text]").input_value() == "Hvornår kommer"
    before = len(items(night))
    page.locator(".desk-form [name=text]").press("Enter")
    keys(page, "3", "j", "Enter")
    until(lambda: len(items(night)) == before + 2)
    assert [row[3] for row in items(night)[-2:]] == [3, 4], "each with the version that was on the desk"
    until(lambda: night.read(lambda conn: conn.one(_RECEIPTS, agent=MONA, version=4))[0] == 1)
