"""A document against its type: what pydantic finds becomes one sentence with its line.

The rule kept here: no value is quietly bent into another (`true` is no number, `8` is no clock time),
and an unknown name comes with the one that was probably meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from ddh_beredskab.core.playbook import CLOCK_PATTERN
from ddh_beredskab.playbooks.files import Document, Place
from ddh_beredskab.playbooks.problems import say
from ddh_beredskab.playbooks.sentences import VALUE_WORDS

P = TypeVar("P", bound=BaseModel)


def validated(
    document: Document,
    model: type[P],
    data: Mapping[str, Any] | None = None,
    places: Mapping[str, Place] | None = None,
) -> P | None:
    """The document as `model`, or None with the problems added. `places` says where a top field stands."""
    try:
        return model.model_validate(document.data if data is None else data)
    except ValidationError as error:
        for detail in error.errors():
            _explain(document, model, detail, places or {})
        return None


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """A hint with the likeliest name, or with all of them when they are few."""
    names = sorted(names)
    if close := get_close_matches(name, names, n=1, cutoff=0.6):
        return say("hint_did_you_mean", name=close[0]) + " "
    return say("hint_possible", names=", ".join(names)) + " " if 0 < len(names) <= 20 else ""


def shown(value: object) -> str:
    """A value as the writer of the file knows it."""
    match value:
        case None:
            return VALUE_WORDS["none"]
        case bool():
            return "true" if value else "false"
        case list() | tuple():
            return VALUE_WORDS["list"]
        case dict():
            return VALUE_WORDS["group"]
        case str():
            return f'"{value if len(value) <= 60 else value[:57] + "..."}"'
        case _:
            return str(value)


def _explain(document: Document, model: type[BaseModel], detail: ErrorDetails, places: Mapping[str, Place]) -> None:
    loc = tuple(step for step in detail["loc"] if step != "[key]")
    of_key = "[key]" in detail["loc"]
    place: Place = (*places.get(str(loc[0]), (loc[0],)), *loc[1:]) if loc else ()
    value, context = detail["input"], detail.get("ctx", {})
    name = next((step for step in reversed(loc) if isinstance(step, str)), "")
    facts: dict[str, object] = {"name": name, "value": shown(value)}
    match detail["type"]:
        case "missing" if loc and isinstance(loc[-1], int):
            document.add(place, "wrong_count", **facts, wanted=loc[-1] + 1, count=loc[-1])
        case "missing" if len(place) > 1:
            where = ".".join(str(step) for step in place[:-1])
            document.add(place[:-1], "missing", name=name, where=where)
        case "missing":
            document.add((), "missing_top", name=name)
        case "extra_forbidden":
            hint = did_you_mean(name, _names_at(model, loc[:-1]))
            document.add(place, "unknown_key", name=name, hint=hint)
        case "literal_error" if of_key:
            document.add(place, "unknown_key", name=str(value), hint=did_you_mean(str(value), _expected(context)))
        case "literal_error":
            *names, last = _expected(context)
            names = f"{', '.join(names)} {VALUE_WORDS['or']} {last}" if names else last
            document.add(place, "not_one_of", **facts, names=names)
        case "string_pattern_mismatch" if context.get("pattern") == CLOCK_PATTERN:
            document.add(place, "not_clock", **facts)
        case "string_pattern_mismatch":
            document.add(place, "not_key", **facts)
        case "string_too_short":
            document.add(place, "empty_text", **facts)
        case "too_short" | "too_long" if "field_type" in context:
            wanted = context.get("min_length", context.get("max_length"))
            key = "at_least_lines" if detail["type"] == "too_short" else "wrong_count"
            document.add(place, key, **facts, wanted=wanted, count=context.get("actual_length"))
        case "greater_than_equal":
            document.add(place, "too_small", **facts, bound=f"{context['ge']:g}")
        case "greater_than":
            document.add(place, "too_small_strict", **facts, bound=f"{context['gt']:g}")
        case "less_than_equal":
            document.add(place, "too_big", **facts, bound=f"{context['le']:g}")
        case "value_error":
            reason = str(context.get("error", ""))
            known = {"clock_time": "not_clock", "calendar_date": "not_date"}
            document.add(place, known.get(reason, "other_value"), **facts, reason=reason)
        case other:
            document.add(place, _plain(other), **facts, reason=detail["msg"])


def _plain(error_type: str) -> str:
    """The sentence for what is simply of the wrong sort."""
    for start, key in (
        ("string", "not_text"),
        ("int", "not_whole_number"),
        ("float", "not_number"),
        ("bool", "not_yes_no"),
        ("tuple", "not_list"),
        ("list", "not_list"),
        ("missing_argument", "not_list"),
        ("dict", "not_group"),
        ("mapping", "not_group"),
        ("model", "not_group"),
        ("time", "not_clock"),
        ("date", "not_date"),
    ):
        if error_type.startswith(start):
            return key
    return "other_value"


def _expected(context: Mapping[str, Any]) -> list[str]:
    """`'a', 'b' or 'c'` as pydantic writes it, taken apart."""
    return [part for index, part in enumerate(str(context.get("expected", "")).split("'")) if index % 2]


def _names_at(model: type[BaseModel], loc: Place) -> list[str]:
    """The names a group at this place may hold."""
    kind: Any = model
    for step in loc:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            found = kind.model_fields.get(str(step))
            if found is None:
                return []
            kind = _bare(found.annotation)
        else:
            arguments = [each for each in get_args(kind) if each is not Ellipsis]
            if not arguments:
                return []
            kind = _bare(arguments[-1])
    return sorted(kind.model_fields) if isinstance(kind, type) and issubclass(kind, BaseModel) else []


def _bare(kind: Any) -> Any:
    """Without `Annotated` and `| None`."""
    while True:
        arguments = [each for each in get_args(kind) if each is not type(None)]
        if hasattr(kind, "__metadata__") or (get_origin(kind) is not None and len(arguments) < len(get_args(kind))):
            kind = arguments[0]
        else:
            return kind
