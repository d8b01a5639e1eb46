"""Who looks on while the storm is sent, each in a process of its own: 500 screens, and one who watches the journal.

`python -m benchmarks.onlookers screens HOST PORT COUNT TOKEN-FILE OUT` writes `marker seconds` for each time a screen
gets a log entry; `... journal FILE OUT` writes `id seconds` when every concern has done a command. Seconds are the
machine's monotonic clock, which all processes share. Both end at SIGTERM.
"""

from __future__ import annotations

import asyncio
import re
import signal
import sys
import time
from pathlib import Path
from typing import Any, TextIO

from typing_extensions import override

from benchmarks.storm import crises
from ddh_beredskab.journal import driver

_MARKER = re.compile(rb"M([0-9]{6})M")
LOOK_EVERY = 0.02


class Screen(asyncio.Protocol):
    """One browser that has just loaded the page of a crisis; it only listens."""

    open = 0
    lost = 0

    def __init__(self, host: str, crisis: str, out: TextIO, token: str) -> None:
        self._host, self._crisis, self._out, self._token = host, crisis, out, token
        self._seen = set[bytes]()
        self._rest = b""

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        head = f"Host: {self._host}\r\nAccept: text/event-stream\r\nAuthorization: Bearer {self._token}\r\n\r\n"
        asking = f"GET /live?topic=drift/{self._crisis}@999999 HTTP/1.1\r\n{head}"
        assert isinstance(transport, asyncio.Transport)
        transport.write(asking.encode())
        Screen.open += 1

    @override
    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        text = self._rest + data
        for found in _MARKER.finditer(text):
            if found[1] not in self._seen:
                self._seen.add(found[1])
                self._out.write(f"{found[1].decode()} {now:.6f}\n")
        self._rest = text[-8:]

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        Screen.open -= 1
        Screen.lost += 1


async def screens(host: str, port: int, count: int, token: str, out: TextIO, stopping: asyncio.Event) -> None:
    """Open the screens, a hundred a second, and listen until told to stop."""
    loop, names = asyncio.get_running_loop(), crises()
    for number in range(count):
        crisis = names[number % len(names)]
        await loop.create_connection(lambda crisis=crisis: Screen(f"{host}:{port}", crisis, out, token), host, port)
        await asyncio.sleep(0.01)
    out.write(f"# open {Screen.open}\n")
    out.flush()
    await stopping.wait()
    out.write(f"# lost {Screen.lost}\n")


async def journal(file: str, out: TextIO, stopping: asyncio.Event) -> None:
    """Look for commands that every concern has done, fifty times a second, through a connection of our own."""
    connection = driver.connect(file, readonly=True)
    position, waiting = 0, dict[int, str]()
    while not stopping.is_set():
        began = time.monotonic()
        new: list[Any] = connection.execute(
            "SELECT position, id, stream FROM messages WHERE position > ? ORDER BY position", (position,)
        ).fetchall()
        for at, id_, stream in new:
            position = at
            if stream is None:
                waiting[at] = id_
        if waiting:
            undone = {row[0] for row in connection.execute("SELECT position FROM deliveries WHERE done_at IS NULL")}
            now = time.monotonic()
            for at in [at for at in waiting if at not in undone]:
                out.write(f"{waiting.pop(at)} {now:.6f}\n")
        await asyncio.sleep(max(0.0, LOOK_EVERY - (time.monotonic() - began)))
    out.write(f"# waiting {len(waiting)}\n")


async def main(argv: list[str]) -> None:
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    with Path(argv[-1]).open("w", encoding="ascii", buffering=1 << 16) as out:  # noqa: ASYNC230 - before anything runs
        match argv:
            case ["screens", host, port, count, token_file, _]:
                token = Path(token_file).read_text().strip()  # noqa: ASYNC240 - before anything runs
                await screens(host, int(port), int(count), token, out, stopping)
            case ["journal", file, _]:
                await journal(file, out, stopping)
            case _:
                raise SystemExit(__doc__)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
