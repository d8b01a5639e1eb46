"""The auditor beside a working journal: what is sound stays green, a breach is told loudly, and nothing stops."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
import structlog

from ddh_beredskab.ops.auditor import STATUS, Auditor
from ddh_beredskab.ops.status import Status, read_statuses
from ddh_beredskab.projections import MODELS, step
from tests.journal.desk import Desk, entry

BROKEN = "UPDATE messages SET source = 'en anden' WHERE stream = 'logbook-k1' AND version = 2"
MENDED = "UPDATE messages SET source = 'ddh-beredskab' WHERE stream = 'logbook-k1' AND version = 2"


def auditor(desk: Desk, **more: Any) -> Auditor:
    return Auditor(desk.db, MODELS, every=60, unhindered=lambda: None, **more)


async def told(desk: Desk) -> Status:
    return (await desk.db.read(read_statuses))[STATUS]


async def some_work(desk: Desk, n: int = 5) -> None:
    await desk.give(*[entry(str(each)) for each in range(n)])
    await desk.handle()
    await desk.db.write(lambda conn: step(conn, MODELS))


async def test_a_sound_journal_is_told_to_be_sound_and_only_what_is_new_is_read_again(desk: Desk) -> None:
    watch = auditor(desk)
    await some_work(desk)
    assert (await watch.once()).ok
    first = await told(desk)
    await some_work(desk, 1)
    await watch.once()
    second = await told(desk)
    assert (first["ok"], first["full"], second["ok"], second["full"]) == (True, True, True, False)
    assert first["checked"]["I2"] > second["checked"]["I2"] > 0


async def test_a_breach_is_logged_as_an_error_and_stands_until_a_full_audit_does_not_find_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = auditor(desk)
    await some_work(desk)
    await desk.change(BROKEN)
    with structlog.testing.capture_logs() as lines:
        await watch.once()
        await watch.once()  # nothing new: it still stands, and is not told twice
    assert [line["log_level"] for line in lines if line["event"] == "an invariant does not hold"] == ["error"]
    status = await told(desk)
    assert (status["ok"], status["count"]) == (False, 1)
    assert status["breaches"][0]["place"] == "logbook-k1 version 2"

    await desk.change(MENDED)
    monkeypatch.setattr("ddh_beredskab.ops.auditor.FULL_EVERY_SECONDS", 0.0)
    await watch.once()
    assert (await told(desk))["ok"] is True


async def test_what_is_about_now_is_not_kept(desk: Desk) -> None:
    """Work that was left lying is a breach while it lies there."""
    watch = Auditor(desk.db, MODELS, every=60, unhindered=lambda: 60.0)
    await some_work(desk)
    watch._stood_still_at = time.monotonic() - 100  # pyright: ignore[reportPrivateUsage] - it has been up for so long
    await desk.give(entry("venter"))
    await desk.change("UPDATE deliveries SET committed_at = committed_at - 90000000 WHERE done_at IS NULL")
    await desk.db.write(lambda conn: step(conn, MODELS))
    await watch.once()
    assert [each["invariant"] for each in (await told(desk))["breaches"]] == ["I9"]
    await desk.handle()
    await watch.once()
    assert (await told(desk))["ok"] is True


async def test_an_audit_beside_commands_never_keeps_them_waiting(desk: Desk) -> None:
    await some_work(desk, 200)
    watch = auditor(desk)
    auditing = asyncio.create_task(watch.once())
    slowest = 0.0
    while not auditing.done():
        before = time.monotonic()
        await asyncio.sleep(0.005)
        slowest = max(slowest, time.monotonic() - before - 0.005)
    assert (await auditing).ok
    assert slowest < 3  # a slice is a few milliseconds; the limit is for a busy machine


async def test_two_workers_of_one_journal_do_not_both_audit(desk: Desk, other_desk: Desk) -> None:
    one, other = auditor(desk, first_after=0), auditor(other_desk, first_after=0)
    await some_work(desk)
    await one.once()
    task = asyncio.create_task(other.run())
    await asyncio.sleep(0.5)
    task.cancel()
    assert (one.audits, other.audits) == (1, 0)


async def test_a_fault_in_the_auditor_does_not_end_the_worker(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_about: object, **_more: object) -> None:
        raise RuntimeError("planted")

    await some_work(desk)
    watch = Auditor(desk.db, MODELS, every=0.05, unhindered=lambda: None, first_after=0)
    with monkeypatch.context() as planted:
        planted.setattr("ddh_beredskab.ops.auditor.Audit", broken)
        task = asyncio.create_task(watch.run())
        await asyncio.sleep(0.3)
        assert not task.done()
        assert watch.audits == 0
    async with asyncio.timeout(20):
        while not await desk.db.read(read_statuses):
            await desk.db.changed(0.2)
    task.cancel()


# -- the watchman outside -----------------------------------------------------------------------------


class Watchman:
    """A web server that counts who asks."""

    def __init__(self, status: int) -> None:
        self.asked: list[tuple[str, str]] = []
        watchman = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                length = int(self.headers.get("content-length") or 0)
                watchman.asked.append((self.path, self.rfile.read(length).decode()))
                self.send_response(status)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Nothing on the terminal."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/ping/abc"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture(params=[200, 500])
def watchman(request: pytest.FixtureRequest) -> Iterator[Watchman]:
    made = Watchman(request.param)
    yield made
    made.server.shutdown()
    made.server.server_close()


async def test_the_watchman_hears_of_a_clean_audit_and_of_no_other(sqlite_desk: Desk, watchman: Watchman) -> None:
    watch = auditor(sqlite_desk, heartbeat_url=watchman.url)
    await some_work(sqlite_desk)
    await watch.once()
    assert watchman.asked == [("/ping/abc", "")]  # nothing but the request, whatever it answers
    await some_work(sqlite_desk, 1)
    await sqlite_desk.change("UPDATE messages SET time = time + 1 WHERE version = (SELECT max(version) FROM messages)")
    await watch.once()
    assert len(watchman.asked) == 1


async def test_a_watchman_who_is_away_is_a_warning_and_no_more(sqlite_desk: Desk) -> None:
    await some_work(sqlite_desk)
    with structlog.testing.capture_logs() as lines:
        await auditor(sqlite_desk, heartbeat_url="http://127.0.0.1:9/nobody").once()
    assert [line["log_level"] for line in lines] == ["warning"]
    assert (await told(sqlite_desk))["ok"] is True
