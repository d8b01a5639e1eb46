"""What the benchmarks share: an own broker, worker processes, a drill folder, percentiles and table lines."""

from __future__ import annotations

import contextlib
import statistics
import tempfile
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

from ddh_beredskab.journal.database import SqliteDatabase
from ddh_beredskab.journal.migrate import prepare_sqlite
from ddh_beredskab.run_drill import worker_child
from ddh_beredskab.settings import Settings
from ddh_beredskab.streams.embedded_broker import broker_child, free_port
from ddh_beredskab.streams.supervisor import Supervisor
from ddh_beredskab.streams.topics import ensure_topics

FETCH_WAIT_MS = 5


@contextlib.asynccontextmanager
async def system(*, workers: Sequence[str] = ()) -> AsyncGenerator[tuple[SqliteDatabase, str]]:
    """A journal in a fresh folder, a broker, and workers (`commands`, `feedback` or `all`); yields both."""
    with tempfile.TemporaryDirectory(prefix="ddh-bench-") as folder:
        port = free_port()
        servers = f"127.0.0.1:{port}"
        settings = Settings(data=Path(folder), broker=f"kafka://{servers}")
        path = Path(folder) / "drift" / "journal.db"
        prepare_sqlite(path)
        children = [broker_child(port, then=lambda: _topics(servers))]
        children += [worker_child(settings, "drift", f"kafka://{servers}", only) for only in workers]
        supervisor = Supervisor(children, Path(folder) / "run")
        database = SqliteDatabase(path)
        try:
            await supervisor.start()
            yield database, servers
        finally:
            await supervisor.stop()
            await database.close()


async def _topics(servers: str) -> None:
    await ensure_topics(servers, "drift.")


def percentile(values: Sequence[float], share: float) -> float:
    """The value that so large a share lies at or below."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def spread(values: Sequence[float]) -> str:
    """min/median/max."""
    return f"{min(values):.1f}/{statistics.median(values):.1f}/{max(values):.1f}"


def row(*cells: object) -> None:
    """One line of a Markdown table."""
    print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)
