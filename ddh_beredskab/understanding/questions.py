"""What the questions of a period say: the same question asked by many, and the words that are new.

Rule kept: whoever shows it outside the staff leaves out what fewer than the limit have asked; here is everything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ddh_beredskab.understanding.emerging import NewWord, emerging_by_topic
from ddh_beredskab.understanding.similar import Group, Question, groups
from ddh_beredskab.understanding.stems import stems, usual_forms


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with a text, as it is stored."""

    topic: str
    unanswered: bool
    """The guide did not answer it, or only partly."""
    text: str


@dataclass(frozen=True, slots=True)
class Understood:
    """By topic: questions that are the same, those the guide does not answer, and new words as people say them."""

    same: Mapping[str, list[Group]] = field(default_factory=dict[str, list[Group]])
    unanswered: Mapping[str, list[Group]] = field(default_factory=dict[str, list[Group]])
    words: Mapping[str, list[tuple[str, NewWord]]] = field(default_factory=dict[str, "list[tuple[str, NewWord]]"])


def understood(
    now: Sequence[Asked],
    before: Sequence[Asked],
    *,
    stop_words: frozenset[str],
    share: float,
    at_least: int,
    false_alarms: float,
) -> Understood:
    """The period's questions against those before it."""
    of_now, of_before = _by_topic(now, stop_words), _by_topic(before, stop_words)
    words = emerging_by_topic(
        {topic: [q.stems for _, q in asked] for topic, asked in of_now.items()},
        {topic: [q.stems for _, q in asked] for topic, asked in of_before.items()},
        topics=of_now,
        at_least=at_least,
        false_alarms=false_alarms,
    )
    return Understood(
        same={topic: groups([q for _, q in asked], share) for topic, asked in of_now.items()},
        unanswered={topic: groups([q for open_, q in asked if open_], share) for topic, asked in of_now.items()},
        words={topic: _as_said(of_now[topic], found, stop_words) for topic, found in words.items()},
    )


def _by_topic(asked: Sequence[Asked], stop_words: frozenset[str]) -> dict[str, list[tuple[bool, Question]]]:
    found: dict[str, list[tuple[bool, Question]]] = {}
    for each in asked:
        question = Question(each.text, stems(each.text, stop_words))
        found.setdefault(each.topic, []).append((each.unanswered, question))
    return found


def _as_said(
    asked: Sequence[tuple[bool, Question]], found: Sequence[NewWord], stop_words: frozenset[str]
) -> list[tuple[str, NewWord]]:
    forms = usual_forms([question.text for _, question in asked], [word.stem for word in found], stop_words)
    return [(forms.get(word.stem, word.stem), word) for word in found]
