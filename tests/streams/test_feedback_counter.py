"""The feedback road against the real broker: each question counts once, whatever comes twice, broken or not at all."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ddh_beredskab.journal import intake, quarantine
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.journal.database import SqliteDatabase
from ddh_beredskab.journal.intake import IntakeRow, UrgentRule
from ddh_beredskab.streams import feedback_counter
from ddh_beredskab.streams.feedback_counter import (
    ENVELOPE,
    FeedbackCounter,
    IntakeRelay,
    Pace,
    envelopes,
    open_envelope,
)
from ddh_beredskab.streams.relay import Publisher, Record
from ddh_beredskab.streams.topics import ensure_topics
from ddh_beredskab.streams.waking import Waker
from schemas.feedback import FeedbackItem
from tests.journal.desk import T0, an_id
from tests.services import Tansu
from tests.streams.post import JOURNAL, a_journal, rows

PREFIX = "drift."
URGENT = UrgentRule(3, 10)


def question(n: int, crisis: str = "k1", **more: Any) -> FeedbackItem:
    """A citizen's question."""
    facts: dict[str, Any] = {
        "id": an_id(f"question {n}"),
        "crisis_id": crisis,
        "topic": "vand" if n % 2 else "stroem",
        "time": T0 + timedelta(seconds=n),
        "answered": "yes",
        "resolution": "resolved",
        "municipality": "9001",
        "text": "Må jeg bade?",
    }
    return FeedbackItem(**{**facts, **more})


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    async with a_journal(tmp_path) as database:
        yield database


async def register(journal: SqliteDatabase, *items: FeedbackItem) -> None:
    await journal.write(lambda conn: intake.add_feedback(conn, [(each, 0) for each in items], T0))


async def counted(journal: SqliteDatabase) -> tuple[int, int]:
    """(rows counted, sum of all windows): equal, when all is well."""
    found = await rows(
        journal,
        "SELECT (SELECT count(*) FROM feedback_items WHERE counted_at IS NOT NULL),"
        " (SELECT coalesce(sum(total), 0) FROM feedback_windows)",
    )
    return int(found[0][0]), int(found[0][1])


@asynccontextmanager
async def road(journal: SqliteDatabase, tansu: Tansu, *, relay: bool = True) -> AsyncGenerator[Publisher]:
    """Intake relay and counter at work; yields a publisher for what should not be on the topic."""
    waker, publisher, other = Waker(journal), Publisher(tansu.address, PREFIX), Publisher(tansu.address, PREFIX)
    counter = FeedbackCounter(journal, JOURNAL, tansu.address, PREFIX, window_minutes=15, urgent=URGENT)
    jobs = [counter.run(), waker.run()]
    if relay:
        jobs.append(IntakeRelay(journal, publisher, waker.listener()).run())
    tasks = [asyncio.create_task(job) for job in jobs]
    try:
        yield other
    finally:
        for task in tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await publisher.close()
        await other.close()


async def until(journal: SqliteDatabase, true: Callable[[Conn], bool], within: float = 40.0) -> None:
    async with asyncio.timeout(within):
        while not await journal.read(true):
            await journal.changed(0.2)


def all_counted(conn: Conn) -> bool:
    return intake.oldest_uncounted(conn) is None


