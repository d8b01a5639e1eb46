"""What a shift in a crisis takes: as long as each thing counts, and an approval for the crises it was given in."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.journal.database import Database
from ddh_beredskab.people.briefing import understood
from ddh_beredskab.people.register import read_log
from ddh_beredskab.people.shift_ready import Approval, approvals, approve, briefed, lacking
from ddh_beredskab.playbooks import find_playbooks
from ddh_beredskab.playbooks.training import load_training

RULES = load_training(find_playbooks(None))
AT = datetime(2026, 11, 22, 9, tzinfo=UTC)
TODAY = date(2026, 11, 22)
DAYS = (RULES.need("course") or RULES.shift[0]).valid_days or 0


def lacks(courses: dict[str, int], *, briefed: bool = True) -> list[str]:
    """What Mona lacks who did these so many days ago."""
    done = {("mona", what): TODAY - timedelta(days=days) for what, days in courses.items()}
    return [need.what for need in lacking(RULES, done, "mona", briefed=briefed, today=TODAY)]


def test_each_thing_counts_for_its_own_time() -> None:
    assert lacks({}) == ["course", "listened_in"]
    assert lacks({"course": DAYS, "listened_in": 9_000}) == []
    assert lacks({"course": DAYS + 1, "listened_in": 9_000}) == ["course"]
    assert lacks({"course": 0, "listened_in": 0}, briefed=False) == ["crisis_brief"]
    assert lacks({"course": 0, "listened_in": 0, "crisis_brief": 1}, briefed=False) == []
    assert lacks({"course": 0, "listened_in": 0, "crisis_brief": 2}, briefed=False) == ["crisis_brief"]


def test_with_no_rule_nothing_is_lacking() -> None:
    assert lacking(RULES.model_copy(update={"shift": ()}), {}, "mona", briefed=False, today=TODAY) == ()


async def test_an_approval_counts_while_its_crises_go_on_and_is_kept(journal: Database) -> None:
    def job(conn: Conn) -> None:
        approve(conn, "mona", ["vand-1"], "Har prøvet det før", by="dorte")

    await journal.write(job)
    assert await journal.read(lambda conn: approvals(conn, ["vand-1"])) == {
        "mona": Approval("dorte", "Har prøvet det før")
    }
    assert await journal.read(lambda conn: approvals(conn, ["vand-1", "el-2"])) == {}
    (kept,) = await journal.read(read_log)
    assert (kept["by"], kept["person"], kept["details"]["reason"]) == ("dorte", "mona", "Har prøvet det før")


async def test_briefed_is_who_has_read_about_everything_that_goes_on(journal: Database) -> None:
    def job(conn: Conn) -> None:
        for crisis, agent in (("vand-1", "mona"), ("el-2", "mona"), ("vand-1", "inger")):
            understood(conn, crisis, 1, agent, "9001", AT)

    await journal.write(job)
    found = [
        await journal.read(lambda conn, c=crises: briefed(conn, c)) for crises in (["vand-1"], ["vand-1", "el-2"], [])
    ]
    assert found == [{"mona", "inger"}, {"mona"}, frozenset()]
