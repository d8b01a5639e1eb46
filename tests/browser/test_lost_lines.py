"""What somebody has typed is never lost: the server killed, the net gone, the tab closed; and nothing counts twice."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.system import Person, System, open_crisis


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    system = System(tmp_path_factory.mktemp("lines") / "data")
    system.start()
    yield system
    system.stop()


@pytest.fixture(scope="module")
def crisis(system: System) -> str:
    return open_crisis(system)


@pytest.fixture
def rikke(browser: Browser, system: System) -> Iterator[Person]:
    person = Person(browser, system, "rikke-klitroe")
    yield person
    person.close()


def _connected(page: Page) -> None:
    expect(page.locator("#live[data-state=connected]")).to_be_visible(timeout=20_000)


def _write(page: Page, text: str) -> None:
    page.locator("form[data-form=log] textarea[name=text]").fill(text)


def _send(page: Page) -> None:
    page.locator("form[data-form=log] button[type=submit]").first.click()


def _entries(page: Page, text: str) -> int:
    return page.locator("#log-list .log-entry", has_text=text).count()


def test_the_web_is_killed_with_ten_tabs_open_and_text_in_three(
    rikke: Person, system: System, crisis: str, record_property: Callable[[str, object], None]
) -> None:
    tabs = [rikke.page, *(rikke.tab() for _ in range(9))]
    for tab in tabs:
        tab.goto(crisis)
    for tab in tabs:
        _connected(tab)
    for number, tab in enumerate(tabs[:3]):
        _write(tab, f"Halvt skrevet {number}")
    system.kill("web")
    killed = time.monotonic()
    system.wait_for_web()
    for tab in tabs:
        _connected(tab)
    record_property("seconds until ten tabs were live again", round(time.monotonic() - killed, 1))
    for number, tab in enumerate(tabs[:3]):
        field = tab.locator("form[data-form=log] textarea[name=text]")
        expect(field).to_have_value(f"Halvt skrevet {number}")
        _send(tab)
        expect(tab.locator("#log-list .log-entry", has_text=f"Halvt skrevet {number}")).to_have_count(1)
    last = rikke.go(crisis)
    for number in range(3):
        assert _entries(last, f"Halvt skrevet {number}") == 1


def test_what_is_sent_while_the_net_is_gone_goes_once_when_it_is_back(rikke: Person, crisis: str) -> None:
    page = rikke.go(crisis)
    _connected(page)
    rikke.context.set_offline(True)
    _write(page, "Skrevet uden net")
    _send(page)
    expect(page.locator("#log-unsent li", has_text="Skrevet uden net")).to_contain_text("Venter på forbindelsen")
    expect(page.locator("form[data-form=log] textarea[name=text]")).to_have_value("")  # ready for the next line
    rikke.context.set_offline(False)
    expect(page.locator("#log-list .log-entry", has_text="Skrevet uden net")).to_have_count(1, timeout=30_000)
    page.goto(crisis)
    assert _entries(page, "Skrevet uden net") == 1


def test_a_tab_that_is_closed_keeps_what_was_typed_in_it(rikke: Person, crisis: str) -> None:
    first = rikke.go(crisis)
    _write(first, "Ikke sendt endnu")
    first.wait_for_timeout(300)
    first.close()
    again = rikke.tab()
    again.goto(crisis)
    expect(again.locator("form[data-form=log] textarea[name=text]")).to_have_value("Ikke sendt endnu")


def test_the_broker_is_killed_and_an_entry_is_written_all_the_same(rikke: Person, system: System, crisis: str) -> None:
    page = rikke.go(crisis)
    _connected(page)
    system.kill("broker")
    _write(page, "Skrevet uden broker")
    _send(page)
    expect(page.locator("#log-list .log-entry", has_text="Skrevet uden broker")).to_have_count(1, timeout=30_000)
