"""Salted commitments: private values leave a message before it is stored, and come back when it is read.

commitment = "commit:sha256:" + SHA-256(salt || value). Value and salt stand in `private_values` and can be deleted;
the message, its hash and the chain stay valid. A deleted value reads as `ERASED`.
"""

from __future__ import annotations

import hashlib
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from schemas.base import Message, Private

PREFIX = "commit:sha256:"
ERASED = "[slettet]"


@dataclass(frozen=True, slots=True)
class PrivateValue:
    """A value kept apart. `salt` is hex; `kind` is free_text or personal."""

    commitment: str
    kind: str
    salt: str
    value: str


def commitment(salt: str, value: str) -> str:
    """The commitment of a value under a hex salt."""
    return PREFIX + hashlib.sha256(bytes.fromhex(salt) + value.encode()).hexdigest()


def commit(message: Message, new_salt: Callable[[], str]) -> tuple[dict[str, Any], list[PrivateValue]]:
    """The message's JSON data with private values replaced, and the values taken out. Empty texts stay as they are.

    A text in clear that looks like a commitment is taken out too, or whoever writes another's commitment into such a
    field would be shown what it stands for. Null characters, which PostgreSQL does not store, are left out of values.
    """
    data: dict[str, Any] = message.model_dump(mode="json", by_alias=True)
    taken: dict[str, PrivateValue] = {}

    def replace(value: str, kind: str) -> str:
        if (value := value.replace("\x00", "")) == "":
            return value
        salt = new_salt()
        kept = PrivateValue(commitment(salt, value), kind, salt, value)
        taken[kept.commitment] = kept
        return kept.commitment

    plan = _plan_of_model(type(message))
    if plan:
        data = _apply(plan, data, replace)
    if any(each not in taken for each in commitments_in(data)):
        data = _take_lookalikes(data, lambda text: text if text in taken else replace(text, "free_text"))
    return data, list(taken.values())


def _take_lookalikes(data: Any, change: Callable[[str], str]) -> Any:
    if isinstance(data, str):
        return change(data) if data.startswith(PREFIX) else data
    if isinstance(data, dict):
        return {key: _take_lookalikes(value, change) for key, value in data.items()}  # pyright: ignore[reportUnknownVariableType]
    if isinstance(data, list):
        return [_take_lookalikes(value, change) for value in data]  # pyright: ignore[reportUnknownVariableType]
    return data


def commitments_in(data: Any) -> Iterator[str]:
    """Every commitment that stands anywhere in JSON data."""
    if isinstance(data, str):
        if data.startswith(PREFIX):
            yield data
    elif isinstance(data, dict):
        for value in data.values():  # pyright: ignore[reportUnknownVariableType]
            yield from commitments_in(value)
    elif isinstance(data, list):
        for value in data:  # pyright: ignore[reportUnknownVariableType]
            yield from commitments_in(value)


def reveal(data: Any, values: Mapping[str, str]) -> Any:
    """JSON data with commitments replaced by their values; what has been deleted reads `[slettet]`."""
    if isinstance(data, str):
        return values.get(data, ERASED) if data.startswith(PREFIX) else data
    if isinstance(data, dict):
        return {key: reveal(value, values) for key, value in data.items()}  # pyright: ignore[reportUnknownVariableType]
    if isinstance(data, list):
        return [reveal(value, values) for value in data]  # pyright: ignore[reportUnknownVariableType]
    return data


def map_private(message: Message, change: Callable[[str, str], str]) -> Message:
    """The message with every private text changed by `change(value, kind)`, e.g. struck through."""
    plan = _plan_of_model(type(message))
    if plan is None:
        return message
    data = message.model_dump(mode="json", by_alias=True)
    return type(message).model_validate(_apply(plan, data, change))


# -- where private values stand in a model: worked out once per class ------------------------------


@dataclass(frozen=True, slots=True)
class _Leaf:
    kind: str


@dataclass(frozen=True, slots=True)
class _Each:
    inner: _Plan


@dataclass(frozen=True, slots=True)
class _Fields:
    inner: dict[str, _Plan]


_Plan = _Leaf | _Each | _Fields


@cache
def _plan_of_model(model: type[BaseModel]) -> _Fields | None:
    found: dict[str, _Plan] = {}
    for name, info in model.model_fields.items():
        marks = [mark for mark in info.metadata if isinstance(mark, Private)]
        plan: _Plan | None = _Leaf(marks[0].kind) if marks else _plan_of(info.annotation)
        if plan is not None:
            found[info.serialization_alias or info.alias or name] = plan  # as `model_dump(by_alias=True)` names it
    return _Fields(found) if found else None


def _plan_of(annotation: Any) -> _Plan | None:
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *marks = get_args(annotation)
        private = [mark for mark in marks if isinstance(mark, Private)]
        return _Leaf(private[0].kind) if private else _plan_of(inner)
    if origin in (Union, types.UnionType):
        plans = [plan for arg in get_args(annotation) if (plan := _plan_of(arg)) is not None]
        return plans[0] if plans else None
    if origin in (tuple, list):
        plan = _plan_of(get_args(annotation)[0])
        return _Each(plan) if plan else None
    if origin is dict:
        plan = _plan_of(get_args(annotation)[1])
        return _Each(plan) if plan else None
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _plan_of_model(annotation)
    return None


def _apply(plan: _Plan, data: Any, change: Callable[[str, str], str]) -> Any:
    match plan:
        case _Leaf():
            return change(data, plan.kind) if isinstance(data, str) else data
        case _Each():
            if isinstance(data, dict):
                return {key: _apply(plan.inner, value, change) for key, value in data.items()}  # pyright: ignore[reportUnknownVariableType]
            return [_apply(plan.inner, value, change) for value in data] if isinstance(data, list) else data  # pyright: ignore[reportUnknownVariableType]
        case _Fields():
            if not isinstance(data, dict):
                return data
            return {
                key: _apply(plan.inner[key], value, change) if key in plan.inner else value
                for key, value in data.items()  # pyright: ignore[reportUnknownVariableType]
            }
