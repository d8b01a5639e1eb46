"""YAML as plain data together with the line of every value.

Rule: a mistake in a file is told with its line, so nothing is read without remembering where it stood.
Scalars are numbers, true/false, null or text; a date or clock time stays text, for the message that uses it
says how to read it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from ruamel.yaml import YAML, MappingNode, SequenceNode
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from ddh_beredskab.i18n import say

Path = tuple[str | int, ...]


class NotYaml(ValueError):
    """The text is no YAML; `line` is where reading stopped."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(problem)
        self.line = line
        self.problem = problem


class KeyTwice(NotYaml):
    """A mapping holds one key twice: the later would silently win."""


@dataclass(frozen=True)
class Lined:
    """The data, and for each path in it the line (counted from 1) where it begins."""

    data: Any
    lines: Mapping[Path, int]

    def line(self, path: Sequence[str | int]) -> int:
        """The line of a value; of its nearest surroundings when the value itself is missing."""
        place = tuple(path)
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)


def read_lined(text: str) -> Lined:
    """The data of one YAML document with its lines."""
    try:
        # `compose` stops before values are made, so that each still knows its line.
        root = cast(Any, YAML(typ="safe", pure=True)).compose(text)
    except MarkedYAMLError as error:
        told = cast(Any, error)  # ruamel leaves the error's fields without types
        mark = told.problem_mark or told.context_mark
        raise NotYaml(mark.line + 1 if mark else 1, str(told.problem or told.context)) from error
    except YAMLError as error:  # its reader met what is no character
        raise NotYaml(1, say("why.no_character")) from error
    except RecursionError as error:
        raise NotYaml(1, say("why.too_deep")) from error
    lines: dict[Path, int] = {}
    try:
        return Lined(None if root is None else _value(root, (), lines), lines)
    except RecursionError as error:  # deep, or a part that holds itself
        raise NotYaml(1, say("why.too_deep")) from error


_MOST_VALUES = 50_000
"""Fifteen times the longest recording; a few lines whose aliases multiply would fill the memory."""


def _value(node: Any, path: Path, lines: dict[Path, int]) -> Any:
    lines.setdefault(path, node.start_mark.line + 1)
    if len(lines) > _MOST_VALUES:
        raise NotYaml(node.start_mark.line + 1, say("why.too_many_values"))
    inner = cast("list[Any]", node.value)
    if isinstance(node, MappingNode):
        return _mapping(inner, path, lines)
    if isinstance(node, SequenceNode):
        return [_value(item, (*path, at), lines) for at, item in enumerate(inner)]
    return _scalar(str(inner), str(node.tag))


def _mapping(pairs: list[Any], path: Path, lines: dict[Path, int]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    own: set[str] = set()
    for key_node, value_node in pairs:
        key = str(key_node.value)
        line = key_node.start_mark.line + 1
        if key == "<<":  # what an anchor says, unless this mapping says it itself
            found = {**_value(value_node, path, lines), **found}
            continue
        if key in own:
            raise KeyTwice(line, key)
        own.add(key)
        lines[(*path, key)] = line
        found[key] = _value(value_node, (*path, key), lines)
    return found


def _scalar(text: str, tag: str) -> str | int | float | bool | None:
    match tag.split(":")[-1]:
        case "int" | "float":
            return _number(text)
        case "bool":
            return text.lower() == "true"
        case "null":
            return None
        case _:
            return text


def _number(text: str) -> str | int | float:
    """A number JSON can carry exactly; anything else stays text, and its message says that it is no number."""
    for make in (int, float):
        try:
            value = make(text)
        except ValueError:
            continue
        if abs(value) < 2**53:
            return value
    return text
