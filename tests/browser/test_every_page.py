"""Every page there is, found in the table of doors, as one who may open it: in light, in the dark and on a phone.

No fault of accessibility that axe can find, no error on the console (a forbidden script or style would be one), one
main heading, and nothing that must be scrolled sideways at 360 px or at 400 % zoom.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from ddh_beredskab.people.rights import load_rights
from ddh_beredskab.web.pages import ALL
from tests.browser.system import listen
from tests.projections.stage import ROOT
from tools.screenshots import site as surge_site

RIGHTS = load_rights(ROOT / "playbooks")
NOT_PAGES = ("/live", "/metrics", "/health/", ".pdf", ".svg", ".json", ".csv", ".xlsx", ".ics", ".js", "/qr", "/pdf")
WHO = {
    "crisis_leader": "asta-klitvang",
    "log_keeper": "jonas-tangmark",
    "communications_lead": "frederik-maagevang",
    "secretariat": "rikke-klitroe",
    "steering_group": "lone-tangholt",
    "project_leader": "signe-havtorn",
    "strategic_leadership": "karin-lyngstroem",
    "municipal_leader": "birgit-vesterklit",
    "local_leader": "birgit-vesterklit",
    "local_information_lead": "tobias-havrimmel",
    "drill_leader": "svend-aagaardsmose",
}


def _pages() -> list[tuple[str, str]]:
    """(path, who) of every page that needs nothing but a crisis."""
    found: list[tuple[str, str]] = []
    for page in ALL:
        rest = page.path.replace("/krise/{environment}/{crisis}", "")
        if page.method != "GET" or "{" in rest or any(part in page.path for part in NOT_PAGES):
            continue
        allowed = RIGHTS.allowed(page.route)
        who = next((person for role, person in WHO.items() if role in allowed), "asta-klitvang")
        found.append((page.path, who))
    return found


@pytest.fixture(scope="module")
def address(chromium_path: Path) -> Iterator[tuple[str, str]]:
    with surge_site() as found:
        yield found


LOOKS: dict[str, dict[str, Any]] = {
    "light": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 360, "height": 740}, "color_scheme": "light", "has_touch": True},
    "zoomed": {"viewport": {"width": 320, "height": 256}, "color_scheme": "light"},
}
"""A desk of 1280 px at 400 % is 320 px wide."""


@pytest.mark.parametrize("look", LOOKS)
def test_every_page_can_be_used_by_everybody(browser: Browser, address: tuple[str, str], look: str) -> None:
    url, crisis = address
    faults: list[str] = []
    for who in sorted({who for _, who in _pages()}):
        context = browser.new_context(base_url=url, locale="da-DK", **LOOKS[look])
        assert context.request.post("/log-ind/som", form={"person": who}).ok
        page = context.new_page()
        listen(page, faults)
        for path, person in _pages():
            if person != who:
                continue
            answer = page.goto(path.replace("/krise/{environment}/{crisis}", crisis))
            assert answer is not None
            if answer.status != 200:
                faults.append(f"{path} as {who}: {answer.status}")
                continue
            if page.locator("h1").count() != 1:
                faults.append(f"{path}: {page.locator('h1').count()} main headings")
            if look in ("phone", "zoomed"):
                wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
                if wide > 0:
                    faults.append(f"{path}: {wide} px too wide")
            else:
                found = cast("Any", Axe().run(page)).response["violations"]  # pyright: ignore[reportUnknownMemberType]
                faults += [f"{path} ({look}): {v['id']}: {v['nodes'][0]['html'][:160]}" for v in found]
        context.close()
    assert not faults, "\n".join(faults)
