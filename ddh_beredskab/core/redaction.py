"""Striking out what must not be stored: CPR numbers in every free text, contact details in citizens' questions.

Rules: a CPR number is ten digits that begin with a plausible date (modulus 11 has meant nothing since 2007, so it
is not asked); the short numbers 112, 114 and 1813 stay; a guide keeps its phone number, a citizen's question does not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, cast, get_args, get_origin

from annotated_types import MaxLen
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from schemas.base import Private

CPR_STRUCK = "[CPR-nummer fjernet]"
PHONE_STRUCK = "[telefonnummer fjernet]"
MAIL_STRUCK = "[mail fjernet]"
ADDRESS_STRUCK = "[adresse fjernet]"

M = TypeVar("M", bound=BaseModel)

# -- CPR numbers ----------------------------------------------------------------------------------

# Day, month, year; a hyphen or dash, spaces, or nothing; four more digits. The year in full has no space alone
# behind it: 20102023 1405 is a day and a time.
_CPR = re.compile(
    r"(?<!\d)(\d{2})(\d{2})(?:(?:18|19|20)(?=\d{2}(?:[ ]?[-\u2010-\u2014]|\d)))?(\d{2})"
    r"[ \t\u00a0]?[-\u2010-\u2014]?[ \t\u00a0]?\d{4}(?!\d)"
)
_DIGIT = re.compile(r"\d")
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def strike_cpr(text: str) -> tuple[str, int]:
    """The text without CPR numbers, and how many were struck out."""
    if _DIGIT.search(text) is None:
        return text, 0
    return _struck(_CPR, text, lambda found: CPR_STRUCK if _plausible(found) else found[0])


def _plausible(found: re.Match[str]) -> bool:
    day, month, year = int(found[1]), int(found[2]), int(found[3])
    if not 1 <= month <= 12 or not 1 <= day <= _DAYS[month - 1]:
        return False
    return (day, month) != (29, 2) or year % 4 == 0


# -- contact details ------------------------------------------------------------------------------

_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+")
# Eight digits as Danes write them, with or without +45; other countries' numbers begin with + or 00.
# Two digits by two with dots or hyphens need all three of them: 20-10-2023 is a date.
_GROUPS = "|".join(
    (
        r"\d{8}",
        r"\d{4}[ \u00a0]\d{4}",
        r"\d{2}(?:[ \u00a0]\d{2}){3}",
        r"\d{2}(?:-\d{2}){3}",
        r"\d{2}(?:\.\d{2}){3}",
        r"\d{3}[ \u00a0]\d{2}[ \u00a0]\d{3}",
    )
)
_PHONE = re.compile(
    rf"(?<![\d+])(?:(?:(?:\+|00)45[ \u00a0-]?)?(?:{_GROUPS})|(?:\+|00)[1-9](?:[ \u00a0-]?\d){{6,13}})(?!\d)"
)
_HOUSE = r"[ \u00a0](?:nr\.?[ ]?)?\d{1,3}(?:[ ]?[a-hA-H](?!\w))?"
_REST = r"(?:,?[ ](?:st|kl|\d{1,2})\.?(?:[ ]?(?:sal|tv|th|mf))?\.?(?=[ ,.;]|$))?(?:,?[ ]\d{4}[ ][A-ZÆØÅ][\wæøåÆØÅ]+)?"
_STREET = (
    r"(?:vej|vejen|gade|gaden|allé|alle|alléen|alleen|stræde|strædet|vænge|vænget|parken|torv|torvet|plads|pladsen"
    r"|bakken|haven|sti|stien|boulevard|kaj|kajen|toften|marken|engen|højen|krogen|svinget|buen|ringen|skrænten)"
)
_NAME = rf"[\w.-]{{0,40}}\w{{2}}{_STREET}|[^\W\d_]\w{{1,40}}[ ]{_STREET}"
# Motorvej 40 and its like are places on the map, not homes.
_ADDRESS = re.compile(rf"(?<![\w.-])(?!(?:motor|hoved|omfarts)vej)(?:{_NAME}){_HOUSE}(?!\d){_REST}", re.IGNORECASE)


def strike_contact(text: str) -> tuple[str, int]:
    """The text without mail addresses, phone numbers and street addresses, and how many were struck out."""
    count = 0
    if "@" in text:
        text, count = _struck(_MAIL, text, lambda _: MAIL_STRUCK)
    if _DIGIT.search(text) is None:  # most questions: this is done during a call, some hundred times a second
        return text, count
    text, phones = _struck(_PHONE, text, lambda _: PHONE_STRUCK)
    text, addresses = _struck(_ADDRESS, text, lambda _: ADDRESS_STRUCK)
    return text, count + phones + addresses


def strike_feedback(text: str) -> tuple[str, int]:
    """A citizen's question as it may be stored: neither CPR numbers nor contact details."""
    text, numbers = strike_cpr(text)
    text, contacts = strike_contact(text)
    return text, numbers + contacts


