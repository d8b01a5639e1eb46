"""The auditor: holds the running journal against I1-I10 each minute, beside the work and never in its way.

It reads in slices of a few milliseconds, stands back while decisions wait, and goes on from what it has verified; once
an hour (and first of all) it verifies everything. What it finds stands in the status row `audit`, for screens and
metrics; a breach is told loudly and nothing is stopped. After a clean audit the outside watchman gets a sign of life.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence

import structlog

from ddh_beredskab.clock import monotonic, wall_micros
from ddh_beredskab.errors import StorageBusy
from ddh_beredskab.invariants import Audit, Report, Since
from ddh_beredskab.journal import deliveries
from ddh_beredskab.journal.clock_row import clock_now
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.journal.database import Database
from ddh_beredskab.ops.heartbeat_url import send_sign_of_life
from ddh_beredskab.ops.status import Status, read_statuses, write_status
from ddh_beredskab.projections.read_model import ReadModel

log = structlog.stdlib.get_logger(__name__)

STATUS = "audit"
SLICE_SECONDS = 0.004
"""A slice goes on until it has taken so long; the longest single step adds a few milliseconds."""
REST = 9
"""The auditor rests so many times as long as it has read."""
FULL_EVERY_SECONDS = 3_600.0
STOOD_STILL_SECONDS = 3.0
"""A tick of a second that took longer: the process was stopped, so nothing may be called late."""
PASSING = frozenset({"I5", "I9", "I10"})
"""These are about now; what they found is not kept when the next audit does not find it again."""


class Auditor:
    """Audits, for ever."""

    def __init__(
        self,
        database: Database,
        models: Sequence[ReadModel],
        *,
        every: float,
        unhindered: Callable[[], float | None],
        heartbeat_url: str | None = None,
        first_after: float | None = None,
    ) -> None:
        self._database = database
        self._models = models
        self._every = every
        self._unhindered = unhindered
        self._heartbeat_url = heartbeat_url
        self._first_after = every / 3 if first_after is None else first_after
        self._since = Since()
        self._full_at = float("-inf")
        self._standing: list[dict[str, str]] = []
        self._stood_still_at = float("-inf")
        self._id = secrets.token_hex(8)
        self.audits = 0

    async def run(self) -> None:
        """Until cancelled."""
        await self._sleep(self._first_after)
        while True:
            try:
                if not await self._database.read(self._another_did):
                    await self.once()
            except (StorageBusy, OSError) as error:
                log.warning("journal away", error=str(error))
                self._since = Since()  # half a walk is not one to go on from
            except Exception:
                log.exception("the auditor could not finish")  # and the engine goes on
                self._since = Since()
            await self._sleep(self._every)

    async def once(self) -> Report:
        """One audit: everything when an hour has passed, else what is new."""
        began = monotonic()
        if began - self._full_at > FULL_EVERY_SECONDS:
            self._since, self._full_at = Since(), began
        full = self._since.fresh
        now = await self._database.read(clock_now)
        audit = Audit(now=now, models=self._models, faults_off_seconds=self._up(), since=self._since)
        more = True
        while more:
            await self._stand_back()
            at = monotonic()
            more = await self._database.read(lambda conn: audit.slice(conn, SLICE_SECONDS))
            await asyncio.sleep((monotonic() - at) * REST)
        self._since = audit.since
        report = audit.report()
        await self._tell(report, full, monotonic() - began)
        self.audits += 1
        return report

    def _up(self) -> float | None:
        """For how long nothing has been in the way, as far back as an hour."""
        free = self._unhindered()
        return None if free is None else min(free, monotonic() - self._stood_still_at, FULL_EVERY_SECONDS)

    def _another_did(self, conn: Conn) -> bool:
        """Whether another worker of this environment has audited just now."""
        last = read_statuses(conn).get(STATUS)
        return last is not None and last.get("by") != self._id and _age(last) < self._every * 0.9

    async def _stand_back(self) -> None:
        """Decisions go first, but a backlog does not keep the auditor away."""
        for _ in range(20):
            if await self._database.read(deliveries.oldest_position) is None:
                return
            await asyncio.sleep(0.02)

    async def _tell(self, report: Report, full: bool, took: float) -> None:
        found = report.as_json()
        fresh: list[dict[str, str]] = found["breaches"]
        known = {(each["invariant"], each["place"]) for each in self._standing}
        new = [each for each in fresh if (each["invariant"], each["place"]) not in known]
        kept = [] if full else [each for each in self._standing if each["invariant"] not in PASSING]
        self._standing = [*kept, *(each for each in fresh if each not in kept)]
        for each in new:
            log.error("an invariant does not hold", **each)
        body = {
            **found,
            "ok": not self._standing,
            "breaches": self._standing[:50],
            "count": len(self._standing) + report.more,
            "full": full,
            "seconds": round(took, 3),
            "position": self._since.position,
            "by": self._id,
        }
        await self._database.write(lambda conn: write_status(conn, STATUS, body), bulk=True)
        if not self._standing and self._heartbeat_url:
            await send_sign_of_life(self._heartbeat_url)

    async def _sleep(self, seconds: float) -> None:
        """In ticks, so that a process that was stopped for a while notices."""
        until = monotonic() + seconds
        while (left := until - monotonic()) > 0:
            tick, wall = monotonic(), wall_micros()
            await asyncio.sleep(min(1.0, left))
            passed = monotonic() - tick
            if max(passed, abs((wall_micros() - wall) / 1e6)) > STOOD_STILL_SECONDS:
                self._stood_still_at = monotonic()


def _age(status: Status) -> float:
    return (wall_micros() - int(status["written_at"])) / 1e6
