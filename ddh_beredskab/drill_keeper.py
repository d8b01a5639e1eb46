"""What `up` does about planned drills: finds them, keeps the worker and the driver of each alive, ends them with it.

Rules kept: a drill is found by what stands in its journal, within two seconds, whoever planned it and however `up` came
to run again; a drill that cannot be run is told of and left, and never takes the operation with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import structlog

from ddh_beredskab import bootstrap
from ddh_beredskab.drills.environment import progress
from ddh_beredskab.drills.plan import planned
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.journal.database import Database
from ddh_beredskab.led_drill import drive_child
from ddh_beredskab.run_drill import worker_child
from ddh_beredskab.settings import Settings
from ddh_beredskab.streams.supervisor import Supervisor

log = structlog.stdlib.get_logger(__name__)

LOOK_SECONDS = 1.0

Standing = Literal["nothing", "runs", "over"]


@dataclass(frozen=True, slots=True)
class Kept:
    """A drill that runs."""

    environment: str
    title: str
    children: tuple[str, ...]


class DrillKeeper:
    """Beside a supervisor that runs."""

    def __init__(
        self,
        settings: Settings,
        supervisor: Supervisor,
        broker: str,
        *,
        on_begin: Callable[[Kept], None] = lambda _: None,
        on_end: Callable[[Kept], None] = lambda _: None,
    ) -> None:
        self._settings = settings
        self._supervisor = supervisor
        self._broker = broker
        self._on_begin = on_begin
        self._on_end = on_end
        self._journals: dict[str, Database] = {}
        self._over: set[str] = set()
        self.kept: dict[str, Kept] = {}

    async def run(self) -> None:
        """Until cancelled."""
        try:
            while True:
                try:
                    await self.look()
                except Exception:
                    log.exception("planned drills could not be looked for")
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            for database in self._journals.values():
                await database.close()

    async def look(self) -> None:
        """Begin with what is planned, leave what is over."""
        for name in await bootstrap.environments(self._settings):
            if name == "drift" or name in self._over:
                continue
            standing, title = await self._standing(name)
            if standing == "runs" and name not in self.kept:
                self._begin(name, title)
            elif standing == "over":
                await self._end(name)

    async def _standing(self, name: str) -> tuple[Standing, str]:
        def job(conn: Conn) -> tuple[Standing, str]:
            plan, how_far = planned(conn), progress(conn)
            if how_far is not None and how_far.finished_at is not None:
                return "over", ""
            return ("runs", plan.title) if plan is not None and how_far is not None else ("nothing", "")

        try:
            if name not in self._journals:
                self._journals[name] = await bootstrap.open_journal(self._settings, name, migrate=False)
            return await self._journals[name].read(job)
        except Exception as error:
            log.debug("a drill's journal cannot be read yet", environment=name, error=str(error))
            return "nothing", ""

    def _begin(self, name: str, title: str) -> None:
        drill_id = name.removeprefix("oevelse.")
        worker = replace(worker_child(self._settings, name, self._broker), name=f"drill-{drill_id}")
        driver = drive_child(self._settings, name)
        self._supervisor.add(worker)
        self._supervisor.add(driver)
        self.kept[name] = Kept(name, title, (driver.name, worker.name))
        log.info("a planned drill is run", environment=name)
        self._on_begin(self.kept[name])

    async def _end(self, name: str) -> None:
        self._over.add(name)
        if (database := self._journals.pop(name, None)) is not None:
            await database.close()
        if (kept := self.kept.pop(name, None)) is None:
            return
        for child in kept.children:
            await self._supervisor.remove(child)
        log.info("a drill is over", environment=name)
        self._on_end(kept)
