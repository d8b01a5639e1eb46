"""A deadline fires once for ever, never before it is due, and never when it was cancelled."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

from ddh_beredskab.core.decider import fired_id
from ddh_beredskab.journal.messages import read_after
from ddh_beredskab.journal.timers import fire_due, next_due, timer_counts
from schemas.base import TimerFired
from tests.journal.desk import JOURNAL, T0, Desk, entry, minute
from tests.journal.notebook import REMINDER

DUE = T0 + REMINDER


async def fire(desk: Desk, now: datetime, limit: int = 100) -> int:
    return await desk.db.write(lambda conn: fire_due(conn, JOURNAL, now, limit))


async def fired(desk: Desk) -> list[TimerFired]:
    rows = await desk.db.read(lambda conn: read_after(conn, 0, 10_000))
    return [each.message for each in rows if isinstance(each.message, TimerFired)]


async def set_deadline(desk: Desk, crisis: str = "k1", at: datetime = T0) -> None:
    await desk.give(entry("husk", channel="remind"), crisis=crisis, at=at)
    await desk.handle(crisis, at=at)


async def test_a_deadline_fires_when_it_is_due_and_not_before(desk: Desk) -> None:
    await set_deadline(desk)
    assert await desk.db.read(next_due) == DUE
    assert await fire(desk, DUE - timedelta(microseconds=1)) == 0
    assert await fire(desk, DUE) == 1
    assert await fire(desk, DUE + timedelta(days=1)) == 0
    [message] = await fired(desk)
    assert (message.name, message.due_at, message.fired_at) == ("reminder", DUE, DUE)
    assert await desk.db.read(next_due) is None
    assert await desk.db.read(lambda c: timer_counts(c, DUE)) == (1, 0, 0)


async def test_the_timers_identity_is_the_event_that_set_it(desk: Desk) -> None:
    await set_deadline(desk)
    [(id_,)] = await desk.rows("SELECT id FROM messages WHERE type LIKE '%deadline_set%'")
    await fire(desk, DUE)
    [message] = await fired(desk)
    assert message.deadline_id == UUID(id_)
    [(fired_message,)] = await desk.rows("SELECT id FROM messages WHERE type LIKE '%timer_fired%'")
    assert UUID(fired_message) == fired_id(UUID(id_))


async def test_a_fired_timer_reaches_the_concern_that_set_it(desk: Desk) -> None:
    await set_deadline(desk)
    await fire(desk, minute(45))
    assert await desk.handle(at=minute(45)) == 1
    state = desk.cache.get("logbook-k1")
    assert state is not None
    assert state.state.fired == 1


async def test_a_firing_nobody_waits_for_is_ignored(desk: Desk) -> None:
    await set_deadline(desk)
    await set_deadline(desk)  # the newer one is what the notebook waits for
    assert await fire(desk, DUE) == 2
    await desk.handle(at=DUE)
    state = desk.cache.get("logbook-k1")
    assert state is not None
    assert state.state.fired == 1
    outcomes = await desk.rows("SELECT outcome FROM deliveries ORDER BY position")
    assert sorted(o for (o,) in outcomes[-2:]) == ["decided", "nothing"]


async def test_after_downtime_a_timer_fires_once_with_the_time_it_fired(desk: Desk) -> None:
    await set_deadline(desk)
    late = minute(60 * 24)
    assert await fire(desk, late) == 1
    [message] = await fired(desk)
    assert (message.due_at, message.fired_at) == (DUE, late)
    [(time,)] = await desk.rows("SELECT time FROM messages WHERE type LIKE '%timer_fired%'")
    assert time == int(late.timestamp()) * 1_000_000


async def test_a_cancelled_deadline_never_fires(desk: Desk) -> None:
    await set_deadline(desk)
    await desk.give(entry("glem", channel="forget"))
    await desk.handle()
    assert await fire(desk, minute(1_000)) == 0
    assert await fired(desk) == []
    assert await desk.db.read(lambda c: timer_counts(c, minute(1_000))) == (0, 1, 0)


async def test_cancelling_after_the_firing_changes_nothing(desk: Desk) -> None:
    await set_deadline(desk)
    await fire(desk, DUE)
    await desk.give(entry("glem", channel="forget"))
    await desk.handle(at=DUE)
    assert await desk.db.read(lambda c: timer_counts(c, DUE)) == (1, 0, 0)


async def test_two_workers_fire_a_timer_once(desk: Desk, other_desk: Desk) -> None:
    for n in range(8):
        await set_deadline(desk, crisis=f"k{n}")
    counts = await asyncio.gather(*[fire(each, DUE, limit=3) for each in (desk, other_desk) * 4])
    assert sum(counts) == 8
    assert len(await fired(desk)) == 8
    assert await desk.db.read(lambda c: timer_counts(c, DUE)) == (8, 0, 0)


async def test_firing_and_cancelling_at_once_gives_one_of_the_two(desk: Desk, other_desk: Desk) -> None:
    for n in range(6):
        await set_deadline(desk, crisis=f"k{n}")
        await desk.give(entry("glem", channel="forget"), crisis=f"k{n}")
    await asyncio.gather(fire(other_desk, DUE), *[desk.handle(f"k{n}", at=DUE) for n in range(6)])
    done, cancelled, due = await desk.db.read(lambda c: timer_counts(c, DUE))
    assert (done + cancelled, due) == (6, 0)
    assert len(await fired(desk)) == done


async def test_timers_fire_oldest_first(desk: Desk) -> None:
    await set_deadline(desk, "k2", minute(5))
    await set_deadline(desk, "k1", minute(1))
    assert await fire(desk, minute(100), limit=1) == 1
    assert [m.due_at for m in await fired(desk)] == [minute(31)]
    await fire(desk, minute(100))
    assert [m.due_at for m in await fired(desk)] == [minute(31), minute(35)]
