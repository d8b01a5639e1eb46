"""Handling: every undone delivery of a concern and crisis, in journal order, decided and stored in one transaction.

load state -> decide -> events, their deliveries and timers, head rows checked, own deliveries marked done. If two
workers try, the head row or `done_at` lets one through; the other rolls back and decides again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from ddh_beredskab.clock import to_micros
from ddh_beredskab.core.decider import (
    Decider,
    Emit,
    Found,
    PersonNeeded,
    Receipts,
    ReceiptsNeeded,
    Recorded,
    Refused,
    Sums,
    SumsNeeded,
    derived_id,
    own_stream,
)
from ddh_beredskab.core.persons import PersonState, evolve_person
from ddh_beredskab.crash import crash_point
from ddh_beredskab.errors import VersionConflict
from ddh_beredskab.journal import deliveries, intake, quarantine
from ddh_beredskab.journal.connection import Conn, from_database, is_bad_data
from ddh_beredskab.journal.messages import (
    Journal,
    NewMessage,
    StoredMessage,
    append_events,
    head_of,
    raw_bytes_at,
    read_at,
)
from ddh_beredskab.journal.states import SNAPSHOT_EVERY, Loaded, StateCache, load, load_person, save_snapshot
from schemas.base import Command, CommandRefused, Event, Message
from schemas.catalog import NewerVersion

BATCH = 50
LONGEST_REASON = 500
POISON_AFTER = 5
"""A message that has been begun so often by processes that died goes to quarantine."""


class PoisonFound(Exception):
    """Handling this delivery raised; it must be taken alone and quarantined."""

    def __init__(self, position: int, reason: str) -> None:
        super().__init__(reason)
        self.position = position
        self.reason = reason


class SuspectFound(Exception):
    """The next delivery was found undone when a worker started: count a begin, then take it alone."""

    def __init__(self, position: int, begun: int) -> None:
        super().__init__(f"position {position}")
        self.position = position
        self.begun = begun


@dataclass(frozen=True, slots=True)
class Handled:
    """What one transaction did. `states` may enter the cache after COMMIT, not before."""

    positions: tuple[int, ...] = ()
    events: int = 0
    refused: int = 0
    more: bool = False
    states: Mapping[str, Loaded] = field(default_factory=dict[str, Loaded])


def handle_step(
    conn: Conn,
    journal: Journal,
    decider: Decider[Any],
    crisis: str,
    cache: StateCache,
    now: datetime,
    *,
    limit: int = BATCH,
    begun: bool = False,
) -> Handled:
    """Handle up to `limit` undone deliveries in one transaction; the caller begins and commits.

    Raises `VersionConflict` (reload and decide again), `PoisonFound` (roll back, then take them one at a time) or
    `SuspectFound` (count a begin, then call again with `begun`).
    """
    waiting = deliveries.take(conn, decider.concern, crisis, limit)
    if not waiting:
        return Handled()
    if waiting[0].suspect:
        if not begun:
            raise SuspectFound(waiting[0].position, waiting[0].begun)
        waiting = waiting[:1]
    else:
        waiting = waiting[: next((i for i, each in enumerate(waiting) if each.suspect), len(waiting))]
    work = _Work(conn, journal, decider, crisis, cache, now)
    refused: list[int] = []
    silent: list[int] = []
    decided: list[int] = []
    for message in _read(conn, [each.position for each in waiting]):
        try:
            count, was_refused = work.take(message)
        except Exception as error:
            _blame(error, message.position)
            raise
        (refused if was_refused else decided if count else silent).append(message.position)
    crash_point("after-decide")
    try:
        append_events(conn, journal, work.expected, work.events, now)
    except Exception as error:
        _blame(error, waiting[0].position)
        raise
    at = to_micros(now)
    marked = sum(
        deliveries.mark_done(conn, decider.concern, positions, outcome, at)
        for outcome, positions in (("decided", decided), ("nothing", silent), ("refused", refused))
    )
    if marked != len(waiting):
        raise VersionConflict(f"deliveries of {decider.concern} {crisis}")
    states = work.states_after(conn)
    own = states[work.stream]
    if own.version // SNAPSHOT_EVERY > work.expected[work.stream][0] // SNAPSHOT_EVERY:
        save_snapshot(conn, work.stream, decider.state_type, own)
    crash_point("before-commit")
    return Handled(
        tuple(each.position for each in waiting),
        len(work.events),
        len(refused),
        bool(deliveries.undone(conn, decider.concern, crisis, 1)),
        states,
    )


def quarantine_delivery(conn: Conn, concern: str, crisis: str, position: int, reason: str, now: datetime) -> None:
    """Set one delivery aside with its raw bytes, so that the crisis goes on."""
    quarantine.put(
        conn,
        place=f"levering/{concern}/{position}",
        reason=reason,
        raw=raw_bytes_at(conn, position),
        concern=concern,
        crisis=crisis,
        position=position,
    )
    deliveries.mark_done(conn, concern, [position], "quarantined", to_micros(now))


def _blame(error: Exception, position: int) -> None:
    """Raise `PoisonFound`, unless no message is to blame: a sibling was first, we are old, the database is away."""
    if isinstance(error, (VersionConflict, PoisonFound, NewerVersion)):
        return
    if from_database(error) and not is_bad_data(error):
        return
    raise PoisonFound(position, technical(error)) from error


def technical(error: Exception) -> str:
    """What the program says of a fault, in one short line and without the values it quotes: they may be private."""
    if isinstance(error, ValidationError):
        wrong = "; ".join(
            f"{'.'.join(map(str, each['loc']))}: {each['type']}" for each in error.errors(include_input=False)[:5]
        )
        return f"ValidationError: {error.title}: {wrong}"
    lines = str(error).splitlines()
    return f"{type(error).__name__}: {lines[0] if lines else ''}"[:LONGEST_REASON]


def _read(conn: Conn, positions: list[int]) -> list[StoredMessage]:
    try:
        return read_at(conn, positions)
    except ValueError:  # UnknownType or Unreadable: find out which one
        for position in positions:
            try:
                read_at(conn, [position])
            except ValueError as error:
                raise PoisonFound(position, technical(error)) from error
        raise


class _Work:
    """One transaction's decisions: states in memory move on with every message, and are stored once at the end."""

    def __init__(
        self, conn: Conn, journal: Journal, decider: Decider[Any], crisis: str, cache: StateCache, now: datetime
    ) -> None:
        self._conn = conn
        self._environment = journal.environment
        self._now = now
        self._decider = decider
        self._crisis = crisis
        self._cache = cache
        self.stream = own_stream(decider.concern, crisis)
        own = load(conn, self.stream, decider, cache.get(self.stream))
        self._states: dict[str, Any] = {self.stream: own.state}
        self.expected: dict[str, tuple[int, str]] = {self.stream: (own.version, own.hash)}
        self.events: list[NewMessage] = []

    def take(self, message: StoredMessage) -> tuple[int, bool]:
        """Decide one message; returns (number of events, whether it was refused)."""
        given = message.recorded()
        state = self._states[self.stream]
        found = self._find(self._decider.needs(state, given))
        was_refused = False
        try:
            emits = list(self._decider.decide(state, given, found))
        except Refused as refusal:
            if not isinstance(given.message, Command):
                raise
            was_refused = True
            emits = [Emit(self._refusal(given, refusal))]
        for index, emit in enumerate(emits):
            self._emit(given, message, index, emit)
        return len(emits), was_refused

    def states_after(self, conn: Conn) -> dict[str, Loaded]:
        """The states as they will be when this commits."""
        return {stream: Loaded(*head_of(conn, stream), state) for stream, state in self._states.items()}

    def _refusal(self, given: Recorded[Message], refusal: Refused) -> CommandRefused:
        return CommandRefused(
            concern=self._decider.concern,
            command_id=given.id,
            command_type=type(given.message).type_name(),
            code=refusal.code,
            facts=refusal.facts,
        )

    def _emit(self, given: Recorded[Message], cause: StoredMessage, index: int, emit: Emit) -> None:
        stream = emit.stream or self.stream
        if stream not in self._states:
            raise KeyError(f"{self._decider.concern} writes to {stream} without having asked for it in needs()")
        new = NewMessage(
            id=derived_id(given.id, self._decider.concern, index),
            message=emit.event,
            subject=self._crisis,
            time=given.time,
            actor=given.actor,
            correlation_id=cause.correlation_id,
            causation_id=given.id,
            stream=stream,
        )
        self.events.append(new)
        # as it will read when the stream is folded from its first row, or a restart would decide otherwise
        event: Recorded[Event] = Recorded(
            new.id, new.time, new.actor, new.subject, emit.event, self._environment, self._now
        )
        if stream == self.stream:
            self._states[stream] = self._decider.evolve(self._states[stream], event)
        else:
            self._states[stream] = evolve_person(self._states[stream], emit.event)

    def _find(self, needs: tuple[Any, ...]) -> Found:
        persons: dict[str, PersonState] = {}
        sums: dict[SumsNeeded, Sums] = {}
        receipts: dict[ReceiptsNeeded, Receipts] = {}
        for need in needs:
            match need:
                case PersonNeeded():
                    if need.stream not in self._states:
                        person = load_person(self._conn, need.stream, self._cache.get(need.stream))
                        self._states[need.stream] = person.state
                        self.expected[need.stream] = (person.version, person.hash)
                    persons[need.person] = self._states[need.stream]
                case SumsNeeded():
                    sums[need] = intake.sums(self._conn, self._crisis, need)
                case ReceiptsNeeded():
                    receipts[need] = intake.receipts(self._conn, self._crisis, need)
                case _:
                    raise TypeError(f"unknown need {need!r}")
        return Found(persons, sums, receipts)
