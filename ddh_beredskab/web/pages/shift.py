"""På vagt and Jeg går hjem: the two doors of a shift.

Rules kept: one begins and ends one's own shift alone; pressed twice it is one shift; while a crisis goes on nobody
begins before the brief is *Læst og forstået*.
"""

from __future__ import annotations

from starlette.responses import Response

from ddh_beredskab.errors import StorageBusy
from ddh_beredskab.journal.clock_row import clock_now
from ddh_beredskab.journal.connection import Conn, from_database
from ddh_beredskab.journal.database import Job, T
from ddh_beredskab.people import shifts
from ddh_beredskab.people.briefing import briefs_due
from ddh_beredskab.web.environments import Environment, Unreadable
from ddh_beredskab.web.forms import Fields, FormTooLarge, read_fields
from ddh_beredskab.web.site import Page
from ddh_beredskab.web.visit import Visit

DESK = "/vagt/{environment}"


async def begin(visit: Visit) -> Response:
    """Go on shift, or to the brief that must be read first."""
    if await form_of(visit) is None:
        return too_large(visit)
    who = visit.who
    assert who is not None

    def job(conn: Conn) -> str | None:
        at = clock_now(conn)
        if shifts.on_shift_since(conn, who.person, at) is not None:
            return None
        if due := briefs_due(conn, who.person):
            return due[0]
        shifts.begin(conn, who.person, who.municipality, at)
        return None

    crisis = await write(visit.environment, job)
    desk = desk_of(visit)
    return visit.go(f"{desk}/brief/{crisis}") if crisis else visit.go(desk)


async def end(visit: Visit) -> Response:
    """Go home."""
    if await form_of(visit) is None:
        return too_large(visit)
    who = visit.who
    assert who is not None
    await write(visit.environment, lambda conn: shifts.end(conn, who.person, clock_now(conn)))
    return visit.go(desk_of(visit))


def desk_of(visit: Visit) -> str:
    """The address of the desk of the path's environment."""
    return f"/vagt/{visit.environment.name}"


async def form_of(visit: Visit) -> Fields | None:
    """The form's fields; null when it is too large to be read."""
    try:
        return await read_fields(visit.request)
    except FormTooLarge:
        return None


def too_large(visit: Visit) -> Response:
    sentence = visit.words.t("form.too_large")
    return visit.page("error.html", sentence, status=413, hint="")


async def write(environment: Environment, job: Job[T]) -> T:
    """In a transaction of the environment's journal. Raises `Unreadable` when nothing can be written now."""
    try:
        return await environment.database.write(job)
    except StorageBusy as error:
        raise Unreadable(environment.name) from error
    except Exception as error:
        if from_database(error):
            raise Unreadable(environment.name) from error
        raise


PAGES = (Page("POST", f"{DESK}/begynd", begin), Page("POST", f"{DESK}/slut", end))
