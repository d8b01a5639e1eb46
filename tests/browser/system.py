"""The whole embedded system as a person starts it, and people who sit at it in browsers of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, ViewportSize, expect

from ddh_beredskab.journal.database import SqliteDatabase, sqlite_path
from ddh_beredskab.people.directory import directory
from ddh_beredskab.streams.supervisor_file import read_status
from schemas.activation import ReportIncident
from tests.services import free_port

DESK: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 360, "height": 740}


class System:
    """`ddh-beredskab up --demo-people` over a folder: broker, worker, feedback and web."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = (data.parent / "up.log").open("wb")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        argv = [sys.executable, "-P", "-m", "ddh_beredskab.cli", "up", "--demo-people"]
        argv += ["--data", str(self.data), "--port", str(self.port)]
        self._process = subprocess.Popen(argv, stdout=self._log, stderr=self._log, env={**os.environ})
        until = time.monotonic() + 150
        while time.monotonic() < until:
            status = read_status(self.data)
            children = status["children"] if status else {}
            if len(children) == 4 and all(child["state"] == "running" for child in children.values()):
                self.wait_for_web()
                return
            time.sleep(0.2)
        self.stop()
        raise RuntimeError((self.data.parent / "up.log").read_text()[-2000:])

    def wait_for_web(self, seconds: float = 90) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                httpx.get(f"{self.url}/health/live", timeout=5)
                return
            except httpx.TransportError:
                time.sleep(0.05)
        raise RuntimeError("the web did not answer")

    def kill(self, child: str) -> None:
        """kill -9 one of the processes; the supervisor starts another."""
        status = read_status(self.data)
        assert status is not None
        pid = status["children"][child]["pid"]
        assert pid is not None
        os.kill(pid, signal.SIGKILL)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(20)
        self._log.close()


class Person:
    """Somebody of the demo at a browser of their own."""

    def __init__(
        self,
        browser: Browser,
        system: System,
        ref: str,
        *,
        viewport: ViewportSize = DESK,
        has_touch: bool = False,
        java_script_enabled: bool = True,
    ) -> None:
        self.ref = ref
        self.context: BrowserContext = browser.new_context(
            base_url=system.url,
            locale="da-DK",
            viewport=viewport,
            has_touch=has_touch,
            java_script_enabled=java_script_enabled,
        )
        answer = self.context.request.post("/log-ind/som", form={"person": ref})
        assert answer.ok, answer.status
        self.faults: list[str] = []
        self.page = self.tab()

    def tab(self) -> Page:
        """Another tab; what its console complains of is kept."""
        page = self.context.new_page()
        page.set_default_timeout(20_000)
        page.on(
            "console", lambda said: self.faults.append(f"{page.url}: {said.text}") if said.type == "error" else None
        )
        page.on("pageerror", lambda error: self.faults.append(f"{page.url}: {error}"))
        return page

    def go(self, path: str) -> Page:
        self.page.goto(path)
        return self.page

    def send(self, form: str, button: str | None = None, **fields: str | list[str]) -> str:
        """Fill a form in as a person does, press, and wait for what the page says; `a__b` is the field a.b."""
        shown = self.page.locator(f"form[data-form='{form}']").first
        for folded in shown.locator("xpath=ancestor::details[not(@open)]").all():
            folded.locator("> summary").click()
        for name, value in fields.items():
            field = shown.locator(f"[name='{name.replace('__', '.')}']")
            for folded in field.first.locator("xpath=ancestor::details[not(@open)]").all():
                folded.locator("> summary").click()
            kind = str(field.first.evaluate("field => field.type || field.tagName"))
            if kind in ("radio", "checkbox"):
                for each in [value] if isinstance(value, str) else value:
                    shown.locator(f"[name='{name.replace('__', '.')}'][value='{each}']").check()
            elif kind.startswith("select"):
                field.first.select_option(value)
            else:
                assert isinstance(value, str)
                field.first.fill(value)
        pressed = (
            shown.get_by_role("button", name=button, exact=True) if button else shown.locator("[type=submit]").first
        )
        pressed.click()
        said = self.page.locator("#besked, .form-state[data-state=done], .form-state[data-state=wrong], .form-summary")
        expect(said.first).to_be_visible(timeout=20_000)
        text = said.first.inner_text()
        assert text.startswith(("Det er gemt", "Det er modtaget")), f"{form}: {text}"
        return text

    def close(self) -> None:
        self.context.close()


def listen(page: Page, faults: list[str]) -> None:
    """Keep what the console complains of: an error of a script, a forbidden style, something that is not there."""

    def said(message: ConsoleMessage) -> None:
        if message.type == "error":
            faults.append(f"{page.url}: {message.text}")

    page.on("console", said)
    page.on("pageerror", lambda error: faults.append(f"{page.url}: {error}"))


def open_crisis(system: System, *, kind: str = "stormflod", title: str = "Vand i Strandby") -> str:
    """An incident reported at Strandby, made through the HTTP door; its path."""
    database = SqliteDatabase(sqlite_path(system.data, "drift"))
    found = database.read_now(lambda conn: directory(conn, ["9001"], member_count=31, trained_days=365))
    database.close_now()
    crisis, token = "proeve-1", (system.data / "api-token").read_text().strip()
    incident = ReportIncident.model_validate({
        "kind": kind, "title": title, "asked_by": "birgit-vesterklit", "entered_by": "birgit-vesterklit",
        "entry": "form", "what_happened": "Vandet stiger i havnen.", "where": "Strandby Havn",
        "situation": "Telefonerne er overbelastede.", "started": "Krisestaben er samlet.", "directory": found,
        "authority": {"code": "9001", "name": "Strandby Kommune", "affected": ["9001"], "fictional": True},
    })  # fmt: skip
    actor = {"person": "birgit-vesterklit", "role": "municipal_leader"}
    with httpx.Client(base_url=system.url, headers={"Authorization": f"Bearer {token}"}, timeout=20) as client:
        sent = {"type": incident.type_name(), "subject": crisis, "actor": actor}
        sent |= {"data": incident.model_dump(mode="json")}
        answer = client.post("/api/v1/environments/drift/commands", json=sent)
        assert answer.status_code == 202, answer.text
        where, until = answer.json()["status_url"], time.monotonic() + 30
        while (told := client.get(where).json())["status"] == "waiting" and time.monotonic() < until:
            time.sleep(0.1)
        assert told["status"] == "decided", told
    return f"/krise/drift/{crisis}"
