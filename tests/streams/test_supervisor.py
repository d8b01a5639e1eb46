"""The supervisor against real processes: really killed, really stopped, really hung."""

import asyncio
import contextlib
import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Callable
from pathlib import Path

import pytest

from ddh_beredskab.streams.child_process import kernel_start_time, rotate
from ddh_beredskab.streams.supervisor import (
    Child,
    ChildRefused,
    ChildWontStart,
    Limits,
    Supervisor,
    SupervisorEvent,
)
from ddh_beredskab.streams.supervisor_file import AlreadyRunning, is_running, read_status

HERE = Path(__file__).parent
CHECKOUT = HERE.parents[1]
QUICK = Limits(silence=0.6, first_beat_within=5, stop_within=0.5, backoff=0.05, look_every=0.05)


@pytest.fixture(autouse=True)
def notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NOTES", str(tmp_path / "notes"))
    monkeypatch.setenv("PYTHONPATH", str(CHECKOUT))
    return tmp_path / "notes"


def child(behaviour: str, name: str = "worker", *, stops_last: bool = False, **env: str) -> Child:
    return Child(
        name=name,
        argv=[sys.executable, str(HERE / "child_script.py"), behaviour, name],
        env=env,
        heartbeat=behaviour in ("beats", "hangs", "loops"),
        stops_last=stops_last,
    )


@contextlib.asynccontextmanager
async def supervised(
    directory: Path, *children: Child, limits: Limits = QUICK
) -> AsyncGenerator[tuple[Supervisor, list[SupervisorEvent]]]:
    events: list[SupervisorEvent] = []
    supervisor = Supervisor(children, directory, on_event=events.append, limits=limits)
    try:
        await supervisor.start()
        yield supervisor, events
    finally:
        await supervisor.stop()


async def until(true: Callable[[], object], within: float = 30.0) -> None:
    deadline = time.monotonic() + within
    while not true():
        assert time.monotonic() < deadline, "it did not come true in time"
        await asyncio.sleep(0.02)


def lines(notes: Path) -> list[str]:
    return notes.read_text().splitlines() if notes.exists() else []


def pid_of(supervisor: Supervisor, name: str = "worker") -> int:
    pid = next(status.pid for status in supervisor.status() if status.name == name)
    assert pid is not None
    return pid


def alive(pid: int) -> bool:
    return kernel_start_time(pid) is not None


async def test_a_child_killed_with_9_is_started_again(tmp_path: Path, notes: Path) -> None:
    async with supervised(tmp_path, child("beats")) as (supervisor, events):
        await until(lambda: len(lines(notes)) == 1)
        first = pid_of(supervisor)
        os.kill(first, signal.SIGKILL)
        await until(lambda: len(lines(notes)) == 2)
        assert pid_of(supervisor) != first
        (status,) = supervisor.status()
        assert (status.state, status.restarts) == ("running", 1)
        assert [(e.kind, e.reason) for e in events if e.kind == "ended"] == [("ended", "killed by SIGKILL")]


async def test_a_planned_crash_does_not_happen_to_the_next_life(tmp_path: Path, notes: Path) -> None:
    async with supervised(tmp_path, child("crashes", DDH_CRASH_AT="before-commit")):
        await until(lambda: len(lines(notes)) == 2)
        assert lines(notes) == ["worker starts before-commit", "worker starts -"]


@pytest.mark.parametrize("behaviour", ["beats", "loops"])
async def test_a_stopped_process_falls_silent_and_is_replaced(tmp_path: Path, notes: Path, behaviour: str) -> None:
    async with supervised(tmp_path, child(behaviour)) as (supervisor, events):
        await until(lambda: supervisor.status()[0].last_beat_age is not None)
        await asyncio.sleep(QUICK.silence * 1.5)
        assert not [e for e in events if e.kind == "silent"], "it beat all the time"
        first = pid_of(supervisor)
        os.kill(first, signal.SIGSTOP)
        await until(lambda: len(lines(notes)) == 2)
        assert [e.kind for e in events if e.kind == "silent"] == ["silent"]
        assert not alive(first)


async def test_a_hung_loop_falls_silent_and_is_replaced(tmp_path: Path, notes: Path) -> None:
    async with supervised(tmp_path, child("hangs")) as (_, events):
        await until(lambda: len(lines(notes)) >= 2)
        assert [e.kind for e in events][:5] == ["started", "ready", "silent", "ended", "started"]


