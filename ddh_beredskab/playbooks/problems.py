"""A problem in a playbook: which file, which line, what is wrong and what would be right.

The rule kept here: somebody who is no programmer can mend the file from the sentence alone, and gets
all problems of all files at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ddh_beredskab.errors import UserError
from ddh_beredskab.playbooks.sentences import SENTENCES


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """`str(problem)` is `playbooks/limits.yaml:17: sentence`."""

    file: str
    line: int
    sentence: str

    @property
    def place(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file

    def __str__(self) -> str:
        return f"{self.place}: {self.sentence}"


class PlaybookError(UserError):
    """The playbooks cannot be used; `problems` holds every reason, in order of file and line."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        told = "\n".join(str(problem) for problem in self.problems)
        super().__init__("playbook", place=self.problems[0].place, sentence=told)


def say(key: str, **facts: object) -> str:
    """The Danish sentence of a key, filled in."""
    return SENTENCES[key].format(**facts).strip()
