"""Two people writing the same guide: what each changed since the draft both began with is kept.

Pure. Rule kept: nothing anybody wrote is lost in silence; where both changed a field, one's own text stays in it and
the other's is shown beside what it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ddh_beredskab.web.word_diff import Piece, word_diff


@dataclass(frozen=True, slots=True)
class Both:
    """A field both have changed: how it was, and what the other made of it, word by word."""

    before: str
    theirs: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Merged:
    """The fields as they go on, those taken over from the other, and those to be looked at."""

    fields: dict[str, str]
    taken: tuple[str, ...]
    both: dict[str, Both]


def merged(before: Mapping[str, str], theirs: Mapping[str, str], mine: Mapping[str, str]) -> Merged:
    """Field by field; one that is missing is empty."""
    fields: dict[str, str] = {}
    taken: list[str] = []
    both: dict[str, Both] = {}
    for name in dict.fromkeys((*mine, *theirs, *before)):
        was, other, own = before.get(name, ""), theirs.get(name, ""), mine.get(name, "")
        fields[name] = other if own == was else own
        if other in (was, own) and own != other:
            continue
        if fields[name] == other:
            if other != was:
                taken.append(name)
        else:
            both[name] = Both(was, other, word_diff(was, other))
    return Merged(fields, tuple(taken), both)
