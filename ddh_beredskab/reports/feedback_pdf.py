"""Tilbagemelding til kommunen on paper: the report as a tagged PDF, with its charts and the tables beneath them.

Rule kept: it says what the page says, number for number, since both are made of the same `FeedbackReport`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from ddh_beredskab.reports.charts import over_time, topic_bars
from ddh_beredskab.reports.paper_parts import Words
from ddh_beredskab.reports.typesetting import pdf
from schemas.feedback_report import FeedbackReport, ReportedGap

MOST_BARS = 12
WORDS = (
    "by_topic", "chart_table", "gaps", "no_gaps", "same_question", "new_words", "effects", "proposals",
    "proposals_hint", "nothing_asked", "over_time",
)  # fmt: skip


class Counting(Words, Protocol):
    """Words that also write numbers."""

    def n(self, key: str, count: int, **facts: object) -> str: ...
    def number(self, value: float) -> str: ...


@dataclass(frozen=True, slots=True)
class Charts:
    """The two charts of a report as SVG, each with what it says in words; empty where nothing was asked."""

    topics: str
    topics_label: str
    over_time: str
    over_time_label: str


def charts(told: FeedbackReport, words: Counting) -> Charts:
    """Topics now and last time, and the period in stretches."""
    rows = [(_upper(each.label), each.total, each.previous) for each in told.topics[:MOST_BARS]]
    bars_label = words.t("report.bars", n=words.number(len(rows)))
    time_label = words.t("report.over_time", minutes=told.stretch_minutes)
    ticks = [words.hm(each.starts_at) for each in told.over_time]
    bars = topic_bars(rows, bars_label, now=words.t("report.now"), before=words.t("report.before")) if rows else ""
    line = over_time([each.total for each in told.over_time], ticks, time_label) if rows else ""
    return Charts(bars, bars_label, line, time_label)


def feedback_pdf(told: FeedbackReport, words: Counting, text: Callable[[str], str], *, at: datetime) -> bytes:
    """The whole as a tagged PDF; `text` puts names in the place of refs in what people wrote."""
    return pdf("feedback_report", feedback_facts(told, words, text, at=at), at=at)


def feedback_facts(
    told: FeedbackReport, words: Counting, text: Callable[[str], str], *, at: datetime
) -> dict[str, Any]:
    """Lines and words, as the template reads them."""
    t = words.t
    drawn = charts(told, words)
    return {
        "title": t("report.title", number=told.number, authority=told.authority),
        "language": "da",
        "size": 9.5,
        "drill_band": t("site.drill_band") if told.drill else "",
        "foot": t("report.foot", number=told.number, date=words.date(at), clock=words.clock(at)),
        "crisis": told.title,
        "period": t("questions.period", from_=words.day_hm(told.period_from), to=words.day_hm(told.period_to)),
        "final": t("reports.final") if told.final else "",
        "receipt": receipt_line(told, words),
        "total": _count(told.total, words, told.hidden_under, "questions.n"),
        "previous": "" if told.number == 1 else t("questions.previous", n=_number(told.previous_total, words)),
        "late": t("questions.late", n=_number(told.late, words)) if told.late != 0 else "",
        "hidden": t("report.hidden", n=told.hidden_under) if told.hidden_under else "",
        "words": {word: t(f"report.{word}") for word in WORDS},
        "charts": _drawn(drawn),
        "head": _heads(t, "topic", "now", "before", "trend", "unanswered", "transferred", "urgent"),
        "topics": [
            [
                _upper(each.label),
                _number(each.total, words),
                "" if told.number == 1 else _number(each.previous, words),
                t(f"questions.trend_{each.trend}") if each.trend in ("up", "down") else "",
                *(_number(n, words) for n in (each.unanswered, each.transferred, each.urgent)),
            ]
            for each in told.topics
        ],
        "stretch_head": [t("report.head.from"), t("report.head.now")],
        "stretches": [[words.hm(each.starts_at), _number(each.total, words)] for each in told.over_time],
        "gaps": [
            {"label": _upper(gap.label), "line": gap_line(gap, words), "questions": [
                t("report.quote", text=each.text, n=words.number(each.count)) for each in gap.questions
            ]}
            for gap in told.gaps
        ],
        "same": [
            [_upper(each.label), each.text, words.number(each.count)] for each in told.questions
        ],
        "same_head": _heads(t, "topic", "question", "asked"),
        "new_words": [
            t("report.word", word=each.word, n=words.number(each.count), topic=each.label) for each in told.words
        ],
        "effects": [
            [
                _upper(each.label),
                t(f"questions.status.{each.status}"),
                " ".join(
                    part
                    for part in (
                        text(each.because),
                        t("report.in_version", version=each.version) if each.version is not None else "",
                    )
                    if part
                ),
            ]
            for each in told.effects
        ],
        "effects_head": _heads(t, "proposal", "became", "because"),
        "proposals": [
            f"{_upper(each.label)} ({t('questions.unanswered_n', n=words.number(each.unanswered))})"
            if each.unanswered
            else _upper(each.label)
            for each in told.proposals
        ],
    }  # fmt: skip


def _drawn(drawn: Charts) -> list[list[str]]:
    if not drawn.topics:
        return []
    return [[drawn.topics, drawn.topics_label], [drawn.over_time, drawn.over_time_label]]


def _heads(t: Callable[[str], str], *names: str) -> list[str]:
    return [t(f"report.head.{name}") for name in names]


def receipt_line(told: FeedbackReport, words: Words) -> str:
    """Received when, or to be received by when."""
    if told.received_at is not None:
        return words.t("report.received", moment=words.moment(told.received_at, told.issued_at))
    if told.receipt_before is not None:
        return words.t("report.receipt_before", moment=words.moment(told.receipt_before, told.issued_at))
    return ""


def gap_line(gap: ReportedGap, words: Counting) -> str:
    """Since when, how many, and until when the guide should answer."""
    parts = [
        words.t("questions.unanswered_n", n=words.number(gap.unanswered)) if gap.unanswered else "",
        words.t("report.since", moment=words.day_hm(gap.first_asked_at)) if gap.first_asked_at else "",
        words.t("report.answer_before", moment=words.day_hm(gap.answer_before)) if gap.answer_before else "",
    ]
    return ". ".join(part for part in parts if part)


def _number(n: int | None, words: Counting) -> str:
    return words.t("questions.few") if n is None else words.number(n)


def _count(n: int | None, words: Counting, under: int | None, key: str) -> str:
    return words.t("report.under", n=under) if n is None else words.n(key, n)


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
