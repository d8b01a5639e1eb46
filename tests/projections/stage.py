"""A recorded crisis played through the real doors, deciders and journal, without a broker: the material of the tests.

Everything an input or a timer sets going is settled before the next one comes, as a fast drill does it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from ddh_beredskab.bootstrap import deciders
from ddh_beredskab.core.playbook import Playbooks
from ddh_beredskab.doors import accept, accept_feedback
from ddh_beredskab.drills.recording import load_recording
from ddh_beredskab.drills.recording_model import OffShift, OnShift, RecordedInput, Recording, Seen
from ddh_beredskab.journal import deliveries, intake
from ddh_beredskab.journal.clock_row import clock_now, set_clock
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.database import SqliteDatabase
from ddh_beredskab.journal.handling import handle_step
from ddh_beredskab.journal.messages import Journal
from ddh_beredskab.journal.migrate import prepare_sqlite
from ddh_beredskab.journal.states import StateCache
from ddh_beredskab.journal.timers import fire_due, next_due
from ddh_beredskab.playbooks import load_playbooks
from ddh_beredskab.projections import MODELS, step
from schemas.base import Command
from schemas.feedback import FeedbackItem

ROOT = Path(__file__).parents[2]
_PERSON = Statement(
    "INSERT INTO persons (ref, name, municipality, fictional) VALUES (:ref, :name, :municipality, 1)"
    " ON CONFLICT DO NOTHING"
)


def storm_surge() -> Recording:
    """The recording that comes with the product."""
    return load_recording("stormflod-2023", [ROOT / "playbooks" / "drills"])


def commands_only(recording: Recording) -> Recording:
    """The same without the citizens' questions and the agents: quick to play, the staff's work unchanged."""
    return replace(recording, inputs=tuple(each for each in recording.inputs if isinstance(each.payload, Command)))


class Stage:
    """One journal, the engine's synchronous functions over it, and a recording to play."""

    def __init__(self, path: Path, environment: str, recording: Recording, playbooks: Playbooks | None = None) -> None:
        prepare_sqlite(path)
        self.database = SqliteDatabase(path)
        self.database._writer.execute("PRAGMA synchronous=OFF")  # pyright: ignore[reportPrivateUsage] - no power cut here
        self.recording = recording
        self.crisis = recording.crisis_id(1)
        self.environment = environment
        self.playbooks = playbooks or load_playbooks(ROOT / "playbooks")
        self.now = recording.starts_at
        self._journal = Journal(environment=environment)
        self._deciders = deciders(self.playbooks)
        self._caches = {name: StateCache() for name in self._deciders}
        self._next = 0
        people = [{"ref": p.ref, "name": p.name, "municipality": p.municipality} for p in recording.people.values()]
        self.write(lambda conn: conn.many(_PERSON, people))

    def write(self, job: Callable[[Conn], Any]) -> Any:
        return self.database.write_now(job)

    def read(self, job: Callable[[Conn], Any]) -> Any:
        return self.database.read_now(job)

    def play(self, until: Callable[[RecordedInput], bool] | datetime | None = None) -> None:
        """Play inputs up to a time, or up to (not with) the first that `until` holds for; without, all."""
        while self._next < len(self.recording.inputs):
            given = self.recording.inputs[self._next]
            stop = given.at > until if isinstance(until, datetime) else until is not None and until(given)
            if stop:
                break
            self._fire_until(given.at)
            self._next += 1
            self.take(given)
        if isinstance(until, datetime):
            self._fire_until(until)
            self._move_clock(until)

    def take(self, given: RecordedInput) -> None:
        """One input through its door, and everything it sets going."""
        self.now = given.at

        def job(conn: Conn) -> None:
            set_clock(conn, "fast", given.at)
            self._store(conn, given)
            self._settle(conn)

        self.write(job)

    def _store(self, conn: Conn, given: RecordedInput) -> None:
        match given.payload:
            case Command() as command:
                accept(conn, self._journal, command, given.crisis_id, given.actor, time=given.at, id_=given.id)
            case FeedbackItem() as item:
                accept_feedback(conn, [item])
            case OnShift() as shift:
                intake.begin_shift(conn, [(agent, "") for agent in shift.agents], given.at)
            case OffShift() as shift:
                intake.end_shift(conn, shift.agents, given.at)
            case Seen() as seen:
                intake.add_receipts(conn, given.crisis_id, seen.version, [(a, "") for a in seen.agents], given.at)

    def _settle(self, conn: Conn) -> None:
        """Decide, count and fold until nothing is left."""
        while self._settle_once(conn):
            pass

    def _settle_once(self, conn: Conn) -> bool:
        limits, did = self.playbooks.limits, False
        for oldest in deliveries.oldest_undone(conn):
            decider, cache = self._deciders[oldest.concern], self._caches[oldest.concern]
            handled = handle_step(conn, self._journal, decider, oldest.crisis, cache, self.now)
            for stream, loaded in handled.states.items():
                cache.put(stream, loaded)
            if any(stream.startswith("person-") for stream in handled.states):
                for other in self._caches.values():
                    for stream in handled.states:
                        if other is not cache:
                            other.drop(stream)
            did = True
        if rows := intake.uncounted_after(conn, 0, 500):
            rule = intake.UrgentRule(limits.urgent_transfers, limits.urgent_transfers_minutes)
            intake.count_items(conn, self._journal, rows, limits.feedback_window_minutes, rule, self.now)
            did = True
        return bool(step(conn, MODELS)) or did

    def _fire_until(self, upto: datetime) -> None:
        while (due := self.read(next_due)) is not None and due <= upto:
            self.now = max(due, self.now)

            def job(conn: Conn) -> None:
                set_clock(conn, "fast", self.now)
                fire_due(conn, self._journal, self.now)
                self._settle(conn)

            self.write(job)

    def live_step(self) -> None:
        """What a worker would do now, on the environment's own clock: fire what is due, decide, fold."""

        def job(conn: Conn) -> None:
            self.now = clock_now(conn)
            fire_due(conn, self._journal, self.now)
            self._settle(conn)

        self.write(job)

    def _move_clock(self, at: datetime) -> None:
        self.now = at
        self.write(lambda conn: set_clock(conn, "fast", at))
