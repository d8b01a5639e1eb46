"""The drill's driver: plays a recording through the doors, and moves the drill's clock.

Fast: when everything is settled the clock steps to the earlier of next input and next timer, timer first at a tie.
With a speed: the clock runs, and stretches without input over ten drill minutes are played fast instead.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from ddh_beredskab.doors import accept, accept_feedback
from ddh_beredskab.drills import environment
from ddh_beredskab.drills.recording_model import OffShift, OnShift, RecordedInput, Recording, Seen
from ddh_beredskab.errors import StorageBusy
from ddh_beredskab.journal import deliveries, intake
from ddh_beredskab.journal.clock_row import clock_now, read_clock, set_clock
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.journal.database import Database
from ddh_beredskab.journal.messages import Journal
from ddh_beredskab.journal.timers import next_due
from ddh_beredskab.projections import MODELS, runner
from schemas.base import Command
from schemas.feedback import FeedbackItem

T = TypeVar("T")

QUIET = timedelta(minutes=10)
"""Stretches without input longer than this are skipped in a drill at speed."""

LEAD = timedelta(seconds=45)
"""So long before the next input the clock runs again after a skipped stretch."""

PATIENCE_SECONDS = 1.0
"""A drill's clock stands still when the workers have been behind for so long: drill time may not outrun them."""

GROUP = 400

LOOK_SECONDS = 0.004
LOOK_AT_MOST_SECONDS = 0.1
"""How often the driver looks whether all is settled: the commits it waits for wake the worker, not the driver, and
the journal's own poll (50 ms) would be most of a fast drill's time."""


@dataclass(frozen=True, slots=True)
class Step:
    """What the driver just did, for whoever shows it."""

    at: datetime
    next_input: int
    inputs: int
    played: Sequence[RecordedInput] = ()
    skipped: timedelta | None = None
    injects: Sequence[str] = ()
    """Keys of the injects that were delivered."""


@dataclass(frozen=True, slots=True)
class Look:
    """What the driver must know before it moves."""

    settled: bool
    due: datetime | None
    now: datetime


def look(conn: Conn) -> Look:
    """Settled: no undone delivery, no uncounted row, no timer due at the drill's clock, read models at the head."""
    now, due = clock_now(conn), next_due(conn)
    settled = (
        (due is None or due > now)
        and deliveries.oldest_position(conn) is None
        and intake.oldest_uncounted(conn) is None
        and runner.behind(conn, MODELS) == 0
    )
    return Look(settled, due, now)


