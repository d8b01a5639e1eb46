"""Findings across drills: what is to be mended, by whom, by when; closed in a later drill that shows it.

Rule kept: a finding is closed with a drill other than the one it came from, and with how it was shown.
"""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.exceptions import HTTPException
from starlette.responses import Response

from ddh_beredskab.clock import to_micros
from ddh_beredskab.danish_time import local
from ddh_beredskab.drills.aar import DrillHead
from ddh_beredskab.drills.findings import LONGEST, Finding, all_findings, close_finding
from ddh_beredskab.web.evaluation_reading import heads
from ddh_beredskab.web.plain_forms import done, fields_of, text_of
from ddh_beredskab.web.shown_again import again
from ddh_beredskab.web.site import Page
from ddh_beredskab.web.visit import Mistake, Visit

CLOSE = "/fund/{finding}/luk"


async def page(visit: Visit) -> Response:
    """All findings; the open ones first, the overdue marked."""
    every, drills = await visit.site.people.read(all_findings), await heads(visit)
    today = local(datetime.now(UTC)).date()
    return visit.page(
        "evaluation/findings.html",
        visit.words.t("findings.heading"),
        open_=[
            {"finding": each, "overdue": each.overdue(today), "later": later(each, drills)}
            for each in every
            if each.open
        ],
        closed=[each for each in every if not each.open],
        named={each.environment: _name(each) for each in drills},
        may_close=visit.may(f"POST {CLOSE}"),
        done=visit.words.t("eval.saved") if visit.query.get("gjort") else "",
    )


def later(finding: Finding, drills: list[DrillHead]) -> list[tuple[str, str]]:
    """Drills that were begun after the finding was made: (environment, how it is told)."""
    made = to_micros(finding.made_at)
    return [
        (each.environment, f"{_name(each)} ({each.on})")
        for each in drills
        if each.environment != finding.drill and each.run is not None and each.run.started_at > made
    ]


def _name(head: DrillHead) -> str:
    return head.title or head.environment.removeprefix("oevelse.")


async def close(visit: Visit) -> Response:
    """It is mended, as a later drill has shown."""
    id_ = str(visit.request.path_params["finding"])
    found = next((each for each in await visit.site.people.read(all_findings) if each.id == id_), None)
    if found is None:
        raise HTTPException(404)
    fields = await fields_of(visit)
    drill, how = text_of(fields, "drill"), text_of(fields, "how").strip()
    wrong: list[Mistake] = []
    if drill not in [name for name, _ in later(found, await heads(visit))]:
        wrong.append(Mistake("drill", visit.words.t("findings.choose_drill")))
    if not how:
        wrong.append(Mistake("how", visit.words.t("eval.text_missing")))
    elif len(how) > LONGEST:
        wrong.append(Mistake("how", visit.words.t("eval.text_long", most=visit.words.number(LONGEST))))
    if wrong:
        return await again(visit, f"close-{id_}", fields, wrong, page)
    assert visit.who is not None
    by = visit.who.person
    if not await visit.site.people.write(lambda conn: close_finding(conn, id_, drill, how, by)):
        return await again(visit, f"close-{id_}", fields, [Mistake("", visit.words.t("findings.too_late"))], page)
    return done(visit, "/fund", "fund")


PAGES = (
    Page("GET", "/fund", page),
    Page("POST", CLOSE, close),
)
