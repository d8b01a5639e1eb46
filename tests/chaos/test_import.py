"""A long file of questions, read in while its reader, the counter and the broker are killed: each row counts once.

What the windows should hold is counted here, by whoever wrote the file and not by our code. Rows come late, twice and
broken. `DDH_CHAOS_FULL=1` reads 100,000 rows.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ddh_beredskab import bootstrap
from ddh_beredskab.core.playbook import Topic
from ddh_beredskab.danish_time import local
from ddh_beredskab.doors import accept
from ddh_beredskab.journal import intake
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.database import Database
from ddh_beredskab.journal.messages import Journal
from ddh_beredskab.playbooks import load_playbooks
from ddh_beredskab.run_drill import worker_child
from ddh_beredskab.settings import Settings
from ddh_beredskab.streams.embedded_broker import broker_child, free_port
from ddh_beredskab.streams.supervisor import Supervisor
from ddh_beredskab.streams.topics import ensure_topics
from schemas.base import Command
from tests.chaos.stage import Run, until, whole

NAME, CRISIS = "oevelse.indlaes-1", "k1"
WHOLE_LENGTH, SHORT = 100_000, 12_000
ROWS = WHOLE_LENGTH if os.environ.get("DDH_CHAOS_FULL") == "1" else SHORT
EVENING = datetime(2023, 10, 20, 16, tzinfo=UTC)
MUNICIPALITIES = {"9001": "9001", "851": "0851", "Aalborg": "0851", "Thisted Kommune": "0787", "": ""}
ANSWERS = {"ja": 1, "delvist": 2, "nej": 3, "": 2}
"""Word in the file -> place in the figures."""
PASSED_ON = {"": 0, "løst": 0, "omstillet": 1, "akut omstillet": 2}
BROKEN = (
    "i går;1;ja;;9001;x;", "20-10-2023 21:05;bold;ja;;9001;x;", "1;2;3", "20-10-2099 21:05;1;ja;;9001;x;",
    "20-10-2023 21:05;1;ja;;By;x;",
)  # fmt: skip
Figures = tuple[int, int, int, int, int, int]

_WINDOWS = Statement(
    "SELECT topic, municipality, window_start, total, answered_yes, answered_partly, answered_no, transferred, urgent"
    " FROM feedback_windows WHERE crisis = 'k1'"
)
_REPORTED = Statement("SELECT count(*) FROM messages WHERE stream IS NOT NULL AND subject = 'k1'")
_STORED = Statement("SELECT count(*) FROM feedback_items")


@dataclass
class Written:
    """The file, and what the windows must hold after it."""

    lines: list[str] = field(default_factory=list[str])
    counts: dict[tuple[str, str, int], Counter[int]] = field(default_factory=dict[tuple[str, str, int], Counter[int]])
    good: int = 0
    again: int = 0
    late: int = 0
    broken: int = 0

    def windows(self) -> dict[tuple[str, str, int], Figures]:
        return {key: (c[0], c[1], c[2], c[3], c[4], c[5]) for key, c in self.counts.items()}


def write_file(path: Path, topics: Sequence[Topic], minutes: int) -> Written:
    """Rows in no order of time: some an hour late, some twice under one id, some that nobody can use."""
    lots, written, size = random.Random(5), Written(), minutes * 60
    known = list[str]()
    for number in range(ROWS):
        draw = lots.random()
        if draw < 0.02:
            written.lines.append(lots.choice(BROKEN))
            written.broken += 1
            continue
        if draw < 0.05 and known:
            written.lines.append(lots.choice(known[-40:]))
            written.again += 1
            continue
        at = EVENING + timedelta(seconds=number * 14_400 // ROWS)
        if draw < 0.15:
            at -= timedelta(minutes=lots.randrange(10, 90))
            written.late += 1
        topic, place = lots.choice(topics), lots.choice(list(MUNICIPALITIES))
        answer, outcome = lots.choice(list(ANSWERS)), lots.choice(list(PASSED_ON))
        called = lots.choice((topic.key, topic.label.upper(), str(topic.number)))
        line = f"{local(at):%d-%m-%Y %H:%M:%S};{called};{answer};{outcome};{place};Hvad nu? {lots.randrange(1000)};"
        if lots.random() < 0.7:
            line += f"id{number}"
            known.append(line)
        written.lines.append(line)
        count(written, topic.key, MUNICIPALITIES[place], at, ANSWERS[answer], PASSED_ON[outcome], size)
    path.write_text("Tid;Emne;Svar;Udfald;Kommune;Tekst;Id\n" + "\n".join(written.lines) + "\n", encoding="utf-8")
    return written


def count(written: Written, topic: str, place: str, at: datetime, answer: int, passed_on: int, size: int) -> None:
    """total, yes, partly, no, passed on, urgent."""
    written.good += 1
    second = int(at.timestamp())
    figures = written.counts.setdefault((topic, place, (second - second % size) * 1_000_000), Counter())
    figures[0] += 1
    figures[answer] += 1
    figures[4] += passed_on > 0
    figures[5] += passed_on == 2


def windows(conn: Conn) -> dict[tuple[str, str, int], Figures]:
    return {(r[0], r[1], int(r[2])): (r[3], r[4], r[5], r[6], r[7], r[8]) for r in conn.all(_WINDOWS)}


async def one(database: Database, question: Statement) -> int:
    row = await database.read(lambda conn: conn.one(question))
    return int(row[0]) if row else 0


async def reader(file: Path, data: Path) -> asyncio.subprocess.Process:
    """`feedback import` in a process of its own."""
    columns = zip(("time", "topic", "answered", "resolution", "municipality", "text", "id"),
                  ("Tid", "Emne", "Svar", "Udfald", "Kommune", "Tekst", "Id"), strict=True)  # fmt: skip
    words = [word for name, column in columns for word in ("--map", f"{name}={column}")]
    return await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "ddh_beredskab.cli", "feedback", "import", str(file), "--crisis", CRISIS, *words,
        "--data", str(data), "--json", stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def read_in(file: Path, data: Path) -> dict[str, Any]:
    process = await reader(file, data)
    said, _ = await process.communicate()
    assert process.returncode == 0, said
    found: dict[str, Any] = json.loads(said)
    return found


async def all_counted(database: Database) -> None:
    async with asyncio.timeout(300):
        while (await database.read(intake.uncounted))[0]:
            await database.changed(0.2)


@pytest.mark.timeout(900)
async def test_a_file_read_while_reader_counter_and_broker_are_killed_counts_each_row_once(tmp_path: Path) -> None:
    settings, books = Settings(data=tmp_path), load_playbooks()
    file = tmp_path / "spørgsmål.csv"
    written = write_file(file, books.kinds["stormflod"].topics, books.limits.feedback_window_minutes)
    database = await bootstrap.open_journal(settings, NAME)
    port = free_port()
    children = [
        broker_child(port, then=lambda: ensure_topics(f"127.0.0.1:{port}", f"{NAME}.")),
        worker_child(settings, NAME, f"kafka://127.0.0.1:{port}"),
    ]
    run = Run(tmp_path, "indlaes-1")
    supervisor = Supervisor(children, tmp_path / "oevelse" / "indlaes-1" / "run")
    report = whole().inputs[0]
    assert isinstance(report.payload, Command)
    command = report.payload
    try:
        await supervisor.start()
        await database.write(lambda c: accept(c, Journal(NAME), command, CRISIS, report.actor, time=report.at))
        while not await one(database, _REPORTED):
            await database.changed(1.0)

        first = await reader(file, tmp_path)
        while await one(database, _STORED) < ROWS // 4:
            await database.changed(0.01)
        run.kill("broker")
        first.send_signal(signal.SIGKILL)
        await first.communicate()
        cut_off_at = await one(database, _STORED)
        assert 0 < cut_off_at < written.good

        began = time.monotonic()
        second = asyncio.create_task(read_in(file, tmp_path))
        await until(lambda: run.is_running("broker"))
        run.kill("worker")
        result = await second
        await all_counted(database)
        took = time.monotonic() - began
        assert (result["rows"], len(result["skipped"])) == (written.good + written.again, written.broken)
        assert result["new"] == written.good - cut_off_at
        assert await database.read(windows) == written.windows()

        again = await read_in(file, tmp_path)
        assert (again["new"], again["known"]) == (0, written.good + written.again)
        await all_counted(database)
        assert await database.read(windows) == written.windows()
        print(  # noqa: T201 - the figures of this run
            f"\n{ROWS} rows (CI: {SHORT}, full: {WHOLE_LENGTH}): {written.good} questions in {len(written.counts)}"
            f" windows, {written.late} late, {written.again} twice, {written.broken} broken; reader killed at"
            f" {cut_off_at}, broker and worker killed; read again and counted in {took:.1f} s"
        )
    finally:
        await supervisor.stop()
        await database.close()
