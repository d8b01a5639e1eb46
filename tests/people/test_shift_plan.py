"""The plan against who is there: planned is not on shift, and the same file twice changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ddh_beredskab.people import shift_plan, shifts
from ddh_beredskab.people.shift_file import PlannedRow
from tests.projections.stage import Stage, storm_surge

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
ROWS = [
    PlannedRow("mona", "9002", AT - HOUR, AT + 3 * HOUR),
    PlannedRow("tage", "9003", AT - HOUR, AT + 3 * HOUR),
    PlannedRow("bodil", "9003", AT + HOUR, AT + 3 * HOUR),
]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path / "journal.db", "drift", storm_surge())
    yield made
    made.database.close_now()


def test_the_same_plan_twice_changes_nothing_and_a_moved_end_is_moved(stage: Stage) -> None:
    put = [stage.write(lambda conn: shift_plan.put_plan(conn, ROWS, "plan.csv", AT)) for _ in range(2)]
    assert put == [shift_plan.Imported(3, 0, 0), shift_plan.Imported(0, 0, 3)]
    moved = [PlannedRow("mona", "9002", AT - HOUR, AT - timedelta(minutes=1))]
    assert stage.write(lambda conn: shift_plan.put_plan(conn, moved, "ny.csv", AT)) == shift_plan.Imported(0, 1, 0)
    assert [each.agent for each in stage.read(lambda conn: shifts.planned_now(conn, AT))] == ["tage"]


def test_planned_is_never_counted_as_on_shift(stage: Stage) -> None:
    stage.write(lambda conn: shift_plan.put_plan(conn, ROWS, "plan.csv", AT))
    stage.write(lambda conn: shifts.begin(conn, "tage", "9003", AT))
    stage.write(lambda conn: shifts.begin(conn, "uplanlagt", "9003", AT))
    assert stage.read(lambda conn: shifts.by_municipality(conn, AT)) == [
        shifts.InMunicipality("9002", planned=1, on_shift=0, absent=("mona",), extra=()),
        shifts.InMunicipality("9003", planned=1, on_shift=2, absent=(), extra=("uplanlagt",)),
    ]
    soon = stage.read(lambda conn: shifts.planned_next(conn, AT, AT + 2 * HOUR))
    assert [each.agent for each in soon] == ["bodil"]


def test_one_has_one_shift_at_a_time(stage: Stage) -> None:
    begun = [stage.write(lambda conn, at=at: shifts.begin(conn, "mona", "9002", at)) for at in (AT, AT + HOUR)]
    assert begun == [True, False]
    ended = [stage.write(lambda conn, at=at: shifts.end(conn, "mona", at)) for at in (AT + 2 * HOUR, AT + 3 * HOUR)]
    assert ended == [True, False]
    assert stage.read(lambda conn: shifts.on_shift_now(conn, AT + 4 * HOUR)) == []
    assert stage.write(lambda conn: shifts.begin(conn, "mona", "9002", AT + 5 * HOUR))
