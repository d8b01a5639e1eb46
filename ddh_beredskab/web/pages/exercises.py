"""Øvelser: every drill for people, planned, running and over; those one takes part in stand first.

Rule kept: everybody signed in sees that there is a drill, since everybody may meet its band; what is to come in it
stands on the leader's page alone.
"""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from ddh_beredskab.web.exercise_reading import Exercise, exercises
from ddh_beredskab.web.site import Page
from ddh_beredskab.web.views import role_name
from ddh_beredskab.web.visit import Visit

LEAD = "GET /oevelse/{environment}/leder"
EVALUATION = "GET /oevelse/{environment}/evaluering"


async def every(visit: Visit) -> Response:
    """The list, in two parts when one is in some of them."""
    who = visit.who
    assert who is not None
    lines = [_line(visit, each, who.person) for each in await exercises(visit)]
    return visit.page(
        "exercise/all.html",
        visit.words.t("exercise.heading"),
        mine=[line for line in lines if line["mine"]],
        others=[line for line in lines if not line["mine"]],
        may_plan=visit.may("GET /oevelser/ny"),
    )


def _line(visit: Visit, each: Exercise, person: str) -> dict[str, Any]:
    part = each.is_in_it(person)
    watches = each.plan.is_watched_by(person)
    over = each.phase == "ended"
    return {
        "base": f"/oevelse/{each.environment}",
        "title": each.plan.title,
        "template": each.plan.template,
        "phase": each.phase,
        "begun_at": each.begun_at,
        "leader": each.plan.leader,
        "leader_name": _name(visit, each.plan.leader),
        "people": len(each.plan.participants),
        "now": each.clock.now,
        "mine": part or watches,
        "part": part,
        "roles": [role_name(visit.site.playbooks, role) for role in each.roles.get(person, ())],
        "to_lead": watches or (visit.may(LEAD) and not part),
        "to_evaluation": over and (watches or _may(visit, EVALUATION)),
        "to_survey": over and part,
    }


def _name(visit: Visit, ref: str) -> str:
    return visit.setting.names.person(ref)


def _may(visit: Visit, route: str) -> bool:
    """Whether there is such a page, and one may open it."""
    return any(page.route == route for page in visit.site.pages) and visit.may(route)


PAGES = (Page("GET", "/oevelser", every, nav="nav.exercises", order=70),)
