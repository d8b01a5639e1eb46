"""The texts of the channels, from the version in force as the read model holds it.

Pure. Rules kept: one source, so that no channel says something else; a recalled guide is its correction everywhere;
what only agents may have (transfers, the duty number) stands in no text for citizens; a drill's text says so first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ddh_beredskab.core.playbook import SEVEN_QUESTIONS, Playbook, Playbooks
from ddh_beredskab.core.redaction import strike_contact, strike_cpr
from ddh_beredskab.reports.channels import sms
from ddh_beredskab.reports.channels.marked import html, plain
from ddh_beredskab.reports.channels.spoken import seconds, spoken
from schemas.guide_feed import PublicAnswer, PublicGuide
from schemas.guides import GuideContent, Question

Json = dict[str, Any]
_REF = re.compile(r"@[a-z0-9][a-z0-9._-]*")
_FIELD = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True, slots=True)
class Source:
    """A crisis' guide with what its texts name: whose it is, and what it is about."""

    crisis: str
    title: str
    authority: str
    doc: Json
    """The read model `guide_in_force`."""
    playbook: Playbook
    at: str
    """When the version came into force, in words."""
    drill: bool = False

    @property
    def content(self) -> GuideContent | None:
        found = self.doc.get("content")
        return GuideContent.model_validate(found) if found else None

    @property
    def version(self) -> int:
        return int(self.doc["version"])

    @property
    def correction(self) -> str:
        """What is right, when the version is recalled."""
        if self.doc["state"] != "recalled":
            return ""
        recalled = next(x["recalled"] for x in self.doc["versions"] if x["version"] == self.doc["version"])
        return str(recalled["correction"]) if recalled else ""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A text for an IVR or a voicebot, and how long it takes."""

    text: str
    seconds: int
    too_long: bool


@dataclass(frozen=True, slots=True)
class Sms:
    """A text message and what it costs."""

    key: str
    label: str
    text: str
    length: sms.Length
    too_long: bool


def first_lines(playbooks: Playbooks, source: Source) -> list[str]:
    """The first message as citizens are told it; what is said to the agent falls away."""
    first: Json = source.doc.get("first_message") or {}
    lines: list[str] = [str(line) for line in first.get("lines", ())] if source.doc["state"] == "first_message" else []
    for words in playbooks.channels.first_message_words:
        lines = [line.replace(words.to_agent, words.to_citizen) for line in lines]
    return [line[:1].upper() + line[1:] for line in lines if line.strip()]


def spoken_text(playbooks: Playbooks, source: Source) -> Spoken:
    """What a caller hears before, or instead of, an agent."""
    rules = playbooks.channels
    lines = _lines(rules.spoken_lines, rules.corrected_lines, source) or first_lines(playbooks, source)
    text = _marked(playbooks, source, " ".join(spoken(line) for line in lines), between=". ")
    long = seconds(text, rules.spoken_words_per_minute)
    return Spoken(text, long, long > rules.spoken_seconds_most)


def sms_text(playbooks: Playbooks, source: Source) -> Sms:
    """The whole guide as one message."""
    rules = playbooks.channels
    lines = _lines(rules.sms_lines, rules.corrected_lines, source) or first_lines(playbooks, source)
    return _sms(playbooks, "alle", source.title, _marked(playbooks, source, "\n".join(lines)))


def sms_answers(playbooks: Playbooks, source: Source) -> list[Sms]:
    """One message for each answer, to be sent to a citizen who asked just that."""
    return [_sms(playbooks, each.id, each.question, each.text) for each in answers(playbooks, source)]


def web_sections(playbooks: Playbooks, source: Source) -> list[tuple[str, str]]:
    """(heading, markdown) for a page of the municipality."""
    return [(head, _marked(playbooks, source, text)) for head, text in _web_sections(playbooks, source)]


def _web_sections(playbooks: Playbooks, source: Source) -> list[tuple[str, str]]:
    content = source.content
    if source.correction or content is None:
        lines = _lines((), playbooks.channels.corrected_lines, source) or first_lines(playbooks, source)
        return [(source.title, "\n".join(lines))] if lines else []
    asked: list[Question] = [
        question for question in playbooks.channels.web_lines if content.answers.get(question, "").strip()
    ]
    return [(playbooks.texts.questions[question], content.answers[question]) for question in asked]


def post_text(playbooks: Playbooks, source: Source) -> str:
    """A post for the agents' group: what is new, and no personal data."""
    rules = playbooks.channels
    first: Json = source.doc.get("first_message") or {}
    lines = _lines(rules.post_lines, rules.corrected_lines, source) or [str(line) for line in first.get("lines", ())]
    text = "\n".join(lines)
    return _marked(playbooks, source, strike_contact(strike_cpr(_REF.sub("", text))[0])[0])


