"""Two workers that share the partitions, for tests that kill one of them: under a supervisor, or each by itself.

The journal is where the settings say (PostgreSQL), the broker is an embedded one that belongs to the test.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ddh_beredskab.run_drill import worker_child
from ddh_beredskab.settings import Settings
from ddh_beredskab.streams.child_process import Child
from ddh_beredskab.streams.embedded_broker import broker_child, free_port
from ddh_beredskab.streams.supervisor import Supervisor
from ddh_beredskab.streams.topics import ensure_topics
from tests.chaos.system import System

WORKERS = ("first", "second")


def worker_of_two(settings: Settings, environment: str, broker: str, name: str) -> Child:
    """One of several: with a name of its own, and not alone."""
    one = worker_child(settings, environment, broker)
    return replace(one, name=name, argv=[each for each in one.argv if each != "--alone"])


@asynccontextmanager
async def supervised_cluster(settings: Settings, environment: str) -> AsyncGenerator[System]:
    """Broker, first and second under a supervisor of this process."""
    port = free_port()
    address = f"127.0.0.1:{port}"
    children = [broker_child(port, then=lambda: ensure_topics(address, f"{environment}."))]
    children += [worker_of_two(settings, environment, f"kafka://{address}", name) for name in WORKERS]
    supervisor = Supervisor(children, settings.data)
    try:
        await supervisor.start()
        yield System(settings.data, 0, began=time.monotonic())
    finally:
        await supervisor.stop()


@dataclass
class Lone:
    """A worker that nobody watches."""

    process: asyncio.subprocess.Process
    log: Path

    def said(self, words: str) -> int:
        """How often its log holds the words."""
        return self.log.read_text(errors="replace").count(words)


@asynccontextmanager
async def lone_worker(settings: Settings, environment: str, broker: str, name: str, **env: str) -> AsyncGenerator[Lone]:
    """A worker process without a supervisor; killed at the end."""
    child = worker_of_two(settings, environment, broker, name)
    given = {key: value for key, value in child.env.items() if value is not None}
    log = settings.data / f"{name}.log"
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            *child.argv, env={**os.environ, **given, **env}, stdout=out, stderr=out, stdin=asyncio.subprocess.DEVNULL
        )
    try:
        yield Lone(process, log)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
