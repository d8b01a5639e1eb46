"""Doors: what web, command line, imports and the drill driver do with what people send.

Each does the same three things: strike out what may not be stored, refuse what is dated in the future, and commit
to the journal before anyone is told "received". No door talks to Kafka.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import uuid_utils

from ddh_beredskab.core.redaction import redact_message, strike_item
from ddh_beredskab.errors import UserError
from ddh_beredskab.journal import intake
from ddh_beredskab.journal.clock_row import clock_now
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.journal.database import Database
from ddh_beredskab.journal.messages import Journal, NewMessage, append_commands
from schemas.base import Actor, Command
from schemas.feedback import FeedbackItem

FUTURE_TOLERANCE = timedelta(minutes=2)
"""A time up to this far ahead is taken as now (DESIGN section 2); `limits.yaml` can say otherwise to `submit`."""


@dataclass(frozen=True, slots=True)
class Received:
    """What the door may say: the command's id, whether it was new, and how many CPR numbers were struck out."""

    id: UUID
    new: bool
    struck_out: int


def new_id() -> UUID:
    """A uuid7 for a message that begins at a door."""
    return UUID(str(uuid_utils.uuid7()))


def accept(
    conn: Conn,
    journal: Journal,
    command: Command,
    crisis_id: str,
    actor: Actor,
    *,
    time: datetime | None = None,
    id_: UUID | None = None,
    tolerance: timedelta = FUTURE_TOLERANCE,
) -> Received:
    """Store a command inside the caller's transaction; say "received" only after its commit.

    Raises `UserError` when `time` is further ahead than the tolerance.
    """
    now = clock_now(conn)
    happened = (time or now).astimezone(UTC)
    if happened > now + tolerance:
        raise _in_future(happened, now, "time")
    clean, struck = redact_message(command)
    id_ = id_ or new_id()
    new = NewMessage(id_, clean, crisis_id, min(happened, now), actor, correlation_id=id_)
    return Received(id_, append_commands(conn, journal, [new], now)[0], struck)


async def submit(
    database: Database,
    journal: Journal,
    command: Command,
    crisis_id: str,
    actor: Actor,
    *,
    time: datetime | None = None,
    id_: UUID | None = None,
) -> Received:
    """`accept` in a transaction of its own."""
    return await database.write(lambda conn: accept(conn, journal, command, crisis_id, actor, time=time, id_=id_))


@dataclass(frozen=True, slots=True)
class Registered:
    """How many questions were new, and how many things were struck out of their texts."""

    new: int
    struck_out: int


def accept_feedback(
    conn: Conn, items: Sequence[FeedbackItem], *, tolerance: timedelta | None = None, channel: str = "phone"
) -> Registered:
    """Store citizens' questions inside the caller's transaction, each struck through first.

    With a tolerance, raises `UserError` when one is dated further ahead than that; then none is stored.
    """
    now = clock_now(conn)
    for number, item in enumerate(items if tolerance is not None else ()):
        if item.time > now + (tolerance or timedelta()):
            raise _in_future(item.time, now, f"items/{number}/time")
    clean = [strike_item(item) for item in items]
    new = intake.add_feedback(conn, clean, now, channel)
    return Registered(new, sum(count for _, count in clean))


async def register_feedback(
    database: Database, items: Sequence[FeedbackItem], *, tolerance: timedelta | None = None
) -> Registered:
    """`accept_feedback` in a transaction of its own."""
    return await database.write(lambda conn: accept_feedback(conn, items, tolerance=tolerance))


def _in_future(given: datetime, now: datetime, place: str) -> UserError:
    return UserError(
        "time_in_future", place=place, given=f"{given:%d-%m-%Y %H:%M} UTC", now=f"{now:%d-%m-%Y %H:%M} UTC"
    )
