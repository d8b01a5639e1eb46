"""What the page of the citizens' questions shows: topics and their trend, gaps, the same question, new words, figures.

Rules kept: small counts are hidden outside the staff, and citizens' words are for the staff alone (reports carry what
many asked); texts are looked through beside the loop and once for each stretch of time.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from datetime import datetime, timedelta

from ddh_beredskab.core.feedback.outside import shown
from ddh_beredskab.core.windows import window_start
from ddh_beredskab.danish_time import local
from ddh_beredskab.projections.gap_times import unanswered_windows, with_first_asked
from ddh_beredskab.projections.kpi import Kpis, kpis
from ddh_beredskab.projections.question_texts import question_texts
from ddh_beredskab.projections.questions_by_topic import TopicQuestions
from ddh_beredskab.projections.questions_over_time import OverTime
from ddh_beredskab.projections.read_model import Json, instant
from ddh_beredskab.reports.feedback_report import understood_texts
from ddh_beredskab.understanding.questions import Understood
from ddh_beredskab.understanding.trends import Trend
from ddh_beredskab.web.views import topic_label
from ddh_beredskab.web.visit import Visit

KEPT = 32
MOST_SAME, MOST_WORDS, AT_LEAST = 10, 10, 3
_looked_through: OrderedDict[tuple[object, ...], Understood] = OrderedDict()
"""Results by environment, crisis, period and how many texts there were; an answer that came in late makes another."""


def label(visit: Visit, topic: str) -> str:
    """What a topic is called in this kind of crisis."""
    return topic_label(visit.site.playbooks, (visit.situation or {}).get("kind"), topic)


def least(visit: Visit) -> int:
    """Counts below this are not for whoever looks."""
    return 1 if visit.audience == "staff" else visit.site.playbooks.limits.hide_counts_under


def line(visit: Visit, topic: TopicQuestions, over: OverTime, trends: dict[str, Trend]) -> Json:
    """One topic in the table."""
    values = over.topics.get(topic.topic, (0,) * len(over.starts))
    return {
        "label": label(visit, topic.topic),
        "hidden": topic.hidden,
        "total": topic.total,
        "recent": topic.recent,
        "unanswered": topic.answered_no,
        "partly": topic.answered_partly,
        "transferred": topic.transferred,
        "urgent": topic.urgent,
        "curve": values[:-1] if None not in values[:-1] else None,
        "trend": "few" if topic.hidden else trends.get(topic.topic, "few"),
    }


async def gaps(visit: Visit, doc: Json) -> list[Json]:
    """Open ones first, most asked first; then those a version has answered. Each with when it was first asked."""
    crisis, under, quiet = visit.crisis, least(visit), visit.site.playbooks.limits.gap_minutes
    windows = await visit.environment.read(lambda conn: unanswered_windows(conn, crisis))
    first = {gap["topic"]: gap["first_asked_at"] for gap in with_first_asked(doc, windows, quiet)}
    found = [
        gap
        | {
            "topic": topic,
            "label": label(visit, topic),
            "unanswered": shown(gap["unanswered"], under),
            "first_asked_at": first.get(topic) if gap["found_at"] else None,
            "took": _took(gap, first.get(topic)),
            "late": bool(gap["overdue_at"]) and not gap["closed_at"],
        }
        for topic, gap in doc["gaps"].items()
    ]
    return sorted(
        found, key=lambda gap: (gap["closed_at"] is not None, -doc["gaps"][gap["topic"]]["unanswered"], gap["label"])
    )


def _took(gap: Json, first_asked: datetime | None) -> timedelta | None:
    """How long it took from the first question to the version that answers."""
    if first_asked is None or not gap["closed_at"] or not gap["found_at"]:
        return None
    return instant(gap["closed_at"]) - first_asked


async def said(visit: Visit) -> Json | None:
    """What the last hour's questions say, for the staff; null for everybody else."""
    if visit.audience != "staff":
        return None
    limits = visit.site.playbooks.limits
    upto = window_start(visit.now, limits.feedback_window_minutes)
    since = upto - timedelta(minutes=limits.gap_minutes)
    found = await _understood(visit, since, upto)
    same = sorted(
        ((topic, group) for topic, each in found.same.items() for group in each if group.count >= AT_LEAST),
        key=lambda each: (-each[1].count, each[0]),
    )
    open_ones = {group.stems for each in found.unanswered.values() for group in each}
    words = sorted(
        ((topic, form, word) for topic, each in found.words.items() for form, word in each),
        key=lambda each: -each[2].score,
    )
    return {
        "since": since,
        "upto": upto,
        "same": [
            {"label": label(visit, topic), "text": group.text, "count": group.count, "open": group.stems in open_ones}
            for topic, group in same[:MOST_SAME]
        ],
        "words": [
            {"label": label(visit, topic), "word": form, "count": word.now, "before": word.before}
            for topic, form, word in words[:MOST_WORDS]
        ],
        "least": limits.emerging_word_questions,
    }


async def _understood(visit: Visit, since: datetime, upto: datetime) -> Understood:
    crisis, now = visit.crisis, visit.now
    texts = await visit.environment.read(lambda conn: question_texts(conn, crisis, since, upto, known=now))
    key = (visit.environment.name, crisis, since, len(texts.now), len(texts.before), id(visit.site.playbooks))
    found = _looked_through.get(key)
    if found is None:
        found = await asyncio.to_thread(understood_texts, texts, visit.site.playbooks)
        _looked_through[key] = found
        if len(_looked_through) > KEPT:
            _looked_through.popitem(last=False)
    return found


async def figures(visit: Visit) -> list[Json]:
    """The crisis' figures beside their targets of the day; then each municipality's."""
    playbooks, crisis = visit.site.playbooks, visit.crisis
    staff, under, today = visit.audience == "staff", least(visit), local(visit.now).date()
    quiet = playbooks.limits.gap_minutes
    found = await visit.environment.read(
        lambda conn: kpis(conn, crisis, staff=staff, hide_under=under, quiet_minutes=quiet)
    )
    return [
        {
            "who": _municipality(visit, each.municipality),
            "whole": each.municipality is None,
            "questions": each.questions,
            "scores": each.scores,
            "open": each.gaps_open,
            "kpis": [
                {"kpi": kpi, "value": _value(each, kpi.key), "target": kpi.target_on(today)}
                for kpi in playbooks.understanding.kpis
            ],
        }
        for each in found
    ]


def _value(of: Kpis, key: str) -> float | None:
    return {
        "resolved": of.resolved,
        "satisfaction": of.satisfaction,
        "guide_answered": of.guide_answered,
        "gap_closed": of.gap_closed,
    }[key]


def _municipality(visit: Visit, code: str | None) -> str:
    if code is None:
        return visit.words.t("questions.whole_crisis")
    if not code:
        return visit.words.t("questions.municipality_unknown")
    return municipality_name(visit, code)


def municipality_name(visit: Visit, code: str) -> str:
    """By the register of municipalities; those of a drill by the crisis' own authority, else by their code."""
    authority: Json = (visit.situation or {}).get("authority") or {}
    if authority.get("affected") == [code]:
        return str(authority["name"])
    found = next((each for each in visit.site.municipalities.lines if each.code == code), None)
    return found.name if found else visit.words.t("questions.municipality_code", code=code)
