"""Making a drill ready: refused with everything that is wrong, made whole, and its people have their parts' roles."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from ddh_beredskab import bootstrap
from ddh_beredskab.drills.controls import control
from ddh_beredskab.drills.demo_people import add_demo_people
from ddh_beredskab.drills.environment import progress
from ddh_beredskab.drills.injects import all_injects
from ddh_beredskab.drills.mistakes import UnknownDrill
from ddh_beredskab.drills.plan import After, Inject, Plan, Questions, planned
from ddh_beredskab.drills.starting import PlanRefused, Stage, start_drill
from ddh_beredskab.journal.clock_row import clock_now
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.people.identity import standings
from ddh_beredskab.people.register import held_by, persons, who_is
from ddh_beredskab.settings import Settings
from tests.chaos.stage import whole
from tests.drills.engine import make_ready
from tests.drills.test_led_driver import BEGIN, LEADER, plan_of


async def _stage(data: Path) -> Stage:
    operation = await bootstrap.open_journal(Settings(data=data), "drift")
    await operation.write(lambda conn: add_demo_people(conn, whole()))
    await operation.close()
    return bootstrap.drill_stage(Settings(data=data))


async def _problems(data: Path, plan: Plan) -> list[str]:
    with pytest.raises(PlanRefused) as refused:
        await start_drill(await _stage(data), plan, LEADER)
    assert await bootstrap.environments(Settings(data=data)) == ["drift"], "nothing is made"
    return [each.place for each in refused.value.problems]


async def test_a_plan_that_cannot_be_run_is_refused_with_everything_that_is_wrong_in_it(tmp_path: Path) -> None:
    day = timedelta(days=1)
    bad = Inject(
        key="a", title="A", text="...", to=("log_keeper",), at=BEGIN, after=After(event="findes_ikke"),
        questions=Questions(topic="findes-ikke", count=1),
    )  # fmt: skip
    outside = Inject(key="a", title="B", text="...", to=("log_keeper",), at=BEGIN - day, crisis=2)
    assert await _problems(tmp_path, plan_of(injects=(bad, outside))) == ["injects"] * 6
    assert await _problems(tmp_path, plan_of(starts_at=BEGIN - 30 * day)) == ["starts_at"]
    assert await _problems(tmp_path, plan_of(ends_at=BEGIN)) == ["ends_at"]
    assert await _problems(tmp_path, plan_of(ends_at=BEGIN + 30 * day)) == ["ends_at"]
    assert await _problems(tmp_path, plan_of(leader="ingen", watchers=("heller-ikke",))) == ["leader", "watchers"]
    assert await _problems(tmp_path, plan_of(cast={"findes-ikke": LEADER})) == ["cast", "cast"]
    assert await _problems(tmp_path, plan_of(recording_sha256="0" * 64)) == ["recording_sha256"]


async def test_one_who_is_in_the_recording_plays_no_other_while_the_recording_plays_him(tmp_path: Path) -> None:
    assert await _problems(tmp_path, plan_of(cast={"asta-klitvang": "jonas-tangmark"})) == ["cast"]
    swapped = plan_of(cast={"asta-klitvang": "jonas-tangmark", "jonas-tangmark": "asta-klitvang"})
    assert await start_drill(await _stage(tmp_path), swapped, LEADER) == "stormflod-2023-1"


async def test_an_unknown_recording_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnknownDrill, match="findes-ikke"):
        await start_drill(await _stage(tmp_path), plan_of(recording="findes-ikke"), LEADER)


async def test_what_is_made_waits_for_its_leader_with_everything_in_it(tmp_path: Path) -> None:
    inject = Inject(key="rygte", title="R", text="...", to=("log_keeper",), at=BEGIN)
    plan = plan_of(
        recording_sha256="", injects=(inject,), cast={"asta-klitvang": "mona-baeklund"}, watchers=("vagn-hylderis",)
    )
    database = await make_ready(tmp_path, plan)

    def job(conn: Conn) -> None:
        made, wanted, how_far = planned(conn), control(conn), progress(conn)
        assert made is not None
        assert (made.name, made.recording_sha256) == ("stormflod-2023-1", whole().sha256)
        assert made.trained == (), "she has never led a crisis, says the register"
        assert wanted is not None
        assert (wanted.state, wanted.speed) == ("waiting", 1.0)
        assert how_far is not None
        assert (how_far.next_input, how_far.inputs) == (0, len(whole().inputs))
        assert [each.inject.key for each in all_injects(conn)] == ["rygte"]
        assert clock_now(conn) == whole().starts_at
        names = {each.ref: each.name for each in persons(conn)}
        assert names["mona-baeklund"] == "Mona Bæklund"
        assert "asta-klitvang" not in names, "nobody meets the person one plays"
        assert {each.role for each in held_by(conn, "mona-baeklund")} == {"crisis_leader"}
        assert {each.role for each in held_by(conn, LEADER)} == {"drill_leader"}
        assert "evaluator" in standings(who_is(conn, "vagn-hylderis", "demo"), None)

    await database.read(job)
    await database.close()


async def test_who_is_trained_is_read_in_the_register_when_the_drill_is_made_ready(tmp_path: Path) -> None:
    database = await make_ready(tmp_path, plan_of(cast={"asta-klitvang": "asta-klitvang"}))
    made = await database.read(planned)
    assert made is not None
    assert made.trained is not None
    assert ("asta-klitvang", "crisis_leader") in made.trained
    assert {person for person, _ in made.trained} == {"asta-klitvang"}
    await database.close()


async def test_each_drill_of_a_recording_has_a_number_of_its_own(tmp_path: Path) -> None:
    stage = await _stage(tmp_path)
    assert [await start_drill(stage, plan_of(), LEADER) for _ in range(2)] == ["stormflod-2023-1", "stormflod-2023-2"]
