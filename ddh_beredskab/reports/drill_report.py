"""Evalueringsrapport on paper and in Excel: what the page says, number for number.

Rule kept: all are made of the same `DrillEvaluation`; each verdict is told in a word beside its colour.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ddh_beredskab.reports import drill_words as said
from ddh_beredskab.reports.drill_charts import listed, timeline
from ddh_beredskab.reports.feedback_pdf import Counting
from ddh_beredskab.reports.tables import Cell, Sheet, as_excel
from ddh_beredskab.reports.typesetting import pdf
from schemas.drill_evaluation import DrillEvaluation, ExpectedAction, Measured, Moment, Note, Score

SECTIONS = (
    "targets", "targets_intro", "timeline", "timeline_table", "expected", "no_expected", "survey", "went_well",
    "went_less_well", "nothing_written", "observations", "debriefing", "no_notes", "findings", "no_findings",
    "compared", "no_compared", "parts_participants", "no_participants", "parts_recording",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Teller:
    """How the report speaks: its words, a person by name, a role by its name, a text with names in place of refs."""

    words: Counting
    person: Callable[[str | None], str]
    role: Callable[[str], str]
    text: Callable[[str], str]

    def t(self, key: str, **facts: object) -> str:
        return self.words.t(f"eval.{key}", **facts)


def drill_report_pdf(told: DrillEvaluation, teller: Teller, *, at: datetime) -> bytes:
    """The whole as a tagged PDF."""
    return pdf("drill_report", drill_report_facts(told, teller, at=at), at=at)


def drill_report_facts(told: DrillEvaluation, teller: Teller, *, at: datetime) -> dict[str, Any]:
    """Lines and words, as the template reads them."""
    words, t = teller.words, teller.t
    many = len(told.crises) > 1
    return {
        "title": t("heading"),
        "language": "da",
        "size": 9.5,
        "drill_band": words.t("site.drill_band") if told.drill else "",
        "foot": t("foot", title=told.title, date=words.date(at), clock=words.clock(at)),
        "drill": told.title,
        "running": "" if told.ended else t("running", moment=words.day_hm(told.ends_at)),
        "fictional": t("fictional"),
        "what": _what(told, teller),
        "players": _parts(told, teller, "participant"),
        "others": _parts(told, teller, "recording"),
        "words": {word: t(word) for word in SECTIONS},
        "target_head": [t(word) for word in ("target", "how", "measured", "goal", "evidence")],
        "moment_head": [t(word) for word in ("time", "lane_heading", "what_happened", "evidence")],
        "crises": [
            {
                "title": t("crisis_of", title=each.title, authority=each.authority) if many else "",
                "tally": _tally(each.scores, teller),
                "families": [
                    {"name": t(f"family.{family}"), "rows": [_target(score, teller) for score in scores]}
                    for family, scores in said.families(each.scores)
                ],
                "picture": list(timeline(told, each, words)),
                "moments": [
                    [words.day_hm(x.at), t(f"lane.{x.lane}"), _moment(x, teller), str(x.entry or "")]
                    for x in listed(each, told)
                ],
            }
            for each in told.crises
        ],
        "expected_head": [t(word) for word in ("action", "owner", "due", "outcome_heading", "evidence")],
        "expected": [_expected(each, told, teller) for each in told.expected],
        "answers": _answers(told, teller),
        "went_well": list(told.survey.went_well),
        "went_less_well": list(told.survey.went_less_well),
        "observations": [_note(each, teller) for each in told.notes if each.kind == "observation"],
        "debriefing": [teller.text(each.text) for each in told.notes if each.kind == "debriefing"],
        "finding_head": [t(word) for word in ("finding_heading", "finding_owner", "due_on", "state")],
        "findings": [
            [each.finding, each.owner, _day(each.due_on, words), _state(each.closed_in, each.closing, teller)]
            for each in told.findings
        ],
        "compared_head": _compared_head(told, teller),
        "compared": _compared_rows(told, teller),
    }  # fmt: skip


def _what(told: DrillEvaluation, teller: Teller) -> list[list[str]]:
    words, t = teller.words, teller.t
    between = t("stretch_value", from_=words.day_hm(told.begins_at), to=words.day_hm(told.ends_at))
    lines = [
        [t("recording"), told.recording],
        [t("template"), t(f"kind.{told.template}") if told.template else ""],
        [t("held"), _day(told.on, words) if told.on else ""],
        [t("stretch"), between],
        [t("leader"), teller.person(told.leader) if told.leader else ""],
    ]
    return [line for line in lines if line[1]]


def _parts(told: DrillEvaluation, teller: Teller, by: str) -> list[str]:
    return [f"{teller.role(each.role)}: {teller.person(each.person)}" for each in told.parts if each.by == by]


def _tally(scores: tuple[Score, ...], teller: Teller) -> str:
    counts = said.tally(scores)
    return teller.t("tally", **{name: counts[name] for name in ("reached", "partly", "not_reached")})


def _target(score: Score, teller: Teller) -> dict[str, Any]:
    words, found = teller.words, score.result
    entries = said.entries_line(found.entries, words) if isinstance(found, Measured) else ""
    return {
        "light": said.verdict_of(score),
        "cells": [
            score.label, said.verdict_word(score, words), said.value_line(score, words), said.goal_line(score, words),
            entries,
        ],
    }  # fmt: skip


def _moment(moment: Moment, teller: Teller) -> str:
    told = said.moment_line(moment, teller.words)
    return f"{teller.t('mark_late')}: {told}" if moment.weight == "late" else told


def _expected(each: ExpectedAction, told: DrillEvaluation, teller: Teller) -> dict[str, Any]:
    words, t = teller.words, teller.t
    action = said.action_line(each, words)
    if len(told.crises) > 1:
        title = next((crisis.title for crisis in told.crises if crisis.crisis_id == each.crisis_id), "")
        action = f"{title}: {action}" if title else action
    outcome = t(f"outcome.{each.outcome}")
    if each.done_at is not None:
        outcome = f"{outcome} {t('done_at', clock=words.hm(each.done_at))}"
    who = teller.role(each.owner) + (f", {teller.person(each.person)}" if each.person else "")
    entries = said.entries_line(each.entries, words)
    if each.outcome == "missed" and each.looked_at:
        entries = t("looked_at", first=each.looked_at[0], last=each.looked_at[1])
    return {
        "light": each.outcome,
        "cells": [action, who, words.day_hm(each.due_at), outcome, entries],
    }


def _answers(told: DrillEvaluation, teller: Teller) -> list[str]:
    words, t, found = teller.words, teller.t, told.survey
    if found.answers == 0:
        return [t("no_answers")]
    lines = [t("few_answers", n=told.hidden_under) if found.answers is None else words.n("eval.answers", found.answers)]
    if found.average is not None:
        lines.append(t("prepared_average", average=words.number(found.average)))
    return [*lines, *(f"{t(f'part.{part}')}: {n}" for part, n in found.parts.items())]


def _note(note: Note, teller: Teller) -> str:
    clock = teller.words.day_hm(note.clock) if note.clock else ""
    return f"{teller.text(note.text)} ({teller.t('note_line', moment=clock, person=teller.person(note.by))})"


def _day(day: str, words: Counting) -> str:
    return words.date(f"{day}T12:00:00+00:00")


def _state(closed_in: str | None, closing: str, teller: Teller) -> str:
    return teller.t("closed", drill=closed_in, how=closing) if closed_in else teller.t("open")


def _compared_head(told: DrillEvaluation, teller: Teller) -> list[str]:
    if not told.compared:
        return []
    names = [
        teller.t("in_recording_heading")
        if each.kind == "recording"
        else teller.t("earlier_drill", name=each.name.removeprefix("oevelse."), on=each.on)
        for each in told.compared
    ]
    return [teller.t("target"), teller.t("this_drill"), *names]


def _compared_rows(told: DrillEvaluation, teller: Teller) -> list[list[str]]:
    if not told.compared or not told.crises:
        return []
    rows: list[list[str]] = []
    for place, crisis in enumerate(told.crises):
        elsewhere = [each.crises[place] if place < len(each.crises) else () for each in told.compared]
        for score in crisis.scores:
            others = [next((x for x in scores if x.key == score.key), None) for scores in elsewhere]
            if score.family != "elsewhere":
                label = f"{crisis.title}: {score.label}" if len(told.crises) > 1 else score.label
                rows.append([label, *(_short(each, teller) for each in (score, *others))])
    return rows


def _short(score: Score | None, teller: Teller) -> str:
    if score is None:
        return ""
    word = said.verdict_word(score, teller.words)
    return f"{word}: {said.value_line(score, teller.words)}" if isinstance(score.result, Measured) else word


# -- Excel ----------------------------------------------------------------------------------------


def drill_report_excel(told: DrillEvaluation, teller: Teller) -> bytes:
    """A workbook: targets, expected actions, timeline, findings, survey, comparison. Numbers stay numbers."""
    t, words = teller.t, teller.words
    heads = {
        "targets": ("target", "how", "measured", "goal", "evidence"),
        "timeline": ("time", "lane_heading", "what_happened", "evidence"),
        "expected": ("action", "owner", "due", "outcome_heading", "evidence"),
        "findings": ("finding_heading", "finding_owner", "due_on", "state"),
    }
    rows: dict[str, list[list[Cell]]] = {
        "targets": [_row(score, teller) for each in told.crises for score in each.scores],
        "timeline": [
            [x.at, t(f"lane.{x.lane}"), _moment(x, teller), x.entry] for each in told.crises for x in listed(each, told)
        ],
        "expected": [[*_expected(each, told, teller)["cells"]] for each in told.expected],
        "findings": [
            [each.finding, each.owner, _day(each.due_on, words), _state(each.closed_in, each.closing, teller)]
            for each in told.findings
        ],
    }
    sheets = [Sheet(t(f"sheet.{name}"), [t(word) for word in heads[name]], rows[name]) for name in heads]
    if told.survey.prepared is not None:
        counts: list[list[Cell]] = [[score, n] for score, n in enumerate(told.survey.prepared, start=1)]
        sheets.append(Sheet(t("sheet.survey"), [t("score_heading"), t("answers_heading")], counts))
    if told.compared:
        sheets.append(Sheet(t("sheet.compared"), _compared_head(told, teller), _compared_rows(told, teller)))
    return as_excel(sheets)


def _row(score: Score, teller: Teller) -> list[Cell]:
    found = score.result
    measured: Cell = found.value if isinstance(found, Measured) else said.value_line(score, teller.words)
    goal: Cell = found.goal if isinstance(found, Measured) else None
    entries = said.entries_line(found.entries, teller.words, most=500) if isinstance(found, Measured) else ""
    return [score.label, said.verdict_word(score, teller.words), measured, goal, entries]
