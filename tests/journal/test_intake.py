"""Intake rows count once, whatever comes twice, and the windows are exactly what an independent count says."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from ddh_beredskab.core.decider import ReceiptsNeeded, SumsNeeded
from ddh_beredskab.core.windows import window_start
from ddh_beredskab.journal import intake
from ddh_beredskab.journal.intake import IntakeRow, UrgentRule
from ddh_beredskab.journal.messages import read_after
from schemas.feedback import FeedbackItem, NoteUrgentTransfers
from tests.journal.desk import JOURNAL, T0, Desk, an_id, minute

RULE = UrgentRule(count=3, minutes=10)
WINDOW = 15


def question(n: int | str, topic: str = "vand", at: datetime = T0, **more: Any) -> FeedbackItem:
    return FeedbackItem.model_validate(
        {"id": an_id(n), "crisis_id": "k1", "topic": topic, "time": at, "answered": "yes", **more}
    )


async def add(desk: Desk, *items: FeedbackItem, at: datetime = T0) -> int:
    return await desk.db.write(lambda c: intake.add_feedback(c, [(item, 0) for item in items], at))


async def waiting(desk: Desk, position: int = 0) -> list[IntakeRow]:
    return await desk.db.read(lambda c: intake.uncounted_after(c, position))


async def count(desk: Desk, rows: list[IntakeRow], rule: UrgentRule = RULE, now: datetime = T0) -> int:
    return await desk.db.write(lambda c: intake.count_items(c, JOURNAL, rows, WINDOW, rule, now))


async def windows(desk: Desk) -> dict[tuple[Any, ...], tuple[int, ...]]:
    rows = await desk.rows(
        "SELECT crisis, window_start, topic, municipality, total, answered_yes, answered_partly, answered_no,"
        " transferred, urgent FROM feedback_windows"
    )
    return {row[:4]: row[4:] for row in rows}


async def urgent_notes(desk: Desk) -> list[NoteUrgentTransfers]:
    rows = await desk.db.read(lambda c: read_after(c, 0))
    return [each.message for each in rows if isinstance(each.message, NoteUrgentTransfers)]


def expected(items: list[FeedbackItem]) -> dict[tuple[Any, ...], tuple[int, ...]]:
    """Counted another way: one Counter per figure over the unique items."""
    figures = [Counter[tuple[Any, ...]]() for _ in range(6)]
    for item in {each.id: each for each in items}.values():
        minutes = int(item.time.timestamp()) // 60
        start = minutes - minutes % WINDOW
        key = (item.crisis_id, start * 60_000_000, item.topic, item.municipality)
        flags = (
            True,
            item.answered == "yes",
            item.answered == "partly",
            item.answered == "no",
            item.resolution in ("transferred", "urgent_transfer"),
            item.resolution == "urgent_transfer",
        )
        for figure, flag in zip(figures, flags, strict=True):
            figure[key] += flag
    return {key: tuple(figure[key] for figure in figures) for key in figures[0]}


def many(n: int, seed: int = 7) -> list[FeedbackItem]:
    dice = random.Random(seed)
    return [
        question(
            i,
            topic=dice.choice(["vand", "strøm", "gælder det mig?"]),
            at=minute(dice.uniform(-40, 90)),
            answered=dice.choice(["yes", "partly", "no"]),
            resolution=dice.choices(["resolved", "transferred", "urgent_transfer"], [8, 3, 1])[0],
            municipality=dice.choice(["", "901", "902"]),
            crisis_id=dice.choice(["k1", "k2"]),
        )
        for i in range(n)
    ]


async def test_the_same_question_twice_is_one_row_and_is_told_of(desk: Desk) -> None:
    assert await add(desk, question(1), question(2), question(1)) == 2
    assert await add(desk, question(2), question(3)) == 1
    rows = await desk.rows("SELECT position, times_received FROM feedback_items ORDER BY position")
    assert rows == [(1, 2), (2, 2), (3, 1)]


async def test_two_doors_at_once_store_a_question_once(desk: Desk, other_desk: Desk) -> None:
    items = [question(n) for n in range(20)]
    counts = await asyncio.gather(*[add(each, *items) for each in (desk, other_desk) * 3])
    assert sorted(counts) == [0, 0, 0, 0, 0, 20]
    assert await desk.rows("SELECT count(*), max(position), min(times_received) FROM feedback_items") == [(20, 20, 6)]


async def test_the_text_stays_where_it_was_written(desk: Desk) -> None:
    await add(desk, question(1, topic="va\x00nd", text="Min kælder\x00 står under vand"))
    [row] = await waiting(desk)
    assert (row.item.topic, row.item.text) == ("vand", "")
    assert await desk.value("SELECT text FROM feedback_items") == "Min kælder står under vand"


async def test_windows_are_exactly_what_an_independent_count_says(desk: Desk) -> None:
    items = many(400)
    for start in range(0, 400, 130):
        await add(desk, *items[start : start + 130], *items[:5])
        while rows := await waiting(desk):
            await count(desk, rows[:50])
    assert await windows(desk) == expected(items)
    assert await desk.db.read(intake.uncounted) == (0, None)
    assert await desk.db.read(intake.oldest_uncounted) is None


async def test_rows_counted_twice_count_once(desk: Desk) -> None:
    items = many(60)
    await add(desk, *items)
    rows = await waiting(desk)
    assert await count(desk, rows) == 60
    assert await count(desk, rows) == 0
    assert await count(desk, rows[:10] + rows[20:]) == 0
    assert await windows(desk) == expected(items)


async def test_rows_counted_by_two_workers_at_once_count_once(desk: Desk, other_desk: Desk) -> None:
    items = many(120)
    await add(desk, *items)
    rows = await waiting(desk)
    parts = [rows[:70], rows[30:], rows[::2], rows[::-1]]
    counts = await asyncio.gather(*[count((desk, other_desk)[n % 2], part) for n, part in enumerate(parts)])
    assert sum(counts) == 120
    assert await windows(desk) == expected(items)


async def test_a_late_arrival_goes_to_the_window_it_happened_in(desk: Desk) -> None:
    await add(desk, question(1, at=minute(60)), at=minute(61))
    await count(desk, await waiting(desk))
    await add(desk, question(2, at=minute(3)), at=minute(62))
    await count(desk, await waiting(desk))
    early, late = sorted(key[1] for key in await windows(desk))
    assert late - early == 60 * 60_000_000


async def test_waiting_rows_are_read_in_order_from_where_one_was(desk: Desk) -> None:
    await add(desk, *[question(n) for n in range(6)], at=minute(2))
    rows = await waiting(desk)
    assert [row.position for row in rows] == [1, 2, 3, 4, 5, 6]
    assert [row.item.id for row in rows] == [an_id(n) for n in range(6)]
    await count(desk, rows[1:3])
    assert [row.position for row in await waiting(desk, 3)] == [4, 5, 6]
    assert await desk.db.read(intake.oldest_uncounted) == 1
    assert await desk.db.read(intake.uncounted) == (4, minute(2))


# -- urgent transfers -----------------------------------------------------------------------------


async def test_the_third_urgent_transfer_in_ten_minutes_is_noted_once(desk: Desk) -> None:
    for n in range(6):
        await add(desk, question(n, at=minute(-1 + n * 0.5), resolution="urgent_transfer"))
        await count(desk, await waiting(desk))
        assert len(await urgent_notes(desk)) == (1 if n >= 2 else 0)
    [note] = await urgent_notes(desk)
    assert (note.topic, note.count) == ("vand", 3)


async def test_urgent_transfers_of_other_topics_or_windows_do_not_add_up(desk: Desk) -> None:
    items = [
        question(1, topic="vand", resolution="urgent_transfer"),
        question(2, topic="vand", resolution="urgent_transfer"),
        question(3, topic="strøm", resolution="urgent_transfer"),
        question(4, topic="vand", resolution="urgent_transfer", at=T0 + timedelta(minutes=10)),
        question(5, topic="vand", resolution="transferred"),
        question(6, topic="vand", resolution="urgent_transfer", crisis_id="k2"),
    ]
    await add(desk, *items)
    await count(desk, await waiting(desk))
    assert await urgent_notes(desk) == []


async def test_the_urgent_note_is_delivered_to_feedback_with_the_time_of_the_third(desk: Desk) -> None:
    times = [minute(2), minute(0.5), minute(1)]
    await add(desk, *[question(n, at=at, resolution="urgent_transfer") for n, at in enumerate(times)])
    await count(desk, await waiting(desk), now=minute(9))
    rows = await desk.rows(
        "SELECT m.id, d.concern, m.time, m.recorded_at FROM messages m JOIN deliveries d USING (position)"
    )
    start = T0 - timedelta(minutes=6)
    assert window_start(T0, 10) == start
    micros = [int(at.timestamp() * 1_000_000) for at in (minute(2), minute(9))]
    assert rows == [(str(intake.urgent_id("k1", "vand", start)), "feedback", *micros)]


async def test_two_counters_at_once_do_not_both_miss_the_third_transfer(desk: Desk, other_desk: Desk) -> None:
    for n in range(5):
        topic = f"emne {n}"
        await add(
            desk,
            *[
                question(f"{n}/{i}", topic=topic, resolution="urgent_transfer", municipality=str(900 + i))
                for i in range(3)
            ],
        )
        rows = await waiting(desk)
        await asyncio.gather(count(desk, rows[:2]), count(other_desk, rows[2:]))
        assert len(await urgent_notes(desk)) == n + 1


# -- sums and receipts ----------------------------------------------------------------------------


async def test_sums_are_of_windows_that_begin_before_the_report(desk: Desk) -> None:
    await add(desk, question(1, at=minute(-20)), question(2, at=minute(0)), question(3, at=minute(30)))
    await count(desk, await waiting(desk))
    need = SumsNeeded(since=minute(-6), upto=minute(9))  # 22:00 to 22:15
    found = await desk.db.read(lambda c: intake.sums(c, "k1", need))
    assert [(t.topic, t.total) for t in found.cumulative] == [("vand", 2)]
    assert [(t.topic, t.total) for t in found.period] == [("vand", 1)]
    assert (await desk.db.read(lambda c: intake.sums(c, "k2", need))).cumulative == ()


async def test_sums_of_a_whole_crisis_equal_the_unique_questions(desk: Desk) -> None:
    items = many(200)
    await add(desk, *items, *items[:50])
    await count(desk, await waiting(desk))
    need = SumsNeeded(since=minute(-1_000), upto=minute(1_000))
    found = await desk.db.read(lambda c: intake.sums(c, "k1", need))
    mine = [item for item in items if item.crisis_id == "k1"]
    assert sum(t.total for t in found.period) == len(mine)
    assert found.period == found.cumulative
    assert [t.topic for t in found.period] == sorted({item.topic for item in mine})


async def test_a_receipt_counts_once_and_only_for_agents_on_shift(desk: Desk) -> None:
    agents = [(f"agent-{n}", "901") for n in range(4)]
    await desk.db.write(lambda c: intake.begin_shift(c, agents, minute(0)))
    await desk.db.write(lambda c: intake.begin_shift(c, agents, minute(0)))
    await desk.db.write(lambda c: intake.end_shift(c, ["agent-3"], minute(10)))
    for at in (minute(5), minute(6)):
        await desk.db.write(lambda c, at=at: intake.add_receipts(c, "k1", 2, [*agents[1:], ("hjemme", "901")], at))
    seen = await desk.db.read(lambda c: intake.receipts(c, "k1", ReceiptsNeeded(2, minute(8))))
    assert (seen.on_shift, seen.seen) == (4, 3)
    later = await desk.db.read(lambda c: intake.receipts(c, "k1", ReceiptsNeeded(2, minute(10))))
    assert (later.on_shift, later.seen) == (3, 2)
    early = await desk.db.read(lambda c: intake.receipts(c, "k1", ReceiptsNeeded(2, minute(4))))
    assert (early.on_shift, early.seen) == (4, 0)
    other = await desk.db.read(lambda c: intake.receipts(c, "k1", ReceiptsNeeded(3, minute(8))))
    assert (other.seen, other.sha256) == (0, early.sha256)
    assert later.sha256 != seen.sha256


async def test_a_second_shift_of_the_same_day_counts_once(desk: Desk) -> None:
    await desk.db.write(lambda c: intake.begin_shift(c, [("agent-1", "901")], minute(0)))
    await desk.db.write(lambda c: intake.end_shift(c, ["agent-1"], minute(30)))
    await desk.db.write(lambda c: intake.begin_shift(c, [("agent-1", "901")], minute(60)))
    await desk.db.write(lambda c: intake.add_receipts(c, "k1", 1, [("agent-1", "901")], minute(5)))
    for at, on_shift in ((minute(10), 1), (minute(45), 0), (minute(61), 1)):
        found = await desk.db.read(lambda c, at=at: intake.receipts(c, "k1", ReceiptsNeeded(1, at)))
        assert (found.on_shift, found.seen) == (on_shift, on_shift)
