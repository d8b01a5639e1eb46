"""The real system as an operator starts it: `ddh-beredskab up` in a process of its own, and the faults that hit it.

Pids come from the supervisor's own status file; faults are drawn by a seed and told with the second they fell.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import sys
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ddh_beredskab.streams.embedded_broker import free_port
from ddh_beredskab.streams.supervisor_file import ChildEntry, read_status
from tests.chaos.stage import until

Kind = Literal["SIGKILL", "SIGTERM", "SIGSTOP"]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is done to which process; a stopped one goes on after so many seconds, if it is still there."""

    kind: Kind
    child: str
    seconds: float = 0.0

    def __str__(self) -> str:
        return f"{self.kind} {self.child}" + (f" for {self.seconds:.1f} s" if self.seconds else "")


@dataclass
class System:
    """A running `up`, or another supervisor's processes: its folder and its page."""

    data: Path
    port: int
    began: float = field(default_factory=time.monotonic)

    @property
    def page(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def children(self) -> dict[str, ChildEntry]:
        status = read_status(self.data)
        return status["children"] if status else {}

    def running(self, name: str) -> int | None:
        """The pid of a child that is there and ready."""
        child = self.children().get(name)
        return child["pid"] if child and child["state"] == "running" else None

    async def inflict(self, fault: Fault) -> bool:
        """Do it, as soon as the child runs; a stopped one is continued before this returns."""
        await until(lambda: self.running(fault.child) is not None)
        pid = self.running(fault.child)
        if pid is None:
            return False
        try:
            os.kill(pid, signal.Signals[fault.kind])
        except ProcessLookupError:
            return False
        if fault.kind == "SIGSTOP":
            await asyncio.sleep(fault.seconds)
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
        return True

    def restarts(self) -> dict[str, int]:
        return {name: child["restarts"] for name, child in self.children().items()}


CHILDREN = ("broker", "worker", "feedback", "web")


@asynccontextmanager
async def system(
    data: Path, *, environment: Mapping[str, str] | None = None, children: tuple[str, ...] = CHILDREN
) -> AsyncGenerator[System]:
    """`ddh-beredskab up` from its start until all its processes run; ended with SIGTERM."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "ddh_beredskab.cli", "up", "--data", str(data), "--port", str(port),
        env={**os.environ, **(environment or {})}, stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    running = System(data, port)
    try:
        await until(lambda: process.returncode is not None or all(map(running.running, children)), 120)
        assert process.returncode is None, "the system did not start; see its log folder"
        yield running
    finally:
        if process.returncode is None:
            process.terminate()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(30):
                    await process.wait()
        if process.returncode is None:
            process.kill()
            await process.wait()


PAUSE_SECONDS = (0.1, 1.0)
"""Between being back to work and the next fault."""


def drawn(draw: random.Random, weights: Mapping[str, int]) -> Fault:
    """The next fault. A process stands still for longer than its session (3 s), some for longer than the supervisor
    bears it (5 s)."""
    (child,) = draw.choices(list(weights), list(weights.values()))
    kind: Kind = draw.choices(("SIGKILL", "SIGTERM", "SIGSTOP"), (5, 2, 3))[0]
    return Fault(kind, child, draw.uniform(3.5, 8.0) if kind == "SIGSTOP" else 0.0)
