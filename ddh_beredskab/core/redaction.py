"""Striking out what must not be stored: CPR numbers in every free text, contact details in citizens' questions.

Rules: a CPR number is ten digits that begin with a plausible date (modulus 11 has meant nothing since 2007, so it
is not asked); the short numbers 112, 114 and 1813 stay; a guide keeps its phone number, a citizen's question does not.
`web/static/redact.js` keeps the same rules in the browser; tests/browser/test_redact.py compares the two.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, cast, get_args, get_origin

from annotated_types import MaxLen
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from schemas.base import Private
from schemas.feedback import FeedbackItem

Kind = Literal["cpr", "mail", "phone", "address"]

CPR_STRUCK = "[CPR-nummer fjernet]"
PHONE_STRUCK = "[telefonnummer fjernet]"
MAIL_STRUCK = "[mail fjernet]"
ADDRESS_STRUCK = "[adresse fjernet]"

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Struck:
    """What was taken out of a text: shown to who typed it, stored nowhere."""

    kind: Kind
    was: str


# -- CPR numbers ----------------------------------------------------------------------------------

_SPACE = r"[ \t\u00a0\u2009\u202f]"
_DASH = r"\u2010-\u2015\u2212-"
_LEAP = r"(?:[02468][048]|[13579][26])"
_CENTURY = r"(?:18|19|20)?"
# Between date and the last four: nothing, spaces, a dash with or without spaces, or one other mark.
_MARK = rf"(?:{_SPACE}{{0,2}}[{_DASH}]{_SPACE}{{0,2}}|[./:_])"
_LAST_FOUR = rf"(?:{_MARK}|{_SPACE}{{1,3}})?[0-9]{{4}}(?![0-9])"
# A year in full with a space alone behind it is a day and a time when it reads so: 20102023 1405.
_NOT_A_TIME = rf"(?!20[2-9][0-9]{_SPACE}+(?:[01][0-9]|2[0-3])[0-5][0-9](?![0-9]))"


def _date(nought: str, between: str) -> str:
    """A pattern for the days there are; `nought` says whether a leading one may be left out."""
    return (
        rf"(?:(?:(?:{nought}[1-9]|1[0-9]|2[0-8]){between}(?:{nought}[1-9]|1[0-2])"
        rf"|(?:29|30){between}(?:{nought}[13-9]|1[0-2])|31{between}(?:{nought}[13578]|1[02]))"
        rf"{between}{_NOT_A_TIME}{_CENTURY}[0-9]{{2}}|29{between}{nought}2{between}{_NOT_A_TIME}{_CENTURY}{_LEAP})"
    )


_DATES = "|".join((_date("0", ""), _date("0", _SPACE), _date("0?", rf"[./_{_DASH}]")))
_CPR = re.compile(f"(?<![0-9])(?:{_DATES}){_LAST_FOUR}")
_DIGIT = re.compile("[0-9]")


def strike_cpr(text: str) -> tuple[str, int]:
    """The text without CPR numbers, and how many were struck out."""
    if _DIGIT.search(text) is None:
        return text, 0
    return _CPR.subn(CPR_STRUCK, text)


# -- contact details ------------------------------------------------------------------------------

_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+")
# Eight digits as Danes write them, with or without +45; other countries' numbers begin with + or 00.
# Two digits by two with dots or hyphens need all three of them: 20-10-2023 is a date, and 1400-1600 are hours.
_GROUPS = "|".join(
    (
        r"[0-9]{8}",
        r"[0-9]{4}[ \u00a0][0-9]{4}",
        r"(?:2[4-9]|[3-9][0-9])[0-9]{2}-[0-9]{4}",
        r"[0-9]{2}(?:[ \u00a0][0-9]{2}){3}",
        r"[0-9]{2}(?:-[0-9]{2}){3}",
        r"[0-9]{2}(?:\.[0-9]{2}){3}",
        r"[0-9]{3}[ \u00a0][0-9]{2}[ \u00a0][0-9]{3}",
        r"[2-9][0-9][ \u00a0][0-9]{6}",
        r"[2-9][0-9]{3}[ \u00a0][0-9]{2}[ \u00a0][0-9]{2}",
        r"[2-9][0-9][ \u00a0][0-9]{2}[ \u00a0][0-9]{4}",
        r"[2-9][0-9]{2}[ \u00a0][0-9]{3}[ \u00a0][0-9]{2}",
    )
)
_PHONE = re.compile(
    rf"(?<![0-9+])(?:(?:(?:\+|00)45[ \u00a0-]?)?(?:{_GROUPS})|(?:\+|00)[1-9](?:[ \u00a0-]?[0-9]){{6,13}})(?![0-9])"
)
_HOUSE = r"[ \u00a0](?:nr\.?[ ]?)?[0-9]{1,3}(?:[ ]?[a-hA-H](?!\w))?"
_REST = (
    r"(?:,?[ ](?:st|kl|[0-9]{1,2})\.?(?:[ ]?(?:sal|tv|th|mf))?\.?(?![^ ,.;\n]))?"
    r"(?:,?[ ][0-9]{4}[ ][A-ZÆØÅ][\wæøåÆØÅ]+)?"
)
_STREET = (
    r"(?:vej|vejen|gade|gaden|allé|alle|alléen|alleen|stræde|strædet|vænge|vænget|parken|torv|torvet|plads|pladsen"
    r"|bakken|haven|sti|stien|boulevard|kaj|kajen|toften|marken|engen|højen|krogen|svinget|buen|ringen|skrænten"
    r"|vang|vangen|løkken|lunden|dalen|brinken|ager|holmen|kæret|mosen|åsen)"
)
_NAME = rf"[\w.-]{{0,40}}\w{{2}}{_STREET}|[^\W0-9_]\w{{1,40}}[ ]{_STREET}"
# Motorvej 40 and its like are places on the map, not homes.
_ADDRESS = re.compile(rf"(?<![\w.-])(?!(?:motor|hoved|omfarts)vej)(?:{_NAME}){_HOUSE}(?![0-9]){_REST}", re.IGNORECASE)

_IN_ORDER: tuple[tuple[Kind, re.Pattern[str], str], ...] = (
    ("cpr", _CPR, CPR_STRUCK),
    ("mail", _MAIL, MAIL_STRUCK),
    ("phone", _PHONE, PHONE_STRUCK),
    ("address", _ADDRESS, ADDRESS_STRUCK),
)


def strike_contact(text: str) -> tuple[str, int]:
    """The text without mail addresses, phone numbers and street addresses, and how many were struck out."""
    text, struck = _strike(text, _IN_ORDER[1:])
    return text, len(struck)


def strike_feedback(text: str) -> tuple[str, int]:
    """A citizen's question as it may be stored: neither CPR numbers nor contact details."""
    text, struck = strike_and_list(text)
    return text, len(struck)


