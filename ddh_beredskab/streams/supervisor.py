"""Keeps the processes of one environment alive, and stops them in an order that loses nothing.

Rules kept: a child that dies, falls silent for 5 s or grows past its limit is killed -9 and started again,
the sooner the healthier it was; the broker keeps its port, so that its clients find it again; a child that
says that its configuration is wrong (exit code 78) is not started again: its sentence is passed on and all
stop. Two supervisors never share a directory, and none leaves a process behind, even after kill -9. A child that is
added later is one more: when it cannot be run, that is told, and the others go on.
"""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Awaitable, Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import structlog

from ddh_beredskab.errors import UserError
from ddh_beredskab.streams.child_process import CONFIGURATION_ERROR, Child, Life
from ddh_beredskab.streams.embedded_broker import resident_mb
from ddh_beredskab.streams.supervisor_file import ChildStatus, Lock, State, end_leftovers, write_status

__all__ = [
    "Child",
    "ChildRefused",
    "ChildStatus",
    "ChildWontStart",
    "Limits",
    "Supervisor",
    "SupervisorEvent",
]

log = structlog.stdlib.get_logger(__name__)

EventKind = Literal["started", "ready", "ended", "silent", "too-large", "not-ready", "stopped", "refused"]


class ChildRefused(UserError):
    """A child found its configuration wrong; the sentence is what it said about it."""

    def __init__(self, child: str, sentence: str, log_file: Path) -> None:
        super().__init__("child_refused", sentence=sentence or None, place=str(log_file), child=child)
        self.child = child


