"""Borgernes spørgsmål: by topic with the trend, what the guide does not answer, and the reports to the authority.

Rules kept: small counts are hidden outside the staff; a report is received by the authority, which says what it did;
how often reports come is agreed with it.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response

from ddh_beredskab.core.role_holders import AUTHORITY_ROLES
from ddh_beredskab.projections.questions_over_time import questions_over_time, stretch_trends
from ddh_beredskab.projections.read_model import Json, instant
from ddh_beredskab.reports.feedback_pdf import gap_line
from ddh_beredskab.reports.feedback_report import report_of
from ddh_beredskab.web import questions_board as board
from ddh_beredskab.web.acting import CRISIS, Action, with_answer
from ddh_beredskab.web.forms import Fields, filled_in
from ddh_beredskab.web.pages.report_files import charts_of, report_read
from ddh_beredskab.web.people_here import authority_people
from ddh_beredskab.web.site import Page
from ddh_beredskab.web.views import next_report, role_name
from ddh_beredskab.web.visit import Mistake, Visit
from schemas.base import Command
from schemas.feedback import AcknowledgeReport, SetReportInterval

AREA = f"{CRISIS}/spoergsmaal"
STRETCHES = 12
SPANS = (15, 60, 240)
INTERVALS = (15, 30, 45, 60, 90, 120, 180, 240, 360, 480, 720, 1440)


async def questions(visit: Visit) -> Response:
    """What citizens ask, how it moves, and what the guide does not answer."""
    await with_answer(visit)
    read, minutes = await visit.read(), _minutes(visit)
    crisis, staff = visit.crisis, visit.audience == "staff"
    limits, now = visit.site.playbooks.limits, visit.now
    over = await visit.environment.read(
        lambda conn: questions_over_time(
            conn, crisis, now, minutes=minutes, stretches=STRETCHES, staff=staff, hide_under=limits.hide_counts_under
        )
    )
    none: Json = {"gaps": {}, "gaps_before": [], "reports": [], "urgent": [], "interval_minutes": None}
    doc = read.reports or none
    interval = doc["interval_minutes"]
    other = next(each for each in INTERVALS if each != interval)
    trends = stretch_trends(over.topics, limits.trend_false_alarm_share)
    return visit.page(
        "questions/questions.html",
        visit.words.t("questions.heading"),
        subpage=True,
        lines=[board.line(visit, each, over, trends) for each in read.topics],
        total=sum(each.total or 0 for each in read.topics),
        over=over,
        all_topics=over.total(),
        minutes=minutes,
        spans=SPANS,
        gaps=await board.gaps(visit, doc),
        said=await board.said(visit),
        figures=await board.figures(visit),
        reports=list(reversed(doc["reports"])),
        urgent=[each | {"label": board.label(visit, each["topic"])} for each in doc["urgent"]],
        label=partial(board.label, visit),
        due=next_report(read.reports),
        interval=interval,
        intervals=INTERVALS,
        interval_why=await visit.why_not(SetReportInterval(minutes=other), INTERVAL.route),
        hide_under=limits.hide_counts_under,
        least=board.least(visit),
    )


async def report(visit: Visit) -> Response:
    """One report to the authority, with what was proposed and what became of it."""
    await with_answer(visit)
    asked = str(visit.request.path_params.get("number") or visit.filled.values.get("number", ""))
    found = await report_read(visit, asked)
    if found is None:
        raise HTTPException(404)
    read, last = found
    staff, number = visit.audience == "staff", int(read.report["number"])
    told = await asyncio.to_thread(report_of, read, visit.site.playbooks, staff=staff)
    own = visit.site.rights.acts_as(ACKNOWLEDGE.route, visit.standings) in AUTHORITY_ROLES
    people = await authority_people(visit)
    speaker = None if own or not people else people[0].ref
    acknowledged: Json = read.report["acknowledged"] or {"answers": []}
    answered: list[Json] = acknowledged["answers"]
    return visit.page(
        "questions/report.html",
        visit.words.t("questions.report_heading", number=number),
        subpage=True,
        report=read.report,
        told=told,
        charts=charts_of(told, visit.words),
        gap_line=partial(gap_line, words=visit.words),
        tried=partial(_tried, visit),
        last=last,
        proposals=[each.model_dump() | {"answer": _answer(answered, each.number)} for each in told.proposals],
        by_phone=not own,
        speak_for=people,
        why=await visit.why_not(AcknowledgeReport(number=number), ACKNOWLEDGE.route, on_behalf_of=speaker),
        receipt_before=told.receipt_before or told.issued_at + _answer_time(visit),
    )


def _tried(visit: Visit, role: str) -> str:
    """Who was called, by the role's name."""
    if role in ("deputy", "krisestab"):
        return visit.words.t(f"guide.role_{role}")
    return role_name(visit.site.playbooks, role)


def _answer_time(visit: Visit) -> timedelta:
    """For reports from before they told it themselves."""
    return timedelta(minutes=visit.site.playbooks.limits.report_answer_minutes)


def _minutes(visit: Visit) -> int:
    """How long a stretch is: as asked for, else by how long the crisis has gone on."""
    asked = visit.query.get("pr", "")
    if asked.isdecimal() and int(asked) in SPANS:
        return int(asked)
    since = (visit.situation or {}).get("activated_at")
    hours = (visit.now - instant(since)) / timedelta(hours=1) if since else 0
    return SPANS[0] if hours <= 3 else SPANS[1] if hours <= 36 else SPANS[2]


def _answer(answers: list[Json], number: int) -> Json | None:
    return next((each for each in answers if each["number"] == number), None)


def _acknowledged(visit: Visit, fields: Fields) -> Command | list[Mistake]:
    """answers.0.number, .status, .because: a proposal without a choice is not answered yet."""
    mistakes: list[Mistake] = []
    own = visit.site.rights.acts_as(ACKNOWLEDGE.route, visit.standings) in AUTHORITY_ROLES
    if not own and not fields.get("on_behalf_of"):
        mistakes.append(Mistake("on_behalf_of", visit.words.t("form.choose")))
    answers: list[dict[str, Any]] = []
    for name in [name for name in fields if name.startswith("answers.") and name.endswith(".status") and fields[name]]:
        prefix = name.removesuffix("status")
        answer = {key: str(fields.get(f"{prefix}{key}", "")) for key in ("number", "status", "because")}
        if answer["status"] == "rejected" and not answer["because"]:
            mistakes.append(Mistake(f"{prefix}because", visit.words.t("questions.because_missing")))
        answers.append(answer)
    made, wrong = filled_in(AcknowledgeReport, fields, visit.words, answers=answers)
    mistakes += wrong
    return made if made is not None and not mistakes else mistakes


ACKNOWLEDGE = Action("spoergsmaal/svar", AcknowledgeReport, page=report, back="/spoergsmaal", read=_acknowledged)
INTERVAL = Action("spoergsmaal/interval", SetReportInterval, page=questions, back="/spoergsmaal")

PAGES = (
    Page("GET", AREA, questions, tab="tab.questions", order=55),
    Page("GET", f"{AREA}/tilbagemelding/{{number}}", report),
    ACKNOWLEDGE.door(),
    INTERVAL.door(),
)
