"""Uddannelse: who was trained when, who is overdue, what drills are not noted yet; and the same as files.

Rules kept: the overdue come first, a light always with its word; files hold what the page shows under its filter; the
calendar names nobody.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from starlette.responses import Response

from ddh_beredskab.drills.trained import FinishedDrill, finished_drill
from ddh_beredskab.people.register import persons
from ddh_beredskab.people.training import newest, noted_drills
from ddh_beredskab.people.training_due import Line
from ddh_beredskab.people.training_plan import yearly_plan
from ddh_beredskab.reports.tables import CSV, EXCEL, Cell, Sheet, as_csv, as_excel
from ddh_beredskab.reports.training_calendar import ICS, training_calendar
from ddh_beredskab.web.environments import Unreadable
from ddh_beredskab.web.places import municipality_names
from ddh_beredskab.web.rendering import words_in
from ddh_beredskab.web.site import Page
from ddh_beredskab.web.training_view import LIGHTS, roles_in, sees_all, shown, today, whats_in
from ddh_beredskab.web.views import role_name
from ddh_beredskab.web.visit import Visit

AREA = "/uddannelse"
MOST = 300
NEWEST = 20
"""What was noted last can be taken back where one sees it."""
COLUMNS = ("name", "role", "municipality", "what", "done", "due", "state")


async def training(visit: Visit) -> Response:
    """The list under its filter."""
    return await training_page(visit)


async def training_page(visit: Visit, taken: dict[str, Any] | None = None) -> Response:
    """The same, with what a file brought."""
    found, site = await shown(visit), visit.site
    notes, writes = visit.may(f"POST {AREA}"), visit.may(f"POST {AREA}/oevelse")
    role = partial(role_name, site.playbooks)
    done = f"training.done.{visit.query.get('gjort', '')}"
    return visit.page(
        "training/page.html",
        visit.words.t("training.heading"),
        found=found,
        lines=found.lines[:MOST],
        most=MOST,
        lights=LIGHTS,
        role_name=role,
        roles=roles_in(visit, found.every),
        whats=whats_in(visit, found.every),
        all_=sees_all(visit),
        drills=await unnoted(visit) if writes else [],
        writes=writes,
        notes=notes,
        takes=visit.may(f"POST {AREA}/fil"),
        newest=await site.people.read(lambda conn: newest(conn, NEWEST)) if visit.may(f"POST {AREA}/fortryd") else [],
        people=[(each.ref, each.name) for each in await site.people.read(persons)] if notes else [],
        to_train=[(each, role(each)) for each in site.training.roles],
        files=f"?{visit.request.url.query}" if visit.request.url.query else "",
        rules=site.training,
        taken=taken,
        done=visit.words.t(done) if visit.words.has(done) else "",
    )


async def unnoted(visit: Visit) -> list[FinishedDrill]:
    """Finished drills for people whose participants do not stand in the register, the newest first."""
    noted = await visit.site.people.read(noted_drills)
    found: list[FinishedDrill] = []
    for each in visit.site.environments.all():
        if each.name == "drift" or each.name in noted:
            continue
        try:
            drill = await each.read(lambda conn, name=each.name: finished_drill(conn, name, visit.site.training))
        except Unreadable:
            continue
        if drill is not None:
            found.append(drill)
    return sorted(found, key=lambda drill: (drill.held_on, drill.environment), reverse=True)


# -- files ----------------------------------------------------------------------------------------


async def _sheet(visit: Visit) -> Sheet:
    """In Danish whatever language the screen has, like all tables."""
    found, words = await shown(visit), words_in("da")
    head = [words.t(f"training.col.{each}") for each in COLUMNS]
    return Sheet(words.t("training.heading"), head, [_row(visit, each, found.municipalities) for each in found.lines])


def _row(visit: Visit, line: Line, municipalities: dict[str, str]) -> list[Cell]:
    words = words_in("da")
    return [
        line.name,
        role_name(visit.site.playbooks, line.role),
        municipalities.get(line.municipality, line.municipality),
        words.t(f"training.what.{line.what}"),
        line.done_on.isoformat() if line.done_on else words.t("training.never"),
        line.due_on.isoformat() if line.due_on else words.t("training.once" if line.done_on else "training.at_once"),
        words.t(f"training.state.{line.state}"),
    ]


async def as_table(visit: Visit) -> Response:
    """CSV."""
    return _file(as_csv(await _sheet(visit)), CSV, f"uddannelse-{today()}.csv")


async def as_workbook(visit: Visit) -> Response:
    """Excel."""
    sheet = await _sheet(visit)
    return _file(await asyncio.to_thread(as_excel, [sheet]), EXCEL, f"uddannelse-{today()}.xlsx")


async def as_calendar(visit: Visit) -> Response:
    """The year's drills of those one sees, whatever the filter."""
    found = await shown(visit)
    made = training_calendar(
        yearly_plan(found.every, today()),
        partial(role_name, visit.site.playbooks),
        await municipality_names(visit),
        today(),
    )
    return _file(made, ICS, f"oevelser-{today()}.ics")


def _file(made: bytes, kind: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(made, media_type=kind, headers=headers)


PAGES = (
    Page("GET", AREA, training, nav="nav.training", order=66),
    Page("GET", f"{AREA}.csv", as_table),
    Page("GET", f"{AREA}.xlsx", as_workbook),
    Page("GET", f"{AREA}.ics", as_calendar),
)
