"""Closing asks for what comes after: debriefing offered to staff and agents with a date, and a dated evaluation."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ddh_beredskab.core.activation.states import Closed, SteppingDown
from schemas import activation as a
from schemas.base import DeadlineSet
from tests.core.books import BOOKS
from tests.core.cast import DAY, LEADER, fire, hours
from tests.core.test_activation_running import CLOSE, stepping_down

AT = DAY + hours(10)
EVALUATION = datetime(2023, 10, 26, 8, 0, tzinfo=UTC)
ARRANGED = CLOSE.model_copy(
    update={
        "debriefing_offered_to": ("staff", "agents"),
        "debriefing_at": DAY + hours(100),
        "evaluation_at": EVALUATION,
    }
)
LATEST = AT + timedelta(days=BOOKS.limits.evaluation_days)


def due(close: a.CloseCrisis) -> datetime:
    told = stepping_down()
    events = told.do(close, at=AT, by=LEADER)
    assert isinstance(told.state, Closed)
    [deadline] = [event for event in events if isinstance(event, DeadlineSet)]
    [ended] = [event for event in events if isinstance(event, a.CrisisDeactivated)]
    assert ended.evaluation_before == deadline.due_at
    return deadline.due_at


def test_what_is_arranged_stands_before_the_end() -> None:
    events = stepping_down().do(ARRANGED, at=AT, by=LEADER)
    assert events[0] == a.AftercareArranged(
        debriefing_offered_to=("staff", "agents"), debriefing_at=DAY + hours(100), evaluation_at=EVALUATION
    )
    assert isinstance(events[1], a.CrisisDeactivated)


def test_the_evaluation_is_late_when_its_day_in_denmark_is_over() -> None:
    assert due(ARRANGED) == datetime(2023, 10, 26, 21, 59, tzinfo=UTC)
    before_the_clock_goes_back = ARRANGED.model_copy(
        update={"evaluation_at": datetime(2023, 10, 28, 22, 30, tzinfo=UTC)}
    )
    assert due(before_the_clock_goes_back) == datetime(2023, 10, 29, 22, 59, tzinfo=UTC)


def test_it_is_never_later_than_the_limit() -> None:
    assert due(ARRANGED.model_copy(update={"evaluation_at": LATEST})) == LATEST
    told = stepping_down()
    refused = told.refused(ARRANGED.model_copy(update={"evaluation_at": LATEST + hours(1)}), at=AT, by=LEADER)
    assert (refused.code, refused.facts["latest"]) == ("evaluation_too_late", LATEST.isoformat())
    assert isinstance(told.state, SteppingDown)


def test_an_evaluation_that_was_not_held_on_its_day_is_called_for() -> None:
    told = stepping_down()
    told.do(ARRANGED, at=AT, by=LEADER)
    assert fire(told, "evaluation") == [a.EvaluationOverdue()]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"debriefing_offered_to": None}, "debriefing_for_staff_and_agents"),
        ({"debriefing_offered_to": ()}, "debriefing_for_staff_and_agents"),
        ({"debriefing_offered_to": ("staff",)}, "debriefing_for_staff_and_agents"),
        ({"debriefing_offered_to": ("agents", "agents")}, "debriefing_for_staff_and_agents"),
        (
            {"debriefing_offered_to": (), "debriefing_at": None, "evaluation_at": None},
            "debriefing_for_staff_and_agents",
        ),
        ({"debriefing_at": None}, "debriefing_not_dated"),
        ({"evaluation_at": None}, "evaluation_not_dated"),
        ({"evaluation_at": AT}, "evaluation_in_the_past"),
        ({"debriefing": " "}, "debriefing_missing"),
    ],
)
def test_who_gives_one_of_them_gives_them_all(change: dict[str, object], code: str) -> None:
    assert stepping_down().refused(ARRANGED.model_copy(update=change), at=AT, by=LEADER).code == code


def test_whom_it_is_offered_to_is_said_once_and_in_any_order() -> None:
    close = ARRANGED.model_copy(update={"debriefing_offered_to": ("agents", "staff", "agents")})
    [arranged, *_] = stepping_down().do(close, at=AT, by=LEADER)
    assert isinstance(arranged, a.AftercareArranged)
    assert arranged.debriefing_offered_to == ("agents", "staff")


def test_a_message_from_before_the_dates_were_asked_for_has_the_limit_as_its_date() -> None:
    assert due(CLOSE) == LATEST
    told = stepping_down()
    assert not any(isinstance(event, a.AftercareArranged) for event in told.do(CLOSE, at=AT, by=LEADER))
    assert stepping_down().refused(CLOSE.model_copy(update={"debriefing": ""}), at=AT, by=LEADER).code == (
        "debriefing_missing"
    )
