"""Trying again what was set aside: the delivery is opened once more, handled late, and what came of it is told.

The rule kept: a retry is a person's judgement with its reason, stored in the same transaction that opens the delivery;
what fails again is back in quarantine under an id of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from ddh_beredskab.clock import from_micros
from ddh_beredskab.core.decider import derived_id
from ddh_beredskab.errors import UserError
from ddh_beredskab.journal import deliveries, quarantine
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.quarantine import RETRIED, Poison

Became = Literal["waiting", "decided", "nothing", "refused", "quarantined"]
SHORT_ID = 8

_DELIVERY = Statement(
    "SELECT d.outcome, d.done_at, d.committed_at, m.id, m.type, m.time FROM deliveries d"
    " JOIN messages m ON m.position = d.position WHERE d.position = :position AND d.concern = :concern"
)
_STANDS = Statement("SELECT 1 FROM messages WHERE id = :id")
_BACK = Statement(
    "SELECT id FROM quarantine WHERE position = :position AND concern = :concern AND resolved_at IS NULL"
    " ORDER BY created_at DESC LIMIT 1"
)


@dataclass(frozen=True, slots=True)
class Late:
    """What became of a delivery that stood in quarantine."""

    became: Became
    message_id: str
    message_type: str
    happened_at: datetime
    received_at: datetime
    """Wall time at which the message was committed."""
    handled_at: datetime | None
    """On the environment's clock; null while it waits."""
    events: int
    """How many events came of it."""
    back_as: str | None
    """The id under which it is in quarantine again."""


def retry(conn: Conn, poison: Poison, why: str) -> None:
    """Open the delivery again and note who is to answer for it.

    Raises `UserError`: not_a_delivery, not_quarantined or judged_already; nothing is changed then.
    """
    place, short = poison.place, poison.id[:SHORT_ID]
    if poison.concern is None or poison.position is None:
        raise UserError("not_a_delivery", place=place, id=short)
    if not quarantine.resolve(conn, poison.id, RETRIED, why):
        raise UserError("judged_already", place=place, id=short)
    if not deliveries.reopen(conn, poison.concern, poison.position):
        raise UserError("not_quarantined", place=place, id=short)


def retryable(found: Sequence[Poison]) -> tuple[list[Poison], list[Poison]]:
    """(what can be tried again, what cannot because it is not in the journal)."""
    can = [each for each in found if each.position is not None and each.concern is not None]
    return can, [each for each in found if each not in can]


def became(conn: Conn, poison: Poison) -> Late | None:
    """What became of it; null for what is no delivery."""
    if poison.position is None or poison.concern is None:
        return None
    row = conn.one(_DELIVERY, position=poison.position, concern=poison.concern)
    if row is None:
        return None
    outcome, done_at, committed_at, message_id, type_, time = row
    state: Became = "waiting" if done_at is None else outcome
    events = _events_of(conn, UUID(message_id), poison.concern) if state in ("decided", "refused") else 0
    back = conn.one(_BACK, position=poison.position, concern=poison.concern) if state == "quarantined" else None
    return Late(
        became=state,
        message_id=str(message_id),
        message_type=str(type_),
        happened_at=from_micros(time),
        received_at=from_micros(committed_at),
        handled_at=from_micros(done_at) if done_at is not None and state != "quarantined" else None,
        events=events,
        back_as=str(back[0]) if back else None,
    )


def _events_of(conn: Conn, message_id: UUID, concern: str) -> int:
    """The ids of what a concern derives from a message are known beforehand, so they are counted one by one."""
    number = 0
    while conn.one(_STANDS, id=str(derived_id(message_id, concern, number))) is not None:
        number += 1
    return number