async def test_a_child_that_never_beats_is_given_its_time_and_then_replaced(tmp_path: Path) -> None:
    mute = Child(name="mute", argv=[sys.executable, "-c", "import time; time.sleep(60)"], heartbeat=True)
    limits = Limits(silence=0.1, first_beat_within=0.6, backoff=0.05, look_every=0.05)
    async with supervised(tmp_path, mute, limits=limits) as (supervisor, events):
        await asyncio.sleep(0.3)
        assert supervisor.status()[0].restarts == 0
        await until(lambda: [e.kind for e in events if e.kind == "silent"])
        await until(lambda: supervisor.status()[0].restarts == 1)


async def test_a_probe_that_fails_is_silence_too(tmp_path: Path) -> None:
    asked: list[float] = []

    async def answers_once() -> bool:
        asked.append(time.monotonic())
        return len(asked) == 1

    broker = Child(name="broker", argv=[sys.executable, "-c", "import time; time.sleep(60)"], probe=answers_once)
    async with supervised(tmp_path, broker) as (_, events):
        await until(lambda: [e.kind for e in events if e.kind == "silent"])


async def test_a_child_past_its_memory_is_replaced(tmp_path: Path, notes: Path) -> None:
    greedy = Child(
        name="broker",
        argv=[sys.executable, str(HERE / "child_script.py"), "grows", "broker"],
        memory_limit_mb=60,
    )
    async with supervised(tmp_path, greedy) as (_, events):
        await until(lambda: len(lines(notes)) >= 2)
        assert next(e for e in events if e.kind == "too-large").reason.endswith("60 MB allowed")


async def test_a_child_that_is_added_is_kept_alive_and_one_that_is_removed_is_gone(tmp_path: Path, notes: Path) -> None:
    async with supervised(tmp_path, child("beats")) as (supervisor, _):
        supervisor.add(child("beats", "drill"))
        await until(lambda: "drill starts -" in lines(notes))
        with pytest.raises(ValueError, match="drill"):
            supervisor.add(child("beats", "drill"))
        first = pid_of(supervisor, "drill")
        os.kill(first, signal.SIGKILL)
        await until(lambda: lines(notes).count("drill starts -") == 2)
        last = pid_of(supervisor, "drill")
        await supervisor.remove("drill")
        assert not alive(last)
        assert [status.name for status in supervisor.status()] == ["worker"]
        await supervisor.remove("worker")
        assert alive(pid_of(supervisor)), "what the system cannot do without is not removed"


async def test_a_child_that_is_added_while_the_last_gets_ready_is_begun_once(tmp_path: Path, notes: Path) -> None:
    def on_event(event: SupervisorEvent) -> None:
        if (event.kind, event.child) == ("ready", "worker"):
            supervisor.add(child("beats", "drill"))

    supervisor = Supervisor([child("beats")], tmp_path, limits=QUICK, on_event=on_event)
    try:
        await supervisor.start()
        await until(lambda: "drill starts -" in lines(notes))
        await asyncio.sleep(0.5)
        assert lines(notes).count("drill starts -") == 1
    finally:
        await supervisor.stop()
    assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("tend")]


async def test_an_added_child_that_refuses_is_told_of_and_the_others_go_on(tmp_path: Path) -> None:
    async with supervised(tmp_path, child("beats")) as (supervisor, events):
        supervisor.add(child("refuses", "drill"))
        await until(lambda: [e.kind for e in events if e.kind == "refused"] == ["refused"])
        waiting = asyncio.create_task(supervisor.wait())
        await asyncio.sleep(0.3)
        assert not waiting.done(), "the operation does not end with it"
        waiting.cancel()
        await supervisor.remove("drill")


async def test_a_refusal_stops_all_and_passes_the_sentence_on(tmp_path: Path) -> None:
    supervisor = Supervisor([child("beats", "web"), child("refuses")], tmp_path, limits=QUICK)
    with pytest.raises(ChildRefused) as refusal:
        await supervisor.run()
    assert refusal.value.child == "worker"
    assert refusal.value.sentence == "DDH_DATABASE names no database we know."
    assert [(s.state, s.pid) for s in supervisor.status()] == [("stopped", None)] * 2


async def test_a_program_that_is_not_there_is_a_refusal(tmp_path: Path) -> None:
    supervisor = Supervisor([Child(name="broker", argv=["/no/such/program"])], tmp_path, limits=QUICK)
    with pytest.raises(ChildRefused, match="/no/such/program cannot be started: No such file"):
        await supervisor.run()


