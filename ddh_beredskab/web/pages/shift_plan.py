"""The shift plan: planned now against *På vagt* now, by municipality, and a new plan as a file.

Rules kept: who is planned and has not pressed *På vagt* is shown and never counted as on shift; names are for the
personnel lead of a crisis that goes on, and for an own leader's own municipality.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from starlette.datastructures import UploadFile
from starlette.responses import Response

from ddh_beredskab.errors import UserError
from ddh_beredskab.journal.clock_row import clock_now
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.people import shift_plan, shifts
from ddh_beredskab.people.briefing import ongoing
from ddh_beredskab.people.shift_file import Plan, read_plan
from ddh_beredskab.web.agent_names import leads_personnel, named_place, own_municipalities
from ddh_beredskab.web.pages.shift import form_of, too_large, write
from ddh_beredskab.web.places import municipality_names
from ddh_beredskab.web.shift_ready import on_shift_lacking
from ddh_beredskab.web.shown_again import again
from ddh_beredskab.web.site import Page
from ddh_beredskab.web.visit import Mistake, Visit

AREA = "/vagtplan"
OF = f"{AREA}/{{environment}}"
FORM = "plan"
AHEAD = timedelta(hours=4)
LISTED = 100


@dataclass(frozen=True, slots=True)
class Line:
    """One municipality."""

    name: str
    now: shifts.InMunicipality
    named: bool
    soon: int
    """Planned to begin within some hours."""


async def plan(visit: Visit, done: dict[str, Any] | None = None) -> Response:
    """How the plan and the floor agree now."""
    names = await municipality_names(visit)

    def look(conn: Conn) -> tuple[list[shifts.InMunicipality], list[shifts.Planned], bool]:
        at = clock_now(conn)
        return (
            shifts.by_municipality(conn, at),
            shifts.planned_next(conn, at, at + AHEAD),
            bool(ongoing(conn)),
        )

    found, soon, goes_on = await visit.environment.read(look)
    every, own = goes_on and await leads_personnel(visit), own_municipalities(visit)
    here = {each.municipality: each for each in found}
    codes = sorted({*here, *(each.municipality for each in soon)}, key=lambda code: names.get(code, code))
    lines = [
        Line(
            named_place(visit, names, code),
            here.get(code) or shifts.InMunicipality(code, 0, 0, (), ()),
            every or (goes_on and code in own),
            sum(each.municipality == code for each in soon),
        )
        for code in codes
    ]
    return visit.page(
        "shift/plan.html",
        visit.words.t("plan.heading"),
        lines=lines,
        planned=sum(line.now.planned for line in lines),
        on_shift=sum(line.now.on_shift for line in lines),
        absent=sum(len(line.now.absent) for line in lines),
        soon=sum(line.soon for line in lines),
        hours=int(AHEAD.total_seconds() // 3600),
        named=any(line.named for line in lines),
        address=f"{AREA}/{visit.environment.name}",
        may_write=visit.may(f"POST {OF}"),
        done=done,
        listed=LISTED,
        lacking=[each for each in await on_shift_lacking(visit) if every or each.municipality in own][:LISTED]
        if goes_on and (every or own)
        else None,
        approves=every,
        named_place=partial(named_place, visit, names),
    )


async def take(visit: Visit) -> Response:
    """A plan's file: what is good in it is taken, what is not is told line by line."""
    if (fields := await form_of(visit)) is None:
        return too_large(visit)
    file = fields.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        return await again(visit, FORM, fields, [Mistake("file", visit.words.t("plan.no_file"))], plan)
    raw, name = await file.read(), file.filename
    names = await municipality_names(visit)
    known = await visit.site.people.read(lambda conn: shift_plan.known_people(conn, names))
    try:
        read = read_plan(name, raw, known)
    except UserError as error:
        return await again(visit, FORM, fields, [Mistake("file", error.sentence)], plan)
    imported = await write(visit.environment, lambda conn: shift_plan.put_plan(conn, read.rows, name, clock_now(conn)))
    return await plan(visit, _told(read, imported))


def _told(read: Plan, imported: shift_plan.Imported) -> dict[str, Any]:
    return {"new": imported.new, "changed": imported.changed, "known": imported.known, "bad": read.bad}


async def show(visit: Visit) -> Response:
    return await plan(visit)


PAGES = (
    Page("GET", AREA, show, nav="nav.plan", order=62),
    Page("GET", OF, show),
    Page("POST", OF, take),
)
