"""Evalueringsrapport: how the drill went, target by target with the log entries behind it, and what is to mend.

Rules kept: the page, the PDF, the Excel file and the JSON are made of the same report; what is typed here is the
debriefing and the findings, nothing else.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from starlette.responses import Response

from ddh_beredskab.core.redaction import strike_cpr
from ddh_beredskab.danish_time import local
from ddh_beredskab.drills.findings import LONGEST as LONGEST_FINDING
from ddh_beredskab.drills.findings import add_finding
from ddh_beredskab.drills.notes import add_note
from ddh_beredskab.reports import drill_words
from ddh_beredskab.reports.drill_charts import listed, timeline
from ddh_beredskab.web.acting import id_of
from ddh_beredskab.web.evaluation_reading import evaluation, head_here
from ddh_beredskab.web.plain_forms import done, fields_of, text_of
from ddh_beredskab.web.shown_again import again
from ddh_beredskab.web.site import Page
from ddh_beredskab.web.views import role_name
from ddh_beredskab.web.visit import Mistake, Visit
from schemas.drill_evaluation import CrisisEvaluation, DrillEvaluation

AREA = "/oevelse/{environment}/evaluering"
LONGEST_NOTE = 10_000


async def page(visit: Visit) -> Response:
    """The report, and the two forms."""
    head = await head_here(visit)
    told = await evaluation(visit, head)
    words = visit.words
    if told is None:
        return visit.page("evaluation/none.html", words.t("eval.heading"), name=visit.environment.name, head=head)
    return visit.page(
        "evaluation/evaluation.html",
        words.t("eval.heading"),
        told=told,
        where=f"/oevelse/{told.environment}",
        planned=head.plan is not None,
        pictures=[_picture(visit, told, each) for each in told.crises],
        said=drill_words,
        role_name=partial(role_name, visit.site.playbooks),
        today=f"{local(datetime.now(UTC)):%Y-%m-%d}",
        done=words.t("eval.saved") if visit.query.get("gjort") else "",
        may_note=visit.may(f"POST {AREA}/debriefing"),
        may_find=visit.may(f"POST {AREA}/fund"),
    )


def _picture(visit: Visit, told: DrillEvaluation, crisis: CrisisEvaluation) -> dict[str, Any]:
    drawn, label = timeline(told, crisis, visit.words)
    return {"crisis": crisis, "svg": drawn, "label": label, "rows": listed(crisis, told)}


async def debriefing(visit: Visit) -> Response:
    """What was talked about afterwards."""
    await head_here(visit)
    fields = await fields_of(visit)
    text = text_of(fields, "text").strip()
    if wrong := _text_wrong(visit, "text", text, LONGEST_NOTE):
        return await again(visit, "debriefing", fields, wrong, page)
    assert visit.who is not None
    id_, who, struck = str(id_of(fields)), visit.who.person, strike_cpr(text)[0]
    await visit.environment.database.write(lambda conn: add_note(conn, id_, "debriefing", struck, who))
    return done(visit, f"/oevelse/{visit.environment.name}/evaluering", "debriefing")


async def finding(visit: Visit) -> Response:
    """Something that is to be mended, by whom and when."""
    await head_here(visit)
    fields = await fields_of(visit)
    text, owner = text_of(fields, "finding").strip(), text_of(fields, "owner").strip()
    wrong = _text_wrong(visit, "finding", text, LONGEST_FINDING) + _text_wrong(visit, "owner", owner, 200)
    due_on = _day(text_of(fields, "due_on"))
    if due_on is None or due_on < local(datetime.now(UTC)).date():
        wrong.append(Mistake("due_on", visit.words.t("eval.due_wrong")))
    if wrong or due_on is None:
        return await again(visit, "finding", fields, wrong, page)
    assert visit.who is not None
    id_, by, drill = str(id_of(fields)), visit.who.person, visit.environment.name
    await visit.site.people.write(lambda conn: add_finding(conn, id_, drill, text, owner, due_on, by))
    return done(visit, f"/oevelse/{drill}/evaluering", "fund")


def _text_wrong(visit: Visit, field: str, text: str, most: int) -> list[Mistake]:
    if not text:
        return [Mistake(field, visit.words.t("eval.text_missing"))]
    if len(text) > most:
        return [Mistake(field, visit.words.t("eval.text_long", most=visit.words.number(most)))]
    return []


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


PAGES = (
    Page("GET", AREA, page),
    Page("POST", f"{AREA}/debriefing", debriefing),
    Page("POST", f"{AREA}/fund", finding),
)
