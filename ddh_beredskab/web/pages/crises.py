"""The list of crises, one crisis live, its log page by page, and the stream that keeps them fresh."""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.exceptions import HTTPException
from starlette.responses import Response

from ddh_beredskab.projections.timeline import PAGE
from ddh_beredskab.web.acting import with_answer
from ddh_beredskab.web.event_stream import EventStream, wanted_topics
from ddh_beredskab.web.hub import Wanted
from ddh_beredskab.web.site import Page
from ddh_beredskab.web.topics import ListTopic, Looks, first_shown, newest_page
from ddh_beredskab.web.visit import Visit


async def crises(visit: Visit) -> Response:
    """All crises of all environments."""
    looks = Looks(visit.site.playbooks, "everyone")
    shown = await ListTopic(visit.site.environments, visit.language, looks).show(datetime.now(UTC))
    return visit.page("crises.html", visit.words.t("crises.heading"), fragments=shown.fragments, topic="list")


async def crisis(visit: Visit) -> Response:
    """One crisis, live."""
    await with_answer(visit)
    topic = visit.topic
    read, shown = await topic.show()
    first = first_shown(shown.last)
    return visit.page(
        "crisis.html",
        read.situation["title"] or visit.words.t("crises.untitled"),
        topic=f"{topic.name}@{shown.last}",
        fragments=shown.fragments,
        entries=await topic.entry_views(first, shown.last),
        first=first,
        last=shown.last,
    )


async def log_page(visit: Visit) -> Response:
    """A hundred entries of the log; without a number the newest."""
    topic = visit.topic
    read = await topic.read()
    last = read.log["entries"] if read.log else 0
    pages = newest_page(last)
    asked = visit.request.path_params.get("page", str(pages))
    page = int(asked) if str(asked).isdecimal() and len(str(asked)) < 8 else 0
    if not 1 <= page <= pages:
        raise HTTPException(404)
    first, upto = (page - 1) * PAGE + 1, min(page * PAGE, last)
    return visit.page(
        "log.html",
        visit.words.t("log.page_heading", first=first, last=upto),
        entries=await topic.entry_views(first, upto),
        first=first,
        last=upto,
        page=page,
        pages=pages,
    )


async def live(visit: Visit) -> Response:
    """Server-sent events: of each topic asked for what one may see, as whoever one is there."""
    asked = visit.request.query_params.getlist("topic")
    wanted: list[Wanted] = []
    for name, after in wanted_topics(asked, visit.request.headers.get("last-event-id")):
        if name == "list":
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
    Page("GET", "/krise/{environment}/{crisis}/log", log_page),
    Page("GET", "/krise/{environment}/{crisis}/log/{page}", log_page),
    Page("GET", "/live", live),
)
