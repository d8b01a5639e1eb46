"""The register of training: nothing twice, a drill moves the role's mark forward, and the overdue come first."""

from __future__ import annotations

from datetime import date, timedelta

from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.journal.database import Database
from ddh_beredskab.people import register
from ddh_beredskab.people.training import Done, day_of, last_drills, noon, note_training, noted_drills, trainings
from ddh_beredskab.people.training_due import lines, read_ground, state_of
from ddh_beredskab.playbooks import find_playbooks
from ddh_beredskab.playbooks.training import load_training

RULES = load_training(find_playbooks(None))
TODAY = date(2026, 11, 22)
DRILL = Done("ida-prøve", "drill", date(2026, 11, 20), "log_keeper", "9001", "oevelse.stormflod-2023-1")


async def _ida(journal: Database, role: str = "log_keeper", trained_at: int | None = None) -> None:
    def job(conn: Conn) -> None:
        register.add_person(conn, "Ida Prøve", "9001", by="test", ref="ida-prøve", fictional=True)
        register.give(conn, "ida-prøve", role, by="test", trained_at=trained_at)  # type: ignore[arg-type]

    await journal.write(job)


async def test_the_same_training_is_noted_once_and_who_noted_it_is_kept(journal: Database) -> None:
    await _ida(journal)
    noted = [await journal.write(lambda conn: note_training(conn, DRILL, "drill", by="rikke")) for _ in range(2)]
    assert noted == [True, False]
    (kept,) = await journal.read(trainings)
    assert (kept.done, kept.source, kept.noted_by) == (DRILL, "drill", "rikke")
    assert await journal.read(noted_drills) == {"oevelse.stormflod-2023-1"}
    log = [each for each in await journal.read(register.read_log) if each["what"] == "training"]
    assert [(each["by"], each["person"], each["details"]["role"]) for each in log] == [
        ("rikke", "ida-prøve", "log_keeper")
    ]


async def test_a_drill_moves_the_mark_of_the_role_forward_and_never_back(journal: Database) -> None:
    await _ida(journal, trained_at=noon(date(2026, 3, 1)))
    older = Done("ida-prøve", "drill", date(2026, 1, 5), "log_keeper")
    await journal.write(lambda conn: note_training(conn, older, "by_hand", by="rikke"))
    marks = [each.trained_at for each in await journal.read(register.positions)]
    assert [day_of(mark or 0) for mark in marks] == [date(2026, 3, 1)]
    await journal.write(lambda conn: note_training(conn, DRILL, "drill", by="rikke"))
    marks = [each.trained_at for each in await journal.read(register.positions)]
    assert [day_of(mark or 0) for mark in marks] == [DRILL.done_on]


async def test_a_drill_counts_in_a_role_that_is_given_after_it(journal: Database) -> None:
    await _ida(journal)
    await journal.write(
        lambda conn: note_training(conn, Done("ida-prøve", "drill", TODAY, "process_lead"), "by_hand", by="rikke")
    )
    assert (await journal.read(last_drills))["ida-prøve", "process_lead"] == TODAY
    assert ("ida-prøve", "log_keeper") not in await journal.read(last_drills)


def test_on_the_due_day_it_still_counts_and_never_is_overdue() -> None:
    done, soon = TODAY - timedelta(days=365), RULES.soon_days
    assert state_of(done, TODAY, soon, TODAY) == "soon"
    assert state_of(done, TODAY - timedelta(days=1), soon, TODAY) == "overdue"
    assert state_of(done, TODAY + timedelta(days=soon), soon, TODAY) == "soon"
    assert state_of(done, TODAY + timedelta(days=soon + 1), soon, TODAY) == "trained"
    assert state_of(done, None, soon, TODAY) == "trained"
    assert state_of(None, None, soon, TODAY) == "never"


async def test_the_overdue_come_first_and_an_agent_has_a_line_for_each_thing_a_shift_takes(journal: Database) -> None:
    def job(conn: Conn) -> None:
        for ref, role, days in (
            ("ny", "crisis_leader", None), ("gammel", "log_keeper", 400), ("frisk", "process_lead", 30),
            ("snart", "personnel_lead", 330), ("mona", "call_agent", None), ("ser", "observer", None),
        ):  # fmt: skip
            register.add_person(conn, ref.title(), "9001", by="test", ref=ref, fictional=True)
            at = None if days is None else noon(TODAY - timedelta(days=days))
            register.give(conn, ref, role, by="test", trained_at=at)  # type: ignore[arg-type]
        note_training(conn, Done("mona", "course", TODAY - timedelta(days=731)), "csv", by="test")
        note_training(conn, Done("mona", "listened_in", TODAY - timedelta(days=3000)), "csv", by="test")

    await journal.write(job)
    found = lines(await journal.read(read_ground), RULES, 365, TODAY)
    assert [(each.person, each.what, each.state) for each in found] == [
        ("ny", "drill", "never"),
        ("gammel", "drill", "overdue"),
        ("mona", "course", "overdue"),
        ("snart", "drill", "soon"),
        ("frisk", "drill", "trained"),
        ("mona", "listened_in", "trained"),
    ]
    assert [each.due_on for each in found if each.person == "mona"] == [TODAY - timedelta(days=1), None]
    assert found[0].municipality == "9001"
