"""Every message class by its type name, and lifting of old versions.

A type of a *newer* version than we know is not poison: `NewerVersion` tells the worker to stop and be upgraded.
"""

from __future__ import annotations

import re
from types import ModuleType
from typing import Any

from pydantic import ValidationError

from schemas import activation, base, crisis_staff, feedback, guides, logbook
from schemas.base import TYPE_PREFIX, Command, Event, Message
from schemas.upcasters import NoStep, lift

_MODULES: tuple[ModuleType, ...] = (base, activation, crisis_staff, guides, feedback, logbook)


class UnknownType(ValueError):
    """No such message type."""


class NewerVersion(Exception):
    """The message was written by a newer program; this one must be upgraded before it goes on."""

    def __init__(self, type_name: str) -> None:
        super().__init__(type_name)
        self.type_name = type_name


class Unreadable(ValueError):
    """The type is known, the data does not fit it."""


def _collect() -> dict[str, type[Message]]:
    found: dict[str, type[Message]] = {}
    for module in _MODULES:
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, Message) and value not in (Message, Command, Event):
                found[value.type_name()] = value
    return dict(sorted(found.items()))


CATALOG: dict[str, type[Message]] = _collect()
"""Full type name -> class."""

_LATEST = {cls.short_name(): cls for cls in CATALOG.values()}
_TYPE = re.compile(rf"^{re.escape(TYPE_PREFIX)}([a-z0-9_]+)\.v([1-9][0-9]*)$")


def commands() -> tuple[type[Command], ...]:
    """All commands, in order of type name."""
    return tuple(cls for cls in CATALOG.values() if issubclass(cls, Command))


def events() -> tuple[type[Event], ...]:
    """All events, in order of type name."""
    return tuple(cls for cls in CATALOG.values() if issubclass(cls, Event))


def parse(type_name: str, data: dict[str, Any]) -> Message:
    """The message of that type, lifted to the version we know.

    Raises `UnknownType`, `NewerVersion` or `Unreadable` (with the fields that do not fit).
    """
    known, data = message_class(type_name, data)
    try:
        return known.model_validate(data)
    except ValidationError as error:
        places = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()[:5])
        raise Unreadable(f"{type_name}: {places}") from error


def message_class(type_name: str, data: dict[str, Any]) -> tuple[type[Message], dict[str, Any]]:
    """The class of that type and its data, lifted to the version we know but not read yet.

    Raises `UnknownType`, `NewerVersion`, or `Unreadable` when old data cannot be lifted.
    """
    known = CATALOG.get(type_name)
    return (known, data) if known is not None else _lift(type_name, data)


def _lift(type_name: str, data: dict[str, Any]) -> tuple[type[Message], dict[str, Any]]:
    match = _TYPE.match(type_name)
    cls = _LATEST.get(match[1]) if match else None
    if match is None or cls is None:
        raise UnknownType(type_name)
    version = int(match[2])
    if version > cls.schema_version:
        raise NewerVersion(type_name)
    try:
        return cls, lift(match[1], version, cls.schema_version, data)
    except NoStep as error:
        raise UnknownType(type_name) from error
    except (LookupError, TypeError, ValueError, AttributeError) as error:  # a step met data it does not expect
        raise Unreadable(f"{type_name}: {error}") from error
