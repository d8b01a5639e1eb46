"""From a question to its word stems: lower case, without stop words and numbers, by the Danish Snowball stemmer.

Rules: what was struck out leaves no word behind; a stem is shown by the form most citizens used; the order of words
says nothing, how often one stands in the same question neither.
"""
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# snowballstemmer ships no types.

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from threading import Lock

import snowballstemmer

_STRUCK = re.compile(r"\[[^\]]* fjernet\]")
_WORD = re.compile(r"[^\W\d_]{2,}")
_stemmer = snowballstemmer.stemmer("danish")
_one_at_a_time = Lock()
"""The stemmer keeps the word it works on in itself."""


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """sirenen, sirener -> siren."""
    with _one_at_a_time:
        return str(_stemmer.stemWord(word.lower()))


def words(text: str, stop_words: frozenset[str]) -> list[str]:
    """The words of a text that say something, in lower case."""
    found = _WORD.findall(_STRUCK.sub(" ", text).lower())
    return [word for word in found if word not in stop_words]


def stems(text: str, stop_words: frozenset[str]) -> frozenset[str]:
    """The stems of a text, each once."""
    return frozenset(stem(word) for word in words(text, stop_words))


def usual_forms(texts: Iterable[str], wanted: Iterable[str], stop_words: frozenset[str]) -> dict[str, str]:
    """For each wanted stem the form that stands in most of these texts."""
    forms: dict[str, Counter[str]] = {each: Counter() for each in wanted}
    for text in texts:
        for word in words(text, stop_words):
            if (counted := forms.get(stem(word))) is not None:
                counted[word] += 1
    return {each: min(counted, key=lambda w: (-counted[w], w)) for each, counted in forms.items() if counted}
