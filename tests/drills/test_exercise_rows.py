"""What is stored of a drill for people comes back as it was, and an inject comes once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ddh_beredskab.drills import controls, injects, plan
from ddh_beredskab.drills.plan import After, Expected, Inject, Plan, Questions
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.journal.database import Database

BEGIN = datetime(2023, 10, 20, 18, tzinfo=UTC)
RUMOUR = Inject(
    key="rygte",
    title="Rygte om dige",
    text="En borger siger, at diget er brudt.",
    to=("crisis_leader",),
    at=BEGIN,
    expect=Expected(text="Rygtet er tjekket", owner="crisis_leader", within_minutes=10, done_by=("guide_released",)),
    questions=Questions(topic="dige", count=40),
)
LATER = Inject(key="senere", title="Senere", text="...", to=("log_keeper",), after=After(event="guide_released"))


async def test_a_plan_comes_back_as_it_was_made(journal: Database) -> None:
    def job(conn: Conn) -> None:
        made = Plan(
            title="Årets øvelse",
            template="crisis_management",
            recording="stormflod-2023",
            recording_sha256="0" * 64,
            starts_at=BEGIN,
            speed=30,
            leader="rikke-klitroe",
            cast={"asta-klitvang": "jonas-tangmark"},
            injects=(RUMOUR, LATER),
            name="aarets-1",
        )
        assert plan.planned(conn) is None
        plan.save(conn, made, "rikke-klitroe")
        assert plan.planned(conn) == made

    await journal.write(job)


async def test_an_inject_is_delivered_once_and_not_after_it_was_skipped(journal: Database) -> None:
    def job(conn: Conn) -> None:
        injects.add(conn, [RUMOUR, LATER])
        injects.add(conn, [RUMOUR])
        assert [(each.inject.key, each.due_at, each.state) for each in injects.all_injects(conn)] == [
            ("rygte", BEGIN, "planned"),
            ("senere", None, "planned"),
        ]
        assert injects.deliver(conn, "rygte", BEGIN)
        assert not injects.deliver(conn, "rygte", BEGIN)
        assert not injects.put_off(conn, "rygte", BEGIN + timedelta(minutes=5))
        assert injects.skip(conn, "senere")
        assert not injects.deliver(conn, "senere", BEGIN)

    await journal.write(job)


async def test_a_repeated_inject_is_one_of_its_own_and_a_verdict_points_at_the_log(journal: Database) -> None:
    def job(conn: Conn) -> None:
        injects.add(conn, [RUMOUR])
        injects.deliver(conn, "rygte", BEGIN)
        assert injects.repeat(conn, "rygte", BEGIN + timedelta(minutes=20)) == "rygte.2"
        assert injects.repeat(conn, "findes-ikke", BEGIN) is None
        injects.judge(conn, "rygte", "late", (14, 12), "evaluator-1", "Sent, men rigtigt.")
        first, again = injects.all_injects(conn)
        assert (first.verdict, first.evidence, first.note) == ("late", (12, 14), "Sent, men rigtigt.")
        assert again.improvised
        assert again.state == "planned"

    await journal.write(job)


async def test_a_jump_is_over_when_the_driver_is_there_but_a_later_wish_stays(journal: Database) -> None:
    def job(conn: Conn) -> None:
        assert controls.control(conn) is None
        controls.set_control(conn, "running", 30.0, "rikke-klitroe", jump_to=BEGIN)
        controls.jumped(conn, BEGIN - timedelta(minutes=1))
        found = controls.control(conn)
        assert found is not None
        assert (found.state, found.speed, found.jump_to) == ("running", 30.0, BEGIN)
        controls.jumped(conn, BEGIN)
        found = controls.control(conn)
        assert found is not None
        assert found.jump_to is None

    await journal.write(job)