def test_envelopes_hold_one_crisis_and_at_most_a_hundred_and_open_to_what_was_put_in() -> None:
    many = [IntakeRow(n + 1, question(n, "k1" if n % 3 else "k2")) for n in range(350)]
    packed = envelopes(many)
    assert [each.key for each in packed] == [b"k2", b"k2", b"k1", b"k1", b"k1"]
    opened = [row for each in packed for row in open_envelope(each.value)]
    assert all(len(open_envelope(each.value)) <= ENVELOPE for each in packed)
    assert sorted(row.position for row in opened) == list(range(1, 351))
    by_position = {row.position: row.item for row in opened}
    for row in many:
        assert by_position[row.position] == row.item.model_copy(update={"text": ""}), "without the citizen's words"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b'"x"',
        b"{}",
        b"\xff\xfe",
        b'{"positions":[1],"items":[]}',
        b'{"positions":1,"items":2}',
        b'{"positions":["x"],"items":[{}]}',
        b'{"positions":[1],"items":[{"id":"no uuid"}]}',
    ],
)
def test_what_is_no_envelope_of_ours_is_a_value_error_and_nothing_else(raw: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - that it is one is the rule
        open_envelope(raw)


async def test_every_question_is_counted_once_though_envelopes_come_twice(
    journal: SqliteDatabase, tansu: Tansu
) -> None:
    await register(journal, *[question(n) for n in range(230)])
    again = envelopes(await journal.read(lambda conn: intake.uncounted_after(conn, 0)))
    async with road(journal, tansu) as other:
        assert await other.send_all([*again, *again])
        await register(journal, *[question(n) for n in range(200, 260)])  # thirty of them once more
        await until(journal, all_counted)
        assert await other.send_all(again)
        await asyncio.sleep(0.5)
    assert await counted(journal) == (260, 260)
    times = await rows(journal, "SELECT times_received, count(*) FROM feedback_items GROUP BY 1 ORDER BY 1")
    assert list(times) == [(1, 230), (2, 30)]


async def test_rubbish_on_the_topic_is_set_aside_byte_for_byte_and_the_counting_goes_on(
    journal: SqliteDatabase, tansu: Tansu
) -> None:
    await ensure_topics(tansu.address, PREFIX)
    async with road(journal, tansu) as other:
        for raw in (b"\xff\x00", b'{"positions":[1],"items":[]}'):
            assert await other.send_all([Record("feedback", b"k1", raw, [], 0)])
        await register(journal, question(1), question(2))
        await until(journal, lambda conn: all_counted(conn) and len(quarantine.listing(conn)) == 2)
    found = await journal.read(quarantine.listing)
    assert {each.raw for each in found} == {b"\xff\x00", b'{"positions":[1],"items":[]}'}
    assert all(each.place.startswith("drift.feedback/") for each in found)
    assert await counted(journal) == (2, 2)


async def test_an_envelope_of_rows_that_do_not_exist_counts_nothing(journal: SqliteDatabase, tansu: Tansu) -> None:
    async with road(journal, tansu) as other:
        assert await other.send_all(envelopes([IntakeRow(77, question(77))]))
        await register(journal, question(1))
        await until(journal, all_counted)
        await asyncio.sleep(0.3)
    assert await counted(journal) == (1, 1)


async def test_questions_that_a_wiped_broker_swallowed_are_sent_again(
    journal: SqliteDatabase, tansu: Tansu, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feedback_counter, "RESEND_AFTER_SECONDS", 1.0)
    await register(journal, question(1))
    waker, publisher = Waker(journal), Publisher(tansu.address, PREFIX)
    relay = asyncio.create_task(IntakeRelay(journal, publisher, waker.listener()).run())
    await asyncio.sleep(1.0)  # sent, and nobody has counted it
    tansu.kill()
    tansu.start()
    async with road(journal, tansu, relay=False):
        await until(journal, all_counted)
    relay.cancel()
    await publisher.close()
    assert await counted(journal) == (1, 1)


async def test_three_urgent_transfers_are_noted_once_whatever_comes_again(
    journal: SqliteDatabase, tansu: Tansu
) -> None:
    urgent = [
        question(n, topic="medicinsk-udstyr", resolution="urgent_transfer", transferred_to="112", time=T0)
        for n in range(5)
    ]
    await register(journal, *urgent)
    again = envelopes(await journal.read(lambda conn: intake.uncounted_after(conn, 0)))
    async with road(journal, tansu) as other:
        await until(journal, all_counted)
        assert await other.send_all(again)
        await asyncio.sleep(0.3)
    notes = await rows(journal, "SELECT count(*) FROM messages WHERE type LIKE '%note_urgent_transfers%'")
    assert list(notes) == [(1,)]


async def test_a_burst_goes_at_once_and_what_is_steady_waits_its_turn() -> None:
    pace = Pace(burst=5, every=3_600)
    for _ in range(5):
        await pace.ready()
        pace.use()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await pace.ready()
