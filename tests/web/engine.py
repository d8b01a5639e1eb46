"""The engine beside a web application in one process: what a worker does, without a broker in between.

For tests of pages that give commands: the door commits, the same deciders decide, the same read models fold.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from ddh_beredskab.drills.demo_people import add_demo_people
from ddh_beredskab.journal.database import sqlite_path
from tests.projections.stage import Stage, storm_surge
from tests.web.site import browser


@dataclass
class Desk:
    """A running site with its engine, and clients who are logged in as the demo's people."""

    data: Path
    stage: Stage
    client: httpx.AsyncClient
    others: dict[str, httpx.AsyncClient]

    async def be(self, person: str) -> httpx.AsyncClient:
        """A client of its own for a person of the demo (`birgit-vesterklit`, `rikke-klitroe`, ...)."""
        if person not in self.others:
            client = httpx.AsyncClient(transport=self.client._transport, base_url="http://testserver")  # pyright: ignore[reportPrivateUsage]
            answer = await client.post("/log-ind/som", data={"person": person})
            assert answer.status_code == 303, answer.text
            self.others[person] = client
        return self.others[person]


@contextlib.asynccontextmanager
async def desk(
    data: Path, *, environment: str = "drift", until: Any = None, play: bool = False
) -> AsyncGenerator[Desk]:
    """A site over one environment with the demo's people; with `play` the storm surge has been played (`until`)."""
    recording = storm_surge()
    operation = Stage(sqlite_path(data, "drift"), "drift", recording)
    operation.write(lambda conn: add_demo_people(conn, recording))
    stage = operation if environment == "drift" else Stage(sqlite_path(data, environment), environment, recording)
    if play:
        stage.play(until)

    async def work() -> None:
        while True:
            stage.live_step()
            await asyncio.sleep(0.02)

    async with browser(data, token=None, demo=True) as client:
        worker = asyncio.create_task(work())
        running = Desk(data, stage, client, {})
        try:
            yield running
        finally:
            worker.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await worker
            for each in running.others.values():
                await each.aclose()
