"""The questions over time: whole windows in equal stretches, the newest the one that runs, small sums hidden."""

from __future__ import annotations

from datetime import timedelta

from ddh_beredskab.clock import from_micros
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.projections.questions_over_time import OverTime, questions_over_time
from tests.projections.conftest import IN_THE_NIGHT
from tests.projections.stage import Stage

_ALL = Statement("SELECT topic, window_start, total FROM feedback_windows WHERE crisis = :crisis")


def _over(stage: Stage, *, staff: bool) -> OverTime:
    def look(conn: Conn) -> OverTime:
        return questions_over_time(
            conn, stage.crisis, IN_THE_NIGHT, minutes=15, stretches=12, staff=staff, hide_under=5
        )

    return stage.read(look)


def test_every_question_of_the_time_is_in_exactly_one_stretch(surge_at_night: Stage) -> None:
    over = _over(surge_at_night, staff=True)
    assert over.starts[-1] <= IN_THE_NIGHT < over.starts[-1] + timedelta(minutes=15)
    assert all(b - a == timedelta(minutes=15) for a, b in zip(over.starts, over.starts[1:], strict=False))
    rows = surge_at_night.read(lambda conn: conn.all(_ALL, crisis=surge_at_night.crisis))
    counted = dict.fromkeys(over.topics, 0)
    for topic, window, total in rows:
        if over.starts[0] <= from_micros(int(window)) < over.starts[-1] + timedelta(minutes=15):
            counted[str(topic)] += int(total)
    assert {topic: sum(n or 0 for n in values) for topic, values in over.topics.items()} == counted
    assert sum(counted.values()) > 100


def test_small_sums_are_hidden_outside_the_staff_and_the_others_are_the_same(surge_at_night: Stage) -> None:
    staff, outside = _over(surge_at_night, staff=True), _over(surge_at_night, staff=False)
    hidden = 0
    for topic, values in staff.topics.items():
        for mine, theirs in zip(values, outside.topics[topic], strict=True):
            assert mine is not None
            assert theirs == (None if 0 < mine < 5 else mine)
            hidden += theirs is None
    assert hidden > 5
