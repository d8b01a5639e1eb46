"""Indmeld hændelse in a browser: how long it takes a person, by keyboard alone, without a line, and without a script.

A person types 60 words a minute and takes three seconds for a choice; the typing itself is not waited for here, but
counted, and what the pages take is measured.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from ddh_beredskab.journal.database import SqliteDatabase, sqlite_path
from ddh_beredskab.people.entry import new_ticket
from tests.browser.system import PHONE, Person, System

SECONDS_A_CHOICE = 3.0
WORDS_A_MINUTE = 60.0
TARGET_SECONDS = 120.0
TEXTS = {
    "what_happened": "Vandet er gået over diget ved Strandby Havn, og veje og kældre står under vand.",
    "where": "Strandby Havn og Nordkysten",
    "situation": "Det bliver værre frem til midnat. Flere hundrede huse er ramt.",
    "started": "Egen krisestab siden klokken 22. Beredskabet evakuerer havnen.",
    "grounds": "Vi kan ikke længere følge med opkaldene alene i nat.",
}
CHOICES = {
    "kind": "stormflod",
    "planned": "forecast",
    "q-onset": "now",
    "q-danger": "life",
    "q-affected": "from_500",
    "q-need": "act_now",
    "q-own_channels": "overloaded",
    "q-critical": "several",
}


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory, chromium_path: Path) -> Iterator[System]:
    system = System(tmp_path_factory.mktemp("incident") / "data")
    system.start()
    yield system
    system.stop()


class Typist:
    """Counts what a person would need: choices, words, and what the pages make one wait."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.choices = 0
        self.words = 0
        self.waited = 0.0

    @property
    def seconds(self) -> float:
        return self.choices * SECONDS_A_CHOICE + self.words * 60 / WORDS_A_MINUTE + self.waited

    def type(self, text: str) -> None:
        self.words += len(text.split())
        self.page.keyboard.insert_text(text)

    @property
    def step(self) -> str:
        return self.page.locator("input[name=step]").input_value()

    def on(self, press: str) -> None:
        """Go on, and wait until the next step is there."""
        before, begun = self.step, time.monotonic()
        self.page.keyboard.press(press)
        expect(self.page.locator("input[name=step]")).not_to_have_value(before)
        self.waited += time.monotonic() - begun


def _by_keyboard(page: Page) -> Typist:
    """From the menu to the receipt without a mouse."""
    typist, begun = Typist(page), time.monotonic()
    page.goto("/indmeld")
    for _ in range(30):  # past the head of the page
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "kind":
            break
    typist.waited += time.monotonic() - begun
    while (step := typist.step) != "check":
        if step in CHOICES:
            page.keyboard.press("Space")
            checked = page.locator(f"[data-step={step}] input:checked")
            while checked.input_value() != CHOICES[step]:
                page.keyboard.press("ArrowDown")
            typist.choices += 1
            typist.on("Enter")
        elif step in TEXTS:
            typist.type(TEXTS[step])
            page.keyboard.press("Tab")
            typist.on("Enter")
        else:  # already filled in, or not needed
            typist.on("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # Gå til Send
    typist.choices += 1
    begun = time.monotonic()
    page.keyboard.press("Enter")
    page.wait_for_url("**/indmeld/kvittering/*")
    expect(page.get_by_role("heading", level=2).first).to_have_text("Styregruppen bliver ringet op")
    typist.waited += time.monotonic() - begun
    return typist


def test_a_leader_is_done_in_under_two_minutes_by_keyboard_alone(browser: Browser, system: System) -> None:
    birgit = Person(browser, system, "birgit-vesterklit")
    typist = _by_keyboard(birgit.page)
    assert typist.seconds < TARGET_SECONDS, (typist.choices, typist.words, typist.waited)
    assert not birgit.faults
    birgit.close()


def test_the_same_on_a_phone_by_thumb_with_nothing_wrong_on_any_step(browser: Browser, system: System) -> None:
    birgit = Person(browser, system, "birgit-vesterklit", viewport=PHONE, has_touch=True)
    page, typist = birgit.page, Typist(birgit.page)
    begun = time.monotonic()
    page.goto("/indmeld")
    typist.waited += time.monotonic() - begun
    seen: list[str] = []
    while True:
        step = typist.step
        seen.append(step)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), step
        if step in ("kind", "authority", "what_happened", "q-onset", "expected", "check"):
            assert _violations(page) == 0, step
        if step in CHOICES:
            page.locator(f"[data-step={step}] input[value={CHOICES[step]}]").tap()
            typist.choices += 1
        elif step in TEXTS:
            page.locator(f"textarea[name={step}]").tap()
            typist.type(TEXTS[step])
        if step == "check":
            break
        begun = time.monotonic()
        page.get_by_role("button", name="Fortsæt").tap()
        expect(page.locator("input[name=step]")).not_to_have_value(step)
        typist.waited += time.monotonic() - begun
    expect(page.locator("[data-score] [role=status]")).to_contain_text("aktivér DDH Beredskab")
    assert "Strandby Havn og Nordkysten" in page.locator(".check").inner_text()
    page.locator("[data-to=where]").tap()
    expect(page.locator("textarea[name=where]")).to_be_visible()
    page.go_back()
    expect(page.locator(".check")).to_be_visible()
    begun = time.monotonic()
    page.get_by_role("button", name="Send", exact=True).tap()
    page.wait_for_url("**/indmeld/kvittering/*")
    typist.waited += time.monotonic() - begun
    expect(page.get_by_role("heading", level=2).first).to_have_text("Styregruppen bliver ringet op")
    assert _violations(page) == 0
    assert len(seen) == 16
    assert typist.seconds < TARGET_SECONDS, (typist.choices, typist.words, typist.waited)
    assert not birgit.faults
    birgit.close()


