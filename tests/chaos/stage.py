"""The stage of the runs that kill: a drill of the real processes, somebody who kills them, and what came out.

Every run is held against the same recording played through the deciders in memory: the same decisions, nothing lost,
nothing doubled. Pids are read from the supervisor's own status file, as an operator would.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from uuid import UUID

from ddh_beredskab.core.playbook import Playbooks
from ddh_beredskab.drills.account import Account
from ddh_beredskab.drills.core_replay import replay
from ddh_beredskab.drills.driver import Step
from ddh_beredskab.drills.recording import load_recording
from ddh_beredskab.drills.recording_model import RecordedInput, Recording
from ddh_beredskab.playbooks import find_playbooks, load_playbooks
from ddh_beredskab.run_drill import run_drill
from ddh_beredskab.settings import Settings
from ddh_beredskab.streams.supervisor_file import StatusEntry, read_status
from schemas.drill_summary import DrillSummary
from schemas.feedback import FeedbackItem

_LEFT_OUT = {"WriteLogEntry", "CorrectLogEntry", "RecordContactAttempt", "AddAction", "ChangeActionStatus"}


@cache
def playbooks() -> Playbooks:
    return load_playbooks(None)


@cache
def whole() -> Recording:
    """The whole surge."""
    return load_recording("stormflod-2023", [find_playbooks(None) / "drills"])


@cache
def piece() -> Recording:
    """Some sixty inputs of the surge: the warning, the night's provisional activation, roles, first message, guide.

    The ids stay those of the whole recording. One question stands twice, as it does there.
    """
    return _picked(datetime(2023, 10, 20, 22, 52, tzinfo=UTC), every=16)


@cache
def short_piece() -> Recording:
    """Some thirty inputs: the same up to the first message. For the sweep, which plays it a dozen times."""
    return _picked(datetime(2023, 10, 20, 22, 26, 30, tzinfo=UTC), every=32)


def _picked(upto: datetime, every: int) -> Recording:
    inputs = [each for each in whole().inputs if each.at <= upto]
    told = [each for each in inputs if each.kind != "feedback" and type(each.payload).__name__ not in _LEFT_OUT]
    asked = [each for each in inputs if each.kind == "feedback"]
    picked = {each.index: each for each in [*told, *asked[:3], *asked[-420::every], *_a_double_of(asked)]}
    return replace(whole(), inputs=tuple(picked[index] for index in sorted(picked)))


def _a_double_of(asked: Sequence[RecordedInput]) -> tuple[RecordedInput, RecordedInput]:
    """A question that was registered twice; both registrations."""
    seen: dict[UUID, RecordedInput] = {}
    for each in asked:
        assert isinstance(each.payload, FeedbackItem)
        if each.payload.id in seen:
            return seen[each.payload.id], each
        seen[each.payload.id] = each
    raise AssertionError("the recording has no question that was registered twice")


@cache
def _core_sha256(inputs: tuple[int, ...]) -> str:
    recording = replace(whole(), inputs=tuple(whole().inputs[index] for index in inputs))
    return replay(recording, playbooks()).decisions_sha256()


def core_sha256(recording: Recording) -> str:
    """What the deciders decide in memory on the whole recording or a piece of it."""
    return _core_sha256(tuple(each.index for each in recording.inputs))


@dataclass
class Faults:
    """What was done to the drill, and how long until it moved again."""

    done: list[tuple[float, str]] = field(default_factory=list[tuple[float, str]])
    recovered: list[tuple[str, float]] = field(default_factory=list[tuple[str, float]])

    def told(self) -> str:
        """For the test's output."""
        by_name = {
            name: sorted(seconds for other, seconds in self.recovered if other == name)
            for name in dict.fromkeys(name for name, _ in self.recovered)
        }
        parts = [
            f"{name}: {len(times)} killed, moving again after {times[0]:.1f}-{times[-1]:.1f} s"
            f" (median {times[len(times) // 2]:.1f} s)"
            for name, times in by_name.items()
        ]
        return f"{len(self.done)} faults; " + "; ".join(parts)


