"""What one handled message costs as a stream grows: it should stay flat from 100 to 10,000 events.

The real journal on disk (FULL), the real logbook decider, no Kafka: door commit, then handling one delivery in a
transaction, with a warm state. Also the cold load of the whole stream, with its snapshot.
"""

from __future__ import annotations

import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from benchmarks.common import row
from ddh_beredskab import bootstrap
from ddh_beredskab.doors import accept
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.journal.database import SqliteDatabase
from ddh_beredskab.journal.handling import Handled, handle_step
from ddh_beredskab.journal.messages import Journal
from ddh_beredskab.journal.migrate import prepare_sqlite
from ddh_beredskab.journal.states import StateCache
from ddh_beredskab.settings import Settings
from schemas.base import Actor
from schemas.logbook import WriteLogEntry

_KEEPER = Actor(person="bench-logfoerer", role="log_keeper")


def run(sizes: tuple[int, ...]) -> dict[int, float]:
    """Microseconds a handled message at each size (median of the last 50)."""
    decider = bootstrap.deciders(bootstrap.rules(Settings()))["logbook"]
    cost: dict[int, float] = {}
    cold: dict[int, float] = {}
    with tempfile.TemporaryDirectory(prefix="ddh-bench-") as folder:
        path = Path(folder) / "journal.db"
        prepare_sqlite(path)
        database = SqliteDatabase(path)
        cache = StateCache()

        def handle(kept: StateCache) -> Handled:
            def job(conn: Conn) -> Handled:
                return handle_step(conn, Journal(), decider, "bench", kept, datetime.now(UTC))

            done = database.write_now(job)
            for stream, loaded in done.states.items():
                kept.put(stream, loaded)
            return done

        def write(conn: Conn, number: int) -> None:
            now = datetime.now(UTC)
            entry = WriteLogEntry(kind="action", text=f"Handling nr. {number}", happened_at=now)
            accept(conn, Journal(), entry, "bench", _KEEPER, time=now)

        size = 0
        for target in sizes:
            while size < target - 50:
                step = min(50, target - 50 - size)
                database.write_now(lambda conn, step=step, size=size: [write(conn, size + n) for n in range(step)])
                handle(cache)
                size += step
            taken: list[float] = []
            for _ in range(50):
                database.write_now(lambda conn, size=size: write(conn, size))
                began = time.perf_counter()
                handle(cache)
                taken.append((time.perf_counter() - began) * 1e6)
                size += 1
            cost[target] = median(taken)
            database.write_now(lambda conn, size=size: write(conn, size))
            began = time.perf_counter()
            handle(StateCache())
            cold[target] = (time.perf_counter() - began) * 1e3
            size += 1
        database.close_now()
    print("\n## Handling one message as its stream grows\n")
    row("events in the stream", "us a message (warm)", "x of the smallest", "ms with an empty cache")
    row("---", "---", "---", "---")
    for target in sizes:
        row(f"{target:,}", f"{cost[target]:.0f}", f"{cost[target] / cost[sizes[0]]:.2f}", f"{cold[target]:.1f}")
    return cost
