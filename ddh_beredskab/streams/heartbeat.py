"""The child's side of being watched: one byte a second on the pipe the supervisor gave it.

The rule kept: a beat comes from the very loop that does the work, never from a thread beside it, so that a
hung loop falls silent and is killed. A process nobody supervises (no DDH_HEARTBEAT_FD) beats into nothing.
When the other end of the pipe is gone the supervisor is dead: the process asks itself to stop, and kills
itself if it has not stopped 10 s later, because a worker nobody watches is worse than none.
"""

import asyncio
import contextlib
import os
import signal
import threading
import time

import structlog

HEARTBEAT_FD = "DDH_HEARTBEAT_FD"
BEAT_EVERY = 1.0
ORPHAN_GRACE = 10.0

log = structlog.stdlib.get_logger(__name__)


class Heart:
    """Beats while the loop that owns it turns: `start()` in asyncio, or `beat()` from a loop of one's own."""

    def __init__(self, fd: int | None, *, every: float = BEAT_EVERY) -> None:
        self._fd = fd
        self._every = every
        self._last = float("-inf")
        self._task: asyncio.Task[None] | None = None
        if fd is not None:
            os.set_blocking(fd, False)  # a supervisor that stands still must not make us stand still
            os.set_inheritable(fd, False)  # our own children must not hold the pipe open after us

    @classmethod
    def from_env(cls, *, every: float = BEAT_EVERY) -> "Heart":
        """The heart this process was given; taken out of the environment, so that no child inherits it."""
        given = os.environ.pop(HEARTBEAT_FD, "")
        return cls(int(given) if given.isdigit() else None, every=every)

    @property
    def watched(self) -> bool:
        return self._fd is not None

    def start(self) -> None:
        """Beat on the running loop from now on; does nothing when nobody watches or when it beats already."""
        if self.watched and self._task is None:
            self._task = asyncio.get_running_loop().create_task(self.run(), name="heartbeat")

    async def stop(self) -> None:
        """Stop beating, for a tidy end of the loop; a child told to stop may be silent."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def run(self) -> None:
        """Beat until cancelled; for those who keep the task themselves."""
        while self.watched:
            self.beat()
            await asyncio.sleep(self._every)

    def beat(self) -> None:
        """One beat, at most one in each interval: a synchronous loop may call this on every turn."""
        now = time.monotonic()
        if self._fd is None or now - self._last < self._every * 0.9:
            return
        self._last = now
        try:
            os.write(self._fd, b".")
        except BlockingIOError:
            pass  # the pipe is full of beats nobody has read yet: they say the same
        except OSError:
            self._orphaned()

    def _orphaned(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None
        log.error("the supervisor is gone, stopping", grace_seconds=ORPHAN_GRACE)
        last_resort = threading.Timer(ORPHAN_GRACE, os.kill, (os.getpid(), signal.SIGKILL))
        last_resort.daemon = True
        last_resort.start()
        os.kill(os.getpid(), signal.SIGTERM)
