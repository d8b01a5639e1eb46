"""The brief: what an agent reads before the shift, and *Læst og forstået*.

Rules kept: while a crisis goes on nobody begins a shift without it; it is short enough for three minutes, what does not
fit is looked up at the desk; having read it is the receipt of that version; what was answered wrong is never kept.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ddh_beredskab.clock import from_micros, to_micros
from ddh_beredskab.core.playbook import SEVEN_QUESTIONS
from ddh_beredskab.journal import intake
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.people.receipts import has_seen
from ddh_beredskab.projections.documents import document, documents
from ddh_beredskab.projections.guide_in_force import GUIDE_IN_FORCE
from ddh_beredskab.projections.read_model import Json
from ddh_beredskab.projections.situation import ALL, SITUATION

WORDS_A_MINUTE = 200
MOST_MINUTES = 3
MOST_WORDS = WORDS_A_MINUTE * MOST_MINUTES

Part = Literal["facts", "recalled", "first_message", "answer", "does_not_answer", "transfer", "fixed", "topic"]
IN_FORCE = ("first_message", "in_force", "recalled")
"""The states of a guide that agents use."""

_WORD = re.compile(r"\w+")
_READ = Statement("SELECT version, read_at FROM brief_receipts WHERE crisis = :crisis AND agent = :agent")
_UNDERSTOOD = Statement(
    "INSERT INTO brief_receipts (crisis, version, agent, municipality, read_at)"
    " VALUES (:crisis, :version, :agent, :municipality, :at) ON CONFLICT DO NOTHING"
)


@dataclass(frozen=True, slots=True)
class Section:
    """One thing to know. `key` says which question or topic it answers."""

    part: Part
    key: str
    lines: tuple[str, ...]

    @property
    def words(self) -> int:
        return sum(len(_WORD.findall(line)) for line in self.lines)


@dataclass(frozen=True, slots=True)
class Brief:
    """What is read before the shift."""

    version: int
    sections: tuple[Section, ...]
    left_out: tuple[str, ...] = ()
    """Topics whose answers one looks up at the desk."""

    @property
    def words(self) -> int:
        return sum(section.words for section in self.sections)

    @property
    def seconds(self) -> int:
        """How long it takes to read."""
        return round(self.words * 60 / WORDS_A_MINUTE)

    def of(self, part: Part) -> tuple[Section, ...]:
        return tuple(section for section in self.sections if section.part == part)


def brief_of(
    guide: Json,
    fixed_lines: Sequence[str],
    topics: Sequence[str],
    facts: Sequence[str] = (),
    most_words: int = MOST_WORDS,
) -> Brief:
    """The brief of the version in force: what matters most first, and the answers by topic as far as there is time.

    `facts` are the crisis's own: whose it is, since when, and until when DDH is open.
    """
    content: Json = guide.get("content") or {}
    first: Json = guide.get("first_message") or {}
    version = int(guide["version"])
    versions: list[Json] = guide["versions"]
    this: Json = next((each for each in versions if each["version"] == version), Json())
    recalled: Json = this.get("recalled") or {}
    asked = [Section("facts", "facts", tuple(facts))]
    if recalled:
        asked.append(Section("recalled", "recalled", (recalled["correction"],)))
    if not version and first:
        asked.append(Section("first_message", "first_message", tuple(first["lines"])))
    answers: Mapping[str, str] = content.get("answers") or {}
    asked += [Section("answer", key, (answers[key],)) for key in SEVEN_QUESTIONS if answers.get(key)]
    asked.append(Section("does_not_answer", "does_not_answer", tuple(content.get("does_not_answer") or ())))
    asked.append(Section("transfer", "transfer", tuple(content.get("transfer") or ())))
    asked.append(Section("fixed", "fixed", tuple(fixed_lines)))
    must = [section for section in asked if section.lines]
    by_topic: Mapping[str, str] = content.get("by_topic") or {}
    order = [*(key for key in topics if key in by_topic), *(key for key in by_topic if key not in topics)]
    room, taken, left = most_words - sum(section.words for section in must), list[Section](), list[str]()
    for key in order:
        section = Section("topic", key, (by_topic[key],))
        if section.words <= room and not left:
            taken.append(section)
            room -= section.words
        else:
            left.append(key)
    return Brief(version, (*must, *taken), tuple(left))


def ongoing(conn: Conn) -> dict[str, Json]:
    """Crisis -> its guide, for the crises whose guide agents use now."""
    listed = document(conn, SITUATION, ALL) or {"crises": {}}
    crises = [crisis for crisis, line in listed["crises"].items() if not line["closed_at"]]
    found = documents(conn, GUIDE_IN_FORCE, crises) if crises else {}
    return {crisis: found[crisis] for crisis in crises if crisis in found and found[crisis]["state"] in IN_FORCE}


def read_at(conn: Conn, crisis: str, agent: str) -> dict[int, datetime]:
    """Version -> when the agent had read and understood its brief."""
    return {int(version): from_micros(at) for version, at in conn.all(_READ, crisis=crisis, agent=agent)}


def is_briefed(conn: Conn, crisis: str, version: int, agent: str) -> bool:
    """Whether the agent has read a brief of the crisis, and seen the version in force."""
    read = read_at(conn, crisis, agent)
    return version in read or (bool(read) and has_seen(conn, crisis, version, agent))


def briefs_due(conn: Conn, agent: str) -> list[str]:
    """The crises whose brief must be read before a shift, in order."""
    return [
        crisis
        for crisis, guide in sorted(ongoing(conn).items())
        if not is_briefed(conn, crisis, int(guide["version"]), agent)
    ]


def understood(conn: Conn, crisis: str, version: int, agent: str, municipality: str, at: datetime) -> None:
    """*Læst og forstået*; it counts as the receipt of that version."""
    conn.run(_UNDERSTOOD, crisis=crisis, version=version, agent=agent, municipality=municipality, at=to_micros(at))
    intake.add_receipts(conn, crisis, version, [(agent, municipality)], at)
