"""What is told of an environment: the rule behind the lights, from facts alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ddh_beredskab.clock import to_micros
from ddh_beredskab.ops.facts import Backlog, Facts, read_facts
from ddh_beredskab.ops.judgement import judge, judge_disk, worst
from tests.journal.desk import Desk, entry

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MICROS = to_micros(NOW)
WORKER = {"written_at": MICROS, "joined": True, "broker_heard_at": MICROS, "broker_failed_at": None}
WELL = Facts(
    environment="drift",
    read_at=NOW,
    messages=10,
    backlog=(),
    timers_late=0,
    quarantined=0,
    uncounted=0,
    uncounted_seconds=0,
    rows_behind=0,
    behind_seconds=0,
    audit={"written_at": MICROS, "ok": True, "count": 0},
    workers={"commands": WORKER},
    backup_at=NOW - timedelta(hours=2),
)


def waiting(seconds: float) -> tuple[Backlog, ...]:
    return (Backlog("guides", "k1", 3, 7, NOW - timedelta(seconds=seconds)),)


def found(facts: Facts) -> dict[str, tuple[str, str]]:
    """What is not well: name -> (state, what is said)."""
    return {each.name: (each.state, each.say) for each in judge(facts) if each.state != "well"}


def test_all_is_well() -> None:
    assert found(WELL) == {}
    assert worst(judge(WELL)) == "well"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"backlog": waiting(4)}, {}),
        ({"backlog": waiting(6)}, {"decisions": ("note", "waiting")}),
        ({"backlog": waiting(61)}, {"decisions": ("wrong", "waiting")}),
        ({"rows_behind": 3, "behind_seconds": 0.5}, {}),
        ({"rows_behind": 3, "behind_seconds": 9}, {"screens": ("note", "behind")}),
        ({"uncounted": 500, "uncounted_seconds": 2}, {}),
        ({"uncounted": 500, "uncounted_seconds": 40}, {"questions": ("note", "waiting")}),
        ({"timers_late": 1}, {"timers": ("wrong", "late")}),
        ({"quarantined": 2}, {"quarantine": ("wrong", "waiting")}),
        ({"audit": None}, {"audit": ("note", "never")}),
        ({"audit": {"written_at": MICROS, "ok": False, "count": 4}}, {"audit": ("wrong", "breached")}),
        ({"audit": {"written_at": MICROS - 10**9, "ok": True}}, {"audit": ("note", "late")}),
        ({"backup_at": None}, {"backup": ("note", "never")}),
        ({"backup_at": NOW - timedelta(hours=30)}, {"backup": ("note", "old")}),
        ({"backup_at": None, "environment": "oevelse.a"}, {}),
        ({"workers": {"commands": WORKER | {"commit_stuck": [{"seconds": 70}]}}}, {"commits": ("wrong", "stuck")}),
        ({"workers": {"commands": WORKER | {"broker_failed_at": MICROS + 1}}}, {"broker": ("note", "away")}),
        (
            {"workers": {"commands": WORKER | {"joined": False}}},
            {"worker": ("note", "joining"), "broker": ("note", "joining")},
        ),
        (
            {"workers": {"commands": WORKER | {"written_at": MICROS - 30_000_000}, "feedback": WORKER}},
            {"worker": ("wrong", "silent"), "broker": ("note", "unknown")},
        ),
        ({"workers": {}}, {"worker": ("note", "never"), "broker": ("note", "unknown")}),
    ],
)
def test_what_is_not_well_is_told(change: dict[str, Any], told: dict[str, tuple[str, str]]) -> None:
    assert found(replace(WELL, **change)) == told


@pytest.mark.parametrize(("free", "state"), [(None, "well"), (5_000, "well"), (300, "note"), (50, "wrong")])
def test_a_disk_that_fills_is_told(free: int | None, state: str) -> None:
    assert judge_disk(free).state == state


async def test_the_facts_are_read_from_the_journal_alone(desk: Desk) -> None:
    await desk.give(entry("en"), entry("to"), crisis="k2")
    await desk.change("UPDATE deliveries SET committed_at = committed_at - 7000000")
    facts = await desk.db.read(lambda conn: read_facts(conn, "drift"))
    assert (facts.messages, facts.undone, facts.rows_behind, facts.quarantined) == (2, 2, 2, 0)
    assert 7 <= facts.oldest_seconds < 60
    assert 7 <= facts.behind_seconds < 60
    assert [(each.concern, each.crisis, each.waiting, each.position) for each in facts.backlog] == [
        ("logbook", "k2", 2, 1)
    ]
