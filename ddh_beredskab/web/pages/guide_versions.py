"""The versions of the guide: each as it was in force, what it changed, and what a recalled one has done."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.responses import Response

from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.journal.messages import read_stream
from ddh_beredskab.people.recall_facts import RecallFacts, recall_facts
from ddh_beredskab.projections.documents import document
from ddh_beredskab.projections.guide_in_force import GUIDE_IN_FORCE
from ddh_beredskab.projections.read_model import Json
from ddh_beredskab.web.acting import CRISIS
from ddh_beredskab.web.guide_board import kind_of
from ddh_beredskab.web.guide_texts import flat, labels
from ddh_beredskab.web.recall_view import recall_view
from ddh_beredskab.web.site import Page
from ddh_beredskab.web.visit import Visit
from ddh_beredskab.web.word_diff import field_changes
from schemas.guides import GuideContent, GuideReleased

OVERSEEN = "GET /krise/{environment}/{crisis}/guide/set"
"""Whoever may see how many have seen the guide may see what a recalled one has done."""


async def version(visit: Visit) -> Response:
    """One version whole, with what is different from the one before."""
    asked, crisis = str(visit.request.path_params["version"]), visit.crisis

    def look(conn: Conn) -> tuple[Json | None, dict[int, GuideContent], RecallFacts | None]:
        facts = recall_facts(conn, crisis, int(asked)) if asked.isdecimal() and len(asked) < 6 else None
        return document(conn, GUIDE_IN_FORCE, crisis), released(conn, crisis), facts

    doc, contents, facts = await visit.environment.read(look)
    versions: list[Json] = doc["versions"] if doc else []
    this = next((each for each in versions if str(each["version"]) == asked), None)
    if this is None:
        raise HTTPException(404)
    number = int(this["version"])
    content, before = contents.get(number), contents.get(number - 1)
    changes = field_changes(flat(before) if before else None, flat(content)) if content else []
    return visit.page(
        "guide/version.html",
        visit.words.t("guides.version_heading", number=number) if number else visit.words.t("guides.first_heading"),
        subpage=True,
        version=this,
        changes=changes,
        compared=number - 1 if before else None,
        labels=labels(visit.site.playbooks, kind_of(visit), visit.words),
        in_force=bool(doc and doc["version"] == number and doc["state"] in ("in_force", "first_message")),
        last=versions[-1]["version"],
        recall=await recall_view(visit, facts, doc) if facts and visit.may(OVERSEEN) else None,
    )


def released(conn: Conn, crisis: str) -> dict[int, GuideContent]:
    """Version -> its text, as it was released."""
    stream = read_stream(conn, f"guides-{crisis}")
    return {row.message.version: row.message.content for row in stream if isinstance(row.message, GuideReleased)}


PAGES = (Page("GET", f"{CRISIS}/guide/version/{{version}}", version),)
