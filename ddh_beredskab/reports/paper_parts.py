"""The parts of the paper twin that tell a story of their own: roles, the guide as text, and the log's entries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from ddh_beredskab.core.playbook import Playbooks
from ddh_beredskab.projections.read_model import Json, instant


class Words(Protocol):
    """How times and sentences are written; the web's words are such."""

    def t(self, key: str, **facts: object) -> str: ...
    def clock(self, when: datetime | str) -> str: ...
    def hm(self, when: datetime | str) -> str: ...
    def day_hm(self, when: datetime | str) -> str: ...
    def hm_beside(self, when: datetime | str, other: datetime | str) -> str: ...
    def date(self, when: datetime | str) -> str: ...
    def moment(self, when: datetime | str, now: datetime) -> str: ...


@dataclass(frozen=True, slots=True)
class Speech:
    """How the paper speaks: its words, a person by name, a text with names in the place of refs."""

    words: Words
    person: Callable[[str | None], str]
    text: Callable[[str], str]


def role_lines(
    roster: Json | None,
    playbooks: Playbooks,
    speech: Speech,
    phones: Mapping[str, str],
) -> list[list[str]]:
    """Every role in the order it is filled: who has it, the number, since when, and when relief is due."""
    words, person = speech.words, speech.person
    roles: Mapping[str, Any] = (roster or {"roles": {}})["roles"]
    hours = timedelta(hours=playbooks.limits.relief_due_hours)
    lines: list[list[str]] = []
    for role in playbooks.roles.to_fill():
        known: Json = roles.get(role) or {}
        held: Json | None = known.get("holder")
        name = playbooks.roles.name(role)
        if held is None:
            lines.append([name, words.t("paper.uncovered"), "", "", ""])
            continue
        since = instant(held["since"])
        number = phones.get(held["person"], "")
        lines.append([name, person(held["person"]), number, words.day_hm(since), words.day_hm(since + hours)])
    return lines


def guide_facts(
    guide: Json | None,
    playbooks: Playbooks,
    speech: Speech,
    situation: Json,
) -> dict[str, Any] | None:
    """The guide in force as text: the first message's lines, or the seven answers and what goes with them."""
    words, person, text = speech.words, speech.person, speech.text
    if guide is None or guide.get("version") is None:
        return None
    head = f"{words.t('overview.guide_version', version=guide['version'])}. " + words.t(
        "guide.released", moment=words.day_hm(guide["released_at"]), person=person(guide["released_by"])
    )
    content: Json | None = guide.get("content")
    if content is None:
        first: Json = guide.get("first_message") or {"lines": []}
        lines = [text(line) for line in first["lines"]]
        return {"head": head, "lines": lines, "answers": [], "does_not_answer": [], "transfer": [], "by_topic": [],
                "duty_number": "", "recalled": guide["state"] == "recalled"}  # fmt: skip
    kind = playbooks.kinds.get(situation["kind"])
    labels = {topic.key: topic.label for topic in kind.topics} if kind else {}
    questions = playbooks.texts.questions
    return {
        "head": head,
        "lines": [],
        "answers": [(questions[key], text(content["answers"][key])) for key in questions if key in content["answers"]],
        "does_not_answer": [text(line) for line in content["does_not_answer"]],
        "transfer": [text(line) for line in content["transfer"]],
        "duty_number": content.get("duty_number") or "",
        "by_topic": [(labels.get(key, key), text(answer)) for key, answer in content["by_topic"].items()],
        "recalled": guide["state"] == "recalled",
    }


def entry_line(
    entry: Json,
    speech: Speech,
) -> dict[str, Any]:
    """One entry; what was corrected is struck through and says by which."""
    words, person, text, t = speech.words, speech.person, speech.text, speech.words.t
    marks = [t("log.late")] if entry["late"] else []
    if entry["paper_number"]:
        marks.append(t("log.paper", number=entry["paper_number"]))
    if entry["corrected_by"]:
        marks.append(t("log.corrected_by", number=entry["corrected_by"]))
    if entry["kind"] == "correction" and entry["refers_to"]:
        marks.append(t("log.corrects", number=entry["refers_to"]))
    if entry["on_behalf_of"]:
        marks.append(t("log.on_behalf", person=person(entry["on_behalf_of"])))
    way = [
        f"{t(f'log.{name}')} {text(entry[field])}" for name, field in (("from", "from_"), ("to", "to")) if entry[field]
    ]
    return {
        "number": str(entry["number"]),
        "happened": words.day_hm(entry["happened_at"]),
        "written": words.hm_beside(entry["written_at"], entry["happened_at"]),
        "kind": t(f"log.kind.{entry['kind']}"),
        "urgent": entry["kind"] == "urgent",
        "by": person(entry["author"]),
        "text": text(entry["text"]),
        "struck": bool(entry["corrected_by"]),
        "reason": f"{t('log.reason')}: {text(entry['reason'])}" if entry["reason"] else "",
        "marks": ". ".join([*way, *marks]),
    }
