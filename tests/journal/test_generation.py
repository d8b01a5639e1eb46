"""A restored journal begins a new life: topics of its own, and every deadline that passed meanwhile fires once."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from ddh_beredskab.backup.sqlite_copy import copy, look_through
from ddh_beredskab.journal.database import SqliteDatabase
from ddh_beredskab.journal.generation import begin_generation, read_generation, topic_prefix
from ddh_beredskab.journal.timers import fire_due, timer_counts
from tests.journal.desk import JOURNAL, T0, Desk, entry
from tests.journal.notebook import REMINDER


async def test_the_first_life_has_no_name_and_every_other_one_of_its_own(desk: Desk) -> None:
    assert await desk.db.read(read_generation) == ""
    names = [await desk.db.write(begin_generation) for _ in range(5)]
    assert len(set(names)) == 5
    assert await desk.db.read(read_generation) == names[-1]
    assert all(re.fullmatch(r"[a-z0-9-]+", name) for name in names)


async def test_a_name_that_is_no_part_of_a_topics_name_is_refused(desk: Desk) -> None:
    await desk.change("INSERT INTO meta (key, value) VALUES ('generation', 'drift.events')")
    with pytest.raises(ValueError, match="generation"):
        await desk.db.read(read_generation)


def test_topics_are_named_for_environment_and_life() -> None:
    assert topic_prefix("drift", "") == "drift."
    assert topic_prefix("oevelse.a-1", "r20261122t031500-a1b2") == "oevelse.a-1.r20261122t031500-a1b2."


async def test_a_deadline_that_passed_while_the_journal_was_away_fires_once(sqlite_desk: Desk, tmp_path: Path) -> None:
    await sqlite_desk.give(entry("husk", channel="remind"))
    await sqlite_desk.handle()
    source = sqlite_desk.db
    assert isinstance(source, SqliteDatabase)
    copy(Path(source.path), tmp_path / "copy.db")
    facts, problems = look_through(tmp_path / "copy.db")
    assert (facts.open_timers, facts.undone, problems) == (1, 0, ())
    restored = SqliteDatabase(tmp_path / "copy.db")
    later = T0 + REMINDER + timedelta(days=3)
    for expected in (1, 0, 0):
        assert restored.write_now(lambda conn: fire_due(conn, JOURNAL, later)) == expected
    assert restored.read_now(lambda conn: timer_counts(conn, later)) == (1, 0, 0)
    restored.close_now()
