"""Handling a message costs the same in a long crisis as in a short one: counted in statements and rows, not in time."""

from __future__ import annotations

from typing import Any

import pytest

from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.messages import GENESIS, NewMessage, append_events
from schemas.base import RoleHolderNoted
from tests.journal.desk import ASTA, JOURNAL, T0, Desk, an_id, entry

STREAM = "logbook-k1"


class Meter:
    """Counts what every connection is asked and what it gives back."""

    def __init__(self) -> None:
        self.statements = 0
        self.rows = 0

    def reset(self) -> None:
        self.statements = self.rows = 0


@pytest.fixture
def meter(monkeypatch: pytest.MonkeyPatch) -> Meter:
    measured = Meter()
    all_, one, run, many = Conn.all, Conn.one, Conn.run, Conn.many

    def counted_all(self: Conn, statement: Statement, **params: Any) -> Any:
        rows = all_(self, statement, **params)
        measured.statements += 1
        measured.rows += len(rows)
        return rows

    def counted_one(self: Conn, statement: Statement, **params: Any) -> Any:
        measured.statements += 1
        measured.rows += 1
        return one(self, statement, **params)

    def counted_run(self: Conn, statement: Statement, **params: Any) -> Any:
        measured.statements += 1
        return run(self, statement, **params)

    def counted_many(self: Conn, statement: Statement, rows: Any) -> Any:
        measured.statements += 1 if rows else 0
        return many(self, statement, rows)

    monkeypatch.setattr(Conn, "all", counted_all)
    monkeypatch.setattr(Conn, "one", counted_one)
    monkeypatch.setattr(Conn, "run", counted_run)
    monkeypatch.setattr(Conn, "many", counted_many)
    return measured


async def lengthen(desk: Desk, upto: int) -> None:
    """Let the stream have `upto` events, written as handling writes them."""
    from ddh_beredskab.journal.messages import head_of

    def some(conn: Conn) -> None:
        version, hash_ = head_of(conn, STREAM)
        message = RoleHolderNoted(concern="logbook", role="log_keeper", person=None)
        events = [
            NewMessage(an_id(f"lang/{n}"), message, "k1", T0, ASTA, an_id("lang"), None, STREAM)
            for n in range(version, min(version + 1_000, upto))
        ]
        append_events(conn, JOURNAL, {STREAM: (version, hash_ or GENESIS)}, events, T0)

    while await desk.value("SELECT coalesce(max(version), 0) FROM streams WHERE stream = :s", s=STREAM) < upto:
        await desk.db.write(some)


async def cost_of_one(desk: Desk, meter: Meter) -> tuple[int, int]:
    await desk.give(entry("varm"))
    await desk.handle()  # warm
    await desk.give(entry("måles"))
    meter.reset()
    await desk.step()
    return meter.statements, meter.rows


async def test_the_cost_of_a_handled_message_is_flat_from_a_hundred_to_ten_thousand_events(
    sqlite_desk: Desk, meter: Meter
) -> None:
    costs: list[tuple[int, int]] = []
    for length in (100, 1_500, 10_000):
        await lengthen(sqlite_desk, length)
        costs.append(await cost_of_one(sqlite_desk, meter))
    assert len(set(costs)) == 1, costs
    statements, rows = costs[0]
    assert statements <= 15
    assert rows <= 12


async def test_a_restart_in_a_long_crisis_reads_only_what_came_after_the_snapshot(
    sqlite_desk: Desk, meter: Meter
) -> None:
    await lengthen(sqlite_desk, 2_950)
    for n in range(3):
        await sqlite_desk.give(*[entry(f"{n}/{i}") for i in range(50)])
        await sqlite_desk.handle()
    fresh = Desk(sqlite_desk.db)  # a worker that has just started
    await fresh.give(entry("efter genstart"))
    meter.reset()
    await fresh.step()
    assert meter.rows <= 250
    kept = fresh.cache.get(STREAM)
    assert kept is not None
    assert kept.version == 3_101
    assert kept.state.last_text == "efter genstart"


async def test_a_batch_costs_little_more_than_one_message(desk: Desk, meter: Meter) -> None:
    one = (await cost_of_one(desk, meter))[0]
    await desk.give(*[entry(str(n)) for n in range(50)])
    meter.reset()
    await desk.step()
    assert meter.statements <= one + 5
