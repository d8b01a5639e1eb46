"""What a supervisor leaves on the disk for others: who runs (`supervisor.json`), and that it runs (a lock).

Rules kept: the file is replaced in one step, so a reader never sees half of it; the lock belongs to a living
process and ends with it; and what a supervisor that was killed -9 has left running is ended by the next one,
but only if pid and start time both match, so that nobody else's process is ever hit.
"""

import asyncio
import contextlib
import fcntl
import json
import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, TypedDict

from ddh_beredskab.errors import UserError
from ddh_beredskab.streams.child_process import kernel_start_time

STATUS_FILE = "supervisor.json"
LOCK_FILE = "supervisor.lock"

State = Literal["waiting", "starting", "running", "stopping", "stopped"]


class AlreadyRunning(UserError):
    """Another supervisor runs in this directory."""


@dataclass(frozen=True, slots=True)
class ChildStatus:
    """A child as its supervisor sees it; "waiting" is the pause between two lives."""

    name: str
    pid: int | None
    state: State
    restarts: int
    last_beat_age: float | None


class ChildEntry(TypedDict):
    pid: int | None
    started_ticks: int | None
    state: str
    restarts: int
    last_beat_age: float | None
    log: str


class StatusEntry(TypedDict):
    pid: int
    written_at: str
    children: dict[str, ChildEntry]


class Lock:
    """Held from `take()` to `release()` or to the end of the process."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._fd: int | None = None

    def take(self) -> None:
        self._directory.mkdir(parents=True, exist_ok=True)
        fd = os.open(self._directory / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(fd)
            raise AlreadyRunning("already_running", place=str(self._directory)) from None
        self._fd = fd

    def release(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


def is_running(directory: Path) -> bool:
    """Whether a supervisor lives in this directory, told by its lock: a pid may be another's."""
    probe = Lock(directory)
    if not (directory / LOCK_FILE).exists():
        return False
    try:
        probe.take()
    except AlreadyRunning:
        return True
    probe.release()
    return False


def write_status(directory: Path, pid: int, children: Sequence[tuple[ChildStatus, Path]]) -> None:
    entry = StatusEntry(
        pid=pid,
        written_at=datetime.now(UTC).isoformat(),
        children={
            status.name: ChildEntry(
                pid=status.pid,
                started_ticks=kernel_start_time(status.pid) if status.pid else None,
                state=status.state,
                restarts=status.restarts,
                last_beat_age=None if status.last_beat_age is None else round(status.last_beat_age, 2),
                log=str(log.relative_to(directory)),
            )
            for status, log in children
        },
    )
    fresh = directory / (STATUS_FILE + ".new")
    fresh.write_text(json.dumps(entry, indent=1) + "\n")
    fresh.replace(directory / STATUS_FILE)


def read_status(directory: Path) -> StatusEntry | None:
    """The file as last written, None when there is none; see `is_running` for whether it still holds."""
    try:
        found: Any = json.loads((directory / STATUS_FILE).read_text())
    except (OSError, ValueError):
        return None
    return found


async def end_leftovers(directory: Path, within: float = 2.0) -> None:
    """Kill -9 what a dead supervisor of this directory has left running. Only with the lock held."""
    status = read_status(directory)
    left = [
        (child["pid"], child["started_ticks"])
        for child in (status["children"].values() if status else ())
        if child["pid"] and child["started_ticks"]
    ]
    deadline = asyncio.get_running_loop().time() + within
    for pid, ticks in left:
        while kernel_start_time(pid) == ticks and asyncio.get_running_loop().time() < deadline:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)
            await asyncio.sleep(0.02)
