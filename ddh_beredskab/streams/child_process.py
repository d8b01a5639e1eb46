"""One life of one supervised process: start it, hear its beats, measure it, end it.

Rules kept: a life belongs to exactly one supervisor and ends with it (`exec_with_parent`); its whole process
group is ended, never only its head; and what it wrote is kept in `log/NAME.log`, to explain its death.
"""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ddh_beredskab.crash import CRASH_AT
from ddh_beredskab.streams import exec_with_parent
from ddh_beredskab.streams.heartbeat import HEARTBEAT_FD

MAX_LOG_BYTES = 10 * 1024 * 1024
CONFIGURATION_ERROR = exec_with_parent.CONFIGURATION_ERROR
"""A child that leaves with this code would fail again each time it is started (EX_CONFIG of sysexits.h)."""

_SENTENCE_WINDOW = 8192


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """What is to be kept running, and how one knows that it is."""

    name: str
    argv: list[str]
    env: Mapping[str, str | None] = field(default_factory=dict[str, str | None])
    """Added to the supervisor's environment; None takes a variable away."""
    heartbeat: bool = False
    """It beats on the pipe in DDH_HEARTBEAT_FD (see `heartbeat.Heart`); silence means death."""
    probe: Callable[[], Awaitable[bool]] | None = None
    """For a program that cannot beat: asked once a second, a True counts as a beat."""
    ready: Callable[[], Awaitable[None]] | None = None
    """Returns when the child can be used; the next child is started only then."""
    on_restart: Callable[[], Awaitable[None]] | None = None
    """Called each time the child is ready again after having been started anew."""
    memory_limit_mb: float | None = None
    longest_pause: float = float("inf")
    """Before a new start, in seconds, where the supervisor would wait longer: for what everybody waits for."""
    stops_last: bool = False
    """Others need it while they stop: it is told to stop when they have."""
    dies_with_us: signal.Signals = signal.SIGTERM
    """What the kernel sends it when the supervisor dies without having stopped it."""


class Life:
    """From one start of a child to the end of that process."""

    def __init__(
        self, child: Child, process: asyncio.subprocess.Process, beats: int | None, log: Path, log_offset: int
    ) -> None:
        self.child = child
        self.process = process
        self.pid = process.pid
        self.started = time.monotonic()
        self.last_beat: float | None = None
        self.ready = False
        self.unready_because: str | None = None
        self._beats = beats
        self._log = log
        self._log_offset = log_offset

    @classmethod
    async def begin(cls, child: Child, log: Path, *, again: bool) -> "Life":
        log_offset = rotate(log)
        beats, beats_child_end = os.pipe() if child.heartbeat else (None, None)
        handed_down = () if beats_child_end is None else (beats_child_end,)
        try:
            with log.open("ab") as out:
                process = await asyncio.create_subprocess_exec(
                    *dying_with_us(child),
                    env=environment(child, beats_child_end, again=again),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=out,
                    stderr=out,
                    pass_fds=handed_down,
                    start_new_session=True,  # Ctrl-C in the terminal is for the supervisor alone
                )
        except BaseException:
            if beats is not None:
                os.close(beats)
            raise
        finally:
            for fd in handed_down:
                os.close(fd)
        if beats is not None:
            os.set_blocking(beats, False)
        return cls(child, process, beats, log, log_offset)

    def beat(self) -> None:
        self.last_beat = time.monotonic()

    def hear_beats(self) -> None:
        """Read the pipe; done right before judging, so that our own delay is not held against the child."""
        if self._beats is not None:
            with contextlib.suppress(BlockingIOError):
                if os.read(self._beats, 65536):
                    self.beat()

    def forgive(self, seconds: float) -> None:
        """We ourselves stood still for that long: nobody could have been heard."""
        self.started += seconds
        if self.last_beat is not None:
            self.last_beat += seconds

    def beat_age(self) -> float | None:
        return None if self.last_beat is None else time.monotonic() - self.last_beat

    def age(self) -> float:
        return time.monotonic() - self.started

    async def end(self, grace: float, hurry: asyncio.Event) -> None:
        """SIGTERM, and SIGKILL after `grace` seconds or as soon as somebody is in a hurry."""
        self.signal(signal.SIGTERM)
        self.signal(signal.SIGCONT)  # one that was told to stand still can then still end in order
        gone = asyncio.ensure_future(self.process.wait())
        hurried = asyncio.ensure_future(hurry.wait())
        try:
            await asyncio.wait({gone, hurried}, timeout=grace, return_when=asyncio.FIRST_COMPLETED)
        finally:
            hurried.cancel()
            gone.cancel()
            self.kill()
        await self.process.wait()

    def kill(self) -> None:
        """SIGKILL to it and to all it has started, also those that outlived it."""
        self.signal(signal.SIGKILL)

    def signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS: EPERM for zombies
            os.killpg(self.pid, number)

    def close(self) -> None:
        if self._beats is not None:
            os.close(self._beats)
            self._beats = None

    def last_sentence(self) -> str:
        """The last line this life wrote, which for a refusal is the sentence meant for people."""
        try:
            with self._log.open("rb") as log:
                size = log.seek(0, os.SEEK_END)
                log.seek(max(self._log_offset, size - _SENTENCE_WINDOW))
                lines = [line.strip() for line in log.read().decode(errors="replace").splitlines()]
        except OSError:
            return ""
        return next((line for line in reversed(lines) if line), "")


def dying_with_us(child: Child) -> list[str]:
    """The child's command line behind the one that ties its life to ours."""
    tie = [sys.executable, "-I", "-S", exec_with_parent.__file__]
    return [*tie, str(os.getpid()), str(int(child.dies_with_us)), *child.argv]


def environment(child: Child, heartbeat_fd: int | None, *, again: bool) -> dict[str, str]:
    """Ours, with the child's additions. A planned crash happens once: never in a later life."""
    env = {"PYTHONUNBUFFERED": "1", **os.environ}
    env.pop(HEARTBEAT_FD, None)
    for name, value in child.env.items():
        if value is None:
            env.pop(name, None)
        else:
            env[name] = value
    if heartbeat_fd is not None:
        env[HEARTBEAT_FD] = str(heartbeat_fd)
    if again:
        env.pop(CRASH_AT, None)
    return env


def rotate(log: Path) -> int:
    """A log past its size becomes NAME.log.1, between two lives, when nobody writes. Returns its size now."""
    log.parent.mkdir(parents=True, exist_ok=True)
    size = log.stat().st_size if log.exists() else 0
    if size <= MAX_LOG_BYTES:
        return size
    log.replace(log.with_name(log.name + ".1"))
    return 0


def kernel_start_time(pid: int) -> int | None:
    """When this pid was started, in ticks since boot: with it a pid is unique. None when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else int(fields[19])
