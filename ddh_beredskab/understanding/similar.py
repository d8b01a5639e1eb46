"""Which questions are the same? A rumour comes in many wordings; those that share most of their stems are one group.

The rule: two questions are the same when the smaller one's stems lie in the other to the given share (overlap
coefficient: what an agent adds about the caller must not part them); questions of fewer than three stems must have the
same ones. Each joins the group whose most asked wording it is closest to; groups are never joined by a chain.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

Stems = frozenset[str]
LEAST_STEMS = 3


@dataclass(frozen=True, slots=True)
class Question:
    """A text (already struck through) and its stems."""

    text: str
    stems: Stems


@dataclass(frozen=True, slots=True)
class Group:
    """Questions that are the same: how many, the wording most of them had, and the stems of that wording."""

    count: int
    text: str
    stems: Stems


def groups(questions: Sequence[Question], share: float) -> list[Group]:
    """All groups, the largest first; a question without words belongs to none."""
    wordings: dict[Stems, Counter[str]] = {}
    for question in questions:
        if question.stems:
            wordings.setdefault(question.stems, Counter())[question.text] += 1
    ordered = sorted(wordings, key=lambda stems: (-wordings[stems].total(), len(stems), sorted(stems)))
    leaders: list[Stems] = []
    members: dict[Stems, Counter[str]] = {}
    with_stem: dict[str, list[int]] = {}
    for stems in ordered:
        leader = _closest(stems, leaders, with_stem, share)
        if leader is None:
            for each in stems:
                with_stem.setdefault(each, []).append(len(leaders))
            leaders.append(stems)
            leader = stems
        members.setdefault(leader, Counter()).update(wordings[stems])
    found = [Group(texts.total(), _wording(wordings[leader]), leader) for leader, texts in members.items()]
    return sorted(found, key=lambda group: (-group.count, group.text))


def alike(left: Stems, right: Stems, share: float) -> bool:
    """Whether two questions are the same."""
    return left == right or _overlap(left, right) >= share


def _closest(stems: Stems, leaders: list[Stems], with_stem: dict[str, list[int]], share: float) -> Stems | None:
    """The leader it is closest to, among those that share a stem with it; the older one at a tie."""
    shared = Counter(place for each in stems for place in with_stem.get(each, ()))
    alike_ones = [place for place in shared if alike(stems, leaders[place], share)]
    if not alike_ones:
        return None
    return leaders[max(alike_ones, key=lambda place: (_jaccard(stems, leaders[place]), -place))]


def _overlap(left: Stems, right: Stems) -> float:
    smaller = min(len(left), len(right))
    return len(left & right) / smaller if smaller >= LEAST_STEMS else 0.0


def _jaccard(left: Stems, right: Stems) -> float:
    return len(left & right) / len(left | right)


def _wording(texts: Counter[str]) -> str:
    """The most used text, the shortest of several."""
    return min(texts, key=lambda text: (-texts[text], len(text), text))