async def test_a_child_that_never_gets_ready_ends_the_start(tmp_path: Path) -> None:
    async def never() -> None:
        await asyncio.Event().wait()

    broker = Child(name="broker", argv=child("falls over").argv, ready=never)
    supervisor = Supervisor([broker, child("beats", "web")], tmp_path, limits=QUICK)
    with pytest.raises(ChildWontStart, match=r"5 forsøg.*I cannot find the floor\.") as refusal:
        await supervisor.run()
    assert refusal.value.place == str(tmp_path / "log" / "broker.log")
    assert supervisor.status()[1].state == "waiting", "what needs the broker was never started"


async def test_the_next_child_starts_when_the_one_before_is_ready(tmp_path: Path, notes: Path) -> None:
    async def ready() -> None:
        await until(lambda: lines(notes))
        await asyncio.sleep(0.1)
        with notes.open("a") as out:
            out.write("broker is ready\n")

    broker = Child(name="broker", argv=child("sleeps", "broker").argv, ready=ready)
    async with supervised(tmp_path, broker, child("beats")):
        await until(lambda: len(lines(notes)) == 3)
        assert lines(notes) == ["broker starts -", "broker is ready", "worker starts -"]


async def test_the_broker_stops_last_and_the_deaf_are_killed(tmp_path: Path, notes: Path) -> None:
    children = child("sleeps", "broker", stops_last=True), child("deaf"), child("beats", "web")
    async with supervised(tmp_path, *children) as (supervisor, _):
        await until(lambda: len(lines(notes)) == 3)
        pids = [pid_of(supervisor, name) for name in ("broker", "worker", "web")]
        before = time.monotonic()
    assert 0.4 < time.monotonic() - before < 8
    assert lines(notes)[3:] == ["web stops", "broker stops"]
    assert not any(alive(pid) for pid in pids)


async def test_what_a_child_has_started_ends_with_it(tmp_path: Path, notes: Path) -> None:
    async with supervised(tmp_path, child("has a child")) as (supervisor, _):
        await until(lambda: len(lines(notes)) == 2)
        grandchild = int(lines(notes)[1].split()[1])
        os.kill(pid_of(supervisor), signal.SIGKILL)
        await until(lambda: not alive(grandchild))


async def test_the_pause_before_a_new_start_doubles_up_to_its_limit(tmp_path: Path) -> None:
    started: list[float] = []

    def note_start(event: SupervisorEvent) -> None:
        if event.kind == "started":
            started.append(time.monotonic())

    limits = Limits(backoff=0.1, backoff_at_most=0.4, look_every=0.05)
    supervisor = Supervisor([Child(name="short", argv=["/bin/false"])], tmp_path, on_event=note_start, limits=limits)
    try:
        await supervisor.start()
        await until(lambda: len(started) == 9)
    finally:
        await supervisor.stop()
    pauses = [b - a for a, b in itertools.pairwise(started)]
    assert all(pause >= least for pause, least in zip(pauses, [0.1, 0.2, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4], strict=True))
    assert pauses[-1] < 10, "doubled without a limit, it would be 12.8 s"


async def test_what_everybody_waits_for_is_never_kept_waiting_for_long(tmp_path: Path) -> None:
    limits = Limits(backoff=0.1, backoff_at_most=60, look_every=0.05)
    broker = Child(name="broker", argv=["/bin/false"], longest_pause=0.2)
    supervisor = Supervisor([broker], tmp_path, limits=limits)
    try:
        await supervisor.start()
        await until(lambda: supervisor.status()[0].restarts == 12)  # doubled, the pauses would be minutes
    finally:
        await supervisor.stop()


async def test_a_child_that_was_healthy_is_started_again_at_once(tmp_path: Path) -> None:
    started: list[float] = []

    def note_start(event: SupervisorEvent) -> None:
        if event.kind == "started":
            started.append(time.monotonic())

    limits = Limits(backoff=0.5, backoff_at_most=60, healthy_after=0.3, look_every=0.05)
    sleeper = Child(name="sleeper", argv=["/bin/sleep", "0.4"])
    supervisor = Supervisor([sleeper], tmp_path, on_event=note_start, limits=limits)
    try:
        await supervisor.start()
        await until(lambda: len(started) == 6)
    finally:
        await supervisor.stop()
    assert max(b - a for a, b in itertools.pairwise(started)) < 7, "doubled, the last pause alone would be 8 s"


