"""What participants answer names nobody, and a finding is open until another drill closes it; on both databases."""

from __future__ import annotations

from datetime import date

from ddh_beredskab.drills import findings, survey
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.database import Database

_TIMES = Statement("SELECT at FROM drill_survey")


async def test_an_answer_is_struck_through_kept_once_and_has_only_its_day(journal: Database) -> None:
    def job(conn: Conn) -> None:
        for _ in range(2):
            survey.answer(conn, "a", "staff", "Ring til 12 34 56 78", "CPR 010190-0021", 3)
        told = survey.said(conn, 1)
        assert told.answers == 1
        assert "12 34 56 78" not in told.went_well[0]
        assert "010190" not in told.went_less_well[0]
        row = conn.one(_TIMES)
        assert row is not None
        assert int(row[0]) % survey.DAY_MICROS == 0

    await journal.write(job)


async def test_counts_that_could_point_at_one_are_not_told(journal: Database) -> None:
    def job(conn: Conn) -> None:
        assert survey.said(conn, 5).answers == 0, "nobody at all points at nobody"
        for number in range(4):
            survey.answer(conn, f"s{number}", "staff", "", "", 4)
        few = survey.said(conn, 5)
        assert (few.answers, few.prepared, few.average, few.parts) == (None, None, None, {})
        for number in range(5):
            survey.answer(conn, f"a{number}", "call_agent", "", "", 5)
        told = survey.said(conn, 5)
        assert (told.answers, told.average) == (9, 4.6)
        assert told.parts == {"other": 9}, "beside the agents' five, the sum would tell the staff's four"
        survey.answer(conn, "s9", "staff", "", "", 4)
        assert survey.said(conn, 5).parts == {"call_agent": 5, "staff": 5}

    await journal.write(job)


async def test_a_finding_is_closed_once_and_by_another_drill(journal: Database) -> None:
    def job(conn: Conn) -> None:
        findings.add_finding(conn, "f1", "oevelse.a-1", "Kvitteringer", "Sekretariatet", date(2026, 12, 1), "rikke")
        findings.add_finding(conn, "f1", "oevelse.a-1", "Kvitteringer", "Sekretariatet", date(2026, 12, 1), "rikke")
        (found,) = findings.open_findings(conn)
        assert not found.overdue(date(2026, 12, 1))
        assert found.overdue(date(2026, 12, 2))
        assert not findings.close_finding(conn, "f1", "oevelse.a-1", "Vist", "rikke"), "the drill it came from"
        assert findings.close_finding(conn, "f1", "oevelse.a-2", "Log nr. 73", "rikke")
        assert not findings.close_finding(conn, "f1", "oevelse.a-3", "Igen", "rikke")
        (closed,) = findings.all_findings(conn)
        assert (closed.closed_in, closed.closing, closed.overdue(date(2027, 1, 1))) == (
            "oevelse.a-2",
            "Log nr. 73",
            False,
        )
        assert findings.open_findings(conn) == []

    await journal.write(job)