class Driver:
    """Plays one recording into one environment, from where it was left."""

    def __init__(
        self,
        database: Database,
        journal: Journal,
        recording: Recording,
        drill_id: str,
        *,
        on_step: Callable[[Step], None] = lambda _: None,
        left_out: Collection[int] = (),
    ) -> None:
        """`left_out`: indices of inputs that are passed and not played."""
        self._database = database
        self._journal = journal
        self._recording = recording
        self._id = drill_id
        self._on_step = on_step
        self._left_out = frozenset(left_out)
        self._next = 0

    async def play(self, speed: float | None) -> None:
        """To the end; `speed` null means fast."""
        await self._begin()
        if speed is None:
            await self._fast_until(None)
        else:
            await self._at_speed(speed)
        await self._settled()

    async def _begin(self) -> None:
        def begin(conn: Conn) -> environment.Progress:
            return environment.begin(conn, self._id, self._journal.environment, self._recording)

        self._next = (await self._write(begin)).next_input

    # -- fast -------------------------------------------------------------------------------------

    async def _fast_until(self, stop: datetime | None) -> None:
        """Step from input to timer to input; with `stop`, only what lies before it, then the clock stands at `stop`."""
        while True:
            seen = await self._settled()
            inputs = self._recording.inputs
            following = inputs[self._next] if self._next < len(inputs) else None
            if following is None or (stop is not None and following.at >= stop):
                if stop is not None and seen.due is not None and seen.due <= stop:
                    await self._move_clock(seen.due)
                    continue
                if stop is not None and stop > seen.now:
                    await self._move_clock(stop)
                    await self._settled()
                return
            if seen.due is not None and seen.due <= following.at:
                await self._move_clock(max(seen.due, seen.now))
                continue
            await self._play(self._group(seen.due), clock=True)

    def _group(self, due: datetime | None) -> list[RecordedInput]:
        """The next input; citizens' questions in a row, up to the next timer (or whatever else is due), go together."""
        inputs = self._recording.inputs
        group = [inputs[self._next]]
        if group[0].kind != "feedback":
            return group
        for each in inputs[self._next + 1 : self._next + GROUP]:
            if each.kind != "feedback" or (due is not None and each.at >= due):
                break
            group.append(each)
        return group

    # -- at speed -----------------------------------------------------------------------------------

    async def _at_speed(self, speed: float) -> None:
        inputs = self._recording.inputs
        settled_at = time.monotonic()
        while self._next < len(inputs):
            seen = await self._read(look)
            now, following = seen.now, inputs[self._next].at
            if seen.settled:
                settled_at = time.monotonic()
            elif time.monotonic() - settled_at > PATIENCE_SECONDS:
                await self._write(partial(set_clock, mode="fast", now=now))
                await self._settled()
                await self._run_clock(now, speed)
                continue
            if following - now > QUIET:
                self._tell(now, skipped=following - LEAD - now)
                await self._write(partial(set_clock, mode="fast", now=now))
                await self._fast_until(following - LEAD)
                await self._run_clock(following - LEAD, speed)
                continue
            if following > now:
                await self._run_clock(now, speed)
                await asyncio.sleep(min(0.25, max(0.005, (following - now).total_seconds() / speed)))
                continue
            await self._play(self._ready(now), clock=False)
        now = (await self._read(look)).now
        await self._write(partial(set_clock, mode="fast", now=now))

    def _ready(self, now: datetime) -> list[RecordedInput]:
        """The next input, whose time has come; citizens' questions in a row go together."""
        inputs = self._recording.inputs
        ready = [each for each in inputs[self._next : self._next + GROUP] if each.at <= now]
        run = 1
        while run < len(ready) and ready[0].kind == "feedback" and ready[run].kind == "feedback":
            run += 1
        return ready[:run]

    async def _run_clock(self, now: datetime, speed: float) -> None:
        def job(conn: Conn) -> None:
            row = read_clock(conn)
            if row is None or row.mode != "rate" or row.rate != speed:
                set_clock(conn, "rate", now, speed)

        await self._write(job)

    # -- both -----------------------------------------------------------------------------------------

    async def _play(self, group: Sequence[RecordedInput], *, clock: bool) -> None:
        """Store inputs, the clock and our place in the recording together: killed anywhere, nothing is played twice."""
        first = self._next
        played = [each for each in group if each.index not in self._left_out]

        def job(conn: Conn) -> None:
            if clock:
                set_clock(conn, "fast", max(group[-1].at, clock_now(conn)))
            items = [each.payload for each in played if isinstance(each.payload, FeedbackItem)]
            if items:
                accept_feedback(conn, items)
            for each in played:
                self._store(conn, each)
            environment.advance(conn, self._id, first, first + len(group), len(group) - len(played))

        await self._write(job)
        self._next = first + len(group)
        self._tell(group[-1].at, played=played)

    def _store(self, conn: Conn, each: RecordedInput) -> None:
        match each.payload:
            case Command() as command:
                accept(conn, self._journal, command, each.crisis_id, each.actor, time=each.at, id_=each.id)
            case OnShift() as shift:
                agents = [(a, shift.municipality or self._recording.agents.get(a, "")) for a in shift.agents]
                intake.begin_shift(conn, agents, each.at)
            case OffShift() as shift:
                intake.end_shift(conn, shift.agents, each.at)
            case Seen() as seen:
                agents = [(a, self._recording.agents.get(a, "")) for a in seen.agents]
                intake.add_receipts(conn, each.crisis_id, seen.version, agents, each.at)
            case FeedbackItem():
                pass  # stored with its group

    async def _move_clock(self, at: datetime) -> None:
        await self._write(lambda conn: set_clock(conn, "fast", at))
        self._tell(at)

    async def _settled(self) -> Look:
        pause = LOOK_SECONDS
        while True:
            seen = await self._read(look)
            if seen.settled:
                return seen
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, LOOK_AT_MOST_SECONDS)

    def _tell(
        self,
        at: datetime,
        *,
        played: Sequence[RecordedInput] = (),
        skipped: timedelta | None = None,
        injects: Sequence[str] = (),
    ) -> None:
        self._on_step(Step(at, self._next, len(self._recording.inputs), played, skipped, injects))

    async def _write(self, job: Callable[[Conn], T]) -> T:
        return await _patiently(lambda: self._database.write(job))

    async def _read(self, job: Callable[[Conn], T]) -> T:
        return await _patiently(lambda: self._database.read(job))


async def _patiently(call: Callable[[], Awaitable[T]]) -> T:
    """Storage that is busy, full or away is waited for: a drill loses nothing either."""
    while True:
        try:
            return await call()
        except (StorageBusy, OSError):
            await asyncio.sleep(0.2)
