"""The participants' view: which part I play, what is expected of it now, and what has reached me, newest first.

Rule kept: a participant sees what would reach the part, and nothing that is still to come; the work itself is done on
the crisis' own pages, which carry the drill's band.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from starlette.responses import JSONResponse, Response

from ddh_beredskab.web.exercise_injects import names_of
from ddh_beredskab.web.exercise_reading import Exercise, exercise_in
from ddh_beredskab.web.pages.crises import waiting_in
from ddh_beredskab.web.pages.exercises import EVALUATION, LEAD
from ddh_beredskab.web.site import Page
from ddh_beredskab.web.topics import NoSuchCrisis
from ddh_beredskab.web.visit import Visit

NEW = timedelta(minutes=10)
"""A message is marked as new for so many minutes of the drill,"""
NEW_AT_LEAST = timedelta(minutes=1)
"""and never for less than this by the wall, however fast the drill runs."""


async def view(visit: Visit) -> Response:
    """My part, my duties, my messages."""
    exercise = await exercise_in(visit.environment)
    if exercise is None:
        raise NoSuchCrisis(visit.environment.name)
    who = visit.who
    assert who is not None
    part = exercise.is_in_it(who.person)
    over = exercise.phase == "ended"
    roles = exercise.roles.get(who.person, ())
    routes = {page.route for page in visit.site.pages}
    watches = exercise.plan.is_watched_by(who.person)
    evaluation = over and EVALUATION in routes and (watches or visit.may(EVALUATION))
    survey = "GET /oevelse/{environment}/spoergeskema"
    return visit.page(
        "exercise/mine.html",
        exercise.plan.title,
        exercise=exercise,
        plan=exercise.plan,
        base_=f"/oevelse/{visit.environment.name}",
        part=part,
        played=[ref for ref, person in exercise.plan.cast.items() if person == who.person],
        roles=names_of(visit.site.playbooks, roles),
        tasks=[(names_of(visit.site.playbooks, [role]), visit.site.playbooks.roles.roles[role].task) for role in roles],
        waiting=await waiting_in(visit, visit.environment) if part and not over else [],
        crises=exercise.crises,
        messages=[_message(each, exercise) for each in exercise.reached(who.person)],
        desk="call_agent" in roles,
        to_lead=watches or (visit.may(LEAD) and not part),
        to_evaluation=evaluation,
        to_survey=over and part and survey in routes,
    )


def _message(each: Any, exercise: Exercise) -> dict[str, Any]:
    at = each.delivered_at or exercise.clock.now
    return {
        "key": each.inject.key,
        "title": each.inject.title,
        "text": each.inject.text,
        "sender": each.inject.sender,
        "channel": each.inject.channel,
        "at": at,
        "new": exercise.phase != "ended" and exercise.clock.now - at < max(NEW, NEW_AT_LEAST * exercise.clock.rate),
    }


async def news(visit: Visit) -> Response:
    """How many messages have reached me, and the newest: for the band of whichever page one works on."""
    exercise = await exercise_in(visit.environment)
    who = visit.who
    came = exercise.reached(who.person) if exercise is not None and who is not None else []
    newest = came[0].inject if came else None
    told = {"count": len(came), "key": newest.key if newest else "", "title": newest.title if newest else ""}
    return JSONResponse(told, headers={"Cache-Control": "no-store"})


PAGES = (
    Page("GET", "/oevelse/{environment}", view),
    Page("GET", "/oevelse/{environment}/beskeder", news),
)
