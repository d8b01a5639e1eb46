"""When DDH is staffed: weekly hours, short days, holidays, extra openings, and the two odd nights."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ddh_beredskab.core.opening_hours import (
    NeverStaffedError,
    Span,
    closes_next,
    is_open,
    next_staffed_instant_after,
    opens_next,
    span_of_day,
    staffed_intervals,
    staffed_minutes_between,
)
from ddh_beredskab.core.playbook import OpeningHours

CPH = ZoneInfo("Europe/Copenhagen")
SPRING_FORWARD, FALL_BACK = date(2026, 3, 29), date(2026, 10, 25)

HOURS = OpeningHours.model_validate(
    {
        "date": "2026-11-20",
        "source": "test",
        "responsible": "test",
        "week": {
            "monday": {"opens": "08:00", "closes": "20:00"},
            "tuesday": {"opens": "08:00", "closes": "20:00"},
            "wednesday": {"opens": "08:00", "closes": "20:00"},
            "thursday": {"opens": "08:00", "closes": "20:00"},
            "friday": {"opens": "08:00", "closes": "16:00"},
            "saturday": None,
            "sunday": {"opens": "16:00", "closes": "20:00"},
        },
        "short_days": [
            {"month": 5, "day": 1, "closes": "12:00", "label": "1. maj"},
            {"month": 6, "day": 5, "closes": "12:00", "label": "Grundlovsdag"},
        ],
    }
)


def at(text: str, fold: int = 0) -> datetime:
    """An instant written as Danish local time."""
    return datetime.fromisoformat(text).replace(tzinfo=CPH, fold=fold).astimezone(UTC)


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        ("2023-10-19T07:59", False),  # Thursday
        ("2023-10-19T08:00", True),
        ("2023-10-19T19:59", True),
        ("2023-10-19T20:00", False),
        ("2023-10-20T15:59", True),  # Friday
        ("2023-10-20T16:00", False),
        ("2023-10-21T12:00", False),  # Saturday
        ("2023-10-22T15:59", False),  # Sunday
        ("2023-10-22T16:00", True),
    ],
)
def test_the_weekday_decides(local: str, expected: bool) -> None:
    assert is_open(HOURS, at(local)) is expected


@pytest.mark.parametrize("day", ["2026-05-01", "2026-06-05"])
def test_first_of_may_and_fifth_of_june_end_at_noon(day: str) -> None:
    assert is_open(HOURS, at(f"{day}T11:59"))
    assert not is_open(HOURS, at(f"{day}T12:00"))


def test_fifth_of_june_is_closed_when_it_is_whit_monday() -> None:
    assert span_of_day(HOURS, date(2017, 6, 5)) is None


def test_first_of_may_on_a_sunday_is_closed_since_sunday_opens_after_noon() -> None:
    assert span_of_day(HOURS, date(2022, 5, 1)) is None


@pytest.mark.parametrize(
    "day", [date(2026, 4, 2), date(2026, 5, 14), date(2026, 12, 24), date(2026, 12, 25), date(2026, 12, 31)]
)
def test_danish_holidays_are_closed(day: date) -> None:
    assert span_of_day(HOURS, day) is None


def test_great_prayer_day_is_an_ordinary_friday_since_2024() -> None:
    assert span_of_day(HOURS, date(2023, 5, 5)) is None
    assert span_of_day(HOURS, date(2024, 4, 26)) is not None


def test_sixty_minutes_from_half_past_seven_in_the_evening_end_next_morning() -> None:
    assert next_staffed_instant_after(HOURS, at("2023-10-19T19:30"), 60) == at("2023-10-20T08:30")


def test_a_decided_opening_counts_as_staffed() -> None:
    night = (at("2023-10-20T16:00"), at("2023-10-21T10:00"))
    assert is_open(HOURS, at("2023-10-21T00:06"), [night])
    assert next_staffed_instant_after(HOURS, at("2023-10-20T15:30"), 60, [night]) == at("2023-10-20T16:30")
    assert staffed_intervals(HOURS, at("2023-10-20T12:00"), at("2023-10-22T00:00"), [night]) == (
        Span(at("2023-10-20T12:00"), at("2023-10-21T10:00")),
    )


def test_an_interval_that_ends_at_closing_is_due_at_closing() -> None:
    assert next_staffed_instant_after(HOURS, at("2023-10-19T19:00"), 60) == at("2023-10-19T20:00")


def test_no_minutes_to_wait_are_over_at_once() -> None:
    assert next_staffed_instant_after(HOURS, at("2023-10-21T03:00"), 0) == at("2023-10-21T03:00")


def test_opens_next_after_a_holiday_weekend() -> None:
    assert opens_next(HOURS, at("2026-04-01T20:00")) == at("2026-04-07T08:00")  # Easter


def test_closes_next_follows_a_night_that_was_opened() -> None:
    night = (at("2023-10-19T20:00"), at("2023-10-20T08:00"))
    assert closes_next(HOURS, at("2023-10-19T15:00")) == at("2023-10-19T20:00")
    assert closes_next(HOURS, at("2023-10-19T15:00"), [night]) == at("2023-10-20T16:00")


def test_the_spring_night_has_one_hour_less() -> None:
    night = (at("2026-03-28T20:00"), at("2026-03-29T08:00"))
    assert staffed_minutes_between(HOURS, *night, [night]) == 11 * 60
    assert next_staffed_instant_after(HOURS, at("2026-03-29T01:30"), 60, [night]) == at("2026-03-29T03:30")


def test_the_autumn_night_has_one_hour_more() -> None:
    night = (at("2026-10-24T20:00"), at("2026-10-25T08:00"))
    assert staffed_minutes_between(HOURS, *night, [night]) == 13 * 60
    assert next_staffed_instant_after(HOURS, at("2026-10-25T02:30"), 60, [night]) == at("2026-10-25T02:30", fold=1)


@pytest.mark.parametrize("day", [SPRING_FORWARD, FALL_BACK])
def test_sunday_opens_at_four_by_the_clock_on_the_wall_when_the_clock_is_moved(day: date) -> None:
    assert opens_next(HOURS, at(f"{day}T00:00")) == at(f"{day}T16:00")


def test_hours_that_are_always_closed_are_said_to_be_so() -> None:
    never = HOURS.model_copy(update={"week": {}})
    with pytest.raises(NeverStaffedError):
        next_staffed_instant_after(never, at("2026-01-01T12:00"), 1)
    with pytest.raises(NeverStaffedError):
        opens_next(never, at("2026-01-01T12:00"))


def test_an_opening_that_outlasts_every_horizon_has_no_closing() -> None:
    forever = (at("2026-01-01T00:00"), at("2029-01-01T00:00"))
    with pytest.raises(NeverStaffedError):
        closes_next(HOURS, at("2026-01-01T12:00"), [forever])


def later(start: datetime, minutes: int) -> datetime:
    return start + timedelta(minutes=minutes)


def opening(start: datetime, minutes: int) -> tuple[datetime, datetime]:
    return start, later(start, minutes)


odd_days = st.sampled_from([at("2026-03-28T00:00"), at("2026-10-24T00:00"), at("2023-12-22T00:00")])
instants = st.builds(later, odd_days, st.integers(min_value=0, max_value=4 * 24 * 60))
openings = st.lists(st.builds(opening, instants, st.integers(min_value=1, max_value=2000)), max_size=3)
few = settings(max_examples=60, deadline=None)


@few
@given(start=instants, minutes=st.integers(min_value=0, max_value=3000), extra=openings)
def test_exactly_so_many_staffed_minutes_lie_before_the_instant_found(
    start: datetime, minutes: int, extra: list[tuple[datetime, datetime]]
) -> None:
    found = next_staffed_instant_after(HOURS, start, minutes, extra)
    assert staffed_minutes_between(HOURS, start, found, extra) == pytest.approx(minutes)  # pyright: ignore[reportUnknownMemberType]
    if minutes:
        assert is_open(HOURS, found - timedelta.resolution, extra)


@few
@given(start=instants, middle=instants, end=instants, extra=openings)
def test_staffed_minutes_add_up(
    start: datetime, middle: datetime, end: datetime, extra: list[tuple[datetime, datetime]]
) -> None:
    start, middle, end = sorted((start, middle, end))
    whole = staffed_minutes_between(HOURS, start, end, extra)
    parts = staffed_minutes_between(HOURS, start, middle, extra) + staffed_minutes_between(HOURS, middle, end, extra)
    assert whole == pytest.approx(parts)  # pyright: ignore[reportUnknownMemberType]
    assert 0 <= whole <= (end - start) / timedelta(minutes=1)


@few
@given(start=instants, end=instants, extra=openings)
def test_intervals_are_in_order_apart_and_inside(
    start: datetime, end: datetime, extra: list[tuple[datetime, datetime]]
) -> None:
    start, end = sorted((start, end))
    spans = staffed_intervals(HOURS, start, end, extra)
    edges = [edge for span in spans for edge in span]
    assert edges == sorted(set(edges))
    assert all(start <= edge <= end and edge.tzinfo is UTC for edge in edges)


@few
@given(instant=instants, extra=openings)
def test_opening_and_closing_agree_with_is_open(instant: datetime, extra: list[tuple[datetime, datetime]]) -> None:
    opens, closes = opens_next(HOURS, instant, extra), closes_next(HOURS, instant, extra)
    assert instant <= opens < closes
    assert is_open(HOURS, opens, extra)
    assert not is_open(HOURS, closes, extra)
    assert is_open(HOURS, instant, extra) is (opens == instant)
