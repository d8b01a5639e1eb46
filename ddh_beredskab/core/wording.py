"""Sentences for people, made from the templates in `playbooks/texts.yaml` and a message.

The rule kept here: a template can only say what stands in the message, and a template that names
something else is found when the playbooks are read, never in the middle of a crisis.

A template is running text with fields in braces and, in square brackets, a piece that falls away when
one of its fields is empty: `@{person} stemte {vote:vote}.[ Begrundelse: {grounds}]`. A field is a path
through the message (`{authority.name}`), and after the colon stands how it is written:

    nothing          as it is; numbers in Danish, instants as a clock time, lists joined
    kl, dato         kl. 14.00; fredag den 20. oktober 2023 kl. 14.00
    procent          0.95 as 95 %
    person           @asta-holm, or the word for nobody; a list of them joined
    liste            one after the other, with semicolons
    hvis, hvis_ikke  writes nothing; its bracket stays only if the field holds, or does not
    a key of words   the Danish word for the value, a list of them joined
    a key of parts   the template of that name, once for each value in the list

A full stop after a field falls away when what somebody wrote already ends its sentence.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import UnionType
from typing import Any, Literal, Union, cast, get_args, get_origin
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from ddh_beredskab.core.playbook import Texts
from schemas.base import Message
from schemas.logbook import LogKind, Visibility

_COPENHAGEN = ZoneInfo("Europe/Copenhagen")
_FIELD = re.compile(r"\{([a-z_][a-z0-9_]*(?:\.[a-z_][a-z0-9_]*)*)(?::([a-zæøå_]+))?\}(\.(?!\w))?")
_PIECES = re.compile(r"\[([^\[\]]*)\]")
_PIECE_OR_FIELD = re.compile(rf"{_PIECES.pattern}|{_FIELD.pattern}")
_BUILT_IN = frozenset({"kl", "dato", "procent", "person", "liste", "hvis", "hvis_ikke"})


@dataclass(frozen=True, slots=True)
class LogSentence:
    """What the logbook writes for an event that it hears."""

    kind: LogKind
    text: str
    visibility: Visibility


def log_sentence(texts: Texts, message: Message) -> LogSentence | None:
    """The log's sentence for a message, or None when there is none for its type."""
    if (entry := texts.log.get(type(message).short_name())) is None:
        return None
    return LogSentence(entry.kind, sentence(texts, entry.text, message), entry.visibility)


def refusal_sentence(texts: Texts, code: str, facts: Mapping[str, str]) -> str:
    """Why a command changed nothing, in words; the code itself when nobody has written the sentence."""
    template = texts.refusals.get(code)
    if template is None:
        return sentence(texts, texts.refusal_without_sentence, {"code": code})
    return sentence(texts, template, facts)


def sentence(texts: Texts, template: str, values: object) -> str:
    """The template filled in from a message, a value inside one, or a mapping."""

    def written(match: re.Match[str]) -> str:
        if not match[0].startswith("["):
            return _filled(texts, match[0], values)
        fields = [(_value(values, path), form) for path, form in _fields(match[0])]
        return _filled(texts, match[0][1:-1], values) if all(_holds(*field) for field in fields) else ""

    return _PIECE_OR_FIELD.sub(written, template).strip()  # one pass: what people wrote is never read as template


@dataclass(frozen=True, slots=True)
class TemplateProblem:
    """What a template names that does not exist; `part` is the template of parts it stands in, if any."""

    what: Literal["braces", "form", "field"]
    name: str = ""
    part: str = ""


def template_problems(
    texts: Texts, template: str, model: type[BaseModel] | None, part: str = ""
) -> Iterator[TemplateProblem]:
    """Everything wrong with a template for a message of that type.

    Without a model any field will do (the facts of a refusal come from the decider).
    """
    bare = _FIELD.sub("", template)
    without_pieces = _PIECES.sub("", bare)
    if any(sign in bare for sign in "{}") or any(sign in without_pieces for sign in "[]"):
        yield TemplateProblem("braces", part=part)
    for path, form in _fields(template):
        if form and form not in _BUILT_IN and form not in texts.words and form not in texts.parts:
            yield TemplateProblem("form", form, part)
        if model is None:
            continue
        kind = _type_at(model, path)
        if kind is None:
            yield TemplateProblem("field", path, part)
        elif form in texts.parts and isinstance(inner := _inner(kind), type) and issubclass(inner, BaseModel):
            yield from template_problems(texts, texts.parts[form], inner, form)


