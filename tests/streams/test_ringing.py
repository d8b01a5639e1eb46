"""Answering a doorbell: everything that waits is handled, poison gets a name and goes aside, and the crisis goes on."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from ddh_beredskab.journal import deliveries, quarantine
from ddh_beredskab.journal.database import SqliteDatabase
from ddh_beredskab.journal.handling import POISON_AFTER
from ddh_beredskab.streams.doorbell import Doorbell
from ddh_beredskab.streams.ringing import Ringer
from tests.journal.desk import entry
from tests.journal.notebook import NOTEBOOK
from tests.streams.post import JOURNAL, a_journal, change, give, outcomes, rows


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    async with a_journal(tmp_path) as database:
        yield database


def a_ringer(journal: SqliteDatabase) -> Ringer:
    return Ringer(journal, JOURNAL, {"logbook": NOTEBOOK})


def bell(id_: UUID, position: int, crisis: str = "k1", *, ring: bool = False) -> Doorbell:
    return Doorbell(id_, "dk.ddh.beredskab.write_log_entry.v1", position, crisis, ("logbook",), ring)


async def texts(journal: SqliteDatabase) -> list[str]:
    """The log's own entries, in order."""
    found = await rows(journal, "SELECT id FROM messages WHERE stream = 'logbook-k1' ORDER BY version")
    return [str(row[0]) for row in found]


async def test_one_bell_handles_everything_that_waits_whatever_its_position(journal: SqliteDatabase) -> None:
    ids = await give(journal, "k1", *[entry(str(n)) for n in range(70)])
    await give(journal, "k2")
    ringer = a_ringer(journal)
    await ringer.answer("logbook", bell(ids[3], 4), "t/0/0", b"")
    assert (await outcomes(journal)) == {"decided": 70, "undone": 1}
    assert len(await texts(journal)) == 70
    assert ringer.handled_count == 70


async def test_a_bell_for_what_is_handled_already_costs_nothing(journal: SqliteDatabase) -> None:
    ids = await give(journal, "k1", entry(), entry())
    ringer = a_ringer(journal)
    await ringer.answer("logbook", bell(ids[1], 2), "t/0/1", b"")
    begun = ringer.begun_at["logbook", "k1"]
    await ringer.answer("logbook", bell(ids[0], 1), "t/0/0", b"")
    assert ringer.begun_at["logbook", "k1"] == begun
    await ringer.answer("logbook", bell(ids[0], 1, ring=True), "t/0/2", b"")
    assert ringer.begun_at["logbook", "k1"] > begun, "unless the sweeper rings"
    assert ringer.handled_count == 2


async def test_poison_is_taken_alone_and_set_aside_and_the_crisis_goes_on(journal: SqliteDatabase) -> None:
    told: list[tuple[str, str]] = []

    async def dead_letter(place: str, reason: str, raw: bytes) -> None:
        told.append((place, reason))
        assert b"bang" in raw

    ids = await give(journal, "k1", entry("a"), entry("b", channel="bang"), entry("c"))
    ringer = Ringer(journal, JOURNAL, {"logbook": NOTEBOOK}, on_quarantine=dead_letter)
    await ringer.answer("logbook", bell(ids[0], 1), "t/0/0", b"")
    assert await outcomes(journal) == {"decided": 2, "quarantined": 1}
    (poison,) = await journal.read(quarantine.listing)
    assert (poison.place, poison.concern, poison.crisis, poison.position) == ("levering/logbook/2", "logbook", "k1", 2)
    assert "ZeroDivisionError" in poison.reason
    assert str(ids[1]).encode() in poison.raw
    assert told == [(poison.place, poison.reason)]
    assert ringer.quarantined_count == 1


async def test_a_message_that_killed_the_process_five_times_is_set_aside_by_name(journal: SqliteDatabase) -> None:
    await give(journal, "k1", entry("deadly"), entry("b"))
    for _ in range(POISON_AFTER):  # each life marks it at its start, begins on it, and dies
        await journal.write(deliveries.suspect_all)
        await journal.write(lambda conn: deliveries.count_begin(conn, "logbook", 1))
    await journal.write(deliveries.suspect_all)
    assert await a_ringer(journal).handle_all("logbook", "k1") == 1
    assert await outcomes(journal) == {"decided": 1, "quarantined": 1}
    (poison,) = await journal.read(quarantine.listing)
    assert str(POISON_AFTER) in poison.reason


