"""A concern that never finishes holds its partition's commits; the worker says so while the other concerns go on."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

from ddh_beredskab.journal.migrate import prepare_sqlite
from ddh_beredskab.ops.facts import Facts, read_facts
from ddh_beredskab.ops.judgement import judge
from ddh_beredskab.ops.metrics import metrics
from schemas.guides import ConfirmGuide
from tests.journal.desk import entry
from tests.services import Tansu
from tests.streams.post import a_journal, give


async def test_a_partition_whose_commits_are_stuck_while_it_works_is_told_loudly(tansu: Tansu, tmp_path: Path) -> None:
    prepare_sqlite(tmp_path / "drift" / "journal.db")
    environment = {"DDH_DATA": str(tmp_path), "DDH_BROKER": f"kafka://{tansu.address}"}
    log = (tmp_path / "worker.log").open("wb")
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.kafka.stuck_script", env={**os.environ, **environment}, stderr=log
    )
    try:
        async with a_journal(tmp_path) as journal, asyncio.timeout(120):
            await give(journal, "k1", ConfirmGuide(version=1))
            told: list[Facts] = []
            while not told or not _stuck(told[-1]):
                await give(journal, "k1", entry("vi arbejder videre"))
                await asyncio.sleep(1)
                told.append(await journal.read(lambda conn: read_facts(conn, "drift")))
    finally:
        worker.kill()
        await worker.wait()
        log.close()
    stuck = {each["topic"]: each for each in _stuck(told[-1])}  # one stream over both topics: it may hold both
    assert stuck["drift.commands"]["committed"] == 0
    assert stuck["drift.commands"]["read"] >= 4
    (status,) = told[-1].workers.values()
    assert status["figures"]["handled"] >= 3  # the log went on
    lines = [json.loads(line) for line in (tmp_path / "worker.log").read_text().splitlines() if line.startswith("{")]
    alarms = [line for line in lines if line["event"].startswith("commits are stuck")]
    assert {(line["level"], line["environment"], line["topic"]) for line in alarms} >= {
        ("error", "drift", "drift.commands")
    }
    assert len(alarms) <= len(stuck)  # told once, not every second
    assert "commits" in {each.name for each in judge(told[-1]) if each.state == "wrong"}
    figures = metrics(told[-1:]).decode()
    (seconds,) = [line.rpartition(" ")[2] for line in figures.splitlines() if line.startswith("ddh_commit_stuck_")]
    assert float(seconds) > 4


def _stuck(facts: Facts) -> list[dict[str, Any]]:
    return [each for status in facts.workers.values() for each in status.get("commit_stuck", [])]