def _struck(pattern: re.Pattern[str], text: str, replacement: Callable[[re.Match[str]], str]) -> tuple[str, int]:
    count = 0

    def replaced(found: re.Match[str]) -> str:
        nonlocal count
        new = replacement(found)
        count += new != found[0]
        return new

    return pattern.sub(replaced, text), count


# -- whole messages -------------------------------------------------------------------------------


def redact_message(message: M) -> tuple[M, int]:
    """The message with CPR numbers struck out of every free text in it, and how many there were.

    Free text is what the schema marks so (`Private("free_text")`), however deep it lies in it.
    """
    changed: dict[str, Any] = {}
    count = 0
    for name, annotation in _fields_with_text(type(message)):
        value, struck = _redacted(getattr(message, name), annotation)
        if struck:
            changed[name] = value
            count += struck
    return (message.model_copy(update=changed) if changed else message), count


@cache
def _fields_with_text(model: type[BaseModel]) -> tuple[tuple[str, Any], ...]:
    """The fields of a model in which free text can lie, each with its whole annotation."""
    annotations = {name: field.rebuild_annotation() for name, field in model.model_fields.items()}
    return tuple((name, annotation) for name, annotation in annotations.items() if _may_hold_text(annotation))


def _may_hold_text(annotation: Any) -> bool:
    if get_origin(annotation) is Annotated:
        inner, *marks = get_args(annotation)
        return _free_text(marks) or _may_hold_text(inner)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return bool(_fields_with_text(annotation))
    return any(_may_hold_text(argument) for argument in get_args(annotation))


def _free_text(marks: list[Any]) -> bool:
    return any(isinstance(mark, Private) and mark.kind == "free_text" for mark in marks)


def _redacted(value: Any, annotation: Any) -> tuple[Any, int]:
    if get_origin(annotation) is Annotated:
        inner, *marks = get_args(annotation)
        if not _free_text(marks):
            return _redacted(value, inner)
        return _within(_longest(marks), *strike_cpr(value)) if isinstance(value, str) else (value, 0)
    if isinstance(value, BaseModel):
        return redact_message(value)
    arguments = get_args(annotation)
    if get_origin(annotation) in (Union, UnionType):
        # Of a union only the arms in which text may lie concern us, and they differ by the value's own type.
        for arm in filter(_may_hold_text, arguments):
            new, count = _redacted(value, arm)
            if count:
                return new, count
        return value, 0
    if isinstance(value, tuple):
        items = cast("tuple[Any, ...]", value)
        kinds = arguments[:1] * len(items) if arguments[1:] == (Ellipsis,) else arguments
        results = [_redacted(item, kind) for item, kind in zip(items, kinds, strict=True)]
        return tuple(new for new, _ in results), sum(count for _, count in results)
    if isinstance(value, Mapping):
        pairs = {key: _redacted(item, arguments[1]) for key, item in cast("Mapping[Any, Any]", value).items()}
        return {key: new for key, (new, _) in pairs.items()}, sum(count for _, count in pairs.values())
    return value, 0


def _longest(marks: Iterable[Any]) -> int | None:
    """How long the schema lets the text be; what is put in for a number is longer than the number."""
    for mark in marks:
        if isinstance(mark, FieldInfo):
            return _longest(mark.metadata)
        if isinstance(mark, MaxLen):
            return mark.max_length
    return None


def _within(longest: int | None, text: str, count: int) -> tuple[str, int]:
    return (text if longest is None or len(text) <= longest else f"{text[: longest - 1]}…"), count