def test_the_line_goes_once_the_form_is_open_and_the_report_goes_once_when_it_is_back(
    browser: Browser, system: System
) -> None:
    birgit = Person(browser, system, "birgit-vesterklit")
    page = birgit.go("/indmeld")
    before = _reports(birgit)
    birgit.context.set_offline(True)
    typist = Typist(page)
    while (step := typist.step) != "check":
        if step in CHOICES:
            page.locator(f"[data-step={step}] input[value={CHOICES[step]}]").check()
        elif step in TEXTS:
            page.locator(f"textarea[name={step}]").fill(TEXTS[step])
        page.get_by_role("button", name="Fortsæt").click()
        expect(page.locator("input[name=step]")).not_to_have_value(step)
    expect(page.locator("[data-score] [role=status]")).to_contain_text("uden forbindelse")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator(".form-state")).to_contain_text("Vi kunne ikke gemme. Din tekst står her stadig.")
    birgit.context.set_offline(False)
    page.wait_for_url("**/indmeld/kvittering/*", timeout=30_000)
    assert _reports(birgit) == before + 1
    page.goto("/indmeld")
    assert page.locator("textarea[name=what_happened]").input_value() == ""
    birgit.close()


def test_a_closed_tab_keeps_what_was_typed(browser: Browser, system: System) -> None:
    birgit = Person(browser, system, "birgit-vesterklit")
    page = birgit.go("/indmeld")
    page.locator("input[name=kind][value=pandemi]").check()
    page.get_by_role("button", name="Fortsæt").click()
    page.close()
    again = birgit.tab()
    again.goto("/indmeld")
    expect(again.locator("input[name=kind][value=pandemi]")).to_be_checked()
    expect(again.locator(".form-state")).to_contain_text("Vi har gemt det, du skrev sidst.")
    assert not birgit.faults
    birgit.close()


def test_without_a_script_every_step_is_a_page(browser: Browser, system: System) -> None:
    birgit = Person(browser, system, "birgit-vesterklit", java_script_enabled=False)
    page = birgit.go("/indmeld")
    for _ in range(20):
        step = page.locator("input[name=step]").input_value()
        if step == "check":
            break
        if step in CHOICES:
            page.locator(f"[data-step={step}] input[value={CHOICES[step]}]").check()
        elif step in TEXTS:
            page.locator(f"textarea[name={step}]").fill(TEXTS[step])
        page.get_by_role("button", name="Fortsæt").click()
    assert "Fare for liv eller helbred" in page.locator(".check").inner_text()
    page.get_by_role("button", name="Send", exact=True).click()
    page.wait_for_url("**/indmeld/kvittering/*")
    assert "Vi har modtaget din indmelding" in page.locator("main").inner_text()
    birgit.close()


