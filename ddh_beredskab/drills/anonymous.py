"""A command without anything about anybody: refs and codes under other names, free text struck out.

Rule kept: a text stays only when it is one of the rules' own words (a topic, an option, a heading) or when its type
allows nothing else; an empty text stays empty, since a rule may ask whether there is one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from types import UnionType
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin

from pydantic import BaseModel, StringConstraints
from pydantic.fields import FieldInfo

from ddh_beredskab.core.playbook import Playbooks
from ddh_beredskab.drills.pseudonyms import Pseudonyms
from schemas.activation import Authority
from schemas.base import Command, Private

STRUCK = "[fritekst fjernet]"
_CODES = ("municipality", "code", "affected", "authority_code", "contact_centre_members")
_MENTION = re.compile(r"@([a-z0-9][a-z0-9._-]*)")
_CASE = "SAG-1"


class Anonymiser:
    """Makes the fields of commands anonymous."""

    def __init__(self, names: Pseudonyms, playbooks: Playbooks) -> None:
        self._names = names
        self._words = vocabulary(playbooks)
        self.struck = 0

    def fields(self, command: Command) -> dict[str, Any]:
        """The command's fields for `with:` of a recording."""
        return self._model(command)

    def text(self, text: str) -> str:
        """A text as it may stand: nothing, one of the rules' words, somebody mentioned - or struck out."""
        if not text.strip() or text in self._words:
            return text
        if mention := _MENTION.fullmatch(text):
            return f"@{self._names.person(mention[1])}"
        self.struck += 1
        return STRUCK

    def _model(self, model: BaseModel) -> dict[str, Any]:
        if isinstance(model, Authority):
            return self._authority(model)
        found: dict[str, Any] = {}
        home = getattr(model, "municipality", None)
        for name, info in type(model).model_fields.items():
            value = getattr(model, name)
            if value == info.get_default(call_default_factory=True):
                continue
            key = info.alias or name
            if name == "person" and isinstance(value, str):
                found[key] = self._names.person(value, home if isinstance(home, str) else None)
            else:
                found[key] = self._value(value, info.rebuild_annotation(), name)
        return found

    def _authority(self, authority: Authority) -> dict[str, Any]:
        code = self._names.municipality(authority.code)
        affected = [self._names.municipality(each) for each in authority.affected]
        return {
            "code": code, "name": f"Myndighed {code} (opdigtet)", "scope": authority.scope, "affected": affected,
            "fictional": True,
        }  # fmt: skip

    def _value(self, value: Any, annotation: Any, name: str) -> Any:
        if isinstance(value, BaseModel):
            return self._model(value)
        if isinstance(value, tuple):
            return [self._value(each, _inner(annotation), name) for each in cast("tuple[Any, ...]", value)]
        if isinstance(value, Mapping):
            found: dict[str, Any] = {}
            for key, each in cast("Mapping[str, Any]", value).items():
                own = self.text(key)
                found[own if own not in found else f"{own} {len(found) + 1}"] = self._value(
                    each, _inner(annotation), name
                )
            return found
        if not isinstance(value, str):
            return value.isoformat() if hasattr(value, "isoformat") else value
        if name in _CODES:
            return self._names.municipality(value) if value else value
        if name == "case_number":
            return _CASE
        match _kind(annotation):
            case "literal":
                return value
            case "ref":
                return self._ref(value)
            case _:
                return self.text(value)

    def _ref(self, value: str) -> str:
        """A pattern that is no person's: a topic, a paper number, a crisis - else a person."""
        if value in self._words or re.fullmatch(r"P\d+-\d+", value):
            return value
        return self._names.crisis(value) or self._names.person(value)


def vocabulary(playbooks: Playbooks) -> Collection[str]:
    """Every word the rules themselves use as a key: nothing in it is about anybody."""
    words: set[str] = {"", "*"}
    for kind in playbooks.kinds.values():
        words.update(topic.key for topic in kind.topics)
        words.update(kind.variables)
    criteria = playbooks.criteria
    for part in (criteria.acute, criteria.citizens, criteria.functions):
        for question in part.questions:
            words.update({question.id, *(option.id for option in question.options)})
    words.update({criteria.planned.id, *(option.id for option in criteria.planned.options)})
    words.update(playbooks.texts.questions)
    words.update(section.key for section in playbooks.status.ddh_status)
    words.update(heading.label for heading in playbooks.status.situation_picture)
    agendas = playbooks.agendas
    words.update((*agendas.first_meeting, *agendas.recurring, *agendas.round_the_clock))
    return frozenset(words)


def _kind(annotation: Any) -> Literal["literal", "ref", "text"]:
    """What a string of that type can hold."""
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *marks = get_args(annotation)
        if any(isinstance(mark, Private) for mark in marks):
            return "text"
        patterned = any(_pattern(mark) for mark in marks)
        return "ref" if patterned else _kind(inner)
    if origin is Literal:
        return "literal"
    if origin in (Union, UnionType):
        kinds = {_kind(each) for each in get_args(annotation) if each is not type(None)}
        return "text" if "text" in kinds else "ref" if "ref" in kinds else "literal"
    return "text" if annotation is str else "literal"


def _pattern(mark: Any) -> bool:
    if isinstance(mark, StringConstraints):
        return mark.pattern is not None
    if isinstance(mark, FieldInfo):
        return any(getattr(each, "pattern", None) is not None for each in mark.metadata)
    return getattr(mark, "pattern", None) is not None


def _inner(annotation: Any) -> Any:
    """The type of what is inside a tuple or the values of a mapping."""
    if get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) in (Union, UnionType):
        annotation = next(each for each in get_args(annotation) if each is not type(None))
    arguments = [each for each in get_args(annotation) if each is not Ellipsis]
    return arguments[-1] if arguments else str
