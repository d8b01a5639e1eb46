"""What changed from one text to the next, word by word.

Pure. The pieces put together are the new text with what was taken out still in it; whoever shows them says in words,
and not by colour alone, which is which.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

Change = Literal["same", "new", "gone"]
_WORDS = re.compile(r"\s+|\S+")
_LINES = re.compile(r"[^\n]*\n|[^\n]+")
_MOST_COMPARED = 4_000_000
"""Longer texts are compared line by line: the comparison of words costs their product."""

_ALIKE = 0.4
"""Texts with fewer words in common are shown whole, one after the other: a patchwork of single words helps nobody."""
_SHORT = 3
"""So few letters between two changes belong to them."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text that stayed, came or went."""

    change: Change
    text: str


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field from one version to the next."""

    key: str
    change: Literal["same", "new", "gone", "changed"]
    pieces: tuple[Piece, ...]


def word_diff(before: str, after: str) -> tuple[Piece, ...]:
    """The pieces of both texts in reading order; what went stands before what came in its place."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    if len(old) * len(new) > _MOST_COMPARED:
        old, new = _LINES.findall(before), _LINES.findall(after)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if before.strip() and after.strip() and _likeness(old, new) < _ALIKE:
        return Piece("gone", before), Piece("new", after)
    pieces: list[Piece] = []
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            pieces.append(Piece("same", "".join(new[c:d])))
            continue
        if b > a:
            pieces.append(Piece("gone", "".join(old[a:b])))
        if d > c:
            pieces.append(Piece("new", "".join(new[c:d])))
    return tuple(_joined(pieces))


def _likeness(old: list[str], new: list[str]) -> float:
    """The share of words the two have in common, wherever they stand."""
    ours, theirs = Counter(w for w in old if w.strip()), Counter(w for w in new if w.strip())
    return 2 * (ours & theirs).total() / max(1, ours.total() + theirs.total())


def _joined(pieces: list[Piece]) -> list[Piece]:
    """A space or a short word between two changes belongs to them: otherwise each word would be a piece of its own.

    What stayed and what is new make the new text to the letter; of what went, only the words are kept.
    """
    found: list[Piece] = []
    gone = new = ""
    for index, piece in enumerate([*pieces, Piece("same", "")]):
        inside = 0 < index < len(pieces) - 1 and "\n" not in piece.text and len(piece.text.strip()) <= _SHORT
        if piece.change == "gone" or (piece.change == "same" and inside):
            gone += piece.text
        if piece.change == "new" or (piece.change == "same" and inside):
            new += piece.text
        if piece.change == "same" and not inside:
            if gone.split() != new.split():
                if gone.strip():
                    found.append(Piece("gone", gone))
                if new:
                    found.append(Piece("new" if new.strip() else "same", new))
            elif new:
                found.append(Piece("same", new))
            gone = new = ""
            if piece.text:
                found.append(piece)
    return found


def field_changes(
    before: Mapping[str, str] | None, after: Mapping[str, str], order: Sequence[str] = ()
) -> list[FieldChange]:
    """Field by field, in the order given, then as they stand; without a version before nothing is called new."""
    old = before or {}
    keys = [key for key in dict.fromkeys((*order, *after, *old)) if after.get(key) or old.get(key)]
    return [_field(key, None if before is None else old.get(key, ""), after.get(key, "")) for key in keys]


def _field(key: str, before: str | None, after: str) -> FieldChange:
    if before is None or before == after:
        return FieldChange(key, "same", (Piece("same", after),))
    if not before:
        return FieldChange(key, "new", (Piece("new", after),))
    if not after:
        return FieldChange(key, "gone", (Piece("gone", before),))
    return FieldChange(key, "changed", word_diff(before, after))
