"""The disk fills up under a running worker: doors say so, nothing is half-written, and work goes on when there is room.

The limit of file size stands in for the full disk; it can be set on a process that runs, and lifted again.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
from pathlib import Path

import pytest

from ddh_beredskab import doors
from ddh_beredskab.invariants import check
from ddh_beredskab.journal import deliveries
from ddh_beredskab.journal.clock_row import clock_now
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.database import SqliteDatabase
from ddh_beredskab.projections import MODELS, behind
from schemas.activation import ReportIncident
from schemas.base import Actor
from schemas.logbook import WriteLogEntry
from tests.chaos.stage import whole
from tests.services import Tansu
from tests.streams.post import JOURNAL, a_journal
from tests.streams.test_worker import a_worker

CRISIS = "fuld-disk"
_KEEPER = Actor(person="proeve-logfoerer", role="log_keeper")
_ENTRIES = Statement("SELECT count(*) FROM messages WHERE type LIKE '%log_entry_recorded%'")


def entries(conn: Conn) -> int:
    row = conn.one(_ENTRIES)
    return int(row[0]) if row else 0


async def settled(journal: SqliteDatabase, within: float = 60) -> None:
    """Until nothing waits and the read models stand at the head."""
    async with asyncio.timeout(within):
        while await journal.read(deliveries.count_undone) or await journal.read(lambda conn: behind(conn, MODELS)):
            await journal.changed(0.2)


async def report(journal: SqliteDatabase) -> None:
    first = whole().inputs[0]
    assert isinstance(first.payload, ReportIncident)
    await doors.submit(journal, JOURNAL, first.payload, CRISIS, first.actor)


async def write(journal: SqliteDatabase, text: str) -> None:
    now = await journal.read(clock_now)
    entry = WriteLogEntry(kind="information_in", text=text, happened_at=now)
    await doors.submit(journal, JOURNAL, entry, CRISIS, _KEEPER)


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="only Linux sets limits on a process that runs")
@pytest.mark.timeout(150)
async def test_a_worker_whose_disk_is_full_waits_and_goes_on_when_there_is_room(tmp_path: Path, tansu: Tansu) -> None:
    async with a_journal(tmp_path) as journal, a_worker(tmp_path, tansu) as worker:
        await report(journal)
        await settled(journal)
        before = await journal.read(entries)
        soft, hard = resource.prlimit(worker.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, (4096, hard))
        for number in range(20):
            await write(journal, f"Melding {number}")  # this process has room: received is received
        await asyncio.sleep(6)  # long enough for the sweeper and every retry to meet the full disk
        assert await journal.read(deliveries.count_undone) == 20
        assert worker.returncode is None
        told = await refused(tmp_path)
        assert told["code"] == "disk_full"
        assert "ikke mere plads" in told["message"]
        assert await journal.read(deliveries.count_undone) == 20, "a refused command leaves nothing"
        resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, (soft, hard))
        began = time.monotonic()
        await settled(journal)
        assert worker.returncode is None
        assert await journal.read(entries) == before + 20
        held = await journal.read(lambda conn: check(conn, now=clock_now(conn), models=MODELS))
        assert held.ok, held.told()
        sys.stdout.write(f"worked on {time.monotonic() - began:.1f} s after there was room again\n")


async def refused(data: Path) -> dict[str, str]:
    """What the command line says to one who reports an incident on a full disk."""
    words = ["incident", "decide", CRISIS, "--person", "proeve-person", "--grounds", "Vandet stiger", "--provisional"]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.cli.limited", "4096", *words, "--data", str(data), "--json",
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said, _ = await process.communicate()
    found: dict[str, str] = json.loads(said)["error"]
    return found
