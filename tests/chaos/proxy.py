"""A bad line to the broker: a TCP proxy that delays, cuts connections, or goes on holding them and passes nothing on.

`delay` is what each chunk waits, `reset` cuts all connections (RST), `hole` is a half-open line: both ends believe in
it and nothing comes through. New connections are refused while `refusing`.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

_CHUNK = 65536


class Proxy:
    """One listening port in front of another; how bad it is may be changed at any time."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._server: asyncio.Server | None = None
        self._pairs: set[tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = set()
        self._through = asyncio.Event()
        self._through.set()
        self.delay = 0.0
        self.refusing = False
        self.cut = 0
        """How many connections have been cut."""

    async def listen(self, port: int) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)

    def hole(self, *, on: bool) -> None:
        """From now on nothing comes through, or everything again."""
        if on:
            self._through.clear()
        else:
            self._through.set()

    def reset(self) -> None:
        """Cut every connection, as a rebooted router does."""
        for pair in list(self._pairs):
            self.cut += 1
            for writer in pair:
                _cut(writer)

    async def close(self) -> None:
        self._through.set()
        if self._server is not None:
            self._server.close()
        self.reset()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refusing:
            return _cut(writer)
        try:
            to_reader, to_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            return _cut(writer)
        pair = (writer, to_writer)
        self._pairs.add(pair)
        try:
            await asyncio.gather(self._pass(reader, to_writer), self._pass(to_reader, writer))
        except asyncio.CancelledError:
            pass  # the test is over; asyncio's streams complain of a connection that is cancelled
        finally:
            self._pairs.discard(pair)
            for each in pair:
                each.close()
        return None

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while chunk := await reader.read(_CHUNK):
                if self.delay:
                    await asyncio.sleep(self.delay)
                await self._through.wait()
                writer.write(chunk)
                await writer.drain()
            writer.close()


def _cut(writer: asyncio.StreamWriter) -> None:
    """With a linger of zero a close is an RST."""
    raw: socket.socket | None = writer.get_extra_info("socket")
    if raw is not None:
        with contextlib.suppress(OSError):
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@asynccontextmanager
async def a_bad_line(port: int, target: int) -> AsyncGenerator[Proxy]:
    """A proxy on `port` in front of `target`."""
    proxy = Proxy(target)
    await proxy.listen(port)
    try:
        yield proxy
    finally:
        await proxy.close()
