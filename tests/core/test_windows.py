"""A question belongs to the window it was asked in and counts once, in whatever order it arrives."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from ddh_beredskab.core.decider import Sums
from ddh_beredskab.core.windows import (
    WindowKey,
    add,
    by_topic,
    counted,
    counts_of,
    crowded_since,
    is_late,
    on_or_after,
    sums_of,
    window_end,
    window_start,
)
from schemas.feedback import FeedbackItem, TopicCount

AT = datetime(2023, 10, 21, 0, 6, 30, tzinfo=UTC)


def question(
    n: int, *, topic: str = "vand", at: datetime = AT, answered: str = "no", resolution: str = "resolved"
) -> FeedbackItem:
    values = {"id": UUID(int=n), "crisis_id": "k1", "topic": topic, "time": at}
    return FeedbackItem.model_validate(values | {"answered": answered, "resolution": resolution})


questions = st.lists(
    st.builds(
        question,
        st.integers(0, 40),
        topic=st.sampled_from(["vand", "stroem", "evakuering"]),
        at=st.integers(0, 7200).map(lambda seconds: AT + timedelta(seconds=seconds)),
        answered=st.sampled_from(["yes", "partly", "no"]),
        resolution=st.sampled_from(["resolved", "transferred", "urgent_transfer"]),
    ),
    unique_by=lambda item: item.id,
)


def test_windows_begin_on_whole_five_minutes_and_do_not_hold_their_end() -> None:
    start = datetime(2023, 10, 21, 0, 5, tzinfo=UTC)
    assert window_start(AT, 5) == start
    assert window_end(AT, 5) == start + timedelta(minutes=5)
    assert window_start(start, 5) == start
    assert window_start(start - timedelta(microseconds=1), 5) == start - timedelta(minutes=5)
    assert on_or_after(start, 5) == start
    assert on_or_after(AT, 5) == start + timedelta(minutes=5)


def test_windows_are_the_same_whatever_zone_the_instant_was_written_in() -> None:
    local = AT.astimezone(ZoneInfo("Europe/Copenhagen"))
    assert window_start(local, 5) == window_start(AT, 5)
    assert window_start(local, 5).tzinfo is UTC


def test_a_question_is_late_when_its_window_and_the_grace_have_passed() -> None:
    end = window_end(AT, 5)
    assert not is_late(AT, end + timedelta(seconds=119), 5, 2)
    assert is_late(AT, end + timedelta(minutes=2), 5, 2)


def test_an_urgent_transfer_is_a_transfer_too() -> None:
    urgent = counts_of(question(1, answered="partly", resolution="urgent_transfer"))
    assert urgent == TopicCount(topic="vand", total=1, answered_partly=1, transferred=1, urgent=1)
    moved = counts_of(question(2, answered="yes", resolution="transferred"))
    assert add(urgent, moved) == TopicCount(
        topic="vand", total=2, answered_yes=1, answered_partly=1, transferred=2, urgent=1
    )


def test_the_same_question_twice_counts_once() -> None:
    once = counted([question(1)], 5)
    assert counted([question(1), question(1)], 5) == once
    assert once == {WindowKey("vand", "", window_start(AT, 5)): TopicCount(topic="vand", total=1, answered_no=1)}


@given(questions, st.randoms(use_true_random=False))
def test_sums_do_not_depend_on_order_lateness_or_repetition(items: list[FeedbackItem], lots: object) -> None:
    shuffled = [*items, *items[: len(items) // 2]]
    lots.shuffle(shuffled)  # type: ignore[attr-defined]
    since, upto = window_start(AT + timedelta(minutes=30), 5), window_start(AT + timedelta(minutes=90), 5)
    assert sums_of(counted(shuffled, 5), since, upto, 5) == sums_of(counted(items, 5), since, upto, 5)


@given(questions)
def test_periods_that_follow_each_other_hold_every_question_once(items: list[FeedbackItem]) -> None:
    windows = counted(items, 5)
    borders = [window_start(AT, 5) + timedelta(minutes=30 * n) for n in range(7)]
    periods = [sums_of(windows, since, upto, 5).period for since, upto in pairwise(borders)]
    everything = sums_of(windows, borders[0], borders[-1], 5)
    assert by_topic(count for period in periods for count in period) == everything.period == everything.cumulative
    assert sum(count.total for count in everything.cumulative) == len(items)


def test_a_window_that_has_not_ended_is_in_no_sum() -> None:
    windows = counted([question(1)], 5)
    assert sums_of(windows, window_start(AT, 5), AT, 5) == Sums()


def test_three_urgent_transfers_within_ten_minutes_are_a_crowd() -> None:
    three = [AT, AT + timedelta(minutes=9), AT + timedelta(minutes=4)]
    assert crowded_since(three, 3, 10) == AT
    assert crowded_since(three[:2], 3, 10) is None
    assert crowded_since([*three[:2], AT + timedelta(minutes=10)], 3, 10) is None
