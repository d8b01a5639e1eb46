"""Which words are new in a topic? More used now than before, against the crisis's own background.

The rule: weighted log-odds with an informative Dirichlet prior (Monroe, Colaresi & Quinn, "Fightin' Words", Political
Analysis 16, 2008, 372-403). A topic's questions of the period stand against its earlier ones; the prior is how the
whole crisis used its words before the period, so what everybody says all the time is nothing new, and a topic nobody
asked about before is compared with the rest of the crisis. Counted is how many questions use a word, not how often. A
word needs a least number of questions, and a z-score that is sure with all the topic's words looked at (Bonferroni).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import log, sqrt
from statistics import NormalDist

PRIOR_QUESTIONS = 100.0
"""The background weighs as much as so many uses of words."""
SMALLEST = 0.5
"""What a word nobody used before counts for in the background."""

Stems = frozenset[str]


@dataclass(frozen=True, slots=True)
class NewWord:
    """A stem that rises: how many questions used it in the period, and of the topic's earlier ones."""

    stem: str
    now: int
    before: int
    score: float


def emerging(
    now: Sequence[Stems], before: Sequence[Stems], background: Sequence[Stems], *, at_least: int, false_alarms: float
) -> list[NewWord]:
    """The words of a topic that are new in the period, the surest first.

    `background` is all questions of the crisis before the period; without any there is nothing to compare with.
    """
    if not now or not background:
        return []
    used, earlier, usual = _uses(now), _uses(before), _uses(background)
    candidates = [word for word, n in used.items() if n >= at_least]
    if not candidates:
        return []
    total = sum(usual.values()) + SMALLEST * len(candidates)
    prior = {word: PRIOR_QUESTIONS * (usual[word] + SMALLEST) / total for word in candidates}
    n_now, n_before = sum(used.values()), sum(earlier.values())
    sure = NormalDist().inv_cdf(1 - false_alarms / len(candidates))
    found: list[NewWord] = []
    for word in candidates:
        score = _score(used[word], n_now, earlier[word], n_before, prior[word])
        if score > sure:
            found.append(NewWord(word, used[word], earlier[word], round(score, 2)))
    return sorted(found, key=lambda each: (-each.score, each.stem))


def emerging_by_topic(
    now: Mapping[str, Sequence[Stems]],
    before: Mapping[str, Sequence[Stems]],
    *,
    topics: Collection[str],
    at_least: int,
    false_alarms: float,
) -> dict[str, list[NewWord]]:
    """The same for each topic; the background is all of them before the period."""
    background = [stems for each in before.values() for stems in each]
    found = {
        topic: emerging(
            now.get(topic, ()), before.get(topic, ()), background, at_least=at_least, false_alarms=false_alarms
        )
        for topic in topics
    }
    return {topic: words for topic, words in found.items() if words}


def _uses(texts: Sequence[Stems]) -> Counter[str]:
    return Counter(word for stems in texts for word in stems)


def _score(now: int, of_now: int, before: int, of_before: int, prior: float) -> float:
    """The difference of the log-odds, in standard deviations (their equations 16, 22 and 23)."""
    a, b = now + prior, before + prior
    odds_now = a / (of_now + PRIOR_QUESTIONS - a)
    odds_before = b / (of_before + PRIOR_QUESTIONS - b)
    return (log(odds_now) - log(odds_before)) / sqrt(1 / a + 1 / b)
