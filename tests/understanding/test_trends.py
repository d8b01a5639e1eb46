"""Trends: exact against what can be counted by hand, sure with many topics, silent about small numbers."""

from __future__ import annotations

import random
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ddh_beredskab.understanding.trends import holm, p_value, trends


@given(st.integers(0, 40), st.integers(0, 40))
def test_the_p_value_is_the_binomial_tail_doubled(before: int, now: int) -> None:
    n = before + now
    tail = sum(comb(n, k) for k in range(max(before, now), n + 1)) / 2**n
    assert p_value(before, now) == pytest.approx(min(1.0, 2 * tail))


def test_a_longer_period_is_expected_to_have_more() -> None:
    assert trends({"a": (10, 40)}, 0.05)["a"] == "up"
    assert trends({"a": (10, 40)}, 0.05, share=0.8)["a"] == "even"
    assert trends({"a": (40, 40)}, 0.05, share=0.8)["a"] == "down"


def test_small_numbers_do_not_cry_wolf() -> None:
    assert trends({"a": (0, 4), "b": (1, 2), "c": (0, 0)}, 0.05) == dict.fromkeys("abc", "few")
    assert trends({"a": (9, 14)}, 0.05)["a"] == "even"


def test_what_is_sure_alone_is_not_when_twenty_topics_are_looked_at() -> None:
    assert trends({"a": (10, 24)}, 0.05)["a"] == "up"
    many = {"a": (10, 24)} | {f"t{n}": (20, 20) for n in range(20)}
    assert trends(many, 0.05)["a"] == "even"


def test_with_nothing_going_on_hardly_ever_is_anything_told() -> None:
    """Twenty topics, the same rate in both periods, a thousand times: at most one time in twenty is a word said."""
    luck = random.Random(11)

    def asked() -> int:
        return sum(luck.random() < 0.1 for _ in range(100))

    alarms = sum(
        any(told in ("up", "down") for told in trends({str(n): (asked(), asked()) for n in range(20)}, 0.05).values())
        for _ in range(300)
    )
    assert alarms <= 0.05 * 300


def test_large_numbers_are_no_trouble() -> None:
    assert p_value(100_000, 100_000) > 0.99
    assert p_value(100_000, 103_000) < 1e-9


def test_holm_stops_at_the_first_that_is_not_sure() -> None:
    assert holm({"a": 0.01, "b": 0.02, "c": 0.04}, 0.05) == {"a", "b", "c"}
    assert holm({"a": 0.01, "b": 0.03, "c": 0.04}, 0.05) == {"a"}
    assert holm({}, 0.05) == frozenset()
