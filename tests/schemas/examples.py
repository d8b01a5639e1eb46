"""Examples of every message class, made from its annotations alone: a bare one and a full one.

In the full one every optional field is filled, every collection has two members, and every text is different, so that
a private text that is left in clear cannot hide behind another.
"""

from __future__ import annotations

import types
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin
from uuid import UUID

import annotated_types
from pydantic import BaseModel, StringConstraints, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from schemas.base import Message, Private

AT = datetime(2023, 10, 20, 22, 6, tzinfo=UTC)
PRIVATE_WORD = "fortroligt"
_PATTERNED = ("k1", "asta-holm", "drift", "P1-7", "08:00", "a" * 64, "0301", "https://strandby.example/")


M = TypeVar("M", bound=Message)


def examples(message: type[M]) -> list[M]:
    """A bare one and a full one."""
    return [message.model_validate(_fields(message, count(1), full=full)) for full in (False, True)]


def _fields(model: type[BaseModel], numbers: Iterator[int], *, full: bool) -> dict[str, Any]:
    return {
        info.alias or name: _value(info.annotation, info.metadata, numbers, full=full)
        for name, info in model.model_fields.items()
        if full or info.is_required()
    }


def _value(annotation: Any, marks: list[Any], numbers: Iterator[int], *, full: bool) -> Any:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        more = [m for each in arguments[1:] for m in (each.metadata if isinstance(each, FieldInfo) else [each])]
        return _value(arguments[0], [*marks, *more], numbers, full=full)
    if origin is Literal:
        return arguments[0]
    if origin in (Union, types.UnionType):
        real = [each for each in arguments if each is not type(None)]
        return _value(real[0], marks, numbers, full=full) if full or len(real) == len(arguments) else None
    if origin in (tuple, list):
        at_least = max((m.min_length for m in marks if isinstance(m, annotated_types.MinLen)), default=0)
        if origin is tuple and Ellipsis not in arguments:
            return [_value(each, [], numbers, full=full) for each in arguments]
        return [_value(arguments[0], [], numbers, full=full) for _ in range(max(at_least, 2 if full else 0))]
    if origin is dict:
        keys = list(get_args(arguments[0])) if get_origin(arguments[0]) is Literal else ["et", "to"]
        return {key: _value(arguments[1], [], numbers, full=full) for key in keys[:2]} if full else {}
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _fields(annotation, numbers, full=full)
    return _plain(annotation, marks, next(numbers))


def _plain(annotation: Any, marks: list[Any], n: int) -> Any:
    if annotation is str:
        if any(isinstance(mark, Private) for mark in marks):
            return f"{PRIVATE_WORD} {n}"
        return _fitting(annotation, marks, [f"åben {n}", *_PATTERNED])
    if annotation is bool:
        return n % 2 == 0
    if annotation in (int, float):
        return _fitting(annotation, marks, [annotation(v) for v in (n, 1, 0)])
    if annotation is datetime:
        return AT.isoformat()
    if annotation is UUID:
        return str(UUID(int=n))
    raise TypeError(f"no example is known for {annotation!r}: add one")


def _fitting(annotation: Any, marks: list[Any], candidates: list[Any]) -> Any:
    kept = [
        m for m in marks if isinstance(m, annotated_types.BaseMetadata | StringConstraints) or hasattr(m, "pattern")
    ]
    wanted: Any = annotation
    for mark in kept:
        wanted = Annotated[wanted, mark]
    adapter = TypeAdapter[Any](wanted)
    for candidate in candidates:
        try:
            adapter.validate_python(candidate)
        except ValidationError:
            continue
        return candidate
    raise TypeError(f"no example fits {annotation!r} with {marks!r}: add one")
