"""Times as Danes write them, right across daylight saving."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ddh_beredskab.danish_time import clock, day_and_clock, in_words, parse_instant

SUMMER = datetime(2023, 10, 20, 12, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "20-10-2023 14:05", "20.10.2023 14.05", "20/10/2023 14:05:00", " 20-10-2023 kl. 14.05 ", "2023-10-20T14:05",
        "2023-10-20 14:05:00", "2023-10-20T14:05+02:00", "2023-10-20T12:05Z",
    ],
)  # fmt: skip
def test_a_local_time_is_understood(text: str) -> None:
    assert parse_instant(text) == SUMMER


@pytest.mark.parametrize(
    "text", ["", "i går", "20-10-2023", "32-10-2023 14:05", "20-10-2023 25:00", "1697803500", "2023-10-20"]
)
def test_what_is_no_time_is_null(text: str) -> None:
    assert parse_instant(text) is None


def test_the_hour_that_comes_twice_is_the_first_and_the_one_left_out_is_none() -> None:
    assert parse_instant("29-10-2023 02:30") == datetime(2023, 10, 29, 0, 30, tzinfo=UTC)
    assert parse_instant("26-03-2023 02:30") is None


def test_times_and_spans_are_written_in_danish() -> None:
    assert (clock(SUMMER), day_and_clock(SUMMER)) == ("14:05", "20-10-2023 14:05")
    assert in_words(timedelta(hours=3, minutes=1)) == "3 timer og 1 minut"
    assert in_words(timedelta(days=1)) == "1 dag"
    assert in_words(timedelta(seconds=5)) == "0 minutter"
