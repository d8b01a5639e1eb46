"""Det registrerer vi om dig: the rows about oneself, why they are there, who sees them, and how long.

Rule kept: one sees one's own alone; the page says what is kept, not what one would like to keep.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from starlette.responses import Response

from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.people.registered import Registered, log_ins, registered
from ddh_beredskab.people.training import trainings
from ddh_beredskab.projections.documents import document
from ddh_beredskab.projections.read_model import Json
from ddh_beredskab.projections.situation import ALL, SITUATION
from ddh_beredskab.web.environments import Environment, Unreadable
from ddh_beredskab.web.site import Page
from ddh_beredskab.web.training_view import LIGHTS, all_lines
from ddh_beredskab.web.views import role_name
from ddh_beredskab.web.visit import Visit

AREA = "/mig/det-registrerer-vi"


@dataclass(frozen=True, slots=True)
class Place:
    """What one environment has about somebody."""

    name: str
    """The drill's name; empty for the operation."""
    environment: str
    rows: Registered
    titles: dict[str, str]


async def my_data(visit: Visit) -> Response:
    """Everything about the one who asks, in every environment that can be read."""
    who = visit.who
    assert who is not None
    places: list[Place] = []
    unreadable: list[str] = []
    for environment in sorted(visit.site.environments.all(), key=lambda each: (each.name != "drift", each.name)):
        try:
            places.append(await _place(environment, who.person))
        except Unreadable:
            unreadable.append(environment.name)
    return visit.page(
        "mine/registered.html",
        visit.words.t("mydata.heading"),
        places=[place for place in places if not place.rows.nothing],
        unreadable=unreadable,
        log_ins=await visit.site.people.read(lambda conn: log_ins(conn, who.person)),
        days=visit.site.playbooks.limits.receipts_delete_days,
        trained=await visit.site.people.read(lambda conn: trainings(conn, who.person)),
        due=[each for each in await all_lines(visit) if each.person == who.person],
        lights=LIGHTS,
        role_name=partial(role_name, visit.site.playbooks),
    )


async def _place(environment: Environment, person: str) -> Place:
    def look(conn: Conn) -> tuple[Registered, Json]:
        listed = document(conn, SITUATION, ALL)
        return registered(conn, person), listed["crises"] if listed else {}

    rows, crises = await environment.read(look)
    titles = {crisis: str(line["title"]) for crisis, line in crises.items()}
    return Place(environment.name.partition(".")[2], environment.name, rows, titles)


PAGES = (Page("GET", AREA, my_data),)
