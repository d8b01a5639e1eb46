"""Several crises at once, for those who share capacity between them: the secretariat, the deciders and the leadership.

Rule kept: a crisis that cannot be read never hides the others; drills never look like operation.
"""

from __future__ import annotations

from starlette.responses import Response

from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.projections.documents import documents
from ddh_beredskab.projections.feedback_reports import FEEDBACK_REPORTS
from ddh_beredskab.projections.guide_in_force import GUIDE_IN_FORCE
from ddh_beredskab.projections.read_model import Json
from ddh_beredskab.projections.roster import ROSTER
from ddh_beredskab.projections.situation import SITUATION
from ddh_beredskab.web.environments import Environment, Unreadable
from ddh_beredskab.web.overview_lines import CrisisDocuments, crisis_overview, look_alike
from ddh_beredskab.web.places import municipality_names
from ddh_beredskab.web.reading import read_clock, read_crises
from ddh_beredskab.web.site import Page
from ddh_beredskab.web.views import View
from ddh_beredskab.web.visit import Visit

SHOWN_OVER = 10
"""How many that are over are still shown."""


async def overview(visit: Visit) -> Response:
    """All crises that are not over, and the last that are; drills or operation alone by `?vis=`."""
    wanted = visit.query.get("vis", "alle")
    lines: list[View] = []
    unreadable: list[str] = list(visit.site.environments.broken)
    situations: dict[tuple[str, str], Json] = {}
    names: dict[str, str] = {}
    every = visit.site.environments.all()
    for environment in every:
        drill = environment.name != "drift"
        if (wanted == "drift" and drill) or (wanted == "oevelse" and not drill):
            continue
        try:
            found = await environment.read(lambda conn, at=environment: read_documents(conn, at))
            names |= await environment.names()
        except Unreadable:
            unreadable.append(environment.name)
            continue
        lines += [crisis_overview(each, visit.site.playbooks) for each in found]
        situations |= {(each.environment, each.situation["crisis"]): each.situation for each in found}
    look_alike(lines, situations)
    visit.know(names)
    lines.sort(key=lambda line: line["since"], reverse=True)
    groups = {name: [line for line in lines if line["group"] == name] for name in ("running", "under_way", "over")}
    groups["over"] = groups["over"][:SHOWN_OVER]
    return visit.page(
        "overview/all.html",
        visit.words.t("overview_all.heading"),
        groups=groups,
        figures=_figures(lines),
        unreadable=unreadable,
        wanted=wanted,
        has_drills=any(each.name != "drift" for each in every),
        municipalities=await municipality_names(visit),
        titles={key: situation["title"] for key, situation in situations.items()},
        may_link=bool(visit.standings & {"steering_group", "secretariat", "project_leader"}),
        topic="list",
    )


def read_documents(conn: Conn, environment: Environment) -> list[CrisisDocuments]:
    """The documents of every crisis of an environment."""
    listed = [line["crisis"] for line in read_crises(conn)]
    now = read_clock(conn).now
    situations = documents(conn, SITUATION, listed)
    rosters, guides = documents(conn, ROSTER, listed), documents(conn, GUIDE_IN_FORCE, listed)
    reports = documents(conn, FEEDBACK_REPORTS, listed)
    return [
        CrisisDocuments(
            environment.name, now, situations[crisis], rosters.get(crisis), guides.get(crisis), reports.get(crisis)
        )
        for crisis in listed
        if crisis in situations
    ]


def _figures(lines: list[View]) -> dict[str, int]:
    """How many there are of what."""
    running = [line for line in lines if line["group"] == "running"]
    return {
        "running": len(running),
        "under_way": sum(line["group"] == "under_way" for line in lines),
        "needs": sum(len(line["needs"]) for line in lines if line["group"] != "over"),
        "late": sum(clock["late"] for line in lines for clock in line["clocks"]),
        "uncovered": sum(len(line["uncovered"]) for line in running),
    }


PAGES = (Page("GET", "/overblik", overview, nav="nav.overview", order=15),)
