"""exercises.yaml: the four kinds of exercise, what each is for, who takes part, and injects that fit any recording.

Rule kept: a template is data with date and source; an inject of a template has no date, it comes so many minutes after
the participants have taken over, or after something they did.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, get_args

from pydantic import Field

from ddh_beredskab.core.playbook import Page, Part, Sentence
from ddh_beredskab.drills.plan import After, Channel, Expected, Inject, Template
from ddh_beredskab.playbooks.files import Document, Place, read_document
from ddh_beredskab.playbooks.problems import PlaybookError
from ddh_beredskab.playbooks.validation import did_you_mean, validated
from schemas.base import Ref, Role
from schemas.catalog import events

FILE = "exercises.yaml"
TEMPLATES: tuple[Template, ...] = get_args(Template)
EVENTS = frozenset(each.short_name() for each in events())


class AnyInject(Part):
    """An inject that fits any recording. With neither `minutes` nor `after` it waits for the drill leader."""

    key: Ref
    title: Sentence
    text: Sentence
    sender: str = ""
    channel: Channel = "phone"
    to: Annotated[tuple[Role, ...], Field(min_length=1)]
    minutes: Annotated[int, Field(ge=0, strict=True)] | None = None
    """After the participants have taken over."""
    after: After | None = None
    expect: Expected | None = None
    notes: str = ""

    def placed(self, starts_at: datetime) -> Inject:
        """The inject of a drill in which the participants take over at that time."""
        at = None if self.minutes is None else starts_at + timedelta(minutes=self.minutes)
        given = {name: getattr(self, name) for name in type(self).model_fields if name != "minutes"}
        return Inject(**given, at=at)


class Exercise(Part):
    """One kind of exercise."""

    name: Sentence
    purpose: Sentence
    how: Sentence
    roles: tuple[Role, ...]
    """Taken by participants unless somebody chooses otherwise."""
    speed: Annotated[float, Field(ge=1, le=60)]
    minutes: Annotated[int, Field(ge=10, le=48 * 60, strict=True)]
    """Drill minutes from taking over to the end."""
    skip_quiet: bool
    injects: tuple[AnyInject, ...] = ()


class Exercises(Page):
    """The whole file."""

    templates: Mapping[Template, Exercise]


def read_exercises(folder: Path, shown: str = FILE) -> tuple[Document, Exercises | None]:
    """The file with what is wrong with it."""
    document = read_document(folder / FILE, shown)
    found = validated(document, Exercises) if document.data else None
    for template in TEMPLATES if found else ():
        if found is not None and template not in found.templates:
            document.add(("templates",), "missing", name=template, where="templates")
    for template, exercise in found.templates.items() if found else ():
        check_injects(document, ("templates", template, "injects"), exercise.injects)
    return document, found


def load_exercises(folder: Path) -> Exercises:
    """The templates of a playbook folder. Raises `PlaybookError` with every mistake and its line."""
    document, found = read_exercises(folder)
    if found is None or document.problems:
        raise PlaybookError(document.problems)
    return found


def check_injects(document: Document, place: Place, injects: Iterable[AnyInject | Inject]) -> None:
    """What the types cannot say: a key stands once, an event is one there is, a time is one or the other."""
    keys: dict[str, int] = {}
    for index, each in enumerate(injects):
        here: Place = (*place, index)
        first = keys.setdefault(each.key, index)
        if first != index:
            document.add((*here, "key"), "duplicate_key", name=each.key, first=document.line((*place, first, "key")))
        named = [((*here, "after", "event"), each.after.event)] if each.after else []
        if each.expect:
            named += [((*here, "expect", "done_by", at), event) for at, event in enumerate(each.expect.done_by)]
        for where, event in named:
            if event not in EVENTS:
                document.add(where, "unknown_key", name=event, hint=did_you_mean(event, EVENTS))
        timed = each.minutes if isinstance(each, AnyInject) else each.at
        if timed is not None and each.after is not None:
            document.add((*here, "after"), "inject_twice", name=each.key)
