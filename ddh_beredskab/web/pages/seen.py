"""Set: how many on shift have seen the version in force, where they are missing, and *Mind dem om det*.

Rules kept: measured against who is on shift now; counts for everybody who may look, names for the personnel lead and
for an own leader's own municipality, during the crisis only; a reminder stands in the log as a count.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from starlette.responses import Response

from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.people.briefing import IN_FORCE
from ddh_beredskab.people.receipts import Seen, SeenIn, seen_now
from ddh_beredskab.projections.documents import document
from ddh_beredskab.projections.guide_in_force import GUIDE_IN_FORCE
from ddh_beredskab.projections.read_model import Json, instant
from ddh_beredskab.web.acting import CRISIS, Action, with_answer
from ddh_beredskab.web.agent_names import goes_on, may_name, named_place, own_municipalities
from ddh_beredskab.web.places import municipality_names
from ddh_beredskab.web.site import Page
from ddh_beredskab.web.visit import Visit
from schemas.guides import NudgeUnseen

AREA = f"{CRISIS}/guide/set"


@dataclass(frozen=True, slots=True)
class Line:
    """One municipality on the page."""

    name: str
    seen: SeenIn
    named: bool
    """Whether the names of those missing are shown."""


async def seen(visit: Visit) -> Response:
    """Who has seen the version in force, and how it went with those before."""
    await with_answer(visit)
    crisis, now, limits = visit.crisis, visit.now, visit.site.playbooks.limits

    def look(conn: Conn) -> tuple[Json | None, Seen | None]:
        doc = document(conn, GUIDE_IN_FORCE, crisis)
        in_force = doc is not None and doc["state"] in IN_FORCE
        return doc, seen_now(conn, crisis, int(doc["version"]), now) if doc and in_force else None

    doc, found = await visit.environment.read(look)
    versions: list[Json] = list(reversed(doc["versions"])) if doc else []
    return visit.page(
        "seen/page.html",
        visit.words.t("seen.heading"),
        subpage=True,
        found=found,
        lines=await _lines(visit, doc, found) if found else [],
        target=_target(visit, versions[0], found) if found else None,
        version=versions[0] if versions else None,
        before=[each for each in versions if each["seen"] and not (found and each["version"] == found.version)],
        nudge_why=await visit.why_not(NudgeUnseen(version=found.version), NUDGE.route) if found else None,
        may_nudge=visit.may(NUDGE.route),
        names_here=goes_on(visit.situation, doc)
        and ("personnel_lead" in visit.standings or bool(own_municipalities(visit))),
        minutes=limits.receipt_minutes,
        long=_long(found, now - timedelta(hours=limits.relief_done_hours)) if found else 0,
        long_hours=limits.relief_done_hours,
    )


def _long(found: Seen, before: datetime) -> int:
    """How many of those missing have been on shift so long that they may have gone home without saying so."""
    return sum(each.since < before for line in found.lines for each in line.missing)


async def _lines(visit: Visit, doc: Json | None, found: Seen) -> list[Line]:
    names = await municipality_names(visit)
    lines = [
        Line(named_place(visit, names, each.municipality), each, may_name(visit, doc, each.municipality))
        for each in found.lines
    ]
    return sorted(lines, key=lambda line: (-len(line.seen.missing), line.name))


def _target(visit: Visit, version: Json, found: Seen) -> dict[str, Any]:
    """The share that should have seen it, until when, and whether it is reached."""
    limits = visit.site.playbooks.limits
    until = instant(version["at"]) + timedelta(minutes=limits.receipt_minutes)
    share = found.seen / found.on_shift if found.on_shift else 1.0
    return {
        "percent": round(limits.receipt_share * 100),
        "share": round(share * 100),
        "until": until,
        "over": visit.now >= until,
        "reached": share >= limits.receipt_share,
    }


NUDGE = Action("guide/mind", NudgeUnseen, page=seen, back="/guide/set")

PAGES = (Page("GET", AREA, seen), NUDGE.door())
