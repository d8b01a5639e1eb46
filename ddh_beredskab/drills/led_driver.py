"""The driver of a drill for people: plays what nobody takes, brings the injects, and obeys the drill leader.

Rules kept: what lies before the participants take over is played fast, then the clock waits for the leader; paused, it
stands; what is delivered or played moves our place in the same transaction, so that nothing comes twice whatever is
killed; a stretch is skipped only when nothing comes and nobody has done anything for a while. The drill never ends by
itself before its end: the participants may still be working.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ddh_beredskab.clock import wall_micros
from ddh_beredskab.drills.agenda import Agenda, Watch, carry_out
from ddh_beredskab.drills.casting import cast_recording
from ddh_beredskab.drills.controls import Control, control, jumped
from ddh_beredskab.drills.driver import LEAD, PATIENCE_SECONDS, QUIET, Driver, Look, Step, look
from ddh_beredskab.drills.plan import Plan
from ddh_beredskab.drills.recording_model import Recording
from ddh_beredskab.journal.clock_row import clock_now, read_clock, renew, set_clock
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.journal.database import Database
from ddh_beredskab.journal.messages import Journal, head_position

QUIET_END = timedelta(minutes=15)
"""So long after the recording's last input a drill without an end of its own goes on."""

AFTER = timedelta(minutes=5)
AFTER_SECONDS = 20.0
"""No stretch is skipped before so much drill time and so many seconds have gone since anybody did anything."""

LEASE_SECONDS = 4.0
"""With the driver dead the clock stands after so long; it is renewed at half of it."""

LISTEN_SECONDS = 0.1
"""How soon the leader's wish is heard."""


@dataclass(frozen=True, slots=True)
class View:
    """Everything the driver decides on, of one moment."""

    look: Look
    control: Control
    agenda: Agenda
    head: int

    @property
    def now(self) -> datetime:
        return self.look.now


