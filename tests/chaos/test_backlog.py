"""A broker killed -9 forgets what it held; with a thousand commands waiting, that costs seconds and no message."""

from __future__ import annotations

import time
from pathlib import Path

from ddh_beredskab import bootstrap
from ddh_beredskab.core.decider import own_stream
from ddh_beredskab.doors import accept
from ddh_beredskab.drills.account import all_messages, doubled_effects
from ddh_beredskab.journal import deliveries
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.journal.database import Database
from ddh_beredskab.journal.messages import Journal, read_stream
from ddh_beredskab.journal.verify import verify_journal
from ddh_beredskab.run_drill import worker_child
from ddh_beredskab.settings import Settings
from ddh_beredskab.streams.embedded_broker import broker_child, free_port
from ddh_beredskab.streams.supervisor import Supervisor
from ddh_beredskab.streams.topics import ensure_topics
from schemas.base import Command
from schemas.logbook import LogEntryRecorded, WriteLogEntry
from tests.chaos.stage import Run, until, whole

NAME = "oevelse.backlog-1"
CRISES, ENTRIES, KILLS = 8, 120, 20


def _report(conn: Conn) -> None:
    """Eight calls for help."""
    report = whole().inputs[0]
    assert isinstance(report.payload, Command)
    for crisis in range(CRISES):
        accept(conn, Journal(NAME), report.payload, f"k{crisis}", report.actor, time=report.at)


def _write(conn: Conn) -> int:
    """A hundred and twenty log entries by hand for each, all at once; how many deliveries wait now."""
    entry = next(each for each in whole().inputs if isinstance(each.payload, WriteLogEntry))
    assert isinstance(entry.payload, WriteLogEntry)
    for number in range(ENTRIES):
        for crisis in range(CRISES):
            one = entry.payload.model_copy(update={"text": f"Melding {number}"})
            accept(conn, Journal(NAME), one, f"k{crisis}", entry.actor)
    return deliveries.count_undone(conn)


def _by_hand(conn: Conn, crisis: str) -> int:
    events = (each.message for each in read_stream(conn, own_stream("logbook", crisis)))
    return sum(isinstance(each, LogEntryRecorded) and each.text.startswith("Melding") for each in events)


async def _all_handled(database: Database) -> None:
    while await database.read(deliveries.count_undone):
        await database.changed(1.0)


async def test_a_broker_wiped_twenty_times_with_a_thousand_commands_waiting(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    database = await bootstrap.open_journal(settings, NAME)
    port = free_port()
    children = [
        broker_child(port, then=lambda: ensure_topics(f"127.0.0.1:{port}", f"{NAME}.")),
        worker_child(settings, NAME, f"kafka://127.0.0.1:{port}"),
    ]
    run = Run(tmp_path, "backlog-1")
    supervisor = Supervisor(children, tmp_path / "oevelse" / "backlog-1" / "run")
    try:
        await supervisor.start()
        await database.write(_report)
        await _all_handled(database)
        began = time.monotonic()
        waiting = await database.write(_write)
        for _ in range(KILLS):
            run.kill("broker")
            restarts = len(run.faults.done)
            await until(lambda: run.restarts()["broker"] >= restarts and run.is_running("broker"))  # noqa: B023
        back = time.monotonic()
        await _all_handled(database)
        drained = time.monotonic() - back
        assert len(run.faults.done) == KILLS
        print(  # noqa: T201 - the figures of this run
            f"\n{waiting} deliveries waiting, broker killed {KILLS} times in {back - began:.1f} s; all handled"
            f" {drained:.1f} s after it was back"
        )
        outcomes = await database.read(deliveries.counts_by_outcome)
        assert set(outcomes) <= {"decided", "nothing"}, outcomes
        for crisis in range(CRISES):
            assert await database.read(lambda conn, c=crisis: _by_hand(conn, f"k{c}")) == ENTRIES
        assert await database.read(lambda conn: doubled_effects(all_messages(conn))) == []
        assert await database.read(verify_journal) == []
    finally:
        await supervisor.stop()
        await database.close()
