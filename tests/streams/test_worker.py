"""A worker process on the real broker and a real journal: what waits is handled, what is foreign goes aside."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncGenerator
from pathlib import Path
from uuid import uuid4

import pytest

from ddh_beredskab import bootstrap
from ddh_beredskab.doors import register_feedback
from ddh_beredskab.errors import UserError
from ddh_beredskab.journal import deliveries, intake, quarantine
from ddh_beredskab.projections import MODELS
from ddh_beredskab.projections.runner import behind
from ddh_beredskab.run_drill import worker_child
from ddh_beredskab.settings import Settings
from ddh_beredskab.streams.relay import Publisher, Record
from schemas.feedback import FeedbackItem
from tests.journal.desk import T0, entry
from tests.services import Tansu
from tests.streams.post import a_journal, change, give, rows


@contextlib.asynccontextmanager
async def a_worker(data: Path, tansu: Tansu, only: str = "all") -> AsyncGenerator[asyncio.subprocess.Process]:
    """A worker process of `drift`, as the supervisor starts it, without a supervisor."""
    child = worker_child(Settings(data=data), "drift", tansu.url, only)
    env = {name: value for name, value in child.env.items() if value is not None}
    log = (data / "worker.log").open("wb")
    process = await asyncio.create_subprocess_exec(
        *child.argv, env={"PATH": "/usr/bin:/bin", **env}, stdout=log, stderr=log, stdin=asyncio.subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        log.close()


@pytest.mark.timeout(110)
async def test_a_worker_process_handles_what_waits_sets_foreign_records_aside_and_stops_when_told(
    tmp_path: Path, tansu: Tansu
) -> None:
    async with a_journal(tmp_path) as journal:
        await give(journal, "k1", *[entry(str(n)) for n in range(5)])
        foreign = Publisher(tansu.address, "drift.")
        assert await foreign.send_all([Record("events", b"k1", b"\xff\x00 not ours", [], 0)])
        await foreign.close()
        async with a_worker(tmp_path, tansu) as process, asyncio.timeout(80):
            while await journal.read(deliveries.count_undone) or not await journal.read(quarantine.listing):
                assert process.returncode is None, (tmp_path / "worker.log").read_text()[-2000:]
                await journal.changed(0.5)
            process.send_signal(signal.SIGTERM)
            assert await process.wait() in (0, -signal.SIGTERM)
        (poison,) = await journal.read(quarantine.listing)
        assert poison.raw == b"\xff\x00 not ours"
        assert poison.place.startswith("drift.events/")
        done = await rows(journal, "SELECT count(*) FROM deliveries WHERE outcome IN ('decided', 'refused')")
        assert done[0][0] >= 5


async def test_a_worker_that_starts_without_a_broker_keeps_screens_and_timers_and_decides_when_it_comes(
    tmp_path: Path, tansu: Tansu
) -> None:
    tansu.kill()
    async with a_journal(tmp_path) as journal:
        await give(journal, "k1", entry("a"))
        await change(
            journal,
            "INSERT INTO timers (deadline_id, concern, crisis, name, due_at, set_by)"
            " VALUES (:id, 'guides', 'k1', 'test', 1, 1)",
            id=str(uuid4()),
        )
        async with a_worker(tmp_path, tansu) as process, asyncio.timeout(80):
            while (
                await journal.read(lambda conn: behind(conn, MODELS))
                or not (await rows(journal, "SELECT count(*) FROM timers WHERE fired_at IS NOT NULL"))[0][0]
            ):
                assert process.returncode is None, (tmp_path / "worker.log").read_text()[-2000:]
                await journal.changed(0.5)
            assert await journal.read(deliveries.count_undone) > 0
            tansu.start()
            while await journal.read(deliveries.count_undone):
                assert process.returncode is None, (tmp_path / "worker.log").read_text()[-2000:]
                await journal.changed(0.5)


async def test_the_feedback_worker_takes_neither_the_doors_datagrams_nor_the_deciding_workers_messages(
    tmp_path: Path, tansu: Tansu
) -> None:
    async with a_journal(tmp_path) as journal:
        await give(journal, "k1", entry("a"))
        journal.listen()  # as the deciding worker does
        socket_of_ours = (tmp_path / "drift" / "wake.sock").stat().st_ino
        async with a_worker(tmp_path, tansu, "feedback") as process, asyncio.timeout(80):
            question = FeedbackItem(id=uuid4(), crisis_id="k1", topic="vand", time=T0, answered="yes", agent="agent-1")
            await register_feedback(journal, [question])
            while (await journal.read(intake.uncounted))[0]:
                assert process.returncode is None, (tmp_path / "worker.log").read_text()[-2000:]
                await journal.changed(0.5)
            process.send_signal(signal.SIGTERM)
            await process.wait()
        assert (tmp_path / "drift" / "wake.sock").stat().st_ino == socket_of_ours
        assert list(await rows(journal, "SELECT suspect FROM deliveries")) == [(0,)]


async def test_a_worker_says_what_it_lacks_and_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(UserError) as refused:
        await asyncio.to_thread(bootstrap.run_worker, Settings(data=tmp_path), "all", alone=True)
    assert refused.value.code == "worker_needs_broker"


async def test_what_was_undone_when_a_worker_starts_is_suspect_once_per_concern_and_crisis(tmp_path: Path) -> None:
    async with a_journal(tmp_path) as journal:
        await give(journal, "k1", entry("a"), entry("b"))
        await give(journal, "k2", entry("c"))
        assert await journal.write(deliveries.suspect_all) == 2
        found = await rows(journal, "SELECT position FROM deliveries WHERE suspect = 1 ORDER BY 1")
        assert list(found) == [(1,), (3,)]
        assert await change(journal, "UPDATE deliveries SET done_at = 1") == 3
        assert await journal.write(deliveries.suspect_all) == 0