class LedDriver(Driver):
    """Plays one plan into its environment, from where it was left, until its end or its leader's."""

    def __init__(
        self,
        database: Database,
        journal: Journal,
        recording: Recording,
        plan: Plan,
        *,
        on_step: Callable[[Step], None] = lambda _: None,
    ) -> None:
        casting = cast_recording(recording, plan)
        super().__init__(database, journal, casting.recording, plan.name, on_step=on_step, left_out=casting.skipped)
        self._plan = plan
        self._takes_over = plan.starts_at or recording.starts_at
        self._ends = plan.ends_at or recording.ends_at + QUIET_END
        self._watch = Watch(self._takes_over, recording.crisis_id if recording.crises > 1 else None)
        self._runs_at: float | None = None
        """The speed the clock was set running at; null: it stands."""
        self._renewed = 0.0
        self._settled_at = time.monotonic()
        self._head = -1
        self._moved: tuple[datetime, float] | None = None
        """Drill time and monotonic seconds at which anything happened last."""

    async def lead(self) -> None:
        """To the end."""
        await self._begin()
        await self._stand()
        await self._fast_to(self._takes_over, run_up=True)
        while (seen := await self._see()).control.state != "ended":
            if seen.now < self._ends:
                await self._step(seen)
            elif not await self._last(seen):
                break
        await self._stand()
        await self._settled()

    # -- what is there, and what is wanted ---------------------------------------------------------

    async def _see(self) -> View:
        def job(conn: Conn) -> View:
            looked, wanted = look(conn), control(conn)
            assert wanted is not None, "a planned drill has controls"
            return View(looked, wanted, self._watch.look(conn, looked.now), head_position(conn))

        seen = await self._read(job)
        if seen.head != self._head:
            self._head, self._moved = seen.head, (seen.now, time.monotonic())
        if seen.look.settled:
            self._settled_at = time.monotonic()
        return seen

    async def _step(self, seen: View) -> None:
        wanted = seen.control
        if wanted.state == "waiting":
            await self._stand()
            await asyncio.sleep(LISTEN_SECONDS)
        elif seen.agenda.now:
            await self._carry_out(seen)
        elif wanted.jump_to is not None:
            await self._jump(wanted, wanted.jump_to)
        elif wanted.state == "paused":
            await self._stand()
            await asyncio.sleep(LISTEN_SECONDS)
        elif wanted.speed is None:
            await self._stand()
            await self._fast_to(self._ends, obeying=wanted)
        else:
            await self._run(seen, wanted.speed)

    async def _last(self, seen: View) -> bool:
        """What was due by the end and has not come: the clock may have run past it. False: there is nothing left."""
        await self._stand()
        following = self._following()
        if seen.agenda.now:
            await self._carry_out(seen)
        elif following is not None and following <= self._ends:
            await self._play(self._ready(self._ends), clock=False)
        else:
            return False
        return True

    async def _jump(self, wanted: Control, to: datetime) -> None:
        to = min(to, self._ends)
        await self._stand()
        if await self._fast_to(to, obeying=wanted):
            await self._write(lambda conn: jumped(conn, wanted.jump_to or to))

    async def _carry_out(self, seen: View) -> None:
        def job(conn: Conn) -> list[str]:
            return carry_out(conn, seen.agenda, clock_now(conn), self._recording, self._plan)

        if delivered := await self._write(job):
            self._tell(seen.now, injects=delivered)
        self._moved = (seen.now, time.monotonic())

    # -- fast -------------------------------------------------------------------------------------

    async def _fast_to(self, stop: datetime, *, obeying: Control | None = None, run_up: bool = False) -> bool:
        """Step to `stop`; inputs of that instant are still to come. False: something else was wanted on the way.

        Before the participants take over (`run_up`) nothing is delivered, and only an end is heard.
        """
        while True:
            await self._settled()
            seen = await self._see()
            if seen.control.state == "ended" or (obeying is not None and seen.control != obeying):
                return False
            if seen.agenda.now and not run_up:
                await self._carry_out(seen)
                continue
            following, timer = self._following(), seen.look.due
            inject = None if run_up else seen.agenda.next_at
            if following is not None and following >= stop:
                following = None
            first = min((at for at in (timer, following, inject) if at is not None and at <= stop), default=None)
            if first is None:
                if stop > seen.now:
                    await self._move_clock(stop)
                    await self._settled()
                return True
            if first in (timer, inject):
                await self._move_clock(max(first, seen.now))
            else:
                bounds = [at for at in (timer, inject, stop) if at is not None]
                await self._play(self._group(min(bounds)), clock=True)

    def _following(self) -> datetime | None:
        inputs = self._recording.inputs
        return inputs[self._next].at if self._next < len(inputs) else None

    # -- at speed -----------------------------------------------------------------------------------

    async def _run(self, seen: View, speed: float) -> None:
        now, following = seen.now, self._following()
        if following is not None and following <= now:
            await self._play(self._ready(now), clock=False)
            self._moved = (now, time.monotonic())
            return
        if time.monotonic() - self._settled_at > PATIENCE_SECONDS:
            await self._stand()
            await asyncio.sleep(LISTEN_SECONDS)
            return
        if (quiet_until := self._quiet_until(seen)) is not None:
            self._tell(now, skipped=quiet_until - now)
            await self._stand()
            await self._fast_to(quiet_until, obeying=seen.control)
            return
        await self._run_clock_at(speed)
        coming = min(at for at in (following, seen.agenda.next_at, self._ends) if at is not None)
        await asyncio.sleep(min(LISTEN_SECONDS, max(0.005, (coming - now).total_seconds() / speed)))

    def _quiet_until(self, seen: View) -> datetime | None:
        """Where a stretch in which nothing comes may be skipped to; null: it may not, or there is none.

        What the participants are expected to do (recorded or by an inject) and timers are things that come.
        """
        if not self._plan.skip_quiet or self._moved is None:
            return None
        coming = [at for at in (self._following(), seen.agenda.next_at, seen.look.due) if at is not None]
        at, seconds = self._moved
        busy = seen.now - at < AFTER or time.monotonic() - seconds < AFTER_SECONDS
        waited_for = seen.agenda.expected_until is not None and seen.now < seen.agenda.expected_until
        if busy or waited_for or not coming or min(coming) - seen.now <= QUIET:
            return None
        return min(min(coming), self._ends) - LEAD

    async def _run_clock_at(self, speed: float) -> None:
        """Let it run, or go on running: on a lease, so that it never runs without us."""
        if self._runs_at == speed and time.monotonic() - self._renewed < LEASE_SECONDS / 2:
            return

        def job(conn: Conn) -> None:
            row = read_clock(conn)
            if row is not None and row.rate_at(wall_micros()) == speed:
                renew(conn, LEASE_SECONDS)
            else:  # it stood, perhaps because we did
                set_clock(conn, "rate", clock_now(conn), speed, lease_seconds=LEASE_SECONDS)

        await self._write(job)
        self._runs_at, self._renewed = speed, time.monotonic()

    async def _stand(self) -> None:
        """The clock stands where it is."""

        def job(conn: Conn) -> None:
            row = read_clock(conn)
            if row is None or row.mode != "fast":
                set_clock(conn, "fast", clock_now(conn))

        if self._runs_at is not None or self._head < 0:
            await self._write(job)
            self._runs_at = None
