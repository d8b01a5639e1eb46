"""What may change in a published schema of one version, and what needs a new version with an upcaster.

Two promises: messages stored yesterday can be read by tomorrow's program, and a reader that was written after
yesterday's schema understands tomorrow's messages. So fields may be added with a default, choices may be added and
limits loosened; anything else is a break, named with its place.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, cast

from schemas.json_schemas import PRIVATE_MARK

Schema = dict[str, Any]

_AT_MOST = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_AT_LEAST = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_SAME = ("pattern", "format", "const", PRIVATE_MARK)


def breaks(old: Schema, new: Schema) -> list[str]:
    """Every incompatible change from a published schema to a new one, as `place: what`."""
    return list(_compare(_Whole(old), _Whole(new), old, new, "$", frozenset()))


class _Whole:
    """A document, to look up its own `$ref`s."""

    def __init__(self, document: Schema) -> None:
        self._document = document

    def deref(self, schema: Any) -> tuple[Schema, str | None]:
        """The schema that is meant, and the name it was referred to by."""
        name = None
        while isinstance(schema, dict) and "$ref" in schema:
            name = str(cast(Schema, schema)["$ref"])
            schema = self._document
            for part in name.removeprefix("#/").split("/"):
                schema = schema[part]
        return (cast(Schema, schema) if isinstance(schema, dict) else {}), name


def _compare(
    whole_old: _Whole, whole_new: _Whole, old: Any, new: Any, place: str, seen: frozenset[tuple[str | None, str | None]]
) -> Iterator[str]:
    (old, name_old), (new, name_new) = whole_old.deref(old), whole_new.deref(new)
    if (name_old or name_new) and (name_old, name_new) in seen:
        return  # a model that holds itself
    seen = seen | {(name_old, name_new)}

    def deeper(o: Any, n: Any, where: str) -> Iterator[str]:
        return _compare(whole_old, whole_new, o, n, where, seen)

    if "anyOf" in old or "anyOf" in new or "oneOf" in old or "oneOf" in new:
        yield from _compare_choices(_choices(old), _choices(new), place, deeper)
        return
    if old.get("type") != new.get("type"):
        yield f"{place}: type changed from {old.get('type')} to {new.get('type')}"
        return
    yield from _compare_values(old, new, place)
    yield from _compare_fields(old, new, place, deeper)
    for key in ("items", "additionalProperties", "propertyNames"):
        if key in old or key in new:
            if isinstance(old.get(key), dict) != isinstance(new.get(key), dict):
                yield f"{place}: {key} changed"
            elif isinstance(old.get(key), dict):
                yield from deeper(old.get(key), new.get(key), f"{place}.{key}")
    before, after = old.get("prefixItems", []), new.get("prefixItems", [])
    if len(before) != len(after):
        yield f"{place}: number of items changed"
    else:
        for index, (o, n) in enumerate(zip(before, after, strict=True)):
            yield from deeper(o, n, f"{place}[{index}]")


def _choices(schema: Schema) -> list[Any]:
    return list(schema.get("anyOf") or schema.get("oneOf") or [schema])


def _compare_choices(
    old: list[Any], new: list[Any], place: str, deeper: Callable[[Any, Any, str], Iterator[str]]
) -> Iterator[str]:
    left = list(new)
    for choice in old:
        fitting = next((each for each in left if not list(deeper(choice, each, place))), None)
        if fitting is None:
            yield f"{place}: type changed, {_short(choice)} is no longer possible as it was"
        else:
            left.remove(fitting)
    for choice in left:
        yield f"{place}: type changed, {_short(choice)} is new, and readers do not expect it"


def _compare_values(old: Schema, new: Schema, place: str) -> Iterator[str]:
    removed = [value for value in old.get("enum", []) if value not in new.get("enum", [])]
    if removed and "enum" in new:
        yield f"{place}: value removed: {', '.join(map(str, removed))}"
    if "enum" in new and "enum" not in old:
        yield f"{place}: only some values are allowed now"
    if "enum" in old and "enum" not in new:
        yield f"{place}: any value is possible now"
    for key in _SAME:
        if old.get(key) != new.get(key):
            yield f"{place}: {key} changed from {old.get(key)} to {new.get(key)}"
    for key in _AT_MOST:
        if key in new and (key not in old or new[key] < old[key]):
            yield f"{place}: {key} is tighter"
    for key in _AT_LEAST:
        if key in new and (key not in old or new[key] > old[key]):
            yield f"{place}: {key} is tighter"


def _compare_fields(
    old: Schema, new: Schema, place: str, deeper: Callable[[Any, Any, str], Iterator[str]]
) -> Iterator[str]:
    before, after = cast(Schema, old.get("properties", {})), cast(Schema, new.get("properties", {}))
    for name in before:
        if name not in after:
            yield f"{place}.{name}: field removed"
        else:
            yield from deeper(before[name], after[name], f"{place}.{name}")
    for name in sorted(set(new.get("required", [])) - set(old.get("required", []))):
        yield f"{place}.{name}: field is required now"


def _short(schema: Any) -> str:
    text = json.dumps(schema, ensure_ascii=False)
    return text if len(text) < 80 else text[:77] + "..."
