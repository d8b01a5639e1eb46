"""A guide as flat texts: to be compared between versions, looked through for holes, and begun from the playbook.

Pure. Rule kept: a place nobody has filled in (`[toppunkt: udfyldes]`) is found and named, never passed over.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ddh_beredskab.core.guide_template import first_message, guide_raw, raw_again
from ddh_beredskab.core.guides.states import Closed, Draft, NoCrisis, Open, Prepared
from ddh_beredskab.core.playbook import SEVEN_QUESTIONS, Playbook, Playbooks, Texts
from ddh_beredskab.reports.channels.marked import plain
from ddh_beredskab.web.words import Words
from schemas.activation import CrisisKind
from schemas.guides import GuideContent

State = NoCrisis | Prepared | Open | Closed


def flat(content: GuideContent) -> dict[str, str]:
    """Field -> text as it is read, without marks, in the guide's order: `answers.latest`, `by_topic.dyr` ..."""
    return {field: plain(text) for field, text in written(content).items()}


def written(content: GuideContent) -> dict[str, str]:
    """The same as it was written, with its marks."""
    found: dict[str, str] = {
        f"answers.{question}": content.answers[question] for question in SEVEN_QUESTIONS if question in content.answers
    }
    found["does_not_answer"] = "\n".join(content.does_not_answer)
    found["transfer"] = "\n".join(content.transfer)
    found["duty_number"] = content.duty_number
    found |= {f"by_topic.{topic}": answer for topic, answer in content.by_topic.items()}
    found["english"] = content.english
    return {field: text for field, text in found.items() if text.strip()}


def labels(playbooks: Playbooks, kind: CrisisKind, words: Words) -> dict[str, str]:
    """Field -> what it is called."""
    found = {f"answers.{question}": label for question, label in playbooks.texts.questions.items()}
    found |= {field: words.t(f"guide.{field}") for field in ("does_not_answer", "transfer", "duty_number", "english")}
    if kind in playbooks.kinds:
        found |= {f"by_topic.{topic.key}": topic.label for topic in playbooks.kinds[kind].topics}
    return found


def begin(
    state: State, in_force: GuideContent | None, playbooks: Playbooks, kind: CrisisKind, authority: str
) -> tuple[GuideContent, dict[str, str]]:
    """What a new draft begins with, its variables still in it, and their values.

    The latest draft, else the version in force, else the template of the kind.
    """
    playbook, draft = playbooks.kinds[kind], latest_draft(state)
    before = draft.content if draft else in_force
    raw = raw_again(playbooks.texts, before) if before else guide_raw(playbooks.texts, playbook)
    return raw, values_of(playbook, authority, before)


def values_of(playbook: Playbook, authority: str, content: GuideContent | None) -> dict[str, str]:
    """The variables' values: what was filled in, else what the crisis says, else what the playbook has."""
    filled_in = dict(content.variables) if content else {}
    return {**playbook.defaults(), **_known(playbook, authority), **filled_in}


def first_lines(playbooks: Playbooks, kind: CrisisKind, authority: str) -> tuple[str, ...]:
    """The førstebesked as the playbook has it."""
    return first_message(playbooks.texts, playbooks.kinds[kind], _known(playbooks.kinds[kind], authority))


def latest_draft(state: State) -> Draft | None:
    """The newest draft that no version has overtaken."""
    return state.drafts[-1] if state.drafts else None


def holes(texts: Texts, text: str) -> list[str]:
    """The places in a text that still wait to be filled in, as they stand there."""
    before, _, after = texts.forms.to_fill_in.partition("{name}")
    return re.findall(f"{re.escape(before)}[^\\]\\n]+?{re.escape(after)}", text)


def fields_with_holes(texts: Texts, fields: Mapping[str, str]) -> list[str]:
    """The fields in which something still waits to be filled in."""
    return [field for field, text in fields.items() if holes(texts, text)]


def _known(playbook: Playbook, authority: str) -> dict[str, str]:
    """What the crisis itself says: whose it is."""
    return {"kommune": authority} if authority and "kommune" in playbook.variables else {}
