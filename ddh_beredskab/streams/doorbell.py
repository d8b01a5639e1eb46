"""The doorbell: what a Kafka record says to a stream agent. Everything an agent needs stands in the headers.

`id`, `type`, `position` name the message in the journal; `for` lists the concerns that have a delivery of it; `ring`
is set when the sweeper rings for one concern, so that the agent looks even if it thinks it has handled it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from ddh_beredskab.core.subscriptions import CONCERNS

_CONCERNS = frozenset(concern.encode() for concern in CONCERNS)
_FINDER = CONCERNS[0]
"""The concern whose agent looks at what is for nobody."""


class NotADoorbell(ValueError):
    """The record is foreign or damaged: it has no readable headers of ours."""


@dataclass(frozen=True, slots=True)
class Doorbell:
    """A record's headers, read."""

    id: UUID
    type: str
    position: int
    crisis: str
    concerns: tuple[str, ...]
    ring: bool


def headers(
    *, id_: str, type_: str, position: int, crisis: str, concerns: Iterable[str], ring: bool = False
) -> list[tuple[str, bytes]]:
    """Headers of a record."""
    return [
        ("id", id_.encode()),
        ("type", type_.encode()),
        ("position", str(position).encode()),
        ("crisis", crisis.encode()),
        ("for", ",".join(concerns).encode()),
        *([("ring", b"1")] if ring else []),
    ]


def is_for(concern: str, given: Mapping[str, Any] | Iterable[tuple[str, Any]] | None) -> bool:
    """Whether a record has to be read for this concern at all: a doorbell of ours that rings for others has not.

    Every agent hears every record, and for most of them this is all there is to ask. A record that does not name
    concerns of ours is read by one of them, and so found out: five would set it aside five times.
    """
    pairs: Mapping[str, Any] = dict(given or ())
    names = pairs.get("for")
    if not isinstance(names, bytes):
        return concern == _FINDER
    named = names.split(b",")
    return concern.encode() in named or (concern == _FINDER and not _CONCERNS.issuperset(named))


def read(given: Mapping[str, Any] | Iterable[tuple[str, Any]] | None) -> Doorbell:
    """The doorbell in a record's headers. Raises `NotADoorbell` when they are not ours."""
    pairs: dict[str, Any] = dict(given or ())
    try:
        texts = {name: bytes(value).decode() for name, value in pairs.items() if name in _OURS}
        return Doorbell(
            id=UUID(texts["id"]),
            type=texts["type"],
            position=_position(texts["position"]),
            crisis=_crisis(texts["crisis"]),
            concerns=tuple(c for c in texts["for"].split(",") if c),
            ring=texts.get("ring") == "1",
        )
    except (KeyError, ValueError, TypeError) as error:
        raise NotADoorbell(f"{type(error).__name__}: {error}") from error


_OURS = frozenset({"id", "type", "position", "crisis", "for", "ring"})
_LAST_POSITION = 2**63 - 1


def _position(text: str) -> int:
    """One that a database can be asked for; any other would end the worker at every start."""
    if not 0 < (position := int(text)) <= _LAST_POSITION:
        raise ValueError("position")
    return position


def _crisis(text: str) -> str:
    if not text or len(text) > 200 or not text.isprintable():
        raise ValueError("crisis")
    return text
