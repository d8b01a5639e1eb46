"""I1 and I7 once more, by deciding again: every message gives what its concern did with it, and nothing was skipped.

With the deciders of the day (the same playbooks) each concern's own stream is folded, and each delivered message is
decided on the state it met. Effects must be the same in kind and stream; `nothing` must be nothing and a refusal a
refusal. What a decision looked up in citizens' questions or receipts is not there any more as it was: such a decision
is passed over. For the simulator and the tests; a running system may have got new playbooks since.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Any

from ddh_beredskab.core.decider import Decider, Found, PersonNeeded, Refused, own_stream
from ddh_beredskab.core.persons import PersonState, evolve_person
from ddh_beredskab.invariants.report import Findings
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.messages import NotReadable, StoredMessage, read_or_mark, read_stream
from schemas.base import Command, CommandRefused

_PAIRS = Statement("SELECT DISTINCT concern, crisis FROM deliveries ORDER BY concern, crisis")
_DONE = Statement(
    "SELECT position, outcome FROM deliveries WHERE concern = :concern AND crisis = :crisis AND done_at IS NOT NULL"
    " AND outcome <> 'quarantined' ORDER BY position"
)
_RETRIED = Statement(
    "SELECT position FROM quarantine WHERE concern = :concern AND position IS NOT NULL AND resolution IS NOT NULL"
)


def check_decisions(deciders: Mapping[str, Decider[Any]], found: Findings) -> Generator[None, Conn, None]:
    """Every concern and crisis, one after the other."""
    conn = yield
    persons = _Persons(conn)
    for concern, crisis in conn.all(_PAIRS):
        if (decider := deciders.get(str(concern))) is not None:
            conn = yield
            _check(conn, decider, str(crisis), persons, found)


def _check(conn: Conn, decider: Decider[Any], crisis: str, persons: _Persons, found: Findings) -> None:
    concern = decider.concern
    late = {int(row[0]) for row in conn.all(_RETRIED, concern=concern)}
    rows = conn.all(_DONE, concern=concern, crisis=crisis)
    outcomes = {int(position): str(outcome) for position, outcome in rows}
    events = read_stream(conn, own_stream(concern, crisis))
    at, state = 0, decider.initial
    for message in read_or_mark(conn, list(outcomes)):
        if isinstance(message.message, NotReadable):
            found.breach(
                "I8", f"{concern}/{message.position}", "unreadable_handled", outcome=outcomes[message.position]
            )
            continue
        if message.position in late:
            continue  # handled when a person let it be, not in its turn: its events are folded where they stand
        while at < len(events) and events[at].causation_id != message.id and _is_late(events[at], conn, late):
            state = decider.evolve(state, events[at].recorded())  # type: ignore[arg-type]
            at += 1
        end = at
        while end < len(events) and events[end].causation_id == message.id:
            end += 1
        own = events[at:end]
        first = own[0].position if own else message.position
        _decide_again(decider, state, message, own, outcomes[message.position], persons, first, found)
        for event in own:
            state = decider.evolve(state, event.recorded())  # type: ignore[arg-type]
        at = end
    if at < len(events) and not all(_is_late(event, conn, late) for event in events[at:]):
        found.breach("I1", f"{own_stream(concern, crisis)} version {events[at].version}", "effect_out_of_turn")


def _decide_again(
    decider: Decider[Any],
    state: Any,
    message: StoredMessage,
    own: Sequence[StoredMessage],
    outcome: str,
    persons: _Persons,
    first: int,
    found: Findings,
) -> None:
    given = message.recorded()
    needs = decider.needs(state, given)
    if not all(isinstance(need, PersonNeeded) for need in needs) or (needs and not own):
        return
    found.checked["I7"] += 1
    place = f"{decider.concern}/{message.position}"
    who = {each.person: persons.before(each.stream, first, message) for each in needs if isinstance(each, PersonNeeded)}
    stream = own_stream(decider.concern, message.subject)
    try:
        emits = decider.decide(state, given, Found(who))
    except Refused as refusal:
        right = (
            outcome == "refused"
            and isinstance(message.message, Command)
            and [type(each.message) for each in own] == [CommandRefused]
            and getattr(own[0].message, "code", None) == refusal.code
        )
        if not right:
            found.breach("I7", place, "decided_otherwise", type=message.type.split(".")[-2], outcome=outcome)
        return
    should = [type(each.event) for each in emits if each.stream in (None, stream)]
    is_ = [type(each.message) for each in own]
    if should != is_ or (outcome == "refused") or ((outcome == "nothing") is bool(emits)):
        found.breach("I7", place, "decided_otherwise", type=message.type.split(".")[-2], outcome=outcome)


def _is_late(event: StoredMessage, conn: Conn, late: set[int]) -> bool:
    """Whether the event comes of a message that was handled out of its turn."""
    if not late or event.causation_id is None:
        return False
    return any(cause.id == event.causation_id for cause in read_or_mark(conn, sorted(late)))


class _Persons:
    """The shared streams of persons, as they stood before a position."""

    def __init__(self, conn: Conn) -> None:
        self._conn = conn
        self._streams: dict[str, list[StoredMessage]] = {}

    def before(self, stream: str, position: int, cause: StoredMessage) -> PersonState:
        """The person's state when the decision on `cause` was made, whose first own event is at this position."""
        events = self._streams.get(stream)
        if events is None:
            events = self._streams[stream] = read_stream(self._conn, stream)
        state = PersonState()
        for event in events:
            if event.position >= position or event.causation_id == cause.id:
                break
            state = evolve_person(state, event.message)  # type: ignore[arg-type]
        return state
