"""A recording through the real deciders in memory: no broker, no database, the same decisions.

Rule: everything an input or a timer sets going is settled before the next one comes; a timer comes before an input of
the same instant. What is decided here is what a run through Kafka and SQL is compared with.
"""

from __future__ import annotations

import hashlib
import heapq
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from ddh_beredskab.core.activation import activation_decider
from ddh_beredskab.core.crisis_staff import crisis_staff_decider
from ddh_beredskab.core.decider import (
    Decider,
    Emit,
    Found,
    Need,
    PersonNeeded,
    Receipts,
    ReceiptsNeeded,
    Recorded,
    Refused,
    Sums,
    SumsNeeded,
    derived_id,
    fired_id,
    own_stream,
)
from ddh_beredskab.core.feedback import feedback_decider
from ddh_beredskab.core.guides import guides_decider
from ddh_beredskab.core.logbook import logbook_decider
from ddh_beredskab.core.persons import PersonState, evolve_person
from ddh_beredskab.core.playbook import Playbooks
from ddh_beredskab.core.redaction import redact_message, strike_item
from ddh_beredskab.core.subscriptions import CONCERNS, subscribers
from ddh_beredskab.core.windows import WindowKey, add, counts_of, sums_of, window_start
from ddh_beredskab.drills.digest import counts_as_decision, decisions_sha256, event_line
from ddh_beredskab.drills.recording_model import OffShift, OnShift, RecordedInput, Recording, Seen
from ddh_beredskab.journal.intake import urgent_id
from schemas.base import (
    SYSTEM,
    Actor,
    Command,
    CommandRefused,
    Concern,
    DeadlineCancelled,
    DeadlineSet,
    Event,
    Message,
    TimerFired,
)
from schemas.feedback import FeedbackItem, NoteUrgentTransfers, TopicCount


@dataclass(frozen=True, slots=True)
class Kept:
    """An event as it stands in its stream."""

    stream: str
    recorded: Recorded[Event]
    cause: UUID

    @property
    def event(self) -> Event:
        return self.recorded.message


@dataclass(frozen=True, slots=True)
class Refusal:
    """A command that was refused; `input` is null when no input of the recording was."""

    code: str
    facts: dict[str, str]
    command: str
    input: RecordedInput | None


@dataclass
class Counted:
    """Citizens' questions as the feedback counter sees them: once each, in windows of event time."""

    received: int = 0
    redacted: int = 0
    items: dict[UUID, FeedbackItem] = field(default_factory=dict[UUID, FeedbackItem])
    windows: dict[WindowKey, TopicCount] = field(default_factory=dict[WindowKey, TopicCount])

    @property
    def unique(self) -> int:
        return len(self.items)

    def by_topic(self) -> dict[str, int]:
        """How many questions on each topic, most asked first."""
        return dict(Counter(item.topic for item in self.items.values()).most_common())


@dataclass
class Replay:
    """Everything that was decided, in the order it was written."""

    recording: Recording
    kept: list[Kept] = field(default_factory=list[Kept])
    refusals: list[Refusal] = field(default_factory=list[Refusal])
    feedback: dict[str, Counted] = field(default_factory=dict[str, Counted])
    states: dict[tuple[str, str], Any] = field(default_factory=dict[tuple[str, str], Any])
    """(concern, crisis id) -> the concern's state at the end."""
    persons: dict[str, PersonState] = field(default_factory=dict[str, PersonState])
    timers_fired: int = 0
    timers_waiting: int = 0

    def events(self, *types: type[Event], crisis: str | None = None) -> list[Kept]:
        """The events of these types, in order."""
        return [
            each
            for each in self.kept
            if isinstance(each.event, types) and (crisis is None or each.recorded.subject == crisis)
        ]

    def stream(self, name: str) -> list[Kept]:
        """One stream."""
        return [each for each in self.kept if each.stream == name]

    def surprises(self) -> list[str]:
        """Where the recording and the rules disagree: refused though meant to be accepted, or the other way."""
        refused = {each.input.index: each for each in self.refusals if each.input is not None}
        found: list[str] = []
        for each in self.recording.inputs:
            refusal = refused.get(each.index)
            if refusal is None and each.expect_refused is not None:
                found.append(f"{each.place}: accepted, expected refused:{each.expect_refused}")
            elif refusal is not None and refusal.code != each.expect_refused:
                found.append(f"{each.place}: {refusal.command} refused:{refusal.code} {refusal.facts}")
        return found

    def decisions_sha256(self) -> str:
        """The digest a run through the real stream agents must have too."""
        return decisions_sha256(
            event_line(each.stream, each.recorded.id, each.recorded.time, each.event)
            for each in self.kept
            if counts_as_decision(each.stream)
        )


