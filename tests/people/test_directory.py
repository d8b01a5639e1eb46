"""Who is told to the core as trained: whoever was drilled in the role within the last year."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ddh_beredskab.danish_time import local
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.journal.database import Database
from ddh_beredskab.people import register
from ddh_beredskab.people.directory import directory
from ddh_beredskab.people.training import Done, noon, note_training

TODAY = local(datetime.now(UTC)).date()


async def test_trained_is_who_was_drilled_in_the_role_within_the_year(journal: Database) -> None:
    def job(conn: Conn) -> None:
        for ref, days in (("fresh", 1), ("one-year", 365), ("too-old", 366), ("never", None)):
            register.add_person(conn, ref, "9001", by="test", ref=ref, fictional=True)
            at = None if days is None else noon(TODAY - timedelta(days=days))
            register.give(conn, ref, "log_keeper", by="test", position="pool", trained_at=at)
        note_training(conn, Done("never", "drill", TODAY, "process_lead"), "by_hand", by="test")

    await journal.write(job)
    found = await journal.read(lambda conn: directory(conn, ["9001"], trained_days=365))
    assert {each.person: each.trained for each in found.candidates} == {
        "fresh": True, "one-year": True, "too-old": False, "never": False,
    }  # fmt: skip
