"""Pictures of the main screens, for `docs/screens/` and the README: `python -m tools.screenshots [--out DIR]`.

The recorded surge is played into a journal up to 02.25 in the night, the real web serves it, and a real browser looks:
at a desk, on a phone, and in the dark. Everybody in the pictures is fictional.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, ViewportSize, sync_playwright

from ddh_beredskab.drills.demo_people import add_demo_people
from ddh_beredskab.journal.database import sqlite_path
from ddh_beredskab.streams.embedded_broker import free_port
from tests.projections.conftest import IN_THE_NIGHT
from tests.projections.stage import Stage, storm_surge

ROOT = Path(__file__).parents[1]
ENVIRONMENT = "oevelse.stormflod-2023-1"
DESK, PHONE = ViewportSize(width=1440, height=900), ViewportSize(width=360, height=740)

SCREENS: tuple[tuple[str, str, str], ...] = (
    ("kriser", "/", "asta-klitvang"),
    ("indmeld", "/indmeld", "birgit-vesterklit"),
    ("beslutning", "{crisis}/beslutning", "lone-tangholt"),
    ("stabsrum", "{crisis}", "asta-klitvang"),
    ("hvem-kommer", "{crisis}/stab", "dorte-vibeholm"),
    ("situation", "{crisis}/situation", "asta-klitvang"),
    ("guide", "{crisis}/guide", "line-oestersand"),
    ("vagt", f"/vagt/{ENVIRONMENT}", "mona-baeklund"),
    ("overblik", "/overblik", "rikke-klitroe"),
)
"""Name, address, and who looks."""


@contextmanager
def site(until: Any = IN_THE_NIGHT) -> Iterator[tuple[str, str]]:
    """The web over the surge at night: its address, and the crisis' path."""
    recording = storm_surge()
    with tempfile.TemporaryDirectory(prefix="ddh-screens-") as name:
        data, port = Path(name), free_port()
        operation = Stage(sqlite_path(data, "drift"), "drift", recording)
        operation.write(lambda conn: add_demo_people(conn, recording))
        stage = Stage(sqlite_path(data, ENVIRONMENT), ENVIRONMENT, recording)
        stage.play(until)
        env = {**os.environ, "DDH_DATA": str(data), "DDH_PORT": str(port), "DDH_DEMO": "1", "DDH_LOG_LEVEL": "ERROR"}
        process = subprocess.Popen([sys.executable, "-m", "ddh_beredskab.web"], env=env, cwd=ROOT)
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(address)
            yield address, f"/krise/{ENVIRONMENT}/{stage.crisis}"
        finally:
            process.terminate()
            process.wait(10)


def take(browser: Browser, address: str, crisis: str, out: Path) -> list[str]:
    """All screens in all three looks; those that could not be taken."""
    failed: list[str] = []
    for name, path, person in SCREENS:
        for look, viewport, scheme in (("", DESK, "light"), ("-telefon", PHONE, "light"), ("-moerk", DESK, "dark")):
            context = browser.new_context(viewport=viewport, locale="da-DK", color_scheme=scheme)  # type: ignore[arg-type]
            page = context.new_page()
            page.request.post(f"{address}/log-ind/som", form={"person": person})
            answer = page.goto(address + path.replace("{crisis}", crisis))
            if answer is None or answer.status != 200:
                failed.append(f"{name}{look}: {answer.status if answer else 'no answer'}")
            page.wait_for_timeout(1_200)  # the line is there and the ages are counted
            page.screenshot(path=str(out / f"{name}{look}.png"))
            context.close()
    return failed


def _wait_for(address: str) -> None:
    for _ in range(300):
        try:
            httpx.get(f"{address}/health/live", timeout=5)
            return
        except httpx.TransportError:
            time.sleep(0.1)
    raise RuntimeError("the web did not answer within 30 s")


def main() -> None:
    """Write the pictures, and say which could not be taken."""
    parser = argparse.ArgumentParser(prog="tools.screenshots", description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "screens")
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    with site() as (address, crisis), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=given.chromium, args=["--no-sandbox"])
        failed = take(browser, address, crisis, given.out)
        browser.close()
    if failed:
        raise SystemExit("\n".join(failed))


if __name__ == "__main__":
    main()