@dataclass
class Run:
    """A drill on its way: its folder, its processes, and how far it is."""

    data: Path
    drill_id: str
    steps: int = 0
    inputs: int = 0
    faults: Faults = field(default_factory=Faults)
    moved: asyncio.Event = field(default_factory=asyncio.Event)

    def on_step(self, step: Step) -> None:
        self.steps += 1
        self.inputs = step.next_input
        self.moved.set()

    def status(self) -> StatusEntry | None:
        return read_status(self.data / "oevelse" / self.drill_id / "run")

    def restarts(self) -> dict[str, int]:
        """Child -> how often it was started anew; `worker` without the name of its environment."""
        status = self.status()
        assert status is not None, "the supervisor has left no status file"
        return {name.partition("-")[0]: child["restarts"] for name, child in status["children"].items()}

    def is_running(self, name: str) -> bool:
        """Whether the child is there and ready."""
        status = self.status()
        return any(
            child.partition("-")[0] == name and entry["state"] == "running"
            for child, entry in (status["children"] if status else {}).items()
        )

    def kill(self, name: str) -> bool:
        """kill -9 the child, if it lives."""
        status = self.status()
        for child, entry in (status["children"] if status else {}).items():
            if child.partition("-")[0] == name and entry["pid"] is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(entry["pid"], signal.SIGKILL)
                    self.faults.done.append((time.monotonic(), name))
                    return True
        return False

    async def moves(self, steps: int, within: float = 60.0) -> bool:
        """Wait until the drill has made so many more steps; the driver makes one only when all is settled."""
        goal = self.steps + steps
        async with asyncio.timeout(within):
            while self.steps < goal:
                self.moved.clear()
                await self.moved.wait()
        return True

    async def kill_and_see_it_move(self, name: str) -> None:
        """The first step after a kill may have been on its way; the second one cannot without the killed process."""
        if not self.kill(name):
            return
        began = time.monotonic()
        await self.moves(2)
        self.faults.recovered.append((name, time.monotonic() - began))


async def until(true: Callable[[], bool], within: float = 60.0) -> None:
    """Wait for something that nobody tells us."""
    async with asyncio.timeout(within):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.05)


Villain = Callable[[Run], Awaitable[None]]


@dataclass(frozen=True)
class Outcome:
    """What came out."""

    summary: DrillSummary
    account: Account
    run: Run
    seconds: float


async def drill(data: Path, recording: Recording, villain: Villain | None = None, drill_id: str = "chaos-1") -> Outcome:
    """Play a recording through real processes while the villain does his worst; the drill ends when it ends."""
    run = Run(data, drill_id)
    began = time.monotonic()
    playing = asyncio.create_task(
        run_drill(Settings(data=data), recording, speed=None, drill_id=drill_id, on_step=run.on_step)
    )
    evil = asyncio.create_task(_until_over(villain, run)) if villain is not None else None
    try:
        waiting = {playing, *([evil] if evil else [])}
        while not playing.done():
            _, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if evil is not None and evil.done() and not playing.done():
                evil.result()  # a villain that fails ends the test
        summary, account = await playing
    finally:
        for task in (playing, evil):
            if task is not None and not task.done():
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
    return Outcome(summary, account, run, time.monotonic() - began)


async def _until_over(villain: Villain, run: Run) -> None:
    await villain(run)


def at_random(seed: int, names: Mapping[str, int], seconds: tuple[float, float], faults: int) -> Villain:
    """Kill one of the named children every so many seconds, so many times; the draw is the seed's."""
    draw = random.Random(seed)

    async def villain(run: Run) -> None:
        await run.moves(1)
        for _ in range(faults):
            await asyncio.sleep(draw.uniform(*seconds))
            (name,) = draw.choices(list(names), list(names.values()))
            await run.kill_and_see_it_move(name)

    return villain


def must_be_as_undisturbed(outcome: Outcome, recording: Recording) -> None:
    """The promise, kept by a run that was disturbed."""
    must_be_as_told(outcome.summary, outcome.account, recording)


def must_be_as_told(summary: DrillSummary, account: Account, recording: Recording) -> None:
    """The promise: the same decisions, nothing lost, nothing doubled, the chain whole."""
    assert (account.lost, account.doubled) == ((), ())
    assert (summary.lost, summary.doubled, summary.quarantined) == (0, 0, 0)
    assert summary.log.chain_ok
    assert summary.decisions_sha256 == core_sha256(recording)
