"""Borgernes spørgsmål: by topic with the trend, what the guide does not answer, and the reports to the authority.

Rules kept: small counts are hidden outside the staff; a report is received by the authority, which says what it did;
how often reports come is agreed with it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response

from ddh_beredskab.core.role_holders import AUTHORITY_ROLES
from ddh_beredskab.projections.documents import document
from ddh_beredskab.projections.feedback_reports import FEEDBACK_REPORTS
from ddh_beredskab.projections.questions_by_topic import TopicQuestions
from ddh_beredskab.projections.questions_over_time import OverTime, questions_over_time, trend
from ddh_beredskab.projections.read_model import Json, instant
from ddh_beredskab.web.acting import CRISIS, Action, with_answer
from ddh_beredskab.web.forms import Fields, filled_in
from ddh_beredskab.web.people_here import authority_people
from ddh_beredskab.web.site import Page
from ddh_beredskab.web.views import next_report, topic_label
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
    doc = read.reports or {"gaps": {}, "reports": [], "urgent": [], "interval_minutes": None}
    interval = doc["interval_minutes"]
    other = next(each for each in INTERVALS if each != interval)
    return visit.page(
        "questions/questions.html",
        visit.words.t("questions.heading"),
        subpage=True,
        lines=[_line(visit, each, over) for each in read.topics],
        total=sum(each.total or 0 for each in read.topics),
        over=over,
        all_topics=over.total(),
        minutes=minutes,
        spans=SPANS,
        gaps=_gaps(visit, doc),
        reports=list(reversed(doc["reports"])),
        urgent=[each | {"label": _label(visit, each["topic"])} for each in doc["urgent"]],
        label=lambda topic: _label(visit, topic),  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
        due=next_report(read.reports),
        interval=interval,
        intervals=INTERVALS,
        interval_why=await visit.why_not(SetReportInterval(minutes=other), INTERVAL.route),
        hide_under=limits.hide_counts_under,
    )


async def report(visit: Visit) -> Response:
    """One report to the authority, with what was proposed and what became of it."""
    await with_answer(visit)
    crisis = visit.crisis
    doc = await visit.environment.read(lambda conn: document(conn, FEEDBACK_REPORTS, crisis))
    found: list[Json] = doc["reports"] if doc else []
    asked = str(visit.request.path_params.get("number") or visit.filled.values.get("number", ""))
    this = next((each for each in found if str(each["number"]) == asked), None)
    if this is None:
        raise HTTPException(404)
    number = int(this["number"])
    before = next((each for each in found if each["number"] == number - 1), None)
    own = visit.site.rights.acts_as(ACKNOWLEDGE.route, visit.standings) in AUTHORITY_ROLES
    people = await authority_people(visit)
    speaker = None if own or not people else people[0].ref
    answered: list[Json] = this["acknowledged"]["answers"] if this["acknowledged"] else []
    return visit.page(
        "questions/report.html",
        visit.words.t("questions.report_heading", number=number),
        subpage=True,
        report=this,
        last=len(found),
        topics=_topics(visit, this, before),
        earlier=_earlier(visit, this, before),
        proposals=[
            each | {"label": _label(visit, each["topic"]), "answer": _answer(answered, each["number"])}
            for each in this["proposals"]
        ],
        by_phone=not own,
        speak_for=people,
        why=await visit.why_not(AcknowledgeReport(number=number), ACKNOWLEDGE.route, on_behalf_of=speaker),
        answer_before=instant(this["at"]) + timedelta(minutes=visit.site.playbooks.limits.report_answer_minutes),
    )


def _minutes(visit: Visit) -> int:
    """How long a stretch is: as asked for, else by how long the crisis has gone on."""
    asked = visit.query.get("pr", "")
    if asked.isdecimal() and int(asked) in SPANS:
        return int(asked)
    since = (visit.situation or {}).get("activated_at")
    hours = (visit.now - instant(since)) / timedelta(hours=1) if since else 0
    return SPANS[0] if hours <= 3 else SPANS[1] if hours <= 36 else SPANS[2]


def _label(visit: Visit, topic: str) -> str:
    return topic_label(visit.site.playbooks, (visit.situation or {}).get("kind"), topic)


def _line(visit: Visit, topic: TopicQuestions, over: OverTime) -> Json:
    values = over.topics.get(topic.topic, (0,) * STRETCHES)
    return {
        "label": _label(visit, topic.topic),
        "hidden": topic.hidden,
        "total": topic.total,
        "recent": topic.recent,
        "unanswered": topic.answered_no,
        "partly": topic.answered_partly,
        "transferred": topic.transferred,
        "urgent": topic.urgent,
        "curve": values[:-1] if None not in values[:-1] else None,
        "trend": "few" if topic.hidden else trend(values),
    }


def _gaps(visit: Visit, doc: Json) -> list[Json]:
    """Open ones first, most asked first; then those a version has answered."""
    gaps = [gap | {"label": _label(visit, topic)} for topic, gap in doc["gaps"].items()]
    return sorted(gaps, key=lambda gap: (gap["closed_at"] is not None, -gap["unanswered"], gap["label"]))


def _topics(visit: Visit, this: Json, before: Json | None) -> list[Json]:
    """The counts of a report, beside those of the one before; small ones are told to the staff alone."""
    least = 0 if visit.audience == "staff" else visit.site.playbooks.limits.hide_counts_under
    earlier = {each["topic"]: each["total"] for each in before["by_topic"]} if before else {}

    def shown(n: int) -> int | None:
        return None if 0 < n < least else n

    return [
        {
            "label": _label(visit, each["topic"]),
            "hidden": 0 < each["total"] < least,
            "total": shown(each["total"]),
            "before": shown(earlier.get(each["topic"], 0)) if before else None,
            "unanswered": shown(each["answered_no"]),
            "transferred": shown(each["transferred"]),
            "urgent": shown(each["urgent"]),
        }
        for each in this["by_topic"]
    ]


def _earlier(visit: Visit, this: Json, before: Json | None) -> list[Json]:
    """What was done about the proposals of last time, with what they were about."""
    about = {each["number"]: _label(visit, each["topic"]) for each in before["proposals"]} if before else {}
    return [each | {"label": about.get(each["number"], str(each["number"]))} for each in this["earlier"]]


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
