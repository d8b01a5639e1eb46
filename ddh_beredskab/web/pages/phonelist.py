"""The phone list: on the screen with numbers to press, and as a page of paper, made anew at every request."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from functools import partial

from starlette.responses import Response

from ddh_beredskab.people.phone_list import phone_list
from ddh_beredskab.reports.phone_list import phone_list_pdf
from ddh_beredskab.web.rendering import words_in
from ddh_beredskab.web.site import Page
from ddh_beredskab.web.views import role_name
from ddh_beredskab.web.visit import Visit

FORM = "/indmeld"


async def page(visit: Visit) -> Response:
    """As the register has it now."""
    listed = await visit.site.people.read(phone_list)
    playbooks = visit.site.playbooks
    return visit.page(
        "phonelist/page.html",
        visit.words.t("phonelist.title"),
        listed=listed,
        role_name=partial(role_name, playbooks),
        made=_made(visit),
        minutes=playbooks.limits.phone_list_exhausted_minutes,
    )


async def paper(visit: Visit) -> Response:
    """The same, to be hung on the wall; in Danish, whatever language the screen has."""
    listed = await visit.site.people.read(phone_list)
    words, playbooks = words_in("da"), visit.site.playbooks
    made = await asyncio.to_thread(
        phone_list_pdf,
        listed,
        words.t,
        partial(role_name, playbooks),
        at=datetime.now(UTC),
        made=_made(visit, danish=True),
        minutes=playbooks.limits.phone_list_exhausted_minutes,
        form=f"{str(visit.request.base_url).rstrip('/')}{FORM}",
    )
    headers = {
        "Content-Disposition": f'inline; filename="telefonliste-{datetime.now(UTC):%Y-%m-%d}.pdf"',
        "Cache-Control": "no-store",
    }
    return Response(made, media_type="application/pdf", headers=headers)


def _made(visit: Visit, *, danish: bool = False) -> str:
    words, now = words_in("da") if danish else visit.words, datetime.now(UTC)
    return f"{words.date(now)} {words.clock(now)}"


PAGES = (
    Page("GET", "/telefonliste", page, nav="nav.phonelist", order=40),
    Page("GET", "/telefonliste.pdf", paper),
)
