"""Ringing: what a stream agent does at a doorbell - handle every undone delivery of its concern and that crisis.

Returns only when that is durable. Nothing that storage or a colleague worker may do leaves here as an exception; a
message that cannot be handled is quarantined with its name; only a message of a newer program ends the worker.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog

from ddh_beredskab.clock import monotonic
from ddh_beredskab.errors import StorageBusy, VersionConflict
from ddh_beredskab.i18n import say
from ddh_beredskab.journal import deliveries, quarantine
from ddh_beredskab.journal.clock_row import clock_now
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.journal.database import Database
from ddh_beredskab.journal.handling import (
    POISON_AFTER,
    Handled,
    PoisonFound,
    SuspectFound,
    handle_step,
    quarantine_delivery,
)
from ddh_beredskab.journal.messages import Journal, raw_bytes_at, read_id_at
from ddh_beredskab.journal.states import StateCache
from ddh_beredskab.streams.doorbell import Doorbell

log = structlog.stdlib.get_logger(__name__)


class Ringer:
    """Handles doorbells for all concerns of one worker."""

    def __init__(
        self,
        database: Database,
        journal: Journal,
        deciders: Mapping[str, Any],
        *,
        on_quarantine: Callable[[str, str, bytes], Awaitable[None]] | None = None,
    ) -> None:
        self._database = database
        self._on_quarantine = on_quarantine
        self._journal = journal
        self._deciders = deciders
        self.states = StateCache()
        """What is remembered between doorbells; only a saving, never truth."""
        self._handled: dict[tuple[str, str], int] = {}
        self._suspects = asyncio.Lock()
        """One suspect is begun at a time: who dies has died of it, and those beside it are not blamed."""
        self.begun_at: dict[tuple[str, str], float] = {}
        """(concern, crisis) -> monotonic time a ring was last begun; the sweeper looks here."""
        self.handled_count = 0
        self.quarantined_count = 0

    async def answer(self, concern: str, bell: Doorbell, place: str, raw: bytes) -> None:
        """One doorbell for one concern. `place` is topic/partition/offset, for quarantine."""
        key = (concern, bell.crisis)
        if not bell.ring and bell.position <= self._handled.get(key, 0):
            return
        self.begun_at[key] = monotonic()
        if not bell.ring and not await self._known(bell):
            await self.set_aside(place, say("quarantine.unknown", id=bell.id), raw)
            return
        await self.handle_all(concern, bell.crisis)
        if not bell.ring:  # a ring's position is not looked up, and must not silence the bells to come
            self._handled[key] = max(bell.position, self._handled.get(key, 0))

    async def handle_all(self, concern: str, crisis: str) -> int:
        """Every undone delivery of a concern and crisis; returns how many."""
        async with contextlib.AsyncExitStack() as held:
            return await self._handle_all(concern, crisis, held)

    async def _handle_all(self, concern: str, crisis: str, held: contextlib.AsyncExitStack) -> int:
        total = 0
        alone = begun = suspecting = False
        tries = 0
        while True:
            try:
                handled = await self._step(concern, crisis, alone=alone, begun=begun)
            except VersionConflict:
                continue  # a sibling was first: load again, decide again
            except SuspectFound as suspect:
                if suspecting:
                    begun = await self._begin_suspect(concern, crisis, suspect)
                else:
                    await held.enter_async_context(self._suspects)
                    suspecting = True  # and look again: it took a while
                continue
            except PoisonFound as poison:
                if alone or begun:
                    await self._quarantine(concern, crisis, poison.position, poison.reason)
                    alone = begun = False
                else:
                    alone = True
                continue
            except (StorageBusy, OSError) as error:
                tries += 1
                self.begun_at[concern, crisis] = monotonic()  # it was heard: the storage is what is missing
                log.warning("storage busy", concern=concern, crisis_id=crisis, tries=tries, error=str(error))
                await asyncio.sleep(min(0.05 * 2 ** min(tries, 8), 5.0))
                continue
            tries = 0
            begun = suspecting = False
            await held.aclose()
            for stream, loaded in handled.states.items():
                self.states.put(stream, loaded)
            total += len(handled.positions)
            self.handled_count += len(handled.positions)
            if handled.positions:
                key = (concern, crisis)
                self._handled[key] = max(handled.positions[-1], self._handled.get(key, 0))
            if not handled.more:
                return total

    async def set_aside(self, place: str, reason: str, raw: bytes) -> None:
        """Quarantine a record that is not one of ours; tried until it is stored."""

        def job(conn: Conn) -> None:
            quarantine.put(conn, place=place, reason=reason, raw=raw)

        while True:
            try:
                await self._database.write(job)
            except (StorageBusy, OSError) as error:
                log.warning("storage busy", place=place, error=str(error))
                await asyncio.sleep(1.0)
                continue
            self.quarantined_count += 1
            log.error("quarantined", place=place, reason=reason)
            if self._on_quarantine is not None:
                await self._on_quarantine(place, reason, raw)
            return

    async def _step(self, concern: str, crisis: str, *, alone: bool, begun: bool) -> Handled:
        decider = self._deciders[concern]

        def job(conn: Conn) -> Handled:
            kw: dict[str, Any] = {"limit": 1} if alone else {}
            return handle_step(conn, self._journal, decider, crisis, self.states, clock_now(conn), begun=begun, **kw)

        return await self._database.write(job)

    async def _known(self, bell: Doorbell) -> bool:
        while True:
            try:
                return await self._database.read(lambda conn: read_id_at(conn, bell.position)) == str(bell.id)
            except (StorageBusy, OSError):
                await asyncio.sleep(0.2)

    async def _begin_suspect(self, concern: str, crisis: str, suspect: SuspectFound) -> bool:
        if suspect.begun >= POISON_AFTER:
            reason = say("quarantine.deadly", times=suspect.begun)
            await self._quarantine(concern, crisis, suspect.position, reason)
            return False

        def job(conn: Conn) -> None:
            deliveries.count_begin(conn, concern, suspect.position)

        try:
            await self._database.write(job)
        except (StorageBusy, OSError):
            await asyncio.sleep(0.2)
            return False
        return True

    async def _quarantine(self, concern: str, crisis: str, position: int, reason: str) -> None:
        def job(conn: Conn) -> None:
            quarantine_delivery(conn, concern, crisis, position, reason, clock_now(conn))

        try:
            await self._database.write(job)
        except (StorageBusy, OSError):
            await asyncio.sleep(0.2)
            return
        self.quarantined_count += 1
        log.error("quarantined", concern=concern, crisis_id=crisis, position=position, reason=reason)
        if self._on_quarantine is not None:
            raw = await self._database.read(lambda conn: raw_bytes_at(conn, position))
            await self._on_quarantine(f"levering/{concern}/{position}", reason, raw)
