"""xAPI statements as other systems write them: a JSON array, one a line, or what a store answers.

Rules kept: each statement is told with the line it begins on; one that is broken costs only itself, except in an array
whose JSON is broken, where nothing behind it can be read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, cast

from ddh_beredskab.danish_time import local
from ddh_beredskab.errors import UserError

WrongKey = Literal["json", "json_from_here", "statement", "no_time"]


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement, with what we use of it."""

    line: int
    id: str
    actors: tuple[str, ...]
    """Account name and mail: whatever is given."""
    verb: str
    target: str
    """The id of the course; of a voiding statement, that of the statement it takes back."""
    failed: bool
    day: date
    """The Danish day."""


@dataclass(frozen=True, slots=True)
class WrongStatement:
    """One that cannot be used: its line, and why."""

    line: int
    key: WrongKey
    where: str = ""


@dataclass(slots=True)
class Statements:
    """A file's, in order."""

    good: list[Statement] = field(default_factory=list[Statement])
    bad: list[WrongStatement] = field(default_factory=list[WrongStatement])


def statements_of(raw: bytes, name: str) -> Statements:
    """Raises `UserError` when the file is no text."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise UserError("csv_encoding", place=f"{name}:{line}", line=line, encoding="utf-8") from error
    found = Statements()
    for line, given in _array(text) if text.lstrip().startswith("[") else _objects(text):
        if isinstance(given, str):
            found.bad.append(WrongStatement(line, cast("WrongKey", given)))
            continue
        for each in _inner(given):
            made = _statement(line, each)
            if isinstance(made, Statement):
                found.good.append(made)
            else:
                found.bad.append(made)
    return found


def _inner(given: Any) -> list[Any]:
    """A store answers with an object that holds the statements."""
    if isinstance(given, dict):
        within = cast("dict[str, Any]", given).get("statements")
        if isinstance(within, list):
            return cast("list[Any]", within)
    return [given]


def _array(text: str) -> Iterator[tuple[int, Any]]:
    """Each element with the line it begins on."""
    decoder, at = json.JSONDecoder(), text.index("[") + 1
    while True:
        at = _past(text, at, " \t\r\n,")
        if at >= len(text) or text[at] == "]":
            return
        line = text.count("\n", 0, at) + 1
        try:
            given, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            yield line, "json_from_here"
            return
        yield line, given if isinstance(given, dict) else 0


def _objects(text: str) -> Iterator[tuple[int, Any]]:
    """One a line; a single object over several lines is one too."""
    try:
        yield text[: len(text) - len(text.lstrip())].count("\n") + 1, json.loads(text)
        return
    except (ValueError, RecursionError):
        pass
    for line, each in enumerate(text.splitlines(), 1):
        if each.strip():
            try:
                given = json.loads(each)
            except (ValueError, RecursionError):
                given = "json"
            yield line, given if isinstance(given, dict) or given == "json" else 0


def _past(text: str, at: int, signs: str) -> int:
    while at < len(text) and text[at] in signs:
        at += 1
    return at


def _statement(line: int, given: Any) -> Statement | WrongStatement:
    if not isinstance(given, dict):
        return WrongStatement(line, "statement")
    data = cast("dict[str, Any]", given)
    verb, target = _text(_part(data, "verb"), "id"), _text(_part(data, "object"), "id")
    actors = _actors(_part(data, "actor"))
    for where, value in (("verb", verb), ("object", target), ("actor", actors)):
        if not value:
            return WrongStatement(line, "statement", where)
    try:
        at = datetime.fromisoformat(_text(data, "timestamp") or _text(data, "stored"))
        day = local(at).date() if at.tzinfo else at.date()
    except (ValueError, OverflowError):
        return WrongStatement(line, "no_time")
    result = _part(data, "result")
    failed = result.get("success") is False or result.get("completion") is False
    return Statement(line, _text(data, "id").lower(), actors, verb, target, failed, day)


def _actors(actor: dict[str, Any]) -> tuple[str, ...]:
    mail = _text(actor, "mbox")
    mail = mail[7:] if mail.lower().startswith("mailto:") else mail
    return tuple(filter(None, (_text(_part(actor, "account"), "name"), mail)))


def _part(data: dict[str, Any], name: str) -> dict[str, Any]:
    value = data.get(name)
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _text(data: dict[str, Any], name: str) -> str:
    value = data.get(name)
    return value.strip() if isinstance(value, str) else ""
