"""Everything that can be seen or taken out of a drill says ØVELSE: every page, paper, table, file and text."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, cast

import openpyxl

from ddh_beredskab.people.rights import load_rights
from ddh_beredskab.web.pages import ALL
from ddh_beredskab.web.pages.channels import FILES
from tests.projections.stage import ROOT
from tests.web.engine import Desk, desk
from tests.web.test_exercise import made

RIGHTS = load_rights(ROOT / "playbooks")
ENVIRONMENT = "oevelse.surge"
MARK, WORD = "ØVELSE – ØVELSE – ØVELSE", "ØVELSE"
WHO = {
    "crisis_leader": "asta-klitvang",
    "log_keeper": "jonas-tangmark",
    "communications_lead": "frederik-maagevang",
    "secretariat": "rikke-klitroe",
    "personnel_lead": "dorte-vibeholm",
    "drill_leader": "svend-aagaardsmose",
    "call_agent": "mona-baeklund",
}
FILLED = {"number": "1", "version": "1", "page": "1", "day": "2023-10-20", "municipality": "9001"}
NOT_SHOWN = ("/vagt/{environment}/aendret",)
"""Answers to the desk's own script, shown inside a page that has the band."""
NOT_YET = (
    "/situation/status/{version}", "/situation/billede/{number}", "/moeder/{number}/ret", "/vagt/{environment}/brief/",
    "/spoergeskema",
)  # fmt: skip
"""There is none on the night, or only for somebody else; the family's other pages are looked at."""


def _doors() -> list[tuple[str, str]]:
    """(path, who) of everything that can be fetched of a drill's crisis."""
    found: list[tuple[str, str]] = []
    for page in ALL:
        if page.method != "GET" or "{environment}" not in page.path or page.path.startswith("/oevelse/"):
            continue
        if page.path in NOT_SHOWN or any(each in page.path for each in NOT_YET):
            continue
        allowed = RIGHTS.allowed(page.route)
        found.append((page.path, next((person for role, person in WHO.items() if role in allowed), "asta-klitvang")))
    return found


def _filled(path: str, crisis: str) -> list[str]:
    path = path.replace("{environment}", ENVIRONMENT).replace("{crisis}", crisis)
    for name, value in FILLED.items():
        path = path.replace(f"{{{name}}}", value)
    return [path.replace("{file}", name) for name in FILES] if "{file}" in path else [path]


def _cells(content: bytes) -> tuple[str, list[list[Any]], str]:
    book = cast("Any", openpyxl.load_workbook(io.BytesIO(content)))
    sheet = book.worksheets[0]
    return (
        str(sheet.title),
        [[cell.value for cell in row] for row in sheet.iter_rows()],
        str(sheet.oddHeader.center.text),
    )


def faults(path: str, kind: str, content: bytes, name: str) -> list[str]:
    """What is not marked in one answer."""
    if kind.startswith("text/html") and "kanaler/" not in path:
        text = content.decode()
        return [f"{path}: {each}" for each in ('class="drill-band"', f"<title>{WORD}") if each not in text]
    if kind.startswith("application/pdf"):
        return [] if MARK.encode() in content or MARK.encode("utf-16-be") in content else [f"{path}: the title"]
    if "spreadsheet" in kind:
        title, rows, header = _cells(content)
        wrong = [] if title.startswith(WORD) and MARK in header else [f"{path}: its name or its head"]
        return wrong + [f"{path}: row {at}" for at, row in enumerate(rows[1:], 2) if row[-1] != WORD]
    if kind.startswith("text/csv"):
        lines = content.decode("utf-8-sig").splitlines()
        return [f"{path}: line {at}" for at, line in enumerate(lines[1:], 2) if not line.endswith(f";{WORD}")]
    if "oevelse-" in name:
        return []
    return [] if WORD in content.decode() else [f"{path}: no mark in it, and none in its name"]


async def test_everything_of_a_drill_s_crisis_is_marked(night_copy: Path) -> None:
    async with desk(night_copy, environment=ENVIRONMENT) as site:
        wrong: list[str] = []
        kinds: set[str] = set()
        for door, who in _doors():
            client = await site.be(who)
            for path in _filled(door, site.stage.crisis):
                answer = await client.get(path)
                if answer.status_code != 200:
                    wrong.append(f"{path} as {who}: {answer.status_code}")
                    continue
                kind = answer.headers["content-type"]
                kinds.add(kind.partition(";")[0])
                wrong += faults(path, kind, answer.content, answer.headers.get("content-disposition", ""))
        assert not wrong, "\n".join(wrong)
        assert {"text/html", "application/pdf", "text/csv", "application/json"} <= kinds


async def test_so_is_a_drill_for_people(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        drill = await made(site)
        leader = await site.be("svend-aagaardsmose")
        wrong: list[str] = []
        for path in (drill.base, f"{drill.base}/leder", f"{drill.base}/evaluering"):
            answer = await leader.get(path)
            assert answer.status_code == 200, path
            wrong += faults(path, answer.headers["content-type"], answer.content, "")
        assert not wrong, "\n".join(wrong)


async def test_the_operation_is_not_marked(tmp_path: Path) -> None:
    async with desk(tmp_path, play=True) as site:
        assert await _marks(site) == []


async def _marks(site: Desk) -> list[str]:
    """What of the operation looks like a drill's."""
    client = await site.be("rikke-klitroe")
    base = f"/krise/drift/{site.stage.crisis}"
    found: list[str] = []
    for path in (base, f"{base}/log", f"{base}/guide", f"{base}/spoergsmaal/tilbagemeldinger.csv", f"{base}/papir"):
        text = (await client.get(path)).content.decode("utf-8-sig")
        found += [path] if MARK in text or f";{WORD}" in text else []
    return found
