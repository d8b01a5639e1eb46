"""The list of crises with what waits for one, one crisis live (Stabsrummet), and the stream that keeps both fresh."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from starlette.responses import Response

from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.people.identity import STAFF_ROLES, Standing, Who, standings
from ddh_beredskab.people.register import held_by
from ddh_beredskab.projections.phase import OVER
from ddh_beredskab.projections.read_model import Json
from ddh_beredskab.web import views
from ddh_beredskab.web.acting import CRISIS, with_answer
from ddh_beredskab.web.desk_topic import PREFIX
from ddh_beredskab.web.duties import Duty, duties
from ddh_beredskab.web.environments import Environment, Unreadable
from ddh_beredskab.web.event_stream import EventStream, wanted_topics
from ddh_beredskab.web.exercise_reading import mine_now
from ddh_beredskab.web.hub import Wanted
from ddh_beredskab.web.people_here import people_here
from ddh_beredskab.web.reading import read_crises, read_crisis
from ddh_beredskab.web.site import Page
from ddh_beredskab.web.topics import ListTopic, Looks, first_shown
from ddh_beredskab.web.visit import Visit, crisis_people
from schemas.crisis_staff import CompleteActivationStep

STEP_ROUTE = f"POST {CRISIS}/trin"
LOG_ROUTE = f"POST {CRISIS}/log"
MOST_LOOKED_AT = 30
"""How many crises that are not over the list looks into for what waits for one."""
_DUTIFUL: frozenset[Standing] = frozenset(
    {*STAFF_ROLES, "municipal_leader", "local_leader", "local_information_lead", "steering_group", "project_leader",
     "strategic_leadership", "secretariat", "asked"}
)  # fmt: skip


async def crises(visit: Visit) -> Response:
    """All crises of all environments, on top what waits for whoever looks."""
    looks = Looks(visit.site.playbooks, "everyone")
    shown = await ListTopic(visit.site.environments, visit.language, looks).show(datetime.now(UTC))
    waiting: list[Json] | None = None
    if _may_get_duties(visit.who):  # the others' page has no part of their own that would be looked at again
        waiting = []
        for environment in visit.site.environments.all():
            try:
                waiting += await waiting_in(visit, environment)
            except Unreadable:
                continue  # the list itself says that it cannot be read
    return visit.page(
        "crises.html",
        visit.words.t("crises.heading"),
        fragments=shown.fragments,
        waiting=waiting,
        topic="list",
        exercises=await mine_now(visit),
    )


async def waiting_in(visit: Visit, environment: Environment) -> list[Json]:
    """Crises of one environment in which something waits for whoever looks."""
    who, site = visit.who, visit.site
    assert who is not None
    names = await environment.names()
    hide = site.playbooks.limits.hide_counts_under

    def look(conn: Conn) -> list[Json]:
        found: list[Json] = []
        parts = held_by(conn, who.person) if environment.name != "drift" else ()
        here = who.with_parts(parts)
        open_ = [line for line in read_crises(conn) if line["phase"] not in OVER][:MOST_LOOKED_AT]
        for line in open_:
            read = read_crisis(conn, environment.name, line["crisis"], names, staff=False, hide_under=hide)
            if read is None:
                continue
            people = crisis_people(read.situation, read.roster)
            there = standings(here, people)
            mine = duties(read, who.person, there, people, site.playbooks)
            if mine:
                base = f"/krise/{environment.name}/{line['crisis']}"
                found.append({
                    "title": line["title"],
                    "drill": environment.name != "drift",
                    "base": base,
                    "now": read.clock.now,
                    "duties": [_shown(visit, duty, base, there) for duty in mine],
                })  # fmt: skip
        return found

    return await environment.read(look)


async def crisis(visit: Visit) -> Response:
    """Stabsrummet: overview, what is mine, aktiveringsforløbet, the log, and the rest folded away."""
    await with_answer(visit)
    topic = visit.topic
    read, shown = await topic.show()
    first = first_shown(shown.last)
    dutiful = bool(visit.standings & _DUTIFUL) or _may_get_duties(visit.who)
    writes = visit.may(LOG_ROUTE)
    steps = views.steps(read, visit.site.playbooks)
    return visit.page(
        "crisis.html",
        read.situation["title"] or visit.words.t("crises.untitled"),
        topic=f"{topic.name}@{shown.last}",
        fragments=shown.fragments,
        entries=await topic.entry_views(first, shown.last),
        first=first,
        last=shown.last,
        mine=await _mine(visit) if dutiful else None,
        writes=writes,
        people_choice=[(each.ref, each.label) for each in await people_here(visit)] if writes else [],
        kinds=visit.log_kinds(),
        kind=_last_kind(visit),
        steps=steps,
        ticks=await _ticks(visit, steps) if visit.may(STEP_ROUTE) else None,
    )


def _may_get_duties(who: Who | None) -> bool:
    """Something may wait for them at any moment (the staff may ask them): their page has to tell when it does."""
    return bool(who and any(held.role in _DUTIFUL for held in who.held))


async def _mine(visit: Visit) -> Json:
    """Who one is here, and what waits for one."""
    read, who, people = await visit.read(), visit.who, visit.in_crisis
    assert who is not None
    assert people is not None
    there = visit.standings
    mine = duties(read, who.person, there, people, visit.site.playbooks)
    roles: list[Json] = [
        {"name": views.role_name(visit.site.playbooks, role), "deputy": role in people.deputies}
        for role in visit.site.rights.allowed(f"GET {CRISIS}/stab") or sorted(there)
        if role in there and role != "asked"
    ]
    return {"roles": roles, "duties": [_shown(visit, duty, visit.base, there) for duty in mine]}


def _shown(visit: Visit, duty: Duty, base: str, there: frozenset[Standing]) -> Json:
    """A duty with its address, when the page is there and one may open it."""
    address = f"{base}{duty.page}" if duty.page.startswith("#") else f"{base}/{duty.page}"
    route = f"GET {CRISIS}/{duty.page}"
    known = any(page.route == route for page in visit.site.pages)
    may = known and visit.site.rights.may(route, there, signed_in=True)
    shown: dict[str, Any] = {"key": duty.key, "facts": duty.facts, "due": duty.due, "late": duty.late}
    return shown | {"address": address if may or duty.page.startswith("#") else None}


async def _ticks(visit: Visit, steps: Json) -> dict[int, str | None]:
    """Step -> why it cannot be ticked now (null: it can), for those that only a person can tick."""
    manual = {step.no for step in visit.site.playbooks.steps.steps if step.manual}
    numbers: Sequence[int] = [line["no"] for line in steps["lines"] if line["no"] in manual and not line["done_at"]]
    return {no: await visit.why_not(CompleteActivationStep(step=no), STEP_ROUTE) for no in numbers}


def _last_kind(visit: Visit) -> str:
    """The kind one wrote last (without a script the address carries it), else what comes most."""
    kinds = [kind for kind, _ in visit.log_kinds()]
    asked = visit.query.get("slags", "")
    return asked if asked in kinds else kinds[0]


async def live(visit: Visit) -> Response:
    """Server-sent events: of each topic asked for what one may see, as whoever one is there."""
    asked = visit.request.query_params.getlist("topic")
    wanted: list[Wanted] = []
    for name, after in wanted_topics(asked, visit.request.headers.get("last-event-id")):
        if name == "list":
            wanted.append((name, after, "everyone"))
            continue
        if name.startswith(PREFIX):
            if visit.may("GET /vagt/{environment}"):
                wanted.append((name, after, "everyone"))
            continue
        environment, _, crisis_id = name.partition("/")
        seen_as = await visit.beside(environment, crisis_id)
        if seen_as is not None:
            wanted.append((name, after, seen_as))
    return EventStream(visit.site.hub, wanted, visit.language)


PAGES = (
    Page("GET", "/", crises, nav="nav.crises", order=10),
    Page("GET", "/krise/{environment}/{crisis}", crisis, tab="tab.overview", order=10),
    Page("GET", "/live", live),
)
