"""What the browser strikes out of a citizen's question is what the server would strike out, text by text."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Route

import ddh_beredskab.web
from ddh_beredskab.core.redaction import strike_and_list
from tests.core.personal_data import sentences

SCRIPT = Path(ddh_beredskab.web.__file__).parent / "static" / "redact.js"
COUNT = 20_000
ALL = "async (texts) => { const { strike } = await import('/redact.js'); return texts.map(strike); }"
LONGEST = "2".join(["1", "storegade", "a@", "01.01.", "+45 "] * 90)[:2_000]


def served(route: Route) -> None:
    """A page and the script, as from one site."""
    if route.request.url.endswith("/redact.js"):
        route.fulfill(path=SCRIPT, content_type="text/javascript")
    else:
        route.fulfill(body="<!doctype html>", content_type="text/html")


def test_browser_and_server_strike_the_same_out_of_every_text(browser: Browser) -> None:
    page = browser.new_page()
    page.route("**/*", served)
    page.goto("https://redact.test/")
    texts = [*sentences(20, COUNT), LONGEST, "", "²", "\u0000 010190-1234"]
    in_browser: list[dict[str, Any]] = page.evaluate(ALL, texts)
    struck = 0
    for text, theirs in zip(texts, in_browser, strict=True):
        ours, found = strike_and_list(text)
        assert theirs == {"text": ours, "struck": [{"kind": each.kind, "was": each.was} for each in found]}, text
        struck += len(found)
    print(f"{len(texts)} tekster, {struck} oplysninger fjernet, ens i browser og på serveren")  # noqa: T201
    assert struck > COUNT // 2
    page.close()


def test_the_longest_text_is_struck_while_somebody_types(browser: Browser) -> None:
    page = browser.new_page()
    page.route("**/*", served)
    page.goto("https://redact.test/")
    began = time.perf_counter()
    page.evaluate(ALL, [LONGEST, "2" * 2_000, "1 " * 1_000, "vej " * 500, "a." * 1_000 + "@"])
    assert time.perf_counter() - began < 2
    page.close()
