"""Two thousand viewers of one crisis on one web process: `python -m benchmarks.viewers [--count 2000] [--updates 20]`.

Each update is a log entry that the crisis gets; how long until the *last* viewer has it, held against the floor: a bare
asyncio server that writes bytes of the same length to as many connections, read by the same client, in the same run.
Memory is what the web process has grown by, per viewer.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import multiprocessing
import os
import re
import sys
import tempfile
import time
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from typing_extensions import override

from benchmarks.common import percentile, row
from ddh_beredskab.bootstrap import deciders
from ddh_beredskab.doors import accept
from ddh_beredskab.journal import deliveries
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.journal.database import SqliteDatabase, sqlite_path
from ddh_beredskab.journal.handling import handle_step
from ddh_beredskab.journal.messages import Journal
from ddh_beredskab.journal.migrate import prepare_sqlite
from ddh_beredskab.journal.states import StateCache
from ddh_beredskab.playbooks import load_playbooks
from ddh_beredskab.projections import MODELS, step
from ddh_beredskab.streams.embedded_broker import free_port
from schemas.activation import Authority, Directory, ReportIncident, SteeringMember
from schemas.base import Actor
from schemas.logbook import WriteLogEntry

HOST = "127.0.0.1"
TOKEN = "et-token-til-maalinger-0123456789"
CRISIS = "maalt"
_MARKER = re.compile(rb"M([0-9]{6})M")


class Viewer(asyncio.Protocol):
    """Listens for markers; each is noted once, with its second."""

    def __init__(self, request: bytes, seen: dict[bytes, list[float]]) -> None:
        self._request, self._seen, self._mine, self._rest = request, seen, set[bytes](), b""

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(self._request)

    @override
    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        text = self._rest + data
        for found in _MARKER.finditer(text):
            if found[1] not in self._mine:
                self._mine.add(found[1])
                self._seen.setdefault(found[1], []).append(now)
        self._rest = text[-8:]


class Engine:
    """The journal with one crisis, and what a worker does with it, in the measuring process."""

    def __init__(self, path: Path) -> None:
        prepare_sqlite(path)
        self.database = SqliteDatabase(path)
        self._journal = Journal()
        self._deciders = deciders(load_playbooks())
        self._caches = {name: StateCache() for name in self._deciders}

    def take(self, command: Any, actor: Actor) -> None:
        def job(conn: Conn) -> None:
            now = datetime.now(UTC)
            accept(conn, self._journal, command, CRISIS, actor)
            while oldest := deliveries.oldest_undone(conn):
                for each in oldest:
                    cache = self._caches[each.concern]
                    decider = self._deciders[each.concern]
                    handled = handle_step(conn, self._journal, decider, each.crisis, cache, now)
                    for stream, loaded in handled.states.items():
                        cache.put(stream, loaded)
            while step(conn, MODELS):
                pass

        self.database.write_now(job)


def _floor(port: int, length: int, ready: Any, go: Any) -> None:
    """The bare server: everybody who connects gets the bytes when told to."""

    async def serve() -> None:
        writers: list[asyncio.StreamWriter] = []

        async def come(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writers.append(writer)

        server = await asyncio.start_server(come, HOST, port, backlog=4096)
        async with server:
            ready.set()
            while True:
                marker = await asyncio.to_thread(go.get)
                if marker is None:
                    return
                text = f"M{marker:06d}M".encode()
                told = text + b"x" * (length - len(text))
                for writer in writers:
                    writer.write(told)

    asyncio.run(serve())


async def _connect(port: int, count: int, request: bytes, seen: dict[bytes, list[float]]) -> list[asyncio.Transport]:
    loop = asyncio.get_running_loop()
    found: list[asyncio.Transport] = []
    for number in range(count):
        transport, _ = await loop.create_connection(lambda: Viewer(request, seen), HOST, port)
        found.append(transport)
        if number % 50 == 49:
            await asyncio.sleep(0.02)
    return found


async def _all_have(seen: dict[bytes, list[float]], marker: bytes, count: int, within: float = 30) -> float | None:
    until = time.monotonic() + within
    while len(seen.get(marker, ())) < count:
        if time.monotonic() > until:
            return None
        await asyncio.sleep(0.005)
    return max(seen[marker])


async def _measure_floor(count: int, updates: int, length: int) -> list[float]:
    context, port = multiprocessing.get_context("spawn"), free_port()
    ready, go = context.Event(), context.Queue()
    process = context.Process(target=_floor, args=(port, length, ready, go), daemon=True)
    process.start()
    await asyncio.to_thread(ready.wait)
    seen: dict[bytes, list[float]] = {}
    viewers = await _connect(port, count, b"GET / HTTP/1.1\r\n\r\n", seen)
    await asyncio.sleep(1)
    taken: list[float] = []
    for number in range(updates):
        began = time.monotonic()
        go.put(number)
        last = await _all_have(seen, b"%06d" % number, count)
        assert last is not None, "the floor lost something"
        taken.append(last - began)
        await asyncio.sleep(0.2)
    for each in viewers:
        each.abort()
    go.put(None)
    process.join(5)
    return taken


@contextlib.asynccontextmanager
async def web_process(data: Path, port: int) -> AsyncGenerator[int]:
    """The real web over a folder; its process id."""
    settings = {"DDH_DATA": str(data), "DDH_PORT": str(port), "DDH_LOG_LEVEL": "ERROR", "DDH_API_TOKEN": TOKEN}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "ddh_beredskab.web", env={**os.environ, **settings}
    )
    try:
        async with asyncio.timeout(60):
            while True:
                try:
                    _, writer = await asyncio.open_connection(HOST, port)
                    writer.close()
                    break
                except OSError:
                    await asyncio.sleep(0.1)
        await asyncio.sleep(1)
        yield process.pid
    finally:
        process.terminate()
        await process.wait()


def _kilobytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/status").read_text().partition("VmRSS:")[2].split()[0])


async def measure(count: int, updates: int) -> bool:
    """Run both and print; whether every update came to everybody within the targets."""
    with tempfile.TemporaryDirectory(prefix="ddh-viewers-") as name:
        data, port = Path(name), free_port()
        engine = Engine(sqlite_path(data, "drift"))
        actor = Actor(person="rikke-klitroe", role="secretariat")
        engine.take(_incident(), actor)
        seen: dict[bytes, list[float]] = {}
        async with web_process(data, port) as pid:
            where, who = f"topic=drift/{CRISIS}@0", f"Authorization: Bearer {TOKEN}"
            request = f"GET /live?{where} HTTP/1.1\r\nHost: {HOST}:{port}\r\n{who}\r\n\r\n"
            first = await _connect(port, 20, request.encode(), {})  # templates, rules and caches are everybody's
            await asyncio.sleep(2)
            for each in first:
                each.abort()
            before, began = _kilobytes(pid), time.monotonic()
            viewers = await _connect(port, count, request.encode(), seen)
            opening = time.monotonic() - began
            await asyncio.sleep(3)
            each_kb = (_kilobytes(pid) - before) / count
            taken: list[float] = []
            missed = 0
            for number in range(updates):
                began = time.monotonic()
                text = f"Vandstanden stiger. M{number:06d}M"
                engine.take(WriteLogEntry(kind="information_in", text=text, happened_at=datetime.now(UTC)), actor)
                last = await _all_have(seen, b"%06d" % number, count)
                missed += last is None
                taken.append((last or began + 30) - began)
                await asyncio.sleep(0.3)
            for viewer in viewers:
                viewer.abort()
        engine.database.close_now()
    floor = await _measure_floor(count, updates, 3_000)
    ratio = percentile(taken, 0.5) / percentile(floor, 0.5)
    row("what", "n", "p50 ms", "max ms")
    row(*["---"] * 4)
    row("last viewer has the update", updates, *(f"{percentile(taken, share) * 1000:.0f}" for share in (0.5, 1.0)))
    row("floor: bare asyncio, 3 kB each", updates, *(f"{percentile(floor, s) * 1000:.0f}" for s in (0.5, 1.0)))
    sys.stdout.write(
        f"viewers: {count}; not delivered: {missed}; last viewer / floor: {ratio:.2f} (target <= 3.0);"
        f" memory: {each_kb:.1f} KB each (target <= 30); opened in {opening:.1f} s\n"
    )
    return missed == 0 and ratio <= 3.0 and each_kb <= 30


def _incident() -> ReportIncident:
    return ReportIncident(
        kind="stormflod", title="Målt",
        authority=Authority(code="9001", name="Opdigtet", affected=("9001",), fictional=True),
        asked_by="birgit", entered_by="birgit", entry="form", what_happened="Vand", where="Havnen", situation="Stiger",
        started="Intet", directory=Directory(
            steering_group=(SteeringMember(person="henrik", municipality="9002"),), candidates=()
        ),
    )  # fmt: skip


def run(*, smoke: bool) -> bool:
    """Print the table; `smoke`: two hundred viewers."""
    count, updates = (200, 5) if smoke else (2_000, 20)
    sys.stdout.write(f"\n## Live viewers: {count} on one web process, one crisis\n\n")
    return asyncio.run(measure(count, updates))


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.viewers", description=__doc__)
    parser.add_argument("--count", type=int, default=2_000)
    parser.add_argument("--updates", type=int, default=20)
    given = parser.parse_args()
    raise SystemExit(0 if asyncio.run(measure(given.count, given.updates)) else 1)


if __name__ == "__main__":
    main()
