"""A recording's YAML with its lines: what is a mapping, a list, a model, and what is wrong with it and where.

Rule kept: a mistake is gathered with its line and what would be right; reading goes on as long as it makes sense.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, TypeVar, cast

from pydantic import BaseModel, ValidationError

from ddh_beredskab.drills.lined_yaml import KeyTwice, Lined, NotYaml, read_lined
from ddh_beredskab.drills.mistakes import Mistakes, meant, sentence

T = TypeVar("T", bound=BaseModel)
Place = tuple[str | int, ...]
"""The way to a value: keys and places in lists."""


class RecordingFile:
    """The data of one file and the mistakes in it."""

    def __init__(self, mistakes: Mistakes) -> None:
        self.mistakes = mistakes
        self.name = mistakes.file
        self._lined = Lined(None, {})

    def parse(self, text: str) -> dict[str, Any] | None:
        """What stands in it; null when it is no mapping."""
        try:
            self._lined = read_lined(text)
        except KeyTwice as error:
            self.mistakes.add(error.line, "key_twice", key=error.problem)
            return None
        except NotYaml as error:
            self.mistakes.add(error.line, "not_yaml", problem=error.problem)
            return None
        if self._lined.data is None:
            self.mistakes.add(1, "empty")
            return None
        return self.mapping(self._lined.data, ())

    def line(self, place: Place) -> int:
        return self._lined.line(place)

    def wrong(self, place: Place, mistake: str, /, **facts: Any) -> None:
        """Something is wrong there."""
        self.mistakes.add(self.line(place), mistake, **facts)

    def wrong_value(self, place: Place, key: str, value: Any, hint: str) -> None:
        """A value is not what it should be."""
        self.wrong(place, "wrong_value", key=key, value=_short(value), hint=hint)

    def mapping(self, value: Any, place: Place) -> dict[str, Any] | None:
        if isinstance(value, dict):
            return cast("dict[str, Any]", value)
        self.wrong(place, "not_a_mapping")
        return None

    def items(self, data: dict[str, Any], key: str) -> list[Any]:
        value = data.get(key)
        if isinstance(value, list):
            return cast("list[Any]", value)
        if value is not None:
            self.wrong((key,), "not_a_list")
        return []

    def keys(self, data: dict[str, Any], known: set[str], place: Place, required: Collection[str]) -> None:
        """Every key is known, and none that is required is missing."""
        for key in data:
            if key not in known:
                self.wrong((*place, key), "unknown_key", key=key, meant=meant(key, known))
        for key in sorted(set(required) - set(data)):
            self.wrong(place, "missing", key=key)

    def models(self, data: dict[str, Any], key: str, cls: type[T]) -> tuple[T, ...]:
        found = (self.model(cls, value, (key, at)) for at, value in enumerate(self.items(data, key)))
        return tuple(each for each in found if each is not None)

    def model(self, cls: type[T], value: Any, place: Place) -> T | None:
        """The value as that model; null when there is none, or when it is wrong."""
        if value is None or self.mapping(value, place) is None:
            return None
        try:
            return cls.model_validate(value)
        except ValidationError as error:
            for each in error.errors():
                self._wrong_in_model(cls, cast("dict[str, Any]", each), place)
            return None

    def _wrong_in_model(self, cls: type[BaseModel], error: dict[str, Any], place: Place) -> None:
        loc = tuple(cast("Sequence[str | int]", error["loc"]))
        key = ".".join(map(str, loc)) or cls.__name__
        match error["type"]:
            case "missing":
                self.wrong((*place, *loc), "missing", key=key)
            case "extra_forbidden":
                known = [each.alias or name for name, each in cls.model_fields.items()]
                self.wrong((*place, *loc), "unknown_key", key=key, meant=meant(str(loc[-1]), known))
            case _:
                self.wrong_value((*place, *loc), key, error["input"], _hint(error))


def _short(value: Any) -> str:
    text = str(value)
    return f'"{text[:60]}..."' if len(text) > 60 else f'"{text}"'


def _hint(error: dict[str, Any]) -> str:
    kind = str(error["type"])
    match kind:
        case "literal_error" | "enum":
            return sentence("hint_choice", choices=str(error["ctx"]["expected"]).replace(" or ", ", ").replace("'", ""))
        case "string_type":
            return sentence("hint_text")
        case "int_type" | "int_parsing" | "float_type" | "float_parsing" | "int_from_float":
            return sentence("hint_number")
        case "string_pattern_mismatch":
            return sentence("hint_pattern")
        case "bool_type" | "bool_parsing":
            return sentence("hint_bool")
        case "greater_than_equal" | "greater_than" | "string_too_short":
            return sentence("hint_least")
        case "less_than_equal" | "less_than" | "string_too_long":
            return sentence("hint_most")
        case "tuple_type" | "list_type" | "too_short" | "too_long":
            return sentence("hint_list")
        case "dict_type" | "model_type":
            return sentence("hint_mapping")
        case _ if kind.startswith(("datetime", "value_error", "timezone")):
            return sentence("hint_time")
        case _:
            return sentence("hint_other")
