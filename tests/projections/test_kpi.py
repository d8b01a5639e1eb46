"""Key figures: counted from the questions, the survey and the gaps; not measured is null; small ones stay inside."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ddh_beredskab.clock import to_micros
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.database import SqliteDatabase
from ddh_beredskab.journal.migrate import prepare_sqlite
from ddh_beredskab.projections.documents import document
from ddh_beredskab.projections.feedback_reports import FEEDBACK_REPORTS
from ddh_beredskab.projections.gap_times import closing_times, middle_minutes, unanswered_windows, with_first_asked
from ddh_beredskab.projections.kpi import Kpis, kpis
from ddh_beredskab.projections.read_model import Json, iso
from tests.core.books import BOOKS
from tests.projections.conftest import surge
from tests.projections.stage import Stage

__all__ = ["surge"]

T0 = datetime(2026, 11, 22, 9, tzinfo=UTC)
_ITEMS = Statement(
    "SELECT municipality, count(*), sum(CASE WHEN resolution = 'resolved' THEN 1 ELSE 0 END),"
    " sum(CASE WHEN answered = 'yes' THEN 1 ELSE 0 END) FROM feedback_items WHERE crisis = :crisis"
    " GROUP BY municipality"
)
_WINDOW = Statement(
    "INSERT INTO feedback_windows (crisis, window_start, topic, municipality, total, answered_yes, answered_partly,"
    " answered_no, transferred, urgent) VALUES ('k1', :at, 'vand', :municipality, :total, :yes, 0, 0, :transferred, 0)"
)
_SCORE = Statement(
    "INSERT INTO survey_answers (id, crisis, time, municipality, score, source, imported_at)"
    " VALUES (:id, 'k1', 0, :municipality, :score, 'sms', 0)"
)


def figures(stage: Stage, *, staff: bool = True) -> list[Kpis]:
    quiet = BOOKS.limits.gap_minutes
    found: list[Kpis] = stage.read(
        lambda conn: kpis(conn, stage.crisis, staff=staff, hide_under=5, quiet_minutes=quiet)
    )
    return found


def test_the_shares_are_those_of_the_questions_themselves(surge: Stage) -> None:
    rows = {str(r[0]): [int(n) for n in r[1:]] for r in surge.read(lambda conn: conn.all(_ITEMS, crisis=surge.crisis))}
    whole, *each = figures(surge)
    assert whole.questions == sum(n for n, _, _ in rows.values())
    asked = sum(n for n, _, _ in rows.values())
    assert whole.resolved == pytest.approx(sum(n for _, n, _ in rows.values()) / asked)
    assert {of.municipality: of.guide_answered for of in each} == {
        code: pytest.approx(yes / n) for code, (n, _, yes) in rows.items()
    }


def test_satisfaction_nobody_has_asked_about_is_not_nought(surge: Stage) -> None:
    assert figures(surge)[0].satisfaction is None
    assert figures(surge)[0].scores == 0


def test_a_gap_takes_from_its_first_question_to_the_version_that_answers(surge: Stage) -> None:
    def read(conn: Conn) -> list[timedelta]:
        doc = document(conn, FEEDBACK_REPORTS, surge.crisis)
        found = with_first_asked(doc, unanswered_windows(conn, surge.crisis), BOOKS.limits.gap_minutes)
        equipment = next(gap for gap in found if gap["topic"] == "medicinsk-udstyr")
        assert equipment["first_asked_at"] == datetime.fromisoformat("2023-10-21T01:20+02:00")
        assert all(gap["first_asked_at"] < datetime.fromisoformat(gap["found_at"]) for gap in found)
        return closing_times(found)

    times: list[timedelta] = surge.read(read)
    assert len(times) >= 10
    assert figures(surge)[0].gap_closed == middle_minutes(times)
    assert figures(surge)[0].gaps_open == 0


def test_a_question_long_before_the_others_does_not_begin_the_gap_nor_does_one_before_the_last_answer() -> None:
    asked = [T0 - timedelta(hours=5), T0 - timedelta(minutes=70), T0 - timedelta(minutes=20)]
    gap = {"found_at": iso(T0), "closed_at": None}
    doc: Json = {"gaps": {"vand": gap}, "gaps_before": []}
    (found,) = with_first_asked(doc, {"vand": asked}, 60)
    assert found["first_asked_at"] == T0 - timedelta(minutes=70)
    earlier = {"topic": "vand", "found_at": iso(T0 - timedelta(hours=1)), "closed_at": iso(T0 - timedelta(minutes=40))}
    again = with_first_asked(doc | {"gaps_before": [earlier]}, {"vand": asked}, 60)[1]
    assert again["first_asked_at"] == T0 - timedelta(minutes=20)
    (unasked,) = with_first_asked(doc, {}, 60)
    assert unasked["first_asked_at"] == T0
    assert with_first_asked(None, {}, 60) == []
    assert middle_minutes([]) is None


def test_figures_of_few_are_for_the_staff_alone(tmp_path: Path) -> None:
    prepare_sqlite(tmp_path / "journal.db")
    database = SqliteDatabase(tmp_path / "journal.db")

    def fill(conn: Conn) -> None:
        for code, total in (("9001", 20), ("9002", 3)):
            values = {"at": to_micros(T0), "municipality": code, "total": total, "yes": total - 1, "transferred": 1}
            conn.many(_WINDOW, [values])
        conn.many(_SCORE, [{"id": str(n), "municipality": "9001", "score": 8 - n % 2} for n in range(6)])

    def look(*, staff: bool) -> dict[str | None, Kpis]:
        found = database.read_now(lambda conn: kpis(conn, "k1", staff=staff, hide_under=5, quiet_minutes=60))
        return {each.municipality: each for each in found}

    database.write_now(fill)
    inside, outside = look(staff=True), look(staff=False)
    assert inside["9002"].resolved == pytest.approx(2 / 3)
    assert (outside["9002"].resolved, outside["9002"].questions, outside["9002"].satisfaction) == (None, None, None)
    assert outside["9001"].satisfaction == pytest.approx(7.5)
    assert outside[None].resolved == pytest.approx(21 / 23)
    database.close_now()


def test_a_target_holds_from_its_day() -> None:
    resolved = BOOKS.understanding.kpis[0]
    assert resolved.key == "resolved"
    assert resolved.target_on(datetime(2023, 10, 21, tzinfo=UTC).date()) is None
    found = resolved.target_on(T0.date())
    assert found is not None
    assert found.at_least == 0.7
