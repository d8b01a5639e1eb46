"""The worker's chores beside its agents: firing timers and folding read models, woken by every commit."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from ddh_beredskab.clock import from_micros, wall_micros
from ddh_beredskab.errors import StorageBusy
from ddh_beredskab.journal import deliveries, quarantine
from ddh_beredskab.journal.clock_row import clock_now, read_clock
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.journal.database import Database
from ddh_beredskab.journal.messages import Journal
from ddh_beredskab.journal.timers import fire_due, next_due
from ddh_beredskab.projections import runner
from ddh_beredskab.projections.read_model import ReadModel
from ddh_beredskab.streams.waking import Listener

log = structlog.stdlib.get_logger(__name__)

LONGEST_SLEEP = 0.5
PATIENCE = 0.1
"""Seconds that folding read models stands back for decisions that are on their way."""
LOOKS = 25


async def fire_timers(database: Database, journal: Journal, listener: Listener) -> None:
    """Fire timers when they are due on the environment's clock, until cancelled."""

    def look(conn: Conn) -> tuple[datetime, datetime | None, float]:
        row = read_clock(conn)
        return clock_now(conn), next_due(conn), 1.0 if row is None else row.rate_at(wall_micros())

    def fire(conn: Conn) -> int:
        return fire_due(conn, journal, clock_now(conn))

    while True:
        try:
            now, due, rate = await database.read(look)
            if due is not None and due <= now:
                await database.write(fire)
                continue
        except (StorageBusy, OSError) as error:
            log.warning("journal away", error=str(error))
            await asyncio.sleep(0.5)
            continue
        left = LONGEST_SLEEP if due is None or not rate else (due - now).total_seconds() / rate  # 0: the clock stands
        await listener.wait(min(LONGEST_SLEEP, max(left, 0.001)))


async def fold_read_models(database: Database, models: Sequence[ReadModel], listener: Listener) -> None:
    """Keep the read models at the head, until cancelled."""

    def fold(conn: Conn) -> int:
        return runner.step(conn, models)

    def lag(conn: Conn) -> int:
        return runner.behind(conn, models)

    while True:
        try:
            behind = await database.read(lag)
            if behind:
                await _let_decisions_pass(database)
                if await database.write(fold, bulk=True):
                    continue
        except (StorageBusy, OSError) as error:
            log.warning("journal away", error=str(error))
            await asyncio.sleep(0.5)
            continue
        await listener.wait(1.0)


async def forget_old_poison(database: Database, days: int) -> None:
    """Once an hour: delete the raw bytes of what came into quarantine so many days ago (wall time)."""

    def forget(conn: Conn) -> int:
        return quarantine.forget_raw(conn, from_micros(wall_micros()) - timedelta(days=days))

    while True:
        try:
            while count := await database.write(forget, bulk=True):
                log.info("old bytes in quarantine deleted", count=count, days=days)
        except (StorageBusy, OSError) as error:
            log.warning("journal away", error=str(error))
        await asyncio.sleep(3600)


async def _let_decisions_pass(database: Database) -> None:
    """While deliveries wait, folding waits too, but no screen waits longer than `PATIENCE` for it."""
    for _ in range(LOOKS):
        if await database.read(deliveries.oldest_position) is None:
            return
        await asyncio.sleep(PATIENCE / LOOKS)
