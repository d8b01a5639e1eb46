"""Staffing by hand: one press on a phone, also when the line drops; ticks and tasks that leave one where one was."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect

from tests.browser.system import DESK, PHONE
from tests.projections.conftest import IN_THE_NIGHT
from tests.services import free_port
from tests.web.engine import Desk, desk
from tests.web.test_staff import CALLED_OUT

Open = Callable[..., Page]


def _serve(data: Path, environment: str, until: Any) -> Iterator[str]:
    """A site with its engine, in a thread of its own; the address of the crisis."""
    port, ready, stop, told = free_port(), threading.Event(), threading.Event(), {"crisis": ""}

    async def main() -> None:
        async with desk(data, environment=environment, play=True, until=until) as running:
            told["crisis"] = running.stage.crisis
            server = uvicorn.Server(uvicorn.Config(_application(running), port=port, log_level="error", lifespan="off"))
            serving = asyncio.create_task(server.serve())
            ready.set()
            await asyncio.to_thread(stop.wait)
            server.force_exit = server.should_exit = True
            await serving

    thread = threading.Thread(target=lambda: asyncio.run(main()), daemon=True)
    thread.start()
    assert ready.wait(120), "the surge was not played"
    _wait_for(f"http://127.0.0.1:{port}/health/live")
    yield f"http://127.0.0.1:{port}/krise/{environment}/{told['crisis']}"
    stop.set()
    thread.join(20)


def _wait_for(address: str) -> None:
    for _ in range(300):
        try:
            httpx.get(address, timeout=5)
            return
        except httpx.TransportError:
            time.sleep(0.1)
    raise RuntimeError("the web did not answer within 30 s")


def _application(running: Desk) -> Any:
    transport: Any = running.client._transport  # pyright: ignore[reportPrivateUsage]
    assert isinstance(transport, httpx.ASGITransport)
    return transport.app


@pytest.fixture(scope="module")
def called_out(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Everybody has just been asked."""
    yield from _serve(tmp_path_factory.mktemp("staff"), "oevelse.indkaldt", CALLED_OUT)


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The staff is at work."""
    yield from _serve(tmp_path_factory.mktemp("night"), "oevelse.nat", IN_THE_NIGHT)


@pytest.fixture
def be(browser: Browser) -> Iterator[Open]:
    """A page opened as somebody; the console must stay silent."""
    contexts: list[Any] = []
    faults: list[str] = []

    def open_(person: str, address: str, **context: Any) -> Page:
        settings: dict[str, Any] = {"locale": "da-DK", "viewport": DESK} | context
        made = browser.new_context(**settings)
        contexts.append(made)
        assert made.request.post(f"{address.partition('/krise/')[0]}/log-ind/som", form={"person": person}).ok
        page = made.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(address)
        return page

    yield open_
    for each in contexts:
        each.close()
    assert not faults


def test_the_one_who_is_asked_sees_the_answers_first_on_a_phone_and_presses_once(called_out: str, be: Open) -> None:
    page = be("asta-klitvang", f"{called_out}/stab", viewport=PHONE, has_touch=True)
    coming = page.get_by_role("button", name="Kommer", exact=True)
    box = coming.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < PHONE["height"], "without scrolling"
    assert box["height"] >= 44
    coming.tap()
    expect(page.locator("#besked")).to_have_text("Det er gemt.")
    expect(page.get_by_role("heading", name="Du er spurgt")).to_have_count(0)


def test_an_answer_pressed_without_a_line_goes_when_the_line_is_back(called_out: str, be: Open) -> None:
    page = be("kasper-pynten", f"{called_out}/stab", viewport=PHONE)
    page.context.set_offline(True)
    page.get_by_role("button", name="Kan ikke", exact=True).click()
    expect(page.locator(".form-state", has_text="Vi kunne ikke gemme")).to_be_visible()
    page.context.set_offline(False)
    expect(page.get_by_text("Du har svaret: Kan ikke.")).to_be_visible()


def test_a_tick_and_a_task_by_keyboard_leave_one_where_one_was(night: str, be: Open) -> None:
    page = be("jonas-tangmark", f"{night}/opgaver")
    page.locator("#tick-log_keeper-3").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#tick-log_keeper-3")).to_have_text("Fortryd")
    expect(page.locator("#tick-log_keeper-3")).to_be_focused()
    expect(page.locator("#quick-said")).to_contain_text("Det er gemt.")
    page.locator("[id='opgaver/status-3-ongoing']").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#opgave-3")).to_contain_text("Under udførelse")
    expect(page.locator("#opgave-3")).to_be_focused()
    assert "svar=" not in page.url, "the page was not loaded anew"


def test_a_new_task_shows_at_once_at_somebody_else_s_desk(night: str, be: Open) -> None:
    other = be("dorte-vibeholm", f"{night}/opgaver")
    expect(other.locator("#live[data-state=connected]")).to_be_visible()
    page = be("jonas-tangmark", f"{night}/opgaver")
    page.get_by_label("Hvad skal gøres?").fill("Bestil sandsække til Klitby")
    page.keyboard.press("Enter")
    expect(other.get_by_text("Bestil sandsække til Klitby")).to_be_visible()


def test_that_somebody_rests_is_said_where_one_can_overrule_it(night: str, be: Open) -> None:
    page = be("asta-klitvang", f"{night}/stab?rolle=crisis_leader")
    page.get_by_label("Hvem overtager?").select_option("signe-havtorn")
    page.get_by_label("Overleveringsnotat").fill("Pumperne er bestilt.")
    page.get_by_role("button", name="Overdrag rollen").click()
    expect(page.get_by_text("Du har hvileperiode til")).to_be_visible()
    page = be("signe-havtorn", f"{night}/stab?rolle=process_lead")
    form = page.locator("form[data-form='stab/saet-paa']")
    form.get_by_label("Hvem?").select_option("asta-klitvang")
    form.get_by_label("Hvorfor?").fill("Mette skal hjem")
    form.get_by_role("button").click()
    expect(form.locator(".form-error-message")).to_contain_text("Asta Klitvang har hvileperiode.")
    expect(form.get_by_label("får for lidt hvile")).to_be_visible()
    form.get_by_label("får for lidt hvile").check()
    form.get_by_role("button").click()
    expect(page.locator("#besked")).to_have_text("Det er gemt.")