def agents_sections(playbooks: Playbooks, source: Source) -> list[tuple[str, str]]:
    """Everything agents have, for their knowledge base: (heading, markdown)."""
    content, texts = source.content, playbooks.texts
    if source.correction or content is None:
        return web_sections(playbooks, source)
    labels = {topic.key: topic.label for topic in source.playbook.topics}
    found = [(texts.questions[q], content.answers.get(q, "")) for q in SEVEN_QUESTIONS]
    found.append((texts.words["guide_part"]["does_not_answer"], _bullets(content.does_not_answer)))
    found.append((texts.words["guide_part"]["transfer"], _bullets(content.transfer)))
    found.append((texts.words["guide_part"]["duty_number"], content.duty_number))
    found += [(labels.get(key, key), text) for key, text in content.by_topic.items()]
    found.append((texts.words["guide_part"]["english"], content.english))
    return [(head[:1].upper() + head[1:], _marked(playbooks, source, text)) for head, text in found if text.strip()]


def answers(playbooks: Playbooks, source: Source) -> list[PublicAnswer]:
    """Each question with its answer; none while the guide is recalled or over."""
    content = source.content
    if content is None or source.doc["state"] != "in_force":
        return []
    labels = {topic.key: topic.label for topic in source.playbook.topics if not topic.press}
    found = [(f"question.{q}", playbooks.texts.questions[q], content.answers.get(q, "")) for q in SEVEN_QUESTIONS]
    found += [(f"topic.{key}", labels[key], text) for key, text in content.by_topic.items() if key in labels]
    return [
        PublicAnswer(id=id_, question=asked[:1].upper() + asked[1:], text=plain(told), html=html(told))
        for id_, asked, text in found
        if (clean := _REF.sub("", text).strip()) and (told := _marked(playbooks, source, clean))
    ]


def public_guide(playbooks: Playbooks, source: Source, details: str) -> PublicGuide:
    """What everybody may read."""
    doc, content, in_force = source.doc, source.content, source.doc["state"] == "in_force"
    lines = first_lines(playbooks, source)
    due: Json = doc["deadlines"].get("guide_update") or {}
    return PublicGuide(
        crisis=source.crisis,
        title=_marked(playbooks, source, source.title, between=": "),
        kind=source.playbook.kind,
        authority=source.authority,
        state=doc["state"],
        version=doc["version"],
        released_at=doc["released_at"],
        confirmed_at=doc["fresh_at"],
        next_update_at=due.get("due_at") if doc["state"] != "closed" else None,
        stale_since=doc["overdue_since"],
        correction=_marked(playbooks, source, _REF.sub("", source.correction)),
        lines=tuple(_marked(playbooks, source, _REF.sub("", line), between=". ") for line in lines),
        answers=tuple(answers(playbooks, source)),
        english=_marked(playbooks, source, content.english) if content is not None and in_force else "",
        details=details,
    )


def _marked(playbooks: Playbooks, source: Source, text: str, *, between: str = "\n") -> str:
    """A text that could leave the house says first that it is a drill's; an empty one stays empty."""
    return f"{playbooks.channels.drill_mark}{between}{text}" if source.drill and text.strip() else text


def _sms(playbooks: Playbooks, key: str, label: str, text: str) -> Sms:
    made = sms.made_plain(plain(_REF.sub("", text)))
    found = sms.length(made)
    return Sms(key, label, made, found, found.segments > playbooks.channels.sms_segments_most)


def _lines(lines: Sequence[str], corrected: Sequence[str], source: Source) -> list[str]:
    """The lines with the guide's own words in them; a line that lacks one falls away."""
    doc, content = source.doc, source.content
    if source.correction:
        return _filled(corrected, {"title": source.title, "correction": source.correction})
    if content is None:
        return []
    words: dict[str, str] = {str(question): text for question, text in content.answers.items()}
    more = {
        "title": source.title,
        "authority": source.authority,
        "version": str(doc["version"]),
        "at": source.at,
        "reason": str(doc.get("reason", "")),
    }
    return _filled(lines, words | more)


def _filled(lines: Sequence[str], values: Mapping[str, str]) -> list[str]:
    return [
        _FIELD.sub(lambda match: values[match[1]].strip(), line)
        for line in lines
        if all(values.get(name, "").strip() for name in _FIELD.findall(line))
    ]


def _bullets(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)
