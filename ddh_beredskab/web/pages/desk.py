"""På vagt: the desk of a call agent, every running crisis of an environment with its guide and a way to register.

Rules kept: the page is whole without a script (reading, searching, confirming, registering); an agent who has not seen
the version in force meets first what changed since the one he saw; a drill never looks like operation.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from typing import Any

from starlette.responses import HTMLResponse, Response

from ddh_beredskab.projections.phase import RUNNING
from ddh_beredskab.projections.read_model import Json
from ddh_beredskab.web.desk_reading import Agent, DeskCrisis, read_agent
from ddh_beredskab.web.desk_search import Found, find
from ddh_beredskab.web.desk_topic import DeskShown, DeskTopic
from ddh_beredskab.web.desk_views import changes_between, found_in
from ddh_beredskab.web.environments import Environment, Unreadable
from ddh_beredskab.web.places import municipality_names
from ddh_beredskab.web.reading import read_crises
from ddh_beredskab.web.rendering import render
from ddh_beredskab.web.shift_ready import own_lack
from ddh_beredskab.web.site import Page
from ddh_beredskab.web.views import View
from ddh_beredskab.web.visit import Visit

DESK = "/vagt/{environment}"
SEEN_ROUTE = f"POST {DESK}/set"
ASK_ROUTE = f"POST {DESK}/spoergsmaal"
BEGIN_ROUTE, END_ROUTE = f"POST {DESK}/begynd", f"POST {DESK}/slut"


async def first_desk(visit: Visit) -> Response:
    """On to the desk where something goes on: the operation first, else a drill."""
    query = f"?{visit.request.url.query}" if visit.request.url.query else ""
    return visit.go(f"/vagt/{await _where(visit)}{query}")


async def _where(visit: Visit) -> str:
    every = visit.site.environments.all()
    for environment in sorted(every, key=lambda each: each.name != "drift"):
        if await _running(environment):
            return environment.name
    return "drift" if any(each.name == "drift" for each in every) or not every else every[0].name


async def _running(environment: Environment) -> bool:
    try:
        lines = await environment.read(read_crises)
    except Unreadable:
        return False
    return any(line["phase"] in RUNNING for line in lines)


async def desk(visit: Visit) -> Response:
    """The desk of one environment."""
    topic = visit.site.hub.desk(visit.environment, visit.language)
    shown = await topic.show()
    person = visit.who.person if visit.who else ""
    crises = list(shown.parts)
    agent = await visit.environment.read(lambda conn: read_agent(conn, person, crises, visit.now))
    confirms = visit.may(SEEN_ROUTE)
    asked = visit.query.get("q", "").strip()[:100]
    drills = [] if visit.drill else [e.name for e in visit.site.environments.all() if e.name != "drift"]
    running = [e.name for e in map(visit.site.environments.get, drills) if e is not None and await _running(e)]
    return visit.page(
        "desk/page.html",
        visit.words.t("desk.heading"),
        environment=visit.environment.name,
        drill=visit.environment.name != "drift",
        topic=f"{topic.name}@{shown.stamp}",
        parts=[_part(visit, topic, each, shown, agent, confirms=confirms) for each in shown.read.crises],
        agent=agent,
        confirms=confirms,
        asks=visit.may(ASK_ROUTE),
        begins=visit.may(BEGIN_ROUTE),
        lack=await own_lack(visit, on_shift=agent.on_shift_since is not None) if visit.may(BEGIN_ROUTE) else None,
        ends=visit.may(END_ROUTE),
        asked=asked,
        results=_results(shown, asked) if asked else None,
        other_drills=running,
        municipalities=await municipality_names(visit) if any(len(_affected(c)) > 1 for c in shown.read.crises) else {},
    )


def _part(visit: Visit, topic: DeskTopic, each: DeskCrisis, shown: DeskShown, agent: Agent, *, confirms: bool) -> View:
    """A crisis for one agent: the shared guide, and what he has not seen of it."""
    part, seen = shown.parts[each.crisis], agent.seen.get(each.crisis)
    stale = confirms and each.version is not None and (seen is None or seen < each.version)
    affected = _affected(each)
    return {
        "part": part,
        "view": part.view,
        "seen": seen,
        "stale": stale,
        "changes": changes_between(each, topic.kept, seen, visit.site.playbooks, visit.words) if seen and stale else [],
        "municipality": affected[0] if len(affected) == 1 else "",
        "affected": affected if len(affected) > 1 else (),
    }


def _affected(each: DeskCrisis) -> Sequence[str]:
    authority: Json = each.situation.get("authority") or {}
    return authority.get("affected", ())


def _results(shown: DeskShown, asked: str) -> list[tuple[str, Found]]:
    """(crisis' title, what was found) over all running crises, the best first."""
    found: list[tuple[str, Found]] = []
    for part in shown.parts.values():
        found += [(part.view["title"], each) for each in find(asked, found_in(part.view))]
    return sorted(found, key=lambda each: -each[1].score)[:12]


async def changed(visit: Visit) -> Response:
    """What is different from a version somebody has seen, as a part for the desk (`?krise=..&fra=3`)."""
    topic = visit.site.hub.desk(visit.environment, visit.language)
    shown = await topic.show()
    crisis, since = visit.query.get("krise", ""), visit.query.get("fra", "")
    each = next((each for each in shown.read.crises if each.crisis == crisis), None)
    if each is None or not since.isdecimal() or len(since) > 6:
        return HTMLResponse("", 404)
    values: dict[str, Any] = {"view": shown.parts[crisis].view, "since": int(since)}
    changes = changes_between(each, topic.kept, int(since), visit.site.playbooks, visit.words)
    return HTMLResponse(render("desk/changes.html", visit.setting, changes=changes, **values))


async def worker(visit: Visit) -> Response:
    """The script that keeps the desk when the line is gone; from here, so that it may look after /vagt/ and no more."""
    script = resources.files("ddh_beredskab.web").joinpath("static", "desk_worker.js").read_bytes()
    return Response(script, media_type="text/javascript", headers={"Cache-Control": "no-cache"})


PAGES = (
    Page("GET", "/vagt", first_desk, nav="nav.desk", order=12),
    Page("GET", "/vagt/tjeneste.js", worker),
    Page("GET", DESK, desk),
    Page("GET", f"{DESK}/aendret", changed),
)
