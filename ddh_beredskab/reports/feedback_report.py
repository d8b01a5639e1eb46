"""Tilbagemelding til kommunen, put together once for page, PDF and JSON: what was asked, what is new, what we propose.

Rules kept: counts by topic, gaps and words are those known when the report went out; the receipt, the answers and what
came in late (in the chart over time and the period before) are added. Outside the staff counts under the limit are left
out, one more with it where the sum would tell, and a citizen's words only stand where so many asked the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ddh_beredskab.core.feedback.outside import hidden, shown
from ddh_beredskab.core.playbook import Limits, Playbooks
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.projections.documents import document
from ddh_beredskab.projections.feedback_reports import FEEDBACK_REPORTS
from ddh_beredskab.projections.gap_times import unanswered_windows, with_first_asked
from ddh_beredskab.projections.question_texts import QuestionTexts, question_texts
from ddh_beredskab.projections.questions_over_time import sums_between, topics_between
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
    earlier: list[Json]
    """The reports before it, oldest first."""
    gaps: list[Json]
    texts: QuestionTexts
    previous: Mapping[str, int]
    """By topic, in the equally long time before the period."""
    over_time: list[tuple[datetime, int]]
    stretch_minutes: int

    @property
    def before(self) -> Json | None:
        return self.earlier[-1] if self.earlier else None


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
        earlier=[each for each in every if each["number"] < report["number"]],
        gaps=with_first_asked(doc, unanswered_windows(conn, crisis), limits.gap_minutes),
        texts=question_texts(conn, crisis, since, upto, known=instant(report["at"])),
        previous=topics_between(conn, crisis, since - (upto - since), since),
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
    received: Json = report["received"] or {}
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
        received_at=_at(received.get("at")),
        hidden_under=None if staff else limits.hide_counts_under,
        total=shown(report["total"], least),
        previous_total=shown(sum(read.previous.values()), least) if read.before else None,
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
    told = hidden([each["total"] for each in now], least)
    before = dict(zip(read.previous, hidden(list(read.previous.values()), least), strict=True))
    verdicts = _trends(read, false_alarms)
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


def _trends(read: ReportRead, false_alarms: float) -> Mapping[str, Trend]:
    """Each topic against the equally long time before; the first report has also what was asked long before it."""
    if read.before is None:
        return {}
    now = {each["topic"]: int(each["total"]) for each in read.report["by_topic"]}
    counts = {topic: (read.previous.get(topic, 0), now.get(topic, 0)) for topic in sorted({*read.previous, *now})}
    return trends(counts, false_alarms)


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
    acknowledged: Json = read.report["acknowledged"] or {"answers": []}
    answers: dict[int, Json] = {each["number"]: each for each in acknowledged["answers"]}
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
    """Last time's proposals: what the authority last said of each, and whether a version has answered since."""
    at, still = read.report["at"], set(read.report["gaps"])
    versions = {gap["topic"]: gap["version"] for gap in read.gaps if gap["closed_at"] and gap["closed_at"] <= at}
    effects: list[r.Effect] = []
    for each in read.before["proposals"] if read.before else ():
        topic: str = each["topic"]
        said = _said(read.earlier, topic, at)
        version = None if topic in still else versions.get(topic)
        effects.append(
            r.Effect(
                number=each["number"],
                topic=topic,
                label=label(topic),
                status="done" if version is not None and said["status"] == "open" else said["status"],
                because=said["because"],
                version=version,
            )
        )
    return tuple(effects)


def _said(earlier: Sequence[Json], topic: str, at: str) -> Json:
    """The newest answer to a topic that had come by then and is more than open; an answer may come a report late."""
    for report in reversed(earlier):
        numbers = {each["number"] for each in report["proposals"] if each["topic"] == topic}
        acknowledged: Json = report["acknowledged"] or {"answers": []}
        for answer in acknowledged["answers"]:
            if answer["number"] in numbers and answer["at"] <= at and answer["status"] != "open":
                return answer
    return {"status": "open", "because": ""}


def _at(when: str | None) -> datetime | None:
    return instant(when) if when else None