def test_half_a_phone_call_is_saved_taken_up_again_and_sent(browser: Browser, system: System) -> None:
    rikke = Person(browser, system, "rikke-klitroe")
    page = rikke.go("/indmeld/telefon")
    page.locator("textarea[name=what_happened]").fill("Telefoni og mail er nede.")
    page.get_by_role("button", name="Send nu").click()
    expect(page.locator(".form-error-message")).to_have_count(3)
    page.get_by_role("button", name="Gem kladde").click()
    page.wait_for_url("**kladde=gemt")
    page.get_by_role("link", name="Fortsæt: ").first.click()
    expect(page.locator("textarea[name=what_happened]")).to_have_value("Telefoni og mail er nede.")
    page.locator("input[name=caller]").fill("Birgit Vesterklit, Strandby Kommune")
    page.locator("select[name=municipality]").select_option("9001")
    page.locator("input[name=kind][value=it-nedbrud]").check()
    page.get_by_role("button", name="Send nu").click()
    page.wait_for_url("**/indmeld/kvittering/*")
    expect(page.locator("main")).to_contain_text("Sig til Birgit Vesterklit")
    assert not rikke.faults
    rikke.close()


def test_a_receipt_tells_by_itself_what_became_of_it_also_without_log_in(browser: Browser, system: System) -> None:
    database = SqliteDatabase(sqlite_path(system.data, "drift"))
    code = database.write_now(lambda conn: new_ticket(conn, "open_form", by="rikke-klitroe", municipality="9001"))
    database.close_now()
    anybody = browser.new_context(base_url=system.url, locale="da-DK", viewport=PHONE)
    page = anybody.new_page()
    page.goto(f"/indmeld/uden-log-ind?kode={code}")
    page.locator("input[name=caller]").fill("Ib Prøve")
    page.locator("input[name=caller_phone]").fill("00 99 88 77")
    typist = Typist(page)
    while (step := typist.step) != "check":
        if step == "kind":
            page.locator("input[name=kind][value=stroemsvigt]").check()
        elif step in ("what_happened", "where"):
            page.locator(f"textarea[name={step}]").fill("Al strøm er væk")
        page.get_by_role("button", name="Fortsæt").click()
        expect(page.locator("input[name=step]")).not_to_have_value(step)
    page.get_by_role("button", name="Send", exact=True).click()
    page.wait_for_url("**/indmeld/kvittering/*")
    expect(page.locator("#now-h")).to_have_text("Vi ringer tilbage")
    rikke = Person(browser, system, "rikke-klitroe")
    watched = rikke.go(page.url)
    expect(watched.locator("#live-state")).to_have_text("Forbundet")
    crisis = str(watched.get_by_role("link", name="Følg med i hændelsen").get_attribute("href"))
    answer = rikke.context.request.post(f"{crisis}/afvis-indmelding", form={"reason": "Kommunen kender ikke til det."})
    assert answer.ok
    expect(watched.locator("#now-h")).to_have_text("Indmeldingen kunne ikke bekræftes")
    expect(page.locator("#now-h")).to_have_text("Indmeldingen kunne ikke bekræftes", timeout=15_000)
    anybody.close()
    rikke.close()


def _reports(person: Person) -> int:
    """How many crises there are in the operation."""
    cookies = {c["name"]: c["value"] for c in person.context.cookies() if "name" in c and "value" in c}
    base = str(person.page.url).split("/indmeld")[0]
    return httpx.get(base, cookies=cookies, follow_redirects=True).text.count('class="card-title"')


def _violations(page: Page) -> int:
    return Axe().run(page).violations_count  # pyright: ignore[reportUnknownMemberType]
