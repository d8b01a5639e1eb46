"""The engine at work beside a command line: a thread that decides what is waiting, without a broker."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from ddh_beredskab.bootstrap import deciders
from ddh_beredskab.journal import deliveries
from ddh_beredskab.journal.clock_row import clock_now
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.journal.database import SqliteDatabase
from ddh_beredskab.journal.handling import handle_step
from ddh_beredskab.journal.messages import Journal
from ddh_beredskab.journal.migrate import prepare_sqlite
from ddh_beredskab.journal.states import StateCache
from ddh_beredskab.playbooks import load_playbooks
from ddh_beredskab.projections import MODELS, step


@contextmanager
def at_work(path: Path, environment: str = "drift") -> Generator[None]:
    """Everything that waits in this journal is decided and folded, every few milliseconds."""
    prepare_sqlite(path)
    made = deciders(load_playbooks())
    stop = threading.Event()

    def decide(conn: Conn) -> None:
        for oldest in deliveries.oldest_undone(conn):
            decider, journal = made[oldest.concern], Journal(environment=environment)
            handle_step(conn, journal, decider, oldest.crisis, StateCache(), clock_now(conn))
        step(conn, MODELS)

    def work() -> None:
        database = SqliteDatabase(path)
        while not stop.wait(0.02):
            database.write_now(decide)
        database.close_now()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
