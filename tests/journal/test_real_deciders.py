"""The recorded surge through the journal, with the real deciders: the same decisions as in memory, on both databases,
whether a worker keeps its states or is started again in between.
"""

from __future__ import annotations

import dataclasses
import random
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

from ddh_beredskab.core.playbook import Playbooks
from ddh_beredskab.core.redaction import redact_message, strike_feedback
from ddh_beredskab.drills.core_replay import all_deciders, replay
from ddh_beredskab.drills.recording import load_recording
from ddh_beredskab.drills.recording_model import OffShift, OnShift, RecordedInput, Recording, Seen
from ddh_beredskab.drills.summary import journal_decisions_sha256
from ddh_beredskab.journal import deliveries, intake, quarantine
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.journal.intake import UrgentRule
from ddh_beredskab.journal.messages import Journal, NewMessage, append_commands
from ddh_beredskab.journal.states import StateCache, load
from ddh_beredskab.journal.timers import fire_due, next_due
from ddh_beredskab.journal.verify import verify_journal
from ddh_beredskab.playbooks import load_playbooks
from schemas.feedback import FeedbackItem
from tests.journal.desk import JOURNAL, Desk

ROOT = Path(__file__).resolve().parents[2]
EVERY = 40
RESTART = 0.1
"""How often the worker is started again before an input, with empty states."""


@pytest.fixture(scope="module")
def playbooks() -> Playbooks:
    return load_playbooks(ROOT / "playbooks")


@pytest.fixture(scope="module")
def surge(playbooks: Playbooks) -> Recording:
    """The whole surge with every fortieth of its questions."""
    topics = [topic.key for topic in playbooks.kinds["stormflod"].topics]
    whole = load_recording("stormflod-2023", [ROOT / "playbooks" / "drills"], topics=topics)
    kept = [each for each in whole.inputs if each.kind != "feedback" or each.index % EVERY == 0]
    return dataclasses.replace(whole, inputs=tuple(kept))


class Worker:
    """A drill's worker and doors in one, with the drill's clock in hand."""

    def __init__(self, desk: Desk, playbooks: Playbooks, journal: Journal = JOURNAL) -> None:
        self.desk = desk
        self.deciders = all_deciders(playbooks)
        self.limits = playbooks.limits
        self.journal = journal

    async def play(self, recording: Recording, dice: random.Random) -> None:
        for given in recording.inputs:
            await self.timers(given.at)
            if dice.random() < RESTART:
                self.desk.cache = StateCache()
            await self.desk.db.write(lambda conn, given=given: self.door(conn, given, recording))
            await self.settle(recording, given.at)

    async def timers(self, upto: datetime) -> None:
        while (due := await self.desk.db.read(next_due)) is not None and due <= upto:
            await self.desk.db.write(lambda conn, due=due: fire_due(conn, self.journal, due))
            await self.settle(None, due)

    def door(self, conn: Conn, given: RecordedInput, recording: Recording) -> None:
        match given.payload:
            case FeedbackItem() as item:
                text, struck = strike_feedback(item.text)
                intake.add_feedback(conn, [(item.model_copy(update={"text": text}), struck)], given.at)
            case OnShift() as shift:
                towns = [(agent, shift.municipality or recording.agents[agent]) for agent in shift.agents]
                intake.begin_shift(conn, towns, given.at)
            case OffShift() as shift:
                intake.end_shift(conn, shift.agents, given.at)
            case Seen() as seen:
                towns = [(agent, recording.agents[agent]) for agent in seen.agents]
                intake.add_receipts(conn, given.crisis_id, seen.version, towns, given.at)
            case command:
                struck, _ = redact_message(command)
                new = NewMessage(given.id, struck, given.crisis_id, given.at, given.actor, given.id)
                append_commands(conn, self.journal, [new], given.at)

    def count(self, conn: Conn, now: datetime) -> int:
        rule = UrgentRule(self.limits.urgent_transfers, self.limits.urgent_transfers_minutes)
        rows = intake.uncounted_after(conn, 0)
        return intake.count_items(conn, self.journal, rows, self.limits.feedback_window_minutes, rule, now)

    async def settle(self, recording: Recording | None, now: datetime) -> None:
        """Everything that was set going, before the clock moves on."""
        if recording is not None:
            await self.desk.db.write(lambda conn: self.count(conn, now))
        while waiting := await self.desk.db.read(deliveries.oldest_undone):
            for each in waiting:
                decider = next(d for d in self.deciders if d.concern == each.concern)
                await self.desk.step(each.crisis, decider, now)


async def test_the_journal_decides_what_the_core_decides_in_memory(
    desk: Desk, playbooks: Playbooks, surge: Recording
) -> None:
    worker = Worker(desk, playbooks)
    await worker.play(surge, random.Random(2023))
    in_memory = replay(surge, playbooks)
    assert await desk.db.read(journal_decisions_sha256) == in_memory.decisions_sha256()
    stored = await desk.rows("SELECT stream, count(*) FROM messages WHERE stream IS NOT NULL GROUP BY stream")
    assert dict(stored) == Counter(kept.stream for kept in in_memory.kept)
    assert len(stored) > 5

    assert await desk.db.read(verify_journal) == []
    assert await desk.db.read(quarantine.listing) == []
    assert await desk.db.read(deliveries.count_undone) == 0
    for decider in worker.deciders:
        stream = f"{decider.concern}-{surge.inputs[0].crisis_id}"
        cold = await desk.db.read(lambda conn, d=decider, s=stream: load(conn, s, d, None))
        kept = desk.cache.get(stream)
        assert kept is None or kept.version != cold.version or kept == cold, decider.concern
