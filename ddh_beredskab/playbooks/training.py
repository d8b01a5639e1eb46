"""training.yaml: who is to be trained every year, what a shift in a crisis takes, and what other systems call a course.

Rule kept: for how long a drill counts is one number (`training_valid_days` in limits.yaml); all else is data here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from ddh_beredskab.core.playbook import Key, Page, Part, Sentence
from ddh_beredskab.playbooks.files import Document, read_document
from ddh_beredskab.playbooks.problems import PlaybookError
from ddh_beredskab.playbooks.validation import validated
from schemas.base import Role

FILE = "training.yaml"

What = Literal["drill", "course", "listened_in", "crisis_brief"]
"""Øvelse, kursus, medlyt, krisens brief."""
CourseField = Literal["person", "course", "day", "status"]
_Days = Annotated[int, Field(gt=0, strict=True)]


class ShiftNeed(Part):
    """One thing a shift in a crisis takes."""

    what: Literal["course", "listened_in", "crisis_brief"]
    label: Sentence
    how: Sentence
    """What one does about it."""
    valid_days: _Days | None = None
    """Null: once is for ever; a crisis' brief counts in that crisis alone."""

    def counts_until(self, done_on: date) -> date | None:
        """The last day it counts; null: for ever."""
        return None if self.valid_days is None else done_on + timedelta(days=self.valid_days)


class Course(Part):
    """A course, and what other systems call it."""

    key: Key
    what: Literal["course", "listened_in", "crisis_brief"]
    label: Sentence
    names: Annotated[tuple[Sentence, ...], Field(min_length=1)]


class CourseFiles(Part):
    """A file of a learning system, as a table."""

    columns: Mapping[CourseField, tuple[Sentence, ...]]
    passed: Annotated[tuple[Sentence, ...], Field(min_length=1)]
    """What stands in the status of whoever has completed a course; all else has not."""


class Statements(Part):
    """xAPI: the verbs that mean that a course is completed, and the one that takes a statement back."""

    verbs: Annotated[tuple[Sentence, ...], Field(min_length=1)]
    voided: Sentence


class TrainingRules(Page):
    """The whole file."""

    roles: Annotated[tuple[Role, ...], Field(min_length=1)]
    soon_days: _Days
    shift: tuple[ShiftNeed, ...] = ()
    courses: tuple[Course, ...] = ()
    files: CourseFiles
    xapi: Statements

    def need(self, what: str) -> ShiftNeed | None:
        """What a shift takes of that kind."""
        return next((each for each in self.shift if each.what == what), None)

    def course(self, name: str) -> Course | None:
        """The course somebody calls by its key, its label, or a name it has elsewhere."""
        low = name.strip().casefold().rstrip("/")
        for each in self.courses:
            if low in (each.key.casefold(), each.label.casefold(), *(n.casefold().rstrip("/") for n in each.names)):
                return each
        return None


def read_training(folder: Path, shown: str) -> tuple[Document, TrainingRules | None]:
    """The file with what is wrong with it."""
    document = read_document(folder / FILE, shown)
    found = validated(document, TrainingRules) if document.data else None
    if found is not None:
        _check(document, found)
    return document, found


def _check(document: Document, rules: TrainingRules) -> None:
    """A need or a course that stands twice could not be told apart."""
    needs = [each.what for each in rules.shift]
    for index, what in enumerate(needs):
        if what in needs[:index]:
            document.add(("shift", index, "what"), "training_twice", name=what)
    called: dict[str, str] = {}
    for index, course in enumerate(rules.courses):
        for name in dict.fromkeys(each.casefold().rstrip("/") for each in (course.key, course.label, *course.names)):
            if called.setdefault(name, course.key) != course.key or rules.courses.index(course) != index:
                document.add(("courses", index), "training_twice", name=name)


def load_training(folder: Path) -> TrainingRules:
    """The rules of a playbook folder. Raises `PlaybookError` with every mistake and its line."""
    document, found = read_training(folder, FILE)
    if found is None or document.problems:
        raise PlaybookError(document.problems)
    return found
