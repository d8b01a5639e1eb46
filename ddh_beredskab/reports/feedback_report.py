"""Tilbagemelding til kommunen, put together once for page, PDF and JSON: what was asked, what is new, what we propose.

Rules kept: it is made from what was known when the report went out, so it says the same for ever (but for the receipt
and the answers, which come later); outside the staff counts under the limit are left out, one more with it where the
sum would tell, and a citizen's words only stand where so many asked the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from ddh_beredskab.core.playbook import Limits, Playbooks
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.projections.documents import document
from ddh_beredskab.projections.feedback_reports import FEEDBACK_REPORTS
from ddh_beredskab.projections.gap_times import unanswered_windows, with_first_asked
from ddh_beredskab.projections.question_texts import QuestionTexts, question_texts
from ddh_beredskab.projections.questions_over_time import sums_between
from ddh_beredskab.projections.read_model import Json, instant
from ddh_beredskab.projections.situation import SITUATION
from ddh_beredskab.understanding.questions import Understood, understood
from ddh_beredskab.understanding.similar import Group
from ddh_beredskab.understanding.trends import Trend, trends
from schemas import feedback_report as r

STRETCHES = 12
MOST_QUESTIONS, MOST_IN_A_GAP, MOST_WORDS = 12, 5, 10


@dataclass(frozen=True, slots=True)
class ReportRead:
    """Everything a report is made of, read in one go."""

    environment: str
    crisis: str
    situation: Json
    report: Json
    before: Json | None
    gaps: list[Json]
    texts: QuestionTexts
    over_time: list[tuple[datetime, int]]
    stretch_minutes: int


def read_report(conn: Conn, environment: str, crisis: str, number: int | None, limits: Limits) -> ReportRead | None:
    """The report of that number, or the newest; null when there is none."""
    situation, doc = document(conn, SITUATION, crisis), document(conn, FEEDBACK_REPORTS, crisis)
    every: list[Json] = doc["reports"] if doc else []
    report = next((each for each in every if each["number"] == (number or len(every))), None)
    if situation is None or report is None:
        return None
    since, upto = instant(report["period_from"]), instant(report["period_to"])
    stretch = _stretch(upto - since, limits.feedback_window_minutes)
    return ReportRead(
        environment=environment,
        crisis=crisis,
        situation=situation,
        report=report,
        before=next((each for each in every if each["number"] == report["number"] - 1), None),
        gaps=with_first_asked(doc, unanswered_windows(conn, crisis), limits.gap_minutes),
        texts=question_texts(conn, crisis, since, upto, known=instant(report["at"])),
        over_time=sums_between(conn, crisis, since, upto, minutes=stretch),
        stretch_minutes=stretch,
    )


def _stretch(length: timedelta, window: int) -> int:
    """Some twelve stretches of whole windows."""
    minutes = length.total_seconds() / 60
    return max(1, -(-int(minutes) // (STRETCHES * window))) * window


def understood_texts(texts: QuestionTexts, playbooks: Playbooks) -> Understood:
    """What the questions say, by the limits and words of the playbooks."""
    limits = playbooks.limits
    return understood(
        texts.now,
        texts.before,
        stop_words=playbooks.understanding.stop_words.all(),
        share=limits.similar_words_share,
        at_least=limits.emerging_word_questions,
        false_alarms=limits.trend_false_alarm_share,
    )


def report_of(read: ReportRead, playbooks: Playbooks, *, staff: bool) -> r.FeedbackReport:
    """The report as it may be told: to the staff with every count, to everybody else with small ones hidden."""
    report, limits = read.report, playbooks.limits
    least = 1 if staff else limits.hide_counts_under
    found = understood_texts(read.texts, playbooks)
    labels = _Labels(playbooks, read.situation["kind"])
    authority: Json = read.situation["authority"] or {}
    return r.FeedbackReport(
        crisis_id=read.crisis,
        drill=read.environment != "drift",
        title=read.situation["title"] or "",
        kind=read.situation["kind"],
        authority=str(authority.get("name", "")),
        number=report["number"],
        issued_at=instant(report["at"]),
        period_from=instant(report["period_from"]),
        period_to=instant(report["period_to"]),
        final=report["final"],
        receipt_before=_at(report.get("receipt_before")),
        received_at=_at((report["received"] or {}).get("at")),
        hidden_under=None if staff else limits.hide_counts_under,
        total=shown(report["total"], least),
        previous_total=shown(report["previous_total"], least),
        late=shown(report["late"], least),
        topics=_topics(read, labels, least, limits.trend_false_alarm_share),
        over_time=tuple(
            r.Stretch(starts_at=start, total=n)
            for (start, _), n in zip(read.over_time, hidden([n for _, n in read.over_time], least), strict=True)
        ),
        stretch_minutes=read.stretch_minutes,
        gaps=_gaps(read, found, labels, least),
        questions=_questions(found.same, labels, max(least, 2), MOST_QUESTIONS),
        words=_words(found, labels, least),
        proposals=_proposals(read, labels, least),
        effects=_effects(read, labels),
    )


def shown(n: int, least: int) -> int | None:
    """Null where it must not be told; nothing at all may be told."""
    return None if 0 < n < least else n


def hidden(counts: Sequence[int], least: int) -> list[int | None]:
    """The parts of a sum that is told: small ones hidden, and when that is one alone, the next smallest with it."""
    found = [shown(n, least) for n in counts]
    if found.count(None) == 1:
        rest = [(n, place) for place, n in enumerate(found) if n]
        if rest:
            found[min(rest)[1]] = None
    return found


@dataclass(frozen=True, slots=True)
class _Labels:
    playbooks: Playbooks
    kind: str | None

    def __call__(self, topic: str) -> str:
        found = next((playbook for name, playbook in self.playbooks.kinds.items() if name == self.kind), None)
        known = found.topic(topic) if found else None
        return known.label if known else topic.replace("_", " ").replace("-", " ")


def _topics(read: ReportRead, label: _Labels, least: int, false_alarms: float) -> tuple[r.ReportedTopic, ...]:
    now: list[Json] = read.report["by_topic"]
    earlier = {each["topic"]: int(each["total"]) for each in read.before["by_topic"]} if read.before else {}
    told = hidden([each["total"] for each in now], least)
    before = dict(zip(earlier, hidden(list(earlier.values()), least), strict=True))
    verdicts = report_trends(read.report, read.before, false_alarms)
    return tuple(
        r.ReportedTopic(
            topic=each["topic"],
            label=label(each["topic"]),
            total=total,
            previous=before.get(each["topic"], 0) if read.before else None,
            trend="few" if total is None else verdicts.get(each["topic"], "few"),
            unanswered=None if total is None else shown(each["answered_no"], least),
            transferred=None if total is None else shown(each["transferred"], least),
            urgent=None if total is None else shown(each["urgent"], least),
        )
        for each, total in zip(now, told, strict=True)
    )


def report_trends(report: Json, before: Json | None, false_alarms: float) -> Mapping[str, Trend]:
    """Each topic against the report before, whose period may have been longer or shorter."""
    if before is None:
        return {}
    earlier = {each["topic"]: int(each["total"]) for each in before["by_topic"]}
    now = {each["topic"]: int(each["total"]) for each in report["by_topic"]}
    length, length_before = _length(report), _length(before)
    if not length or not length_before:
        return {}
    counts = {topic: (earlier.get(topic, 0), now.get(topic, 0)) for topic in sorted({*earlier, *now})}
    return trends(counts, false_alarms, share=length / (length + length_before))


def _length(report: Json) -> float:
    return (instant(report["period_to"]) - instant(report["period_from"])).total_seconds()


def _gaps(read: ReportRead, found: Understood, label: _Labels, least: int) -> tuple[r.ReportedGap, ...]:
    """As they stood when the report went out, in its order."""
    at = instant(read.report["at"])
    known = {gap["topic"]: gap for gap in read.gaps if instant(gap["found_at"]) <= at}
    asked = {each["topic"]: each["unanswered"] for each in read.report["proposals"]}
    gaps: list[r.ReportedGap] = []
    for topic in read.report["gaps"]:
        gap = known.get(topic, {})
        same = {topic: found.unanswered.get(topic, [])}
        gaps.append(
            r.ReportedGap(
                topic=topic,
                label=label(topic),
                unanswered=shown(asked.get(topic, 0), least),
                first_asked_at=gap.get("first_asked_at"),
                found_at=_at(gap.get("found_at")),
                answer_before=_at(gap.get("answer_before")),
                questions=_questions(same, label, max(least, 2), MOST_IN_A_GAP),
            )
        )
    return tuple(gaps)


def _questions(same: Mapping[str, list[Group]], label: _Labels, least: int, most: int) -> tuple[r.SameQuestion, ...]:
    """The most asked first; what fewer have asked could tell who it was."""
    found = [(topic, group) for topic, each in same.items() for group in each if group.count >= least]
    found.sort(key=lambda each: (-each[1].count, each[0], each[1].text))
    return tuple(
        r.SameQuestion(topic=topic, label=label(topic), text=group.text, count=group.count)
        for topic, group in found[:most]
    )


def _words(found: Understood, label: _Labels, least: int) -> tuple[r.NewWord, ...]:
    words = [(topic, form, word) for topic, each in found.words.items() for form, word in each if word.now >= least]
    words.sort(key=lambda each: (-each[2].score, each[1]))
    return tuple(
        r.NewWord(topic=topic, label=label(topic), word=form, count=word.now)
        for topic, form, word in words[:MOST_WORDS]
    )


def _proposals(read: ReportRead, label: _Labels, least: int) -> tuple[r.ReportedProposal, ...]:
    answers = {each["number"]: each for each in (read.report["acknowledged"] or {"answers": []})["answers"]}
    return tuple(
        r.ReportedProposal(
            number=each["number"],
            topic=each["topic"],
            label=label(each["topic"]),
            unanswered=shown(each["unanswered"], least),
            status=answers.get(each["number"], {}).get("status", "open"),
            because=answers.get(each["number"], {}).get("because", ""),
        )
        for each in read.report["proposals"]
    )


def _effects(read: ReportRead, label: _Labels) -> tuple[r.Effect, ...]:
    """Last time's proposals: what the authority said, and whether a version has answered since; that is done too."""
    about = {each["number"]: str(each["topic"]) for each in read.before["proposals"]} if read.before else {}
    at = instant(read.report["at"])
    versions = {
        gap["topic"]: gap["version"] for gap in read.gaps if gap["closed_at"] and instant(gap["closed_at"]) <= at
    }
    still: list[str] = read.report["gaps"]
    effects: list[r.Effect] = []
    for each in read.report["earlier"]:
        topic = about.get(each["number"], "")
        version = versions.get(topic) if topic not in still else None
        status = "done" if version is not None and each["status"] == "open" else each["status"]
        effects.append(
            r.Effect(
                number=each["number"],
                topic=topic,
                label=label(topic),
                status=cast(Any, status),
                because=each["because"],
                version=version,
            )
        )
    return tuple(effects)


def _at(when: str | None) -> datetime | None:
    return instant(when) if when else None
