"""What is wrong with a message's fields, told in Danish with a JSON pointer to each.

Rule kept: fields are read strictly, as the published description says them; a text is no number and a number no date.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ValidationError

from ddh_beredskab.i18n import say
from ddh_beredskab.web.api.problems import Mistake, wrong_fields

M = TypeVar("M", bound=BaseModel)

MOST_TOLD = 20


def strictly(model: type[M], value: Any, place: str) -> M:
    """The value as that type. Raises `Problem` 422 with everything that is wrong."""
    try:
        return model.model_validate_json(orjson.dumps(value), strict=True)
    except ValidationError as error:
        raise wrong_fields(mistakes_of(error, place)) from None


def mistakes_of(error: ValidationError, place: str) -> list[Mistake]:
    """The first twenty mistakes under a place."""
    return [_mistake(each, place) for each in error.errors(include_url=False)[:MOST_TOLD]]


def pointer(place: str, parts: Iterable[str | int]) -> str:
    """A JSON pointer (RFC 6901) to what stands under a place."""
    return place + "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')[:80]}" for part in parts)


def _mistake(error: Any, place: str) -> Mistake:
    at = [part for part in error["loc"] if part != "[key]"]
    where = pointer(place, at)
    code, sentence = _sentence(str(error["type"]), str(at[-1])[:80] if at else "", error)
    return Mistake(where, code, sentence)


def _sentence(kind: str, name: str, error: Any) -> tuple[str, str]:
    context: dict[str, Any] = error.get("ctx") or {}
    if kind == "missing":
        return "missing", say("field.missing", name=name)
    if kind == "extra_forbidden":
        return "unknown_field", say("field.unknown", name=name)
    value = shown(error["input"])
    if kind in ("literal_error", "enum"):
        choices = str(context["expected"]).replace(" or ", ", ").replace("'", "")
        return "choice", say("field.choice", name=name, value=value, choices=choices)
    if kind.startswith(("datetime", "timezone")) or kind == "value_error":
        return "time", say("field.time", name=name, value=value)
    if kind == "string_pattern_mismatch":
        return "pattern", say("field.pattern", name=name, value=value)
    if kind in _LIMITS:
        fact, key = _LIMITS[kind]
        return key, say(f"api.field.{key}", name=name, limit=context[fact])
    if kind in _KINDS:
        return "kind", say(f"api.field.{_KINDS[kind]}", name=name, value=value)
    return "value", say("field.other", name=name, value=value)


_LIMITS = {
    "string_too_long": ("max_length", "too_long"),
    "string_too_short": ("min_length", "too_short"),
    "too_long": ("max_length", "too_many"),
    "too_short": ("min_length", "too_few"),
    "greater_than_equal": ("ge", "at_least"),
    "greater_than": ("gt", "more_than"),
    "less_than_equal": ("le", "at_most"),
    "less_than": ("lt", "less_than"),
}
_KINDS = {
    "string_type": "text",
    "int_type": "number",
    "int_from_float": "number",
    "int_parsing": "number",
    "float_type": "number",
    "bool_type": "yes_no",
    "tuple_type": "list",
    "list_type": "list",
    "dict_type": "object",
    "model_type": "object",
    "model_attributes_type": "object",
    "uuid_type": "id",
    "uuid_parsing": "id",
}


def shown(value: Any) -> str:
    """A value as it may stand in a sentence: short, on one line, and never more than was sent."""
    text = (
        value if isinstance(value, str) else orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS, default=str).decode()
    )
    text = " ".join(text.split())
    return text if len(text) <= 60 else text[:60] + " ..."