async def test_a_suspect_that_does_no_harm_is_begun_counted_and_handled(journal: SqliteDatabase) -> None:
    await give(journal, "k1", entry("a"), entry("b"))
    await journal.write(deliveries.suspect_all)
    assert await a_ringer(journal).handle_all("logbook", "k1") == 2
    assert await rows(journal, "SELECT position, suspect, begun FROM deliveries ORDER BY position") == [
        (1, 1, 1),
        (2, 0, 0),
    ]
    assert await outcomes(journal) == {"decided": 2}


async def test_an_id_that_is_not_in_the_journal_is_quarantined_once_and_nothing_is_handled(
    journal: SqliteDatabase,
) -> None:
    ids = await give(journal, "k1")
    stranger = uuid4()
    ringer = a_ringer(journal)
    for _ in range(2):  # the same record comes again after a rebalance
        await ringer.answer("logbook", bell(stranger, 1), "drift.commands/0/17", b"what it said")
    await ringer.answer("logbook", bell(ids[0], 99), "drift.commands/0/18", b"id and position of two messages")
    found = await journal.read(quarantine.listing)
    assert sorted((each.place, each.raw) for each in found) == [
        ("drift.commands/0/17", b"what it said"),
        ("drift.commands/0/18", b"id and position of two messages"),
    ]
    assert str(stranger) in next(each.reason for each in found if each.place.endswith("17"))
    assert await outcomes(journal) == {"undone": 1}


async def test_a_foreign_record_is_kept_byte_for_byte(journal: SqliteDatabase) -> None:
    await a_ringer(journal).set_aside("drift.events/2/5", "fremmed", b"\xff\x00{")
    (found,) = await journal.read(quarantine.listing)
    assert (found.raw, found.reason, found.resolved_at) == (b"\xff\x00{", "fremmed", None)


async def test_storage_that_is_busy_is_waited_for_and_nothing_is_set_aside(
    journal: SqliteDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ddh_beredskab.journal.driver.BUSY_SECONDS", 0.2)
    await give(journal, "k1")
    locker = SqliteDatabase(journal.path)
    locker._writer.execute("BEGIN IMMEDIATE")  # pyright: ignore[reportPrivateUsage]
    handling = asyncio.create_task(a_ringer(journal).handle_all("logbook", "k1"))
    await asyncio.sleep(1.0)  # several tries
    assert not handling.done()
    locker._writer.execute("ROLLBACK")  # pyright: ignore[reportPrivateUsage]
    assert await handling == 1
    assert await journal.read(quarantine.listing) == []
    await locker.close()


async def test_a_worker_that_was_overtaken_decides_again_on_what_is_there_now(journal: SqliteDatabase) -> None:
    """Two workers with warm caches: whoever is late sees its version refused, loads again, and appends after."""
    other = SqliteDatabase(journal.path)
    first, second = a_ringer(journal), a_ringer(other)
    for turn in range(6):
        await give(journal, "k1", entry(str(turn)))
        await (first if turn % 2 else second).handle_all("logbook", "k1")
    numbers = await rows(journal, "SELECT version FROM messages WHERE stream = 'logbook-k1' ORDER BY version")
    assert [row[0] for row in numbers] == [1, 2, 3, 4, 5, 6]
    await other.close()


async def test_handling_that_is_cancelled_is_all_or_nothing(journal: SqliteDatabase) -> None:
    await give(journal, "k1", *[entry(str(n)) for n in range(120)])
    handling = asyncio.create_task(a_ringer(journal).handle_all("logbook", "k1"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    handling.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await handling
    done = (await outcomes(journal)).get("decided", 0)
    assert len(await texts(journal)) == done
    await a_ringer(journal).handle_all("logbook", "k1")
    assert len(await texts(journal)) == 120
    assert await change(journal, "UPDATE deliveries SET begun = 0 WHERE done_at IS NULL") == 0