def _fields(template: str) -> list[tuple[str, str]]:
    return [(match[1], match[2] or "") for match in _FIELD.finditer(template)]


def _filled(texts: Texts, template: str, values: object) -> str:
    def written(match: re.Match[str]) -> str:
        text = _written(texts, _value(values, match[1]), match[2] or "").strip()
        stop = match[3] or ""
        return text if stop and text.endswith((".", "?", "!", ":")) else text + stop

    return _FIELD.sub(written, template)


def _value(values: object, path: str) -> object:
    for name in path.split("."):
        if isinstance(values, Mapping):
            values = cast("Mapping[str, object]", values).get(name)
        else:
            values = getattr(values, name, None)
    return values


def _holds(value: object, form: str) -> bool:
    """Is there anything to say? Zero is a number like others; False, None and empty ones are not."""
    empty = value is None or value is False or value == "" or value == () or value == [] or value == {}
    return empty if form == "hvis_ikke" else not empty


def _written(texts: Texts, value: object, form: str) -> str:
    if form in ("hvis", "hvis_ikke"):
        return ""
    if form == "person" and not value:
        return texts.forms.nobody
    if value is None:
        return ""
    if isinstance(value, (list, tuple)):
        written = [_written(texts, each, form) for each in cast("Sequence[object]", value)]
        return "; ".join(written) if form == "liste" or form in texts.parts else _joined(texts, written)
    if form in texts.parts:
        return sentence(texts, texts.parts[form], value)
    if form in texts.words:
        key = str(value).lower() if isinstance(value, bool) else str(value)
        return texts.words[form].get(key, key)
    if form in ("kl", "dato") and isinstance(value, str):
        value = _parsed(value)
    match value:
        case datetime():
            return _instant(texts, value, with_day=form == "dato")
        case int() | float() if form == "procent":
            return texts.forms.percent.format(number=_number(value * 100))
        case bool():
            return ""
        case int() | float():
            return _number(value)
        case Mapping():
            pairs = cast("Mapping[str, object]", value)
            return "; ".join(f"{key}: {_written(texts, each, form)}" for key, each in pairs.items())
        case _:
            return f"@{str(value).removeprefix('@')}" if form == "person" else str(value)


def _joined(texts: Texts, written: Sequence[str]) -> str:
    if len(written) < 2:
        return "".join(written)
    return f"{', '.join(written[:-1])} {texts.forms.last_joint} {written[-1]}"


def _number(value: int | float) -> str:
    """1.234,5 - and no decimals where they say nothing."""
    rounded = round(value, 1)
    text = f"{rounded:,.0f}" if rounded == int(rounded) else f"{rounded:,.1f}"
    return text.translate(str.maketrans(",.", ".,"))


def _parsed(value: str) -> datetime | str:
    """The facts of a refusal are all text; an instant among them is ISO 8601 with its zone."""
    try:
        instant = datetime.fromisoformat(value)
    except ValueError:
        return value
    return instant if instant.tzinfo is not None else value


def _instant(texts: Texts, value: datetime, *, with_day: bool) -> str:
    local, forms = value.astimezone(_COPENHAGEN), texts.forms
    clock = forms.clock.format(hour=f"{local:%H}", minute=f"{local:%M}")
    if not with_day:
        return clock
    day = forms.day.format(
        weekday=forms.weekdays[local.weekday()],
        day=local.day,
        month=forms.months[local.month - 1],
        year=local.year,
    )
    return f"{day} {clock}"


def _type_at(model: type[BaseModel], path: str) -> Any:
    """The annotation of the field at the path, or None when there is no such field."""
    kind: Any = model
    for name in path.split("."):
        kind = _inner(kind)
        if not (isinstance(kind, type) and issubclass(kind, BaseModel)) or name not in kind.model_fields:
            return None
        kind = kind.model_fields[name].annotation
    return kind


def _inner(kind: Any) -> Any:
    """What is inside an optional, a list or an annotation: `tuple[Ballot, ...] | None` is a Ballot."""
    while (origin := get_origin(kind)) is not None:
        arguments = [each for each in get_args(kind) if each not in (type(None), Ellipsis)]
        if origin not in (Union, UnionType, tuple, list) and not hasattr(kind, "__metadata__"):
            return kind
        kind = arguments[0]
    return kind
