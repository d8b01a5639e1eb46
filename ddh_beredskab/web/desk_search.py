"""Looking for an answer in the guides on the desk: words cut to their stems, so that "strømmen" finds "strøm".

Pure. The page does the same while one types (`static/desk_search.js`); a test holds the two side by side, word by word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

ENDINGS = (
    "erendes", "erende", "hederne", "hedens", "heden", "heder", "ernes", "erens", "erets", "ende", "erne", "eren",
    "erer", "eret", "ene", "ens", "ers", "ets", "en", "er", "es", "et", "e", "s",
)  # fmt: skip
"""Of Danish nouns, verbs and adjectives, the longest first."""
SHORTEST_STEM = 3
_WORD = re.compile(r"[0-9a-zæøåéüöä]+")
_VOWEL = re.compile(r"[aeiouyæøåéüöä]")

EXACT, BEGINS, INSIDE = 6, 4, 1
"""What a word that fits is worth: the same stem, one that begins with what was typed, one that holds it."""
IN_HEADING = 3
"""So many times as much when it stands in the heading."""
FIRST = 10
"""More, when a topic begins with it: one letter is enough to find it."""
TOPIC = "-emne-"
"""Stands in the anchor of an answer by topic."""


@dataclass(frozen=True, slots=True)
class Found:
    """Where the answer stands."""

    anchor: str
    heading: str
    text: str
    score: int


def words_of(text: str) -> list[str]:
    """The words, in small letters."""
    return _WORD.findall(text.lower())


def stem(word: str) -> str:
    """The word without its ending; a double consonant at the end becomes one (strømmen, strøm)."""
    for ending in ENDINGS:
        rest = word[: -len(ending)]
        if word.endswith(ending) and len(rest) >= SHORTEST_STEM and _VOWEL.search(rest):
            word = rest
            break
    if len(word) > SHORTEST_STEM and word[-1] == word[-2] and not _VOWEL.match(word[-1]):
        word = word[:-1]
    return word


def worth(query: str, text: str) -> int:
    """How well a text fits one word of the query; 0: not at all."""
    cut = stem(query)
    best = 0
    for word in words_of(text):
        if stem(word) == cut:
            return EXACT
        if word.startswith(query) or (len(query) > SHORTEST_STEM and word.startswith(cut)):
            best = max(best, BEGINS)
        elif len(cut) >= SHORTEST_STEM and cut in word:
            best = max(best, INSIDE)
    return best


def find(query: str, blocks: Iterable[tuple[str, str, str]], most: int = 8) -> list[Found]:
    """The blocks (anchor, heading, text) in which every word fits, the best first; of equals the first as it stands."""
    wanted = words_of(query)
    found: list[Found] = []
    for anchor, heading, text in blocks if wanted else ():
        scores = [IN_HEADING * worth(word, heading) + worth(word, text) for word in wanted]
        if all(scores):
            first = FIRST if TOPIC in anchor and worth(wanted[0], heading.partition(" ")[0]) >= BEGINS else 0
            found.append(Found(anchor, heading, text, sum(scores) + first))
    return sorted(found, key=lambda each: -each.score)[:most]
