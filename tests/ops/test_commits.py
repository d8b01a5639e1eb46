"""A partition is stuck when its commit stands for a minute while it is read or deliveries are handled."""

from __future__ import annotations

import inspect
from types import SimpleNamespace

import pytest

from ddh_beredskab.ops.commits import CommitBook, Offsets, offsets_of

HERE = ("drift.events", 3)


def book_of(*looks: tuple[float, int | None, int | None, int]) -> list[list[int]]:
    """Committed offsets of what is stuck at each look: (now, committed, read, handled)."""
    book = CommitBook()
    found: list[list[int]] = []
    for now, committed, read, handled in looks:
        offsets: Offsets = {HERE: (committed, read)}
        found.append([each.committed for each in book.note(offsets, handled, now)])
    return found


def test_a_commit_that_stands_while_more_is_read_is_stuck_after_a_minute() -> None:
    assert book_of((0, 10, 10, 0), (30, 10, 14, 3), (61, 10, 20, 9)) == [[], [], [10]]


def test_a_commit_that_stands_while_other_concerns_handle_is_stuck_although_nothing_more_is_read() -> None:
    assert book_of((0, 10, 10, 0), (61, 10, 10, 5)) == [[], [10]]


def test_an_idle_partition_is_not_stuck() -> None:
    assert book_of((0, 11, 10, 4), (300, 11, 10, 9)) == [[], []]


def test_a_partition_where_nothing_works_is_not_stuck_but_waiting() -> None:
    """The sweeper and the page tell of that; here nothing is handled and nothing is read."""
    assert book_of((0, 10, 12, 4), (300, 10, 12, 4)) == [[], []]


def test_a_commit_that_moves_now_and_then_is_not_stuck() -> None:
    assert book_of((0, 10, 20, 0), (50, 11, 40, 20), (100, 12, 60, 40), (150, 12, 80, 60)) == [[], [], [], []]


def test_a_partition_that_was_never_committed_is_told_too() -> None:
    assert book_of((0, None, 0, 0), (61, None, 8, 9)) == [[], [0]]


def test_a_partition_that_another_worker_took_is_forgotten() -> None:
    book = CommitBook()
    book.note({HERE: (10, 12)}, 0, 0)
    book.note({}, 5, 30)
    assert book.note({HERE: (10, 20)}, 9, 70) == []


def test_the_offsets_are_those_of_fausts_own_consumer() -> None:
    """The names of Faust's fields are looked for in Faust itself: an upgrade that renames them is noticed here."""
    from faust.transport.consumer import Consumer
    from faust.types import TP

    class Bare(Consumer):  # pyright: ignore[reportImplicitAbstractClass]
        """Without a transport: only the fields its own code fills."""

    Bare.__abstractmethods__ = frozenset()  # type: ignore[attr-defined]
    tp = TP("drift.events", 3)
    made = object.__new__(Bare)
    made._read_offset, made._committed_offset = {tp: 14}, {tp: 10}  # type: ignore[assignment]
    assert offsets_of(made) == {HERE: (10, 14)}
    source = inspect.getsource(Consumer)
    assert "self._committed_offset.update(committable_offsets)" in source
    assert "set_read_offset(tp, offset)" in source


@pytest.mark.parametrize("consumer", [None, SimpleNamespace(_read_offset={}, _committed_offset={})])
def test_before_there_is_a_consumer_there_is_nothing_to_tell(consumer: object) -> None:
    assert offsets_of(consumer) == {}
