"""Which questions are the same? A rumour comes in many wordings; those that share most of their stems are one group.

The rule: two questions are the same when the smaller one's stems lie in the other to the given share (overlap
coefficient: what an agent adds about the caller must not part them); questions of fewer than three stems must have the
same ones. Each joins the group whose most asked wording it is closest to; groups are never joined by a chain.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
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
    members: dict[Stems, dict[Stems, Counter[str]]] = {}
    with_stem: dict[str, list[int]] = {}
    for stems in ordered:
        leader = _closest(stems, leaders, with_stem, share)
        if leader is None:
            for each in stems:
                with_stem.setdefault(each, []).append(len(leaders))
            leaders.append(stems)
            leader = stems
        members.setdefault(leader, {})[stems] = wordings[stems]
    found = [Group(_size(joined), _wording(joined), leader) for leader, joined in members.items()]
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


def _size(joined: Mapping[Stems, Counter[str]]) -> int:
    return sum(texts.total() for texts in joined.values())


def _wording(joined: Mapping[Stems, Counter[str]]) -> str:
    """The one that says least of its own: the fewest words that less than a third of the group used, then the most
    used, then the shortest. A detail that only one citizen gave should not stand for all."""
    uses = Counter(stem for stems, texts in joined.items() for stem in stems for _ in range(texts.total()))
    common = _size(joined) / 3

    def order(each: tuple[Stems, str]) -> tuple[int, int, int, str]:
        stems, text = each
        own = sum(1 for stem in stems if uses[stem] < common)
        return own, -joined[stems][text], len(text), text

    return min(((stems, text) for stems, texts in joined.items() for text in texts), key=order)[1]