def strike_item(item: FeedbackItem) -> tuple[FeedbackItem, int]:
    """A question as it may be stored: struck through wherever somebody may have typed, the short fields too."""
    changed: dict[str, str | None] = {}
    count = 0
    for name in ("text", "transferred_to", "topic", "municipality"):
        text, struck = strike_feedback(getattr(item, name))
        if struck:
            changed[name] = text
            count += struck
    if item.agent is not None and strike_cpr(item.agent)[1]:
        changed["agent"] = None
        count += 1
    return (item.model_copy(update=changed) if changed else item), count


def strike_and_list(text: str) -> tuple[str, tuple[Struck, ...]]:
    """The same, with what was struck out, for whoever typed it to see; nobody else may, and it is stored nowhere."""
    return _strike(text, _IN_ORDER)


def _strike(text: str, patterns: Iterable[tuple[Kind, re.Pattern[str], str]]) -> tuple[str, tuple[Struck, ...]]:
    found: list[Struck] = []
    digits = _DIGIT.search(text) is not None  # most questions have none: this is done some hundred times a second
    for kind, pattern, instead in patterns:
        if "@" in text if kind == "mail" else digits:

            def struck(match: re.Match[str], kind: Kind = kind, instead: str = instead) -> str:
                found.append(Struck(kind, match[0]))
                return instead

            text = pattern.sub(struck, text)
    return text, tuple(found)


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