async def test_two_supervisors_never_share_a_directory(tmp_path: Path) -> None:
    async with supervised(tmp_path, child("beats")):
        assert is_running(tmp_path)
        with pytest.raises(AlreadyRunning):
            await Supervisor([], tmp_path).run()
        assert read_status(tmp_path) is not None
    assert not is_running(tmp_path)


async def test_the_status_file_names_the_pids(tmp_path: Path) -> None:
    async with supervised(tmp_path, child("beats"), child("sleeps", "web")) as (supervisor, _):
        status = read_status(tmp_path)
        assert status is not None
        assert status["pid"] == os.getpid()
        assert {name: entry["pid"] for name, entry in status["children"].items()} == {
            "worker": pid_of(supervisor),
            "web": pid_of(supervisor, "web"),
        }
        assert (tmp_path / status["children"]["web"]["log"]).exists()


# the supervisor itself as a process


def start_supervisor(directory: Path, *children: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, str(HERE / "supervisor_script.py"), str(directory), *children])


async def running_children(directory: Path, count: int) -> dict[str, int]:
    def pids() -> dict[str, int]:
        status = read_status(directory)
        found = status["children"].items() if status else ()
        return {name: entry["pid"] for name, entry in found if entry["pid"] and entry["state"] == "running"}

    await until(lambda: len(pids()) == count)
    return pids()


async def test_the_children_end_with_a_supervisor_killed_with_9(tmp_path: Path, notes: Path) -> None:
    supervisor = start_supervisor(tmp_path, "beats=worker", "sleeps=web")
    pids = await running_children(tmp_path, 2)
    await until(lambda: len(lines(notes)) == 2)
    supervisor.kill()
    supervisor.wait()
    await until(lambda: not any(alive(pid) for pid in pids.values()))
    assert sorted(lines(notes)[2:]) == ["web stops", "worker stops"]


async def test_the_next_supervisor_ends_what_a_killed_one_left_running(tmp_path: Path, notes: Path) -> None:
    supervisor = start_supervisor(tmp_path, "deaf=worker")
    pids = await running_children(tmp_path, 1)
    await until(lambda: len(lines(notes)) == 1)
    supervisor.kill()
    supervisor.wait()
    await asyncio.sleep(0.2)
    assert alive(pids["worker"]), "it is deaf to SIGTERM"
    async with supervised(tmp_path, child("beats", "web")):
        assert not alive(pids["worker"])


async def test_a_supervisor_that_stood_still_blames_nobody(tmp_path: Path) -> None:
    supervisor = start_supervisor(tmp_path, "beats=worker")
    try:
        before = await running_children(tmp_path, 1)
        os.kill(supervisor.pid, signal.SIGSTOP)
        await asyncio.sleep(1.6)  # its patience is one second
        os.kill(supervisor.pid, signal.SIGCONT)
        await asyncio.sleep(0.6)
        assert await running_children(tmp_path, 1) == before
    finally:
        supervisor.terminate()
        assert supervisor.wait(5) == 0


async def test_sigterm_stops_all_in_order(tmp_path: Path, notes: Path) -> None:
    supervisor = start_supervisor(tmp_path, "beats=worker", "sleeps=web")
    await running_children(tmp_path, 2)
    await until(lambda: len(lines(notes)) == 2)
    supervisor.terminate()
    assert supervisor.wait(5) == 0
    assert sorted(lines(notes)[2:]) == ["web stops", "worker stops"]


async def test_a_second_signal_is_a_hurry(tmp_path: Path, notes: Path) -> None:
    supervisor = start_supervisor(tmp_path, "deaf=worker")
    await running_children(tmp_path, 1)
    await until(lambda: len(lines(notes)) == 1)
    before = time.monotonic()
    supervisor.terminate()
    await asyncio.sleep(0.3)
    supervisor.send_signal(signal.SIGINT)
    assert supervisor.wait(9) == 0
    assert time.monotonic() - before < 8, "it would have waited 10 s for the deaf one"


def test_a_log_past_its_size_is_put_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ddh_beredskab.streams.child_process.MAX_LOG_BYTES", 10)
    log = tmp_path / "log" / "web.log"
    assert rotate(log) == 0
    log.write_text("0123456789")
    assert rotate(log) == 10
    log.write_text("0123456789+")
    assert rotate(log) == 0
    assert (tmp_path / "log" / "web.log.1").read_text() == "0123456789+"
