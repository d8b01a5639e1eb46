"""How a thing in quarantine is told to a person: where, when, which crisis, why, and its bytes made harmless.

The rule kept: nothing of what came from outside reaches the terminal as control characters.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from ddh_beredskab.danish_time import day_and_clock, in_words
from ddh_beredskab.i18n import say
from ddh_beredskab.journal.quarantine_reasons import advice_on, reason_of
from ddh_beredskab.journal.retry import SHORT_ID

if TYPE_CHECKING:
    from ddh_beredskab.journal.quarantine import Poison
    from ddh_beredskab.journal.retry import Late

TEXT_SHOWN, HEX_SHOWN = 2_000, 256
_PER_LINE = 16


def facts(environment: str, poison: Poison, late: Late | None, title: str | None) -> dict[str, Any]:
    """For scripts: everything but the bytes."""
    reason = reason_of(poison.reason)
    return {
        "id": poison.id,
        "environment": environment,
        "place": poison.place,
        "created_at": poison.created_at.isoformat(),
        "crisis_id": poison.crisis,
        "crisis_title": title,
        "concern": poison.concern,
        "position": poison.position,
        "reason": reason.sentence,
        "technical": reason.technical,
        "attempt": poison.attempt,
        "advice": advice_on(poison),
        "resolution": poison.resolution,
        "resolved_at": poison.resolved_at.isoformat() if poison.resolved_at else None,
        "why": poison.why,
        "raw_size": poison.raw_size,
        "raw_sha256": poison.raw_sha256,
        "raw_deleted_at": poison.raw_deleted_at.isoformat() if poison.raw_deleted_at else None,
        "message": None
        if late is None
        else {"id": late.message_id, "type": late.message_type, "time": late.happened_at.isoformat()},
        "became": late_facts(late) if late is not None and poison.resolution == "retried" else None,
    }


def late_facts(late: Late) -> dict[str, Any]:
    """For scripts: what a retry did."""
    return {
        "outcome": late.became,
        "handled_late": late.handled_at is not None,
        "handled_at": late.handled_at.isoformat() if late.handled_at else None,
        "events": late.events,
        "back_as": late.back_as,
    }


def row(environment: str, poison: Poison, title: str | None) -> tuple[str, ...]:
    """One line of the list."""
    about = " · ".join(part for part in (concern_name(poison.concern), title or poison.crisis) if part)
    state = say(f"cli.quarantine.state_{poison.resolution or 'open'}")
    return (
        poison.id[:SHORT_ID],
        day_and_clock(poison.created_at),
        environment,
        harmless(about) or say("cli.quarantine.stranger"),
        state,
    )


def reason_line(poison: Poison) -> str:
    """The reason for people; a failed retry is named first."""
    sentence = harmless(reason_of(poison.reason).sentence)
    return sentence if poison.attempt == 1 else say("cli.quarantine.again_failed", n=poison.attempt, reason=sentence)


def lines(environment: str, poison: Poison, late: Late | None, title: str | None) -> Iterator[str]:
    """Everything about one, but for the bytes."""
    reason = reason_of(poison.reason)
    shown: list[tuple[str, str | None]] = [
        ("id", poison.id),
        ("environment", environment),
        ("created_at", day_and_clock(poison.created_at)),
        ("place", place_in_words(poison)),
        ("crisis_id", None if poison.crisis is None else f"{title} ({poison.crisis})" if title else poison.crisis),
        ("concern", concern_name(poison.concern)),
        ("message", None if late is None else f"{_short(late.message_type)}, {day_and_clock(late.happened_at)}"),
        ("reason", reason_line(poison)),
        ("technical", reason.technical),
        ("resolution", _judgement(poison)),
        ("why", poison.why),
    ]
    for name, value in shown:
        if value is not None:
            yield f"{say('cli.quarantine.field_' + name)}: {harmless(value)}"
    yield ""
    if poison.resolution is None:
        yield say(f"cli.quarantine.advice_{advice_on(poison)}", id=poison.id[:SHORT_ID])
    elif poison.resolution == "retried" and late is not None:
        yield what_came_of_it(poison, late)
    else:
        yield say("cli.quarantine.never", id=poison.id[:SHORT_ID])


def what_came_of_it(poison: Poison, late: Late) -> str:
    """What a retry did."""
    short = poison.id[:SHORT_ID]
    if late.became == "waiting":
        return say("cli.quarantine.retried", id=short)
    if late.handled_at is None:
        return say("cli.quarantine.back", id=short, back=(late.back_as or "")[:SHORT_ID])
    delay = max(late.handled_at - late.happened_at, timedelta())
    return say(
        f"cli.quarantine.handled_{late.became}",
        id=short,
        at=day_and_clock(late.handled_at),
        late=in_words(delay) or say("cli.quarantine.at_once"),
        n=late.events,
    )


def _judgement(poison: Poison) -> str:
    state = say(f"cli.quarantine.state_{poison.resolution or 'open'}")
    return f"{state} {day_and_clock(poison.resolved_at)}" if poison.resolved_at else state


def place_in_words(poison: Poison) -> str:
    """Where it was found: a delivery of ours, or a record on a topic."""
    if poison.position is not None and poison.concern is not None:
        return say("cli.quarantine.place_delivery", position=poison.position, concern=concern_name(poison.concern))
    match poison.place.split("/"):
        case [topic, partition, offset] if topic and partition.isdigit() and offset.isdigit():
            return say("cli.quarantine.place_record", topic=topic, partition=partition, offset=offset)
        case _:
            return poison.place


def concern_name(concern: str | None) -> str | None:
    """A concern as its people call it; a foreign record has none."""
    if concern is None:
        return None
    try:
        return say(f"concern.{concern}")
    except KeyError:
        return concern


def _short(type_name: str) -> str:
    return type_name.removeprefix("dk.ddh.beredskab.").rpartition(".")[0] or type_name


def raw_lines(poison: Poison) -> Iterator[str]:
    """The bytes: as text when they are text, and as hexadecimal numbers beside their letters when not."""
    if poison.raw_deleted_at is not None:
        at, size = day_and_clock(poison.raw_deleted_at), poison.raw_size
        yield say("cli.quarantine.raw_deleted", at=at, size=size, sha256=poison.raw_sha256)
        return
    yield say("cli.quarantine.raw", size=poison.raw_size, sha256=poison.raw_sha256)
    text = as_text(poison.raw)
    if text is not None:
        yield harmless(text[:TEXT_SHOWN], keep_lines=True)
        left = len(text) - TEXT_SHOWN
    else:
        yield from hex_lines(poison.raw[:HEX_SHOWN])
        left = len(poison.raw) - HEX_SHOWN
    if left > 0:
        yield say("cli.quarantine.raw_more", id=poison.id[:SHORT_ID])


def as_text(raw: bytes) -> str | None:
    """The bytes as text; null when they are none."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return text if raw and sum(char.isprintable() or char in "\r\n\t" for char in text) >= len(text) * 0.7 else None


def hex_lines(raw: bytes) -> Iterator[str]:
    """`00000000  41 42 ...  AB`"""
    for at in range(0, len(raw), _PER_LINE):
        part = raw[at : at + _PER_LINE]
        letters = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in part)
        yield f"{at:08x}  {part.hex(' '):<{_PER_LINE * 3 - 1}}  {letters}"


def harmless(text: str, *, keep_lines: bool = False) -> str:
    """Text without anything a terminal would obey: control and direction marks are shown as numbers."""
    return "".join(char if char.isprintable() or (keep_lines and char == "\n") else _shown(char) for char in text)


def _shown(char: str) -> str:
    return char.encode("unicode_escape", errors="backslashreplace").decode("ascii")