def all_deciders(playbooks: Playbooks) -> tuple[Decider[Any], ...]:
    """The five concerns, in the order of the subscription table."""
    made: dict[Concern, Decider[Any]] = {
        "activation": activation_decider(playbooks),
        "crisis_staff": crisis_staff_decider(playbooks),
        "guides": guides_decider(playbooks),
        "feedback": feedback_decider(playbooks),
        "logbook": logbook_decider(playbooks),
    }
    return tuple(made[concern] for concern in CONCERNS)


def replay(recording: Recording, playbooks: Playbooks) -> Replay:
    """Play the whole recording; timers that are due after its last input stay waiting."""
    return _Player(recording, playbooks).play()


class _Player:
    """The drill's clock, the timers, the streams and the deliveries of one replay."""

    def __init__(self, recording: Recording, playbooks: Playbooks) -> None:
        self._recording = recording
        self._playbooks = playbooks
        self._deciders = {decider.concern: decider for decider in all_deciders(playbooks)}
        self._result = Replay(recording)
        self._states = self._result.states
        self._environment = f"oevelse.{recording.name}"
        self._timers: list[tuple[datetime, str, TimerFired, str]] = []
        self._open: set[UUID] = set()
        self._deliveries: deque[tuple[Concern, Recorded[Message]]] = deque()
        self._receipts: dict[tuple[str, int], set[str]] = defaultdict(set)
        self._on_shift: set[str] = set()
        self._inputs = {each.id: each for each in recording.inputs}

    def play(self) -> Replay:
        for each in self._recording.inputs:
            self._fire_until(each.at)
            self._take(each)
            self._settle(each.at)
        self._result.timers_waiting = len(self._open)
        return self._result

    # -- time -------------------------------------------------------------------------------------

    def _fire_until(self, instant: datetime) -> None:
        """All timers due by then, those of one instant together, each instant settled before the next."""
        while self._timers and self._timers[0][0] <= instant:
            now = self._timers[0][0]
            for fired, crisis in self._due(now):
                self._result.timers_fired += 1
                self._store(Recorded(fired_id(fired.deadline_id), now, SYSTEM, crisis, fired, self._environment, now))
            self._settle(now)

    def _due(self, now: datetime) -> Iterator[tuple[TimerFired, str]]:
        while self._timers and self._timers[0][0] <= now:
            _, _, waiting, crisis = heapq.heappop(self._timers)
            if waiting.deadline_id in self._open:
                self._open.remove(waiting.deadline_id)
                yield waiting.model_copy(update={"fired_at": now}), crisis

    def _watch_timers(self, kept: Recorded[Event]) -> None:
        match kept.message:
            case DeadlineSet() as event:
                waiting = TimerFired(
                    concern=event.concern,
                    name=event.name,
                    deadline_id=kept.id,
                    due_at=event.due_at,
                    fired_at=event.due_at,
                )
                heapq.heappush(self._timers, (event.due_at, str(kept.id), waiting, kept.subject))
                self._open.add(kept.id)
            case DeadlineCancelled() as event:
                self._open.discard(event.deadline_id)
            case _:
                pass

    # -- what comes in ------------------------------------------------------------------------------

    def _take(self, given: RecordedInput) -> None:
        match given.payload:
            case FeedbackItem() as item:
                self._count(item, given.at)
            case OnShift() as shift:
                self._on_shift.update(shift.agents)
            case OffShift() as shift:
                self._on_shift.difference_update(shift.agents)
            case Seen() as seen:
                self._receipts[given.crisis_id, seen.version].update(seen.agents)
            case command:
                struck, _ = redact_message(command)
                self._command(given.id, given.at, given.actor, given.crisis_id, struck, given.at)

    def _command(self, id_: UUID, at: datetime, actor: Actor, crisis: str, command: Command, now: datetime) -> None:
        self._store(Recorded(id_, at, actor, crisis, command, self._environment, now))

    def _count(self, item: FeedbackItem, now: datetime) -> None:
        counted = self._result.feedback.setdefault(item.crisis_id, Counted())
        counted.received += 1
        if item.id in counted.items:
            return
        item, struck = strike_item(item)
        counted.redacted += struck > 0
        counted.items[item.id] = item
        minutes = self._playbooks.limits.feedback_window_minutes
        key = WindowKey(item.topic, item.municipality, window_start(item.time, minutes))
        one, known = counts_of(item), counted.windows.get(key)
        counted.windows[key] = one if known is None else add(known, one)
        if item.resolution == "urgent_transfer":
            self._note_urgent(counted, item, now)

    def _note_urgent(self, counted: Counted, item: FeedbackItem, now: datetime) -> None:
        """The counter's own command: three urgent transfers on one topic within one window of ten minutes."""
        limits = self._playbooks.limits
        start = window_start(item.time, limits.urgent_transfers_minutes)
        times = [
            each.time
            for each in counted.items.values()
            if each.resolution == "urgent_transfer"
            and each.topic == item.topic
            and window_start(each.time, limits.urgent_transfers_minutes) == start
        ]
        if len(times) != limits.urgent_transfers:
            return
        note = NoteUrgentTransfers(topic=item.topic, window_start=start, count=limits.urgent_transfers)
        id_ = urgent_id(item.crisis_id, item.topic, start)
        self._command(id_, max(times), SYSTEM, item.crisis_id, note, now)

    # -- handling -----------------------------------------------------------------------------------

    def _store(self, message: Recorded[Any]) -> None:
        for concern in subscribers(message.message):
            self._deliveries.append((concern, message))

    def _settle(self, now: datetime) -> None:
        while self._deliveries:
            concern, given = self._deliveries.popleft()
            self._handle(self._deciders[concern], given, now)

    def _handle(self, decider: Decider[Any], given: Recorded[Message], now: datetime) -> None:
        crisis = given.subject
        stream = own_stream(decider.concern, crisis)
        state = self._states.setdefault((decider.concern, crisis), decider.initial)
        found = self._find(decider.needs(state, given), crisis)
        try:
            emits: Sequence[Emit] = decider.decide(state, given, found)
        except Refused as refusal:
            if not isinstance(given.message, Command):
                raise
            emits = [Emit(self._refused(decider.concern, given, refusal))]
        for index, emit in enumerate(emits):
            id_ = derived_id(given.id, decider.concern, index)
            kept = Recorded(id_, given.time, given.actor, crisis, emit.event, self._environment, now)
            if emit.stream is None:
                key = (decider.concern, crisis)
                self._states[key] = decider.evolve(self._states[key], kept)
            else:
                persons = self._result.persons
                persons[emit.stream] = evolve_person(persons.get(emit.stream, PersonState()), emit.event)
            self._result.kept.append(Kept(emit.stream or stream, kept, given.id))
            self._watch_timers(kept)
            self._store(kept)

    def _refused(self, concern: Concern, given: Recorded[Message], refusal: Refused) -> CommandRefused:
        type_name = type(given.message).type_name()
        self._result.refusals.append(
            Refusal(refusal.code, refusal.facts, type(given.message).short_name(), self._inputs.get(given.id))
        )
        return CommandRefused(
            concern=concern,
            command_id=given.id,
            command_type=type_name,
            code=refusal.code,
            facts=refusal.facts,
        )

    def _find(self, needs: Iterable[Need], crisis: str) -> Found:
        persons: dict[str, PersonState] = {}
        sums: dict[SumsNeeded, Sums] = {}
        receipts: dict[ReceiptsNeeded, Receipts] = {}
        counted = self._result.feedback.get(crisis, Counted())
        minutes = self._playbooks.limits.feedback_window_minutes
        for need in needs:
            match need:
                case PersonNeeded():
                    persons[need.person] = self._result.persons.get(need.stream, PersonState())
                case SumsNeeded():
                    sums[need] = sums_of(counted.windows, need.since, need.upto, minutes)
                case ReceiptsNeeded():
                    seen = sorted(self._receipts[crisis, need.version] & self._on_shift)
                    digest = hashlib.sha256("\n".join(seen).encode()).hexdigest()
                    receipts[need] = Receipts(on_shift=len(self._on_shift), seen=len(seen), sha256=digest)
        return Found(persons, sums, receipts)