class ChildWontStart(UserError):
    """A child that the others need never became ready, however often it was started."""

    def __init__(self, child: str, starts: int, words: str, log_file: Path) -> None:
        super().__init__("child_wont_start", place=str(log_file), child=child, starts=starts, words=words)
        self.child = child


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How patient the supervisor is, in seconds; a test is less patient."""

    first_beat_within: float = 30.0
    silence: float = 5.0
    ready_within: float = 30.0
    stop_within: float = 10.0
    backoff: float = 0.2
    backoff_at_most: float = 5.0
    healthy_after: float = 10.0
    first_start_attempts: int = 5
    look_every: float = 0.25


@dataclass(frozen=True, slots=True)
class SupervisorEvent:
    """Something that happened to a child; `reason` in words, for the log."""

    kind: EventKind
    child: str
    pid: int | None
    restarts: int
    reason: str = ""


class Supervisor:
    """`await Supervisor(children, directory).run()` starts them in order and returns after SIGTERM or SIGINT.

    Runs on the main thread: the kernel ends the children when the thread that started them is gone.
    """

    def __init__(
        self,
        children: Sequence[Child],
        directory: Path,
        *,
        on_event: Callable[[SupervisorEvent], None] | None = None,
        limits: Limits | None = None,
    ) -> None:
        names = [child.name for child in children]
        if len(set(names)) != len(names):
            raise ValueError(f"two children have one name: {names}")
        self._directory = directory
        self._on_event = on_event
        self._limits = limits or Limits()
        self._tended = [_Tended(child, self._log_of(child)) for child in children]
        self._stop_asked = asyncio.Event()
        self._hurry = asyncio.Event()
        self._lock = Lock(directory)
        self._writer: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Start, keep alive until SIGTERM, SIGINT or `request_stop()`, then stop.

        Raises `AlreadyRunning`, `ChildRefused`, `ChildWontStart`; whatever it raises, all children are gone.
        A second signal is taken for a hurry: nobody is waited for any longer.
        """
        with self._signals():
            try:
                await self.start()
                await self.wait()
            finally:
                await self.stop()

    async def start(self) -> None:
        """Start the children in order, each when the one before is ready. On a failure call `stop()`."""
        self._lock.take()
        await end_leftovers(self._directory)
        self._writer = asyncio.create_task(self._write_status_now_and_then())
        for tended in list(self._tended):  # one that is added meanwhile is begun by `add`, not here again
            tended.task = asyncio.create_task(self._tend(tended), name=f"tend {tended.child.name}")
            if not await self._either(tended.up.wait()):
                return

    async def wait(self) -> None:
        """Until somebody asks to stop; raises what made a child impossible to run."""
        await self._either(asyncio.Event().wait())

    async def stop(self) -> None:
        """SIGTERM to all in reverse order, but to those the others need (the broker) when these are gone."""
        self.request_stop()
        for last in (False, True):
            tier = [tended for tended in self._tended[::-1] if tended.child.stops_last == last]
            for tended in tier:
                tended.stop.set()
            await asyncio.gather(*(t.task for t in tier if t.task is not None), return_exceptions=True)
        if self._writer is not None:
            self._writer.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._writer
            self._writer = None
            self._write_status()
        self._lock.release()

    def add(self, child: Child) -> None:
        """Keep one more alive from now on, beside those the system cannot do without."""
        if any(tended.child.name == child.name for tended in self._tended):
            raise ValueError(f"there is a child {child.name} already")
        if self._stop_asked.is_set():
            return
        tended = _Tended(child, self._log_of(child), needed=False)
        self._tended.append(tended)
        tended.task = asyncio.create_task(self._tend(tended), name=f"tend {child.name}")
        tended.task.add_done_callback(_told)

    async def remove(self, name: str) -> None:
        """Stop a child that was added, and forget it."""
        tended = next((each for each in self._tended if each.child.name == name and not each.needed), None)
        if tended is None:
            return
        tended.stop.set()
        if tended.task is not None:
            await asyncio.gather(tended.task, return_exceptions=True)
        self._tended.remove(tended)
        if self._writer is not None:
            self._write_status()

    def request_stop(self) -> None:
        """What the first SIGTERM does: `run()` stops all and returns."""
        self._stop_asked.set()

    def status(self) -> list[ChildStatus]:
        return [tended.status() for tended in self._tended]

    # one child, from its first life to its last

    async def _tend(self, tended: "_Tended") -> None:
        try:
            while not tended.stop.is_set():
                tended.state = "starting"
                life = await Life.begin(tended.child, tended.log, again=tended.restarts > 0)
                tended.life, tended.pid = life, life.pid
                self._tell("started", tended)
                try:
                    reason = await self._live(tended, life)
                finally:
                    life.kill()
                    life.close()
                    tended.life = None
                if tended.stop.is_set():
                    break
                await self._pause_before_next_life(tended, life, reason)
        finally:
            tended.state = "stopped"
            self._tell("stopped", tended)

    async def _live(self, tended: "_Tended", life: Life) -> str:
        """Watch this life until it is over; returns why it ended. The process is gone when this returns."""
        gone = asyncio.create_task(life.process.wait())
        stop = asyncio.create_task(tended.stop.wait())
        helpers = [asyncio.create_task(self._get_ready(tended, life)), asyncio.create_task(_probe(life))]
        look_every, looked = self._limits.look_every, time.monotonic()
        try:
            while True:
                await asyncio.wait({gone, stop}, timeout=look_every, return_when=asyncio.FIRST_COMPLETED)
                if gone.done():
                    return _how_it_left(life.process.returncode)
                if stop.done():
                    for helper in helpers:
                        helper.cancel()
                    tended.state = "stopping"
                    await life.end(self._limits.stop_within, self._hurry)
                    return "stopped"
                now = time.monotonic()
                if now - looked > look_every + 1:
                    life.forgive(now - looked)
                looked = now
                if sickness := self._sickness(life):
                    kind, reason = sickness
                    life.kill()
                    await gone
                    self._tell(kind, tended, reason)
                    return reason
        finally:
            for task in (gone, stop, *helpers):
                task.cancel()

    def _sickness(self, life: Life) -> tuple[EventKind, str] | None:
        limits, child = self._limits, life.child
        if life.unready_because:
            return "not-ready", life.unready_because
        if child.heartbeat or child.probe:
            life.hear_beats()
            age = life.beat_age()
            if age is None and life.age() > limits.first_beat_within:
                return "silent", f"no first sign of life within {limits.first_beat_within:g} s"
            if age is not None and age > limits.silence:
                return "silent", f"no sign of life for {age:.1f} s"
        if child.memory_limit_mb is not None:
            used = resident_mb(life.pid)
            if used is not None and used > child.memory_limit_mb:
                return "too-large", f"{used:.0f} MB in use, {child.memory_limit_mb:g} MB allowed"
        return None

    async def _get_ready(self, tended: "_Tended", life: Life) -> None:
        if tended.child.ready is not None:
            try:
                async with asyncio.timeout(self._limits.ready_within):
                    await tended.child.ready()
            except Exception as error:
                life.unready_because = f"not ready: {error or type(error).__name__}"
                return
            if tended.child.probe is not None:
                life.beat()  # to be ready was its first sign of life; a probe may have come too early for it
        life.ready = True
        tended.state = "running"
        tended.up.set()
        self._tell("ready", tended)
        if tended.restarts and tended.child.on_restart is not None:
            try:
                await tended.child.on_restart()
            except Exception:
                log.exception("on_restart failed", child=tended.child.name)

    async def _pause_before_next_life(self, tended: "_Tended", life: Life, reason: str) -> None:
        limits, sentence = self._limits, life.last_sentence()
        if life.process.returncode == CONFIGURATION_ERROR:
            self._tell("refused", tended, sentence)
            raise ChildRefused(tended.child.name, sentence, tended.log)
        tended.restarts += 1
        if not tended.up.is_set() and tended.restarts >= limits.first_start_attempts:
            raise ChildWontStart(tended.child.name, tended.restarts, sentence or reason, tended.log)
        if life.age() >= limits.healthy_after:
            tended.backoff = 0.0
        tended.backoff = min(max(tended.backoff * 2, limits.backoff), limits.backoff_at_most, life.child.longest_pause)
        tended.state = "waiting"
        self._tell("ended", tended, reason)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(tended.backoff):
                await tended.stop.wait()

    # what is common to all

    async def _either(self, awaited: Awaitable[object]) -> bool:
        """True: `awaited` came true. False: a stop was asked for first. Raises what a child raised."""
        wanted, asked = asyncio.ensure_future(awaited), asyncio.create_task(self._stop_asked.wait())
        tasks = [t.task for t in self._tended if t.task is not None and t.needed]
        try:
            await asyncio.wait({wanted, asked, *tasks}, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                if task.done():
                    task.result()
            return wanted.done() and not asked.done()
        finally:
            wanted.cancel()
            asked.cancel()

    @contextlib.contextmanager
    def _signals(self) -> Generator[None]:
        loop, numbers = asyncio.get_running_loop(), (signal.SIGTERM, signal.SIGINT)
        for number in numbers:
            loop.add_signal_handler(number, self._on_signal)
        try:
            yield
        finally:
            for number in numbers:
                loop.remove_signal_handler(number)

    def _on_signal(self) -> None:
        if self._stop_asked.is_set():
            self._hurry.set()
        self._stop_asked.set()

    def _tell(self, kind: EventKind, tended: "_Tended", reason: str = "") -> None:
        event = SupervisorEvent(kind, tended.child.name, tended.pid, tended.restarts, reason)
        level = log.info if kind in ("started", "ready", "stopped") else log.warning
        level(f"child {kind}", child=event.child, pid=event.pid, restarts=event.restarts, reason=reason)
        if self._writer is not None:
            self._write_status()
        if self._on_event is not None:
            self._on_event(event)

    def _log_of(self, child: Child) -> Path:
        return self._directory / "log" / f"{child.name}.log"

    async def _write_status_now_and_then(self) -> None:
        while True:
            self._write_status()
            await asyncio.sleep(5)

    def _write_status(self) -> None:
        write_status(self._directory, os.getpid(), [(t.status(), t.log) for t in self._tended])


class _Tended:
    """A child and what the supervisor remembers of it between its lives."""

    def __init__(self, child: Child, log_file: Path, *, needed: bool = True) -> None:
        self.child = child
        self.needed = needed
        """The system cannot do without it."""
        self.log = log_file
        self.life: Life | None = None
        self.pid: int | None = None
        """Of the present life or, for the events that tell of its end, the one just over."""
        self.state: State = "waiting"
        self.restarts = 0
        self.backoff = 0.0
        self.up = asyncio.Event()
        self.stop = asyncio.Event()
        self.task: asyncio.Task[None] | None = None

    def status(self) -> ChildStatus:
        life = self.life
        age = life.beat_age() if life else None
        return ChildStatus(self.child.name, life.pid if life else None, self.state, self.restarts, age)


def _told(task: asyncio.Task[None]) -> None:
    """A child that was added is given up: said in the log, where those who need it look."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("an added child is given up", task=task.get_name(), error=str(error))


async def _probe(life: Life) -> None:
    probe = life.child.probe
    while probe is not None:
        try:
            if await probe():
                life.beat()
        except Exception as error:
            log.debug("probe failed", child=life.child.name, error=str(error))
        await asyncio.sleep(1)


def _how_it_left(code: int | None) -> str:
    if code is None or code >= 0:
        return f"exit code {code}"
    with contextlib.suppress(ValueError):
        return f"killed by {signal.Signals(-code).name}"
    return f"killed by signal {-code}"
