"""A status row holds what its writer told last; one that was silent for long is forgotten when another writes."""

from __future__ import annotations

import pytest

from ddh_beredskab.clock import wall_micros
from ddh_beredskab.ops.status import forget_silent, read_statuses, write_status
from tests.journal.desk import Desk


async def test_a_status_takes_the_place_of_the_one_before(desk: Desk) -> None:
    await desk.db.write(lambda conn: write_status(conn, "worker.all", {"pid": 1}))
    await desk.db.write(lambda conn: write_status(conn, "worker.all", {"pid": 2}))
    found = await desk.db.read(read_statuses)
    assert [body["pid"] for body in found.values()] == [2]
    assert abs(found["worker.all"]["written_at"] - wall_micros()) < 10_000_000


async def test_a_silent_worker_is_forgotten_but_not_the_one_who_asks_nor_an_audit(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("worker.old", "worker.mine", "audit"):
        await desk.db.write(lambda conn, name=name: write_status(conn, name, {}))
    monkeypatch.setattr("ddh_beredskab.ops.status.FORGET_SECONDS", -1.0)
    await desk.db.write(lambda conn: forget_silent(conn, "worker.", "worker.mine"))
    assert set(await desk.db.read(read_statuses)) == {"worker.mine", "audit"}


async def test_what_is_no_status_is_left_out(desk: Desk) -> None:
    for key, value in (("status.a", "nonsense"), ("status.b", "[1]"), ("status.c", '{"written_at": "x"}')):
        await desk.change("INSERT INTO meta (key, value) VALUES (:key, :value)", key=key, value=value)
    assert await desk.db.read(read_statuses) == {}
