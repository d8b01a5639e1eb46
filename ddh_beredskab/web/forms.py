"""From a form to a command: fields by the command's own types, times by the Danish clock, mistakes in plain words.

Rule kept: the types of the messages are the only rules here; a field that is left empty is left out, and every mistake
names its field. `a.b` is a field in a part, `a.0.b` a field in the first of several parts, a name that comes several
times is a list, `a.key` an entry of a dictionary.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar, Union, get_args, get_origin
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData, ImmutableMultiDict
from starlette.requests import Request

from ddh_beredskab.web.visit import Mistake
from ddh_beredskab.web.words import COPENHAGEN, Words

M = TypeVar("M", bound=BaseModel)
Fields = ImmutableMultiDict[str, Any]

LARGEST_FORM = 2 << 20
_SENTENCES = {
    "missing": "form.missing",
    "string_too_short": "form.missing",
    "too_short": "form.choose_one",
    "string_too_long": "form.too_long",
    "too_long": "form.too_many",
    "literal_error": "form.choose",
    "int_parsing": "form.number",
    "int_type": "form.number",
    "greater_than_equal": "form.at_least",
    "less_than_equal": "form.at_most",
    "string_pattern_mismatch": "form.pattern",
}


class FormTooLarge(Exception):
    """More than a form may hold."""


async def read_fields(request: Request) -> Fields:
    """The fields of a form, or of a JSON object sent by our own script. Files come as `UploadFile`.

    Raises `FormTooLarge`.
    """
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > LARGEST_FORM:
        raise FormTooLarge
    form: FormData = await request.form(max_fields=500, max_part_size=LARGEST_FORM)
    return ImmutableMultiDict([(name, _clean(value)) for name, value in form.multi_items()])


def _clean(value: Any) -> Any:
    """One kind of line end, and nothing around the text."""
    return value.replace("\r\n", "\n").strip().replace("\x00", "") if isinstance(value, str) else value


def filled_in(kind: type[M], fields: Fields, words: Words, **given: Any) -> tuple[M | None, list[Mistake]]:
    """The command (or part) a form stands for, or what is wrong with it. `given` is what the form does not ask."""
    data, mistakes = _model(kind, fields, "")
    data |= given
    try:
        made = kind.model_validate(data)
    except ValidationError as error:
        wrong = {m.field for m in mistakes}
        for each in error.errors(include_url=False, include_context=True):
            place = ".".join(str(part) for part in each["loc"])
            if place not in wrong:
                wrong.add(place)
                mistakes.append(Mistake(place, _sentence(words, each)))
        made = None
    if mistakes:
        return None, [m if m.sentence else Mistake(m.field, words.t("form.time")) for m in mistakes]
    return made, []


def _sentence(words: Words, error: Any) -> str:
    key = _SENTENCES.get(str(error["type"]), "form.wrong")
    facts: Mapping[str, Any] = error.get("ctx") or {}
    limit = next((facts[name] for name in ("max_length", "ge", "le", "min_length") if name in facts), "")
    return words.t(key, limit=limit)


def _model(kind: type[BaseModel], fields: Fields, prefix: str) -> tuple[dict[str, Any], list[Mistake]]:
    data: dict[str, Any] = {}
    mistakes: list[Mistake] = []
    for name, field in kind.model_fields.items():
        alias = field.validation_alias if isinstance(field.validation_alias, str) else name
        place = f"{prefix}{alias}"
        found, value, wrong = _value(field.annotation, fields, place)
        mistakes += wrong
        if found:
            data[alias] = value
    return data, mistakes


def _value(annotation: Any, fields: Fields, place: str) -> tuple[bool, Any, list[Mistake]]:
    """(whether something was given, what, what is wrong)"""
    annotation = _without_none(annotation)
    origin = get_origin(annotation)
    if origin is tuple:
        return _several(get_args(annotation)[0], fields, place)
    if origin is dict:
        keys = [name.removeprefix(f"{place}.") for name in fields if name.startswith(f"{place}.")]
        given = {key: fields[f"{place}.{key}"] for key in keys if fields[f"{place}.{key}"] != ""}
        return bool(given), given, []
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if not any(name.startswith(f"{place}.") for name in fields):
            return False, None, []
        data, mistakes = _model(annotation, fields, f"{place}.")
        return bool(data), data, mistakes
    text = fields.get(place, "")
    if annotation is bool:
        return place in fields, text in ("on", "true", "1", "ja"), []
    if not isinstance(text, str) or text == "":
        return False, None, []
    if annotation is datetime:
        when = instant_of(text)
        return (True, when, []) if when else (True, None, [Mistake(place, "")])
    if annotation in (int, float):
        return True, text.replace(".", "").replace(",", ".") if annotation is float else text.replace(".", ""), []
    return True, text, []


def _several(kind: Any, fields: Fields, place: str) -> tuple[bool, Any, list[Mistake]]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        numbers = sorted({
            int(part)
            for name in fields
            if name.startswith(f"{place}.") and (part := name.removeprefix(f"{place}.").partition(".")[0]).isdecimal()
        })  # fmt: skip
        parts: list[Any] = []
        mistakes: list[Mistake] = []
        for number in numbers:
            data, wrong = _model(kind, fields, f"{place}.{number}.")
            if data:
                parts.append(data)
                mistakes += wrong
        return bool(parts), parts, mistakes
    values = [value for value in fields.getlist(place) if value != ""]
    return bool(values), values, []


def _without_none(annotation: Any) -> Any:
    """X of X | None; the bare type of an annotated one."""
    if get_origin(annotation) in (Union, types.UnionType):
        kinds = [kind for kind in get_args(annotation) if kind is not type(None)]
        annotation = kinds[0] if len(kinds) == 1 else annotation
    if hasattr(annotation, "__metadata__"):
        annotation = get_args(annotation)[0]
    return annotation


def instant_of(text: str, zone: ZoneInfo = COPENHAGEN) -> datetime | None:
    """A `datetime-local` field's text as an instant: 2023-10-20T14:05 on a Danish clock. Null: it is none."""
    try:
        when = datetime.fromisoformat(text.replace(" ", "T"))
    except ValueError:
        return None
    return (when if when.tzinfo else when.replace(tzinfo=zone)).astimezone(UTC)
