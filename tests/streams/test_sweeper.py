"""The sweeper's book: when it rings, how long it waits, and when a worker that does not hear is replaced."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from ddh_beredskab.clock import wall_micros
from ddh_beredskab.journal.deliveries import Oldest
from ddh_beredskab.streams import doorbell
from ddh_beredskab.streams.relay import Publisher
from ddh_beredskab.streams.sweeper import Book, Sweeper, Unheard, ring_record
from tests.services import Tansu
from tests.streams.post import a_journal, change, give

KEY = ("logbook", "k1")
WALL = 1_700_000_000_000_000


def waiting(position: int = 7, age: float = 0.0, crisis: str = "k1") -> Oldest:
    """The oldest undone delivery, committed so many seconds before WALL."""
    return Oldest("logbook", crisis, position, WALL - int(age * 1e6))


def test_the_first_ring_comes_five_seconds_after_the_commit() -> None:
    book = Book()
    assert book.due([waiting()], WALL, 100.0) == []
    assert book.due([waiting()], WALL, 104.9) == []
    assert book.due([waiting()], WALL, 105.0) == [waiting()]


def test_what_has_waited_already_is_rung_for_at_once() -> None:
    assert Book().due([waiting(age=60)], WALL, 100.0) == [waiting(age=60)]
    assert Book().due([waiting(age=-60)], WALL, 100.0) == [], "a wall clock set back does not ring early"


def test_acknowledged_rings_come_after_5_10_20_and_at_most_30_seconds() -> None:
    book, now, gaps = Book(), 0.0, list[float]()
    last = None
    for tenth in range(2_000):
        now = tenth / 10
        if book.due([waiting(age=60)], WALL, now):
            if last is not None:
                gaps.append(round(now - last, 1))
            last = now
            book.rung(waiting(age=60), now, acked=True)
    assert gaps[:6] == [5.0, 10.0, 20.0, 30.0, 30.0, 30.0]


def test_a_failed_ring_is_sent_again_within_a_second_and_does_not_count() -> None:
    book = Book()
    for now in (0.0, 1.0, 2.0, 3.0):
        assert book.due([waiting(age=60)], WALL, now) == [waiting(age=60)]
        book.rung(waiting(age=60), now, acked=False)
    assert book.entries[KEY].acked == 0
    assert book.unheard({}, 1_000.0) == []


def test_a_new_oldest_starts_a_new_entry_and_what_is_done_falls_out() -> None:
    book = Book()
    book.due([waiting(7, age=60)], WALL, 0.0)
    book.rung(waiting(7, age=60), 0.0, acked=True)
    assert book.due([waiting(8)], WALL, 1.0) == []
    assert (book.entries[KEY].position, book.entries[KEY].acked) == (8, 0)
    book.rung(waiting(7), 2.0, acked=True)  # the answer to an old ring comes late
    assert book.entries[KEY].acked == 0
    assert book.due([], WALL, 3.0) == []
    assert book.entries == {}


def test_two_acknowledged_rings_that_nobody_begins_on_are_unheard() -> None:
    book = Book()
    for now in (100.0, 105.0):
        book.due([waiting(age=60)], WALL, now)
        book.rung(waiting(age=60), now, acked=True)
    assert book.unheard({}, 105.5) == [], "time to begin is given"
    assert book.unheard({}, 107.0) == [KEY]
    assert book.unheard({KEY: 99.0}, 107.0) == [KEY], "begun before the first ring is no hearing"
    assert book.unheard({KEY: 101.0}, 107.0) == []
    assert book.unheard({("guides", "k1"): 101.0}, 107.0) == [KEY]


def test_an_agent_that_is_busy_with_other_crises_is_not_deaf_for_a_minute() -> None:
    book = Book()
    for now in (100.0, 105.0):
        book.due([waiting(age=60)], WALL, now)
        book.rung(waiting(age=60), now, acked=True)
    busy = ("logbook", "k2")
    assert book.unheard({busy: 106.0}, 111.0) == []
    assert book.unheard({busy: 106.0}, 112.5) == [KEY], "it has begun nothing for a while"
    assert book.unheard({busy: 159.0}, 159.5) == []
    assert book.unheard({busy: 160.0}, 160.5) == [KEY], "deaf on one partition"


async def test_a_ring_is_an_acknowledged_record_for_one_concern(tmp_path: Path, tansu: Tansu) -> None:
    async with a_journal(tmp_path) as database:
        (id_,) = await give(database, "k1")
        record = await database.read(lambda conn: ring_record(conn, waiting(1)))
        assert record is not None
        bell = doorbell.read(record.headers)
        assert (bell.id, bell.ring, bell.concerns, bell.crisis, bell.position) == (id_, True, ("logbook",), "k1", 1)
        assert await database.read(lambda conn: ring_record(conn, waiting(99))) is None
        publisher = Publisher(tansu.address, "drift.")
        assert await publisher.send_all([record])
        await publisher.close()


@pytest.mark.timeout(60)
async def test_a_worker_whose_agents_hear_nothing_ends(tmp_path: Path, tansu: Tansu) -> None:
    """With a delivery that is a minute old and agents that never begin: two rings, then the worker must be replaced."""
    async with a_journal(tmp_path) as database:
        await give(database, "k1")
        await change(database, "UPDATE deliveries SET committed_at = :at", at=wall_micros() - 60_000_000)
        publisher = Publisher(tansu.address, "drift.")
        sweeper = Sweeper(database, publisher, {}, alone=True)
        with pytest.raises(Unheard, match="k1"):
            async with asyncio.timeout(30):
                await sweeper.run()
        assert sweeper.rings == 2
        patient = Sweeper(database, publisher, {}, alone=False)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(8):
                await patient.run()  # another worker may have the partition
        await publisher.close()
