"""An event loop of virtual time whose every choice is the seed's, with processes that can freeze and die inside it.

The product's coroutines run on it unchanged. Each process keeps its own order, as a real loop does; which process
moves next is drawn. A dead process's coroutines are never resumed: that is kill -9, not cancellation.
"""

from __future__ import annotations

import asyncio
import contextvars
import heapq
from asyncio import events
from collections import deque
from collections.abc import Callable, Coroutine
from random import Random
from typing import Any, TypeVar

T = TypeVar("T")


class Killed(BaseException):
    """Thrown through the code of a process at the very place where it dies."""


class Process:
    """What dies, freezes and starts as one. `number` tells a restarted process from the one before it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.alive = True
        self.frozen = False
        self.queue: deque[asyncio.Handle] = deque()
        self.tasks: list[asyncio.Task[Any]] = []
        self.context = contextvars.copy_context()
        self.context.run(PROCESS.set, self)

    def kill(self) -> None:
        """Nothing of it ever runs again."""
        self.alive = False
        self.queue.clear()


PROCESS: contextvars.ContextVar[Process] = contextvars.ContextVar("process")


class TooLong(Exception):
    """The world did not come to rest within the virtual time it was given."""


class SimLoop(asyncio.AbstractEventLoop):
    """As much of an event loop as the product uses."""

    def __init__(self, dice: Random) -> None:
        self._dice = dice
        _world.queue.clear()
        _world.tasks.clear()
        self._now = 0.0
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._sequence = 0
        self._runnable: list[Process] = []
        self.errors: list[str] = []
        self.turns = 0

    # -- what asyncio asks of a loop --------------------------------------------------------------

    def time(self) -> float:
        return self._now

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return True

    def is_closed(self) -> bool:
        return False

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self)

    def create_task(
        self, coro: Any, *, name: Any = None, context: contextvars.Context | None = None
    ) -> asyncio.Task[Any]:
        task: asyncio.Task[Any] = asyncio.Task(coro, loop=self, name=name, context=context)
        # a task of a dead process is left lying on purpose
        task._log_destroy_pending = False  # pyright: ignore[reportAttributeAccessIssue]
        return task

    def call_soon(
        self, callback: Callable[..., Any], *args: Any, context: contextvars.Context | None = None
    ) -> asyncio.Handle:
        handle = asyncio.Handle(callback, args, self, context)
        self._enqueue(handle)
        return handle

    def call_later(
        self, delay: float, callback: Callable[..., Any], *args: Any, context: contextvars.Context | None = None
    ) -> asyncio.TimerHandle:
        return self.call_at(self._now + delay, callback, *args, context=context)

    def call_at(
        self, when: float, callback: Callable[..., Any], *args: Any, context: contextvars.Context | None = None
    ) -> asyncio.TimerHandle:
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        self._sequence += 1
        heapq.heappush(self._timers, (when, self._sequence, handle))
        return handle

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        pass

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        if not isinstance(context.get("exception"), Killed):
            self.errors.append(f"{context.get('message')}: {context.get('exception')!r}")

    # -- processes --------------------------------------------------------------------------------

    def spawn(self, process: Process, coro: Coroutine[Any, Any, T], name: str = "") -> asyncio.Task[T]:
        """Start a task inside a process."""
        task = self.create_task(coro, name=name, context=process.context)
        process.tasks.append(task)
        return task

    def freeze(self, process: Process, seconds: float) -> None:
        """SIGSTOP, and SIGCONT after a while: what comes due meanwhile comes all at once."""
        process.frozen = True
        if process in self._runnable:
            self._runnable.remove(process)

        def thaw() -> None:
            process.frozen = False
            if process.queue and process not in self._runnable:
                self._runnable.append(process)

        self.call_later(seconds, thaw, context=_world.context)

    def _enqueue(self, handle: asyncio.Handle) -> None:
        process = _process_of(handle)
        if not process.alive:
            return
        process.queue.append(handle)
        if not process.frozen and process not in self._runnable:
            self._runnable.append(process)

    # -- turning ----------------------------------------------------------------------------------

    def run_until(self, main: Coroutine[Any, Any, T], limit: float) -> T:
        """Turn until the world's main coroutine is done. Raises `TooLong` past `limit` virtual seconds."""
        before = events._get_running_loop()  # pyright: ignore[reportPrivateUsage, reportAttributeAccessIssue]
        events._set_running_loop(self)
        try:
            task = self.spawn(world(), main, "world")
            while not task.done():
                self._turn()
                if self._now > limit:
                    raise TooLong(f"{self._now:.0f} s of virtual time")
            return task.result()
        finally:
            events._set_running_loop(before)

    def _turn(self) -> None:
        runnable = self._runnable
        if not runnable:
            self._advance()
            return
        at = int(self._dice.random() * len(runnable)) if len(runnable) > 1 else 0
        process = runnable[at]
        queue = process.queue
        if not queue:
            runnable.pop(at)
            return
        handle = queue.popleft()
        if not queue:
            runnable.pop(at)
        if not handle._cancelled:  # pyright: ignore[reportPrivateUsage]
            self.turns += 1
            handle._run()  # pyright: ignore[reportPrivateUsage, reportAttributeAccessIssue]

    def _advance(self) -> None:
        timers = self._timers
        while timers and timers[0][2]._cancelled:  # pyright: ignore[reportPrivateUsage]
            heapq.heappop(timers)
        if not timers:
            raise TooLong("nothing will ever happen again")
        self._now = max(self._now, timers[0][0])
        while timers and timers[0][0] <= self._now:
            handle = heapq.heappop(timers)[2]
            if not handle._cancelled:  # pyright: ignore[reportPrivateUsage]
                self._enqueue(handle)


_world = Process("world")
_CONTEXT = "_context"  # asyncio keeps it to itself


def world() -> Process:
    """The process of the world itself: the clock on the wall, the net, the supervisor. It never dies."""
    return _world


def _process_of(handle: asyncio.Handle) -> Process:
    context: contextvars.Context = getattr(handle, _CONTEXT)
    return context.get(PROCESS, _world)


def here() -> Process:
    """The process whose code is running. Raises `Killed` when it died on the way."""
    process = PROCESS.get(_world)
    if not process.alive:
        raise Killed
    return process
