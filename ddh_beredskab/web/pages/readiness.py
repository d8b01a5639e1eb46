"""Klar-tjek: is the municipality ready today? For the secretariat all of them, for a municipality its own alone.

Rule kept: nobody but the secretariat and those who answer for DDH sees how others stand.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response

from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.people import readiness as ready
from ddh_beredskab.people.identity import BY_MUNICIPALITY
from ddh_beredskab.playbooks.readiness import Readiness, ReadyItem
from ddh_beredskab.web.guard import refused
from ddh_beredskab.web.places import municipality_names
from ddh_beredskab.web.plain_forms import done, fields_of, text_of
from ddh_beredskab.web.shown_again import again
from ddh_beredskab.web.site import Page
from ddh_beredskab.web.views import role_name
from ddh_beredskab.web.visit import Mistake, Visit
from ddh_beredskab.web.words import local

LONGEST = 600


async def every(visit: Visit) -> Response:
    """All municipalities with how many points are in place; who sees only his own goes there."""
    if not sees_all(visit):
        own = own_municipalities(visit)
        return visit.go(f"/klar-tjek/{own[0]}") if len(own) == 1 else await _own_ones(visit, own)
    names, ground = await municipality_names(visit), await visit.site.people.read(ready.read_ground)
    readiness = visit.site.readiness
    members = {line.code for line in visit.site.municipalities.lines if line.member}
    codes = sorted(ready.known_municipalities(ground) | members, key=lambda code: names.get(code, code))
    return visit.page(
        "readiness/all.html",
        visit.words.t("ready.heading"),
        lines=[_line(ground, readiness, code, names) for code in codes],
        unreached=_with_roles(visit, ready.unreached(ground, readiness)),
        names_of=names,
        readiness=readiness,
    )


async def _own_ones(visit: Visit, own: list[str]) -> Response:
    """A person of several municipalities (or of none) gets the list of these."""
    names, ground = await municipality_names(visit), await visit.site.people.read(ready.read_ground)
    readiness = visit.site.readiness
    return visit.page(
        "readiness/all.html",
        visit.words.t("ready.heading"),
        lines=[_line(ground, readiness, code, names) for code in own],
        unreached=[],
        names_of=names,
        readiness=readiness,
    )


def _line(ground: ready.Ground, readiness: Readiness, code: str, names: dict[str, str]) -> dict[str, Any]:
    states = [point.state for point in ready.points(ground, readiness, code)]
    counts = {"ready": states.count("ready"), "old": states.count("old"), "all": len(states)}
    return {"code": code, "name": names.get(code, code), **counts}


async def one(visit: Visit) -> Response:
    """One municipality's list, to be read, printed and filled in."""
    code = str(visit.request.path_params["municipality"])
    if not _sees(visit, code):
        return refused(visit, 403, "access.not_allowed")
    names, ground = await municipality_names(visit), await visit.site.people.read(ready.read_ground)
    if code not in names and code not in ready.known_municipalities(ground):
        raise HTTPException(404)
    points = ready.points(ground, visit.site.readiness, code)
    return visit.page(
        "readiness/one.html",
        visit.words.t("ready.of", name=names.get(code, code)),
        code=code,
        name=names.get(code, code),
        points=points,
        ready=sum(point.state == "ready" for point in points),
        unreached=_with_roles(visit, ready.unreached(ground, visit.site.readiness, code)),
        readiness=visit.site.readiness,
        may_write=visit.may("POST /klar-tjek/{municipality}"),
        all_=sees_all(visit),
        done=visit.words.t("ready.saved") if visit.query.get("gjort") == "klar" else "",
    )


async def write(visit: Visit) -> Response:
    """What the municipality says about the points the register does not know."""
    code = str(visit.request.path_params["municipality"])
    if not _sees(visit, code):
        return refused(visit, 403, "access.not_allowed")
    fields = await fields_of(visit)
    items = visit.site.readiness.written()
    mistakes = [
        Mistake(item.key, visit.words.t(f"ready.wrong.{item.kind}", most=LONGEST))
        for item in items
        if not _can_be(item, text_of(fields, item.key))
    ]
    if mistakes:
        return await again(visit, "ready", fields, mistakes, one)
    assert visit.who is not None
    by = visit.who.person

    def job(conn: Conn) -> None:
        marks = ready.read_ground(conn).marks
        for item in items:
            value = text_of(fields, item.key)
            before = marks.get((code, item.key))
            looked_at = f"set.{item.key}" in fields
            if (before.value if before else "") != value or (looked_at and value):
                ready.write_mark(conn, code, item.key, value, by=by)

    await visit.site.people.write(job)
    return done(visit, f"/klar-tjek/{code}", "klar")


def _can_be(item: ReadyItem, value: str) -> bool:
    if not value:
        return True
    match item.kind:
        case "date":
            try:
                return date.fromisoformat(value) <= local(datetime.now(UTC)).date()
            except ValueError:
                return False
        case "phone":
            return 3 <= sum(letter.isdecimal() for letter in value) <= 15 and set(value) <= set("+0123456789 ()-")
        case "yes":
            return value == "yes"
        case "text":
            return len(value) <= LONGEST


def sees_all(visit: Visit) -> bool:
    """Who answers for DDH as a whole."""
    return bool(visit.standings & {"secretariat", "operator", "steering_group", "project_leader"})


def own_municipalities(visit: Visit) -> list[str]:
    """The municipalities one has a role for."""
    held = visit.who.held if visit.who else ()
    return sorted({each.municipality for each in held if each.role in BY_MUNICIPALITY and each.municipality})


def _sees(visit: Visit, code: str) -> bool:
    return sees_all(visit) or code in own_municipalities(visit)


def _with_roles(visit: Visit, found: list[ready.Unreached]) -> list[tuple[ready.Unreached, str]]:
    return [(each, ", ".join(role_name(visit.site.playbooks, role) for role in each.roles)) for each in found]


PAGES = (
    Page("GET", "/klar-tjek", every, nav="nav.ready", order=60),
    Page("GET", "/klar-tjek/{municipality}", one),
    Page("POST", "/klar-tjek/{municipality}", write),
)
