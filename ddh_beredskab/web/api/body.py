"""Reads a request's body as strict JSON: no duplicate keys, no NaN, nothing endless, nothing that is no text.

Rule kept: the size is counted while the body streams in, so that nobody fills the memory with what is refused anyway.
"""

from __future__ import annotations

import asyncio
import json
import math
from typing import Any, NoReturn, cast

from starlette.requests import ClientDisconnect, Request

from ddh_beredskab.web.api.problems import problem

MOST_BYTES = 1_000_000
MOST_DEPTH = 40
READ_SECONDS = 20.0
DRAINED_BYTES = 8_000_000
"""A body that is too large is read on (and thrown away) up to here, so that its sender gets to see the answer."""

LARGEST_INTEGER = 2**53 - 1
"""What every JSON reader can tell apart, and canonical JSON (RFC 8785) can say."""

_JSON = ("application/json", "application/cloudevents+json")


async def read_json(request: Request) -> dict[str, Any]:
    """The body as an object. Raises `Problem` 400, 408, 413, 415 or 422."""
    _check_headers(request)
    value = parse_json(await _read(request))
    if not isinstance(value, dict):
        raise problem(422, "not_an_object")
    return cast("dict[str, Any]", value)


def _check_headers(request: Request) -> None:
    kind, _, parameters = request.headers.get("content-type", "").partition(";")
    charset = parameters.replace(" ", "").replace('"', "").lower()
    if kind.strip().lower() not in _JSON or charset not in ("", "charset=utf-8"):
        raise problem(415, "not_json", place="Content-Type")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise problem(415, "packed", place="Content-Encoding")


async def _read(request: Request) -> bytes:
    announced = request.headers.get("content-length", "0")
    too_large = not announced.isdecimal() or len(announced) > 12 or int(announced) > MOST_BYTES
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(READ_SECONDS):
            async for chunk in request.stream():
                size += len(chunk)
                too_large = too_large or size > MOST_BYTES
                if too_large:
                    parts.clear()
                    if size > DRAINED_BYTES:
                        break
                else:
                    parts.append(chunk)
    except TimeoutError:
        raise problem(408, "too_slow", seconds=int(READ_SECONDS)) from None
    except ClientDisconnect:
        raise problem(400, "cut_off") from None  # nobody hears it; it ends the request
    if too_large:
        raise problem(413, "too_large", most=f"{MOST_BYTES:_}".replace("_", "."))
    return b"".join(parts)


def parse_json(raw: bytes) -> Any:
    """The value. Raises `Problem` 400."""
    if not raw.strip():
        raise problem(400, "empty")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise problem(400, "not_utf8", at=error.start) from None
    try:
        value = json.loads(
            text, object_pairs_hook=_object, parse_constant=_no_number, parse_float=_float, parse_int=_integer
        )
    except json.JSONDecodeError as error:
        raise problem(400, "unreadable", line=error.lineno, column=error.colno) from None
    except RecursionError:
        raise problem(400, "too_deep", most=MOST_DEPTH) from None
    _check(value, 0)
    return _without_nulls(value) if "\\u0000" in text else value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise problem(400, "twice", name=name[:60].encode("utf-8", "replace").decode())
        found[name] = value
    return found


def _no_number(word: str) -> NoReturn:
    raise problem(400, "no_number", word=word)


def _float(text: str) -> float:
    """A number; 5.0 and 5e0 are whole numbers to JSON, and so to us."""
    value = float(text)
    if not math.isfinite(value):
        raise problem(400, "no_number", word=text[:40])
    return int(value) if value.is_integer() and abs(value) <= LARGEST_INTEGER else value


def _integer(text: str) -> int:
    if len(text) > 17 or abs(value := int(text)) > LARGEST_INTEGER:
        raise problem(400, "large_number", word=text[:40])
    return value


def _check(value: Any, depth: int) -> None:
    """Not too deep, and half a surrogate pair is no character: it can be stored nowhere."""
    if isinstance(value, str):
        if not value.isascii():
            try:
                value.encode("utf-8")
            except UnicodeEncodeError:
                raise problem(400, "half_character") from None
    elif isinstance(value, (dict, list)):
        if depth >= MOST_DEPTH:
            raise problem(400, "too_deep", most=MOST_DEPTH)
        if isinstance(value, dict):
            for key in cast("dict[str, Any]", value):
                _check(key, depth)
            value = list(cast("dict[str, Any]", value).values())
        for each in cast("list[Any]", value):
            _check(each, depth + 1)


def _without_nulls(value: Any) -> Any:
    """Nobody types a null character, and not every database stores one; the rest of the message matters."""
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, dict):
        return {key: _without_nulls(each) for key, each in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [_without_nulls(each) for each in cast("list[Any]", value)]
    return value
