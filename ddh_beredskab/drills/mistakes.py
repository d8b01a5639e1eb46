"""Mistakes in a recording, as sentences with file and line for the person who wrote it.

Rule: all mistakes are gathered and told at once; the sentences are data (`mistakes.yaml` beside this file).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from importlib.resources import files

from ddh_beredskab.drills.lined_yaml import read_lined
from ddh_beredskab.errors import UserError


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """One mistake: where, and what would be right."""

    file: str
    line: int
    sentence: str = field(compare=False)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.sentence}"


class BrokenRecording(UserError):
    """The recording cannot be played; the sentence is one line per mistake, the place that of the first."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(sorted(mistakes))
        first = self.mistakes[0]
        sentences = "\n".join(map(str, self.mistakes))
        super().__init__("broken_recording", place=f"{first.file}:{first.line}", sentence=sentences)


class UnknownDrill(UserError):
    """There is no recording of that name."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        names = ", ".join(sorted(known)) or sentence("none_known")
        super().__init__("unknown_drill", sentence=sentence("not_found", name=name, known=names))
        self.name = name


class Mistakes(list[Mistake]):
    """Gathers the mistakes of one file."""

    def __init__(self, file: str) -> None:
        super().__init__()
        self.file = file

    def add(self, line: int, key: str, /, **facts: object) -> None:
        """Note a mistake by the key of its sentence."""
        self.append(Mistake(self.file, line, sentence(key, **facts)))


def sentence(key: str, /, **facts: object) -> str:
    """The sentence of that key, filled in."""
    return _sentences()[key].format(**facts)


def meant(word: str, known: Iterable[str]) -> str:
    """` Mente du "..."?` when one known word is close, else nothing."""
    near = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return sentence("meant", near=near[0]) if near else ""


@cache
def _sentences() -> dict[str, str]:
    text = files("ddh_beredskab.drills").joinpath("mistakes.yaml").read_text(encoding="utf-8")
    return dict(read_lined(text).data)
