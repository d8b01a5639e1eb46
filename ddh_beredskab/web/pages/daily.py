"""Døgnets overblik: what happened on one day of the crisis, out of the log and the documents that tell the rest.

Rule kept: a summary of what whoever looks may read, no more; others' entries are not even counted.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import partial

from starlette.exceptions import HTTPException
from starlette.responses import Response

from ddh_beredskab.danish_time import local
from ddh_beredskab.projections.daily_summary import daily_summary
from ddh_beredskab.projections.read_model import instant
from ddh_beredskab.projections.staff_room import staff_room
from ddh_beredskab.web import views
from ddh_beredskab.web.visit import Visit
from ddh_beredskab.web.words import COPENHAGEN


async def page(visit: Visit) -> Response:
    """One day; 404 for what is no day of the crisis."""
    day = _day(str(visit.request.path_params["day"]))
    read, crisis = await visit.read(), visit.crisis
    began = visit.situation.get("reported_at") if visit.situation else None
    today = local(visit.now).date()
    if day is None or began is None or not local(instant(began)).date() <= day <= today:
        raise HTTPException(404)
    entries = await visit.topic.entries(1, read.log["entries"] if read.log else 0)
    table = await visit.environment.read(lambda conn: staff_room(conn, crisis, "meetings", "statuses", "pictures"))
    staff, inside = visit.audience == "staff", visit.audience in ("staff", "authority")
    found = daily_summary(
        entries,
        day,
        guide=read.guide,
        meetings=table["meetings"] if staff else None,
        statuses=table["statuses"] if staff else None,
        pictures=table["pictures"] if inside else None,
        roster=read.roster,
    )
    playbooks = visit.site.playbooks
    told = {
        name: [views.log_entry(entry, playbooks) for entry in getattr(found, name)]
        for name in ("decisions", "omissions", "urgent", "pinned")
    }
    first = local(instant(began)).date()
    return visit.page(
        "stepdown/daily.html",
        visit.words.t("daily.heading"),
        subpage=True,
        summary=found,
        told=told,
        noon=noon(day),
        day=day,
        before=day - timedelta(days=1) if day > first else None,
        after=day + timedelta(days=1) if day < today else None,
        role_name=partial(views.role_name, playbooks),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def noon(day: date) -> datetime:
    """An instant of the day, to be written as a date."""
    return datetime.combine(day, time(12), COPENHAGEN)
