"""The driver of a drill for people: it obeys its leader, brings each inject once, and leaves people what is theirs."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ddh_beredskab.doors import accept
from ddh_beredskab.drills import injects
from ddh_beredskab.drills.account import all_messages
from ddh_beredskab.drills.controls import control
from ddh_beredskab.drills.injects import Held, all_injects
from ddh_beredskab.drills.led_driver import LEASE_SECONDS
from ddh_beredskab.drills.plan import After, Expected, Inject, Plan, Questions
from ddh_beredskab.journal.clock_row import clock_now, read_clock
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.database import SqliteDatabase
from ddh_beredskab.journal.messages import Journal
from schemas.base import Actor, CommandRefused
from schemas.crisis_staff import AnswerRoleOffer, RoleAssumed
from tests.chaos.stage import piece, whole
from tests.drills.engine import led, make_ready

BEGIN = datetime(2023, 10, 20, 22, 21, tzinfo=UTC)
END = datetime(2023, 10, 20, 22, 52, tzinfo=UTC)
LEADER = "rikke-klitroe"
RUMOUR = Inject(key="rygte", title="Rygte", text="...", to=("crisis_leader",), at=BEGIN + timedelta(minutes=4))


def plan_of(**more: object) -> Plan:
    given: dict[str, object] = {
        "title": "Årets øvelse",
        "template": "crisis_management",
        "recording": "stormflod-2023",
        "recording_sha256": whole().sha256,
        "starts_at": BEGIN,
        "ends_at": END,
        "leader": LEADER,
        "cast": {"asta-klitvang": "asta-klitvang"},
    }
    return Plan.model_validate(given | more)


def the(journal: SqliteDatabase, key: str) -> Held:
    return journal.read_now(lambda conn: next(each for each in all_injects(conn) if each.inject.key == key))


def questions_on(journal: SqliteDatabase, topic: str) -> list[tuple[str, str, int]]:
    """(agent, answered, how many times it came in) of the questions on a topic since the drill began."""
    found = Statement(
        "SELECT agent, answered, times_received FROM feedback_items WHERE topic = :topic AND text = 'Indspil' ORDER BY"
        " position"
    )
    return [(str(a), str(b), int(c)) for a, b, c in journal.read_now(lambda conn: conn.all(found, topic=topic))]


def played_by(journal: SqliteDatabase, person: str) -> list[str]:
    messages = journal.read_now(lambda conn: list(all_messages(conn)))
    return [m.message.short_name() for m in messages if m.stream is None and m.actor.person == person]


async def test_it_waits_where_the_participants_take_over_and_then_leaves_to_them_what_is_theirs(tmp_path: Path) -> None:
    journal = await make_ready(tmp_path, plan_of())
    async with led(journal, piece()) as drill:
        await drill.until(lambda conn: clock_now(conn) == BEGIN)
        await asyncio.sleep(0.4)
        assert drill.now == BEGIN, "the clock waits"
        before = [each for each in piece().inputs if each.at < BEGIN]
        assert (drill.progress.next_input, drill.progress.withheld) == (len(before), 0)
        drill.lead("running")
        await drill.driver
        assert drill.now >= END
    assert drill.progress.next_input == len(piece().inputs)
    by_asta = [each for each in piece().inputs if each.actor.person == "asta-klitvang"]
    assert drill.progress.withheld == len(by_asta) == 2
    assert drill.progress.played == len(piece().inputs) - 2
    assert played_by(journal, "asta-klitvang") == []
    assert len(played_by(journal, "jonas-tangmark")) == 1


async def test_paused_the_clock_stands_and_goes_on_where_it_stood(tmp_path: Path) -> None:
    journal = await make_ready(tmp_path, plan_of(skip_quiet=False))
    async with led(journal, piece()) as drill:
        await drill.until(lambda conn: clock_now(conn) == BEGIN)
        drill.lead("running", 60)
        await drill.until(lambda conn: clock_now(conn) > BEGIN + timedelta(seconds=20))
        drill.lead("paused", 60)
        await drill.until(lambda conn: (row := read_clock(conn)) is not None and row.mode == "fast")
        stood, place = drill.now, drill.progress.next_input
        await asyncio.sleep(0.6)
        assert (drill.now, drill.progress.next_input) == (stood, place)
        drill.lead("running", 60)
        await drill.until(lambda conn: clock_now(conn) > stood + timedelta(seconds=20))
        assert drill.now < stood + timedelta(minutes=3), "it went on from where it stood"


async def test_a_jump_plays_fast_and_brings_what_lies_on_the_way_at_its_time(tmp_path: Path) -> None:
    journal = await make_ready(tmp_path, plan_of(injects=(RUMOUR,)))
    to = BEGIN + timedelta(minutes=10)
    async with led(journal, piece()) as drill:
        await drill.until(lambda conn: clock_now(conn) == BEGIN)
        drill.lead("running", 1, jump_to=to)
        await drill.until(lambda conn: (row := control(conn)) is not None and row.jump_to is None)
        assert to <= drill.now < to + timedelta(seconds=5)
        assert the(journal, "rygte").delivered_at == RUMOUR.at
        on_the_way = [each for each in piece().inputs if each.at < to]
        assert drill.progress.next_input >= len(on_the_way)
        drill.lead("ended")
        await asyncio.wait_for(drill.driver, 10)
    assert drill.now < END


async def test_an_inject_with_questions_comes_once_however_often_the_driver_is_killed(tmp_path: Path) -> None:
    asked = Questions(topic="evakuering", count=31, text="Indspil", over_minutes=5)
    journal = await make_ready(tmp_path, plan_of(injects=(RUMOUR.model_copy(update={"questions": asked}),)))
    async with led(journal, piece()) as drill:
        await drill.until(lambda conn: clock_now(conn) == BEGIN)
        drill.lead("running")
    for number in (1, 7, 20):
        async with led(journal, piece()) as drill:
            await drill.until(lambda _, n=number, told=drill.told: len(told) >= n)
    assert drill.progress.finished_at is None
    async with led(journal, piece()) as drill:
        await drill.driver
    assert the(journal, "rygte").delivered_at == RUMOUR.at
    came = questions_on(journal, "evakuering")
    assert len(came) == 31
    assert {times for _, _, times in came} == {1}
    assert all(agent.startswith("agent-") for agent, _, _ in came), "asked of the agents on shift"
    per_minute = Statement("SELECT time / 60000000, count(*) FROM feedback_items WHERE text = 'Indspil' GROUP BY 1")
    assert [int(n) for _, n in journal.read_now(lambda conn: conn.all(per_minute))] == [5, 5, 5, 5, 5, 6]
    ids = [each.id for each in journal.read_now(lambda conn: list(all_messages(conn)))]
    assert len(ids) == len(set(ids))
    assert drill.progress.next_input == len(piece().inputs)


async def test_a_conditional_inject_comes_so_many_minutes_after_its_event_in_the_drill(tmp_path: Path) -> None:
    after = Inject(
        key="efter", title="E", text="...", to=("crisis_leader",), after=After(event="role_assumed", nth=3, minutes=2)
    )
    never = Inject(key="aldrig", title="A", text="...", to=("crisis_leader",))
    journal = await make_ready(tmp_path, plan_of(injects=(after, never)))
    async with led(journal, piece()) as drill:
        await drill.until(lambda conn: clock_now(conn) == BEGIN)
        drill.lead("running")
        await drill.driver
    times = [
        m.recorded_at
        for m in journal.read_now(lambda conn: list(all_messages(conn)))
        if isinstance(m.message, RoleAssumed)
    ]
    assert the(journal, "efter").delivered_at == times[2] + timedelta(minutes=2)
    assert the(journal, "aldrig").state == "planned", "it waits for its leader"


async def test_the_leader_sends_skips_and_improvises_while_it_runs(tmp_path: Path) -> None:
    other = RUMOUR.model_copy(update={"key": "andet", "at": BEGIN + timedelta(minutes=20)})
    journal = await make_ready(tmp_path, plan_of(injects=(RUMOUR, other)))
    async with led(journal, piece()) as drill:
        await drill.until(lambda conn: clock_now(conn) == BEGIN)
        journal.write_now(lambda conn: injects.skip(conn, "rygte"))
        drill.lead("paused", 1)
        journal.write_now(lambda conn: injects.put_off(conn, "andet", clock_now(conn)))
        await drill.until(lambda conn: all_injects(conn)[0].delivered_at is not None)
        assert the(journal, "andet").delivered_at == BEGIN, "at once, also while the clock stands"
        new = Inject(key="nyt", title="N", text="...", to=("log_keeper",), at=BEGIN + timedelta(minutes=1))
        journal.write_now(lambda conn: injects.add(conn, [new], improvised=True))
        drill.lead("running")
        await drill.driver
    assert the(journal, "nyt").delivered_at == new.at
    assert the(journal, "rygte").state == "skipped"
    assert [key for step in drill.told for key in step.injects] == ["andet", "nyt"]


async def test_a_participants_command_is_decided_in_the_drill(tmp_path: Path) -> None:
    journal = await make_ready(tmp_path, plan_of(skip_quiet=False))
    environment = Journal("oevelse.stormflod-2023-1", "ddh-beredskab/web")
    asta = Actor(person="asta-klitvang", role="crisis_leader", municipality="9002")

    def assume(conn: Conn) -> None:
        command = AnswerRoleOffer(role="crisis_leader", answer="coming")
        accept(conn, environment, command, whole().crisis_id(1), asta)

    def assumed(conn: Conn) -> bool:
        held = [m.message for m in all_messages(conn) if isinstance(m.message, RoleAssumed)]
        return any((each.role, each.person) == ("crisis_leader", "asta-klitvang") for each in held)

    async with led(journal, piece()) as drill:
        await drill.until(lambda conn: clock_now(conn) == BEGIN)
        drill.lead("running", 30)
        assert not journal.read_now(assumed)
        await journal.write(assume)
        await drill.until(assumed)
        drill.lead("ended")
        await drill.driver


async def test_a_quiet_stretch_is_skipped_up_to_an_inject_and_not_while_something_is_expected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ddh_beredskab.drills.led_driver.AFTER_SECONDS", 0.5)
    monkeypatch.setattr("ddh_beredskab.drills.led_driver.AFTER", timedelta(seconds=5))
    begin = datetime(2023, 10, 19, 19, 0, tzinfo=UTC)  # the night before: nothing is recorded until 06:00
    expect = Expected(text="Skrevet", owner="log_keeper", within_minutes=1)
    first = RUMOUR.model_copy(update={"at": begin + timedelta(seconds=30), "expect": expect})
    later = RUMOUR.model_copy(update={"key": "nat", "at": begin + timedelta(hours=3)})
    plan = plan_of(starts_at=begin, injects=(first, later))
    journal = await make_ready(tmp_path, plan)
    async with led(journal, piece()) as drill:
        await drill.until(lambda conn: clock_now(conn) == begin)
        drill.lead("running", 60)
        await drill.until(lambda conn: clock_now(conn) > begin + timedelta(hours=1))
        skipped = [step for step in drill.told if step.skipped]
        assert skipped
        assert the(journal, "rygte").delivered_at is not None
        assert skipped[0].at >= begin + timedelta(seconds=30) + timedelta(minutes=1), "not while something is expected"
        assert drill.now <= begin + timedelta(hours=3), "it stops before the next inject"
        await drill.until(lambda conn: any(h.inject.key == "nat" and h.delivered_at for h in all_injects(conn)))
        delivered = the(journal, "nat").delivered_at
        assert delivered is not None
        assert delivered - later.at < timedelta(seconds=30)  # type: ignore[operator]


async def test_with_the_driver_gone_the_clock_stands_after_a_moment(tmp_path: Path) -> None:
    journal = await make_ready(tmp_path, plan_of(skip_quiet=False))
    async with led(journal, piece()) as drill:
        await drill.until(lambda conn: clock_now(conn) == BEGIN)
        drill.lead("running", 2)
        await drill.until(lambda conn: clock_now(conn) > BEGIN)
    row = journal.read_now(read_clock)
    assert row is not None
    hour = 3_600_000_000
    assert row.at(row.base_wall + hour) == row.at(row.base_wall + 2 * hour), "it does not run for hours without us"
    assert row.at(row.base_wall + hour) <= drill.now + timedelta(seconds=2 * LEASE_SECONDS)
    assert row.rate_at(row.base_wall + hour) == 0


async def test_a_refused_input_of_the_recording_is_refused_and_the_drill_goes_on(tmp_path: Path) -> None:
    """Nobody takes the role Asta played, so nobody releases the first message; what builds on it is refused."""
    journal = await make_ready(tmp_path, plan_of())
    async with led(journal, piece()) as drill:
        await drill.until(lambda conn: clock_now(conn) == BEGIN)
        drill.lead("running")
        await drill.driver
    refused = [
        m for m in journal.read_now(lambda conn: list(all_messages(conn))) if isinstance(m.message, CommandRefused)
    ]
    assert refused
    assert drill.progress.next_input == len(piece().inputs)
