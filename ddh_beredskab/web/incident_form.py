"""Indmeld hændelse as a form: its steps, what each asks, what must be answered, and how the answers read.

Rules kept: one question a step; a call for help asks for four things at the least (what kind, who, what, where) and
takes "det ved vi ikke endnu" for the rest; a planned peak skips the criteria, since it is no crisis.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ddh_beredskab.core.playbook import CRITERIA, Criteria, CriterionQuestion, Playbooks
from ddh_beredskab.core.scoring import assess, is_planned
from ddh_beredskab.web.forms import Fields, instant_of
from ddh_beredskab.web.visit import Mistake
from ddh_beredskab.web.words import Words
from schemas.activation import IncidentAssessed

FORM = "incident"
"""The form's name: what its fields' ids begin with."""

Flow = Literal["own", "phone", "open"]
ALARM = ("what_happened", "where", "situation", "started")
"""The four alarm questions."""
MOMENTS = ("expected_at", "time")
ANSWERS = "answers."
CHECK = "check"
TITLE_LENGTH = 80


@dataclass(frozen=True, slots=True)
class Step:
    """One page of the form."""

    key: str
    fields: tuple[str, ...]
    needs: tuple[str, ...] = ()
    """Fields that must be answered to get on."""
    question: CriterionQuestion | None = None
    """A question of the criteria."""
    if_planned: bool = True
    """Whether it is asked for a planned peak too."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A line of the page on which one checks one's answers."""

    step: str
    field: str
    text: str


def steps_of(flow: Flow, criteria: Criteria) -> tuple[Step, ...]:
    """The steps of a flow in order."""
    who = Step("authority", ("municipality", "scope", "others"), ("municipality",))
    kind = Step("kind", ("kind",), ("kind",))
    if flow == "phone":
        alarm = (*ALARM, "caller", "caller_phone", "municipality", "kind", "time")
        first = [Step("alarm", alarm, ("what_happened", "caller", "municipality", "kind"))]
        between = [Step("scope", ("scope", "others"))]
    else:
        code = ("code", "caller", "caller_phone")
        first = [Step("code", code, code)] if flow == "open" else []
        first.append(kind)
        asked = Step("scope", ("scope", "others")) if flow == "open" else who
        needed = {"what_happened", "where"}
        between = [asked, *(Step(name, (name,), (name,) if name in needed else ()) for name in ALARM)]
    return (
        *first,
        Step("planned", (f"{ANSWERS}{criteria.planned.id}",)),
        *between,
        *(Step(f"q-{q.id}", (f"{ANSWERS}{q.id}",), question=q, if_planned=False) for q in questions(criteria)),
        Step("expected", ("expected_at", "expected_calls")),
        Step("grounds", ("grounds",)),
        Step(CHECK, ()),
    )


def questions(criteria: Criteria) -> list[CriterionQuestion]:
    """All questions of the three criteria, in order."""
    return [question for criterion in CRITERIA for question in criteria.criterion(criterion).questions]


def answers_of(fields: Fields) -> dict[str, str]:
    """Question id -> option id."""
    return {
        name.removeprefix(ANSWERS): str(value) for name, value in fields.items() if name.startswith(ANSWERS) and value
    }


def planned(fields: Fields, criteria: Criteria) -> bool:
    """Whether somebody chose the time."""
    return is_planned(criteria, answers_of(fields))


def score(fields: Fields, criteria: Criteria) -> IncidentAssessed:
    """The advice as it would be now."""
    return assess(criteria, answers_of(fields), str(fields.get("grounds", "")))


def asked(steps: tuple[Step, ...], fields: Fields, criteria: Criteria) -> list[Step]:
    """The steps that these answers lead through."""
    chosen = planned(fields, criteria)
    return [step for step in steps if step.if_planned or not chosen]


def beside(steps: list[Step], key: str, by: int) -> str:
    """The key of the step after (or before) one."""
    keys = [step.key for step in steps]
    here = keys.index(key) if key in keys else 0
    return keys[min(max(0, here + by), len(keys) - 1)]


def missing(steps: list[Step], fields: Fields, words: Words) -> list[Mistake]:
    """What must be answered and is not, and what cannot be read."""
    wrong: list[Mistake] = []
    for step in steps:
        wrong += [Mistake(name, words.t(f"incident.needs.{name}")) for name in step.needs if not fields.get(name)]
        for name in MOMENTS:
            if name in step.fields and (text := fields.get(name)) and instant_of(str(text)) is None:
                wrong.append(Mistake(name, words.t("form.time")))
        calls = str(fields.get("expected_calls", "")).replace(".", "") if "expected_calls" in step.fields else ""
        if calls and not (calls.isascii() and calls.isdecimal() and len(calls) < 8):
            wrong.append(Mistake("expected_calls", words.t("form.number")))
    return wrong


def step_of(steps: list[Step], field: str) -> str:
    """Where a field is asked."""
    return next((step.key for step in steps if field in step.fields), steps[0].key)


def title_of(fields: Fields, playbooks: Playbooks) -> str:
    """A short title: the kind and the place, or what happened when the kind says nothing."""
    kind, where = str(fields.get("kind", "")), _line(fields, "where")
    known = next((page.title for name, page in playbooks.kinds.items() if name == kind), "")
    parts = [known if kind != "andet" else _line(fields, "what_happened") or known, where]
    title = ", ".join(part for part in parts if part)
    return title if len(title) <= TITLE_LENGTH else f"{title[: TITLE_LENGTH - 1].rsplit(' ', 1)[0]}…"


def _line(fields: Fields, name: str) -> str:
    text = str(fields.get(name, "")).partition("\n")[0].strip()
    return text.rstrip(".")


def check_lines(
    steps: list[Step], fields: Fields, labels: Mapping[str, Mapping[str, str]], words: Words
) -> list[Answer]:
    """The answers as they read on the last page. `labels`: field -> value -> word, where a field is a choice."""
    found: list[Answer] = []
    for step in steps:
        for name in step.fields:
            if name == "code":
                continue
            values = [str(value) for value in fields.getlist(name) if value]
            if name in MOMENTS and values and (when := instant_of(values[0])):
                values = [f"{words.date(when)} {words.clock(when)}"]
            known = labels.get(name, {})
            found.append(Answer(step.key, name, ", ".join(known.get(value, value) for value in values)))
    return found
