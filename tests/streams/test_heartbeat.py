"""The child's side of being watched, on real pipes."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ddh_beredskab.streams.heartbeat import HEARTBEAT_FD, Heart

CHECKOUT = Path(__file__).parents[2]
BEATS_INTO_A_BROKEN_PIPE = """
import asyncio, os, signal, sys
from ddh_beredskab.streams import heartbeat
heartbeat.ORPHAN_GRACE = 0.3
if sys.argv[1] == "deaf":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
read, write = os.pipe()
os.close(read)
async def main():
    heartbeat.Heart(write, every=0.05).start()
    await asyncio.sleep(30)
asyncio.run(main())
"""


async def test_it_beats_at_once_and_then_in_its_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    read, write = os.pipe()
    monkeypatch.setenv(HEARTBEAT_FD, str(write))
    heart = Heart.from_env(every=0.05)
    assert HEARTBEAT_FD not in os.environ, "a child of ours must not beat for us"
    assert not os.get_inheritable(write)
    heart.start()
    heart.start()
    await asyncio.sleep(0.01)
    assert os.read(read, 100) == b"."
    await asyncio.sleep(0.28)
    assert 3 <= len(os.read(read, 100)) <= 6
    await heart.stop()
    await asyncio.sleep(0.1)
    os.set_blocking(read, False)
    with pytest.raises(BlockingIOError):
        os.read(read, 100)
    os.close(read)
    os.close(write)


async def test_without_a_supervisor_it_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(HEARTBEAT_FD, raising=False)
    heart = Heart.from_env()
    assert not heart.watched
    heart.beat()
    heart.start()
    await asyncio.wait_for(heart.run(), 1)
    await heart.stop()


def test_a_synchronous_loop_may_beat_as_often_as_it_likes() -> None:
    read, write = os.pipe()
    heart = Heart(write, every=60)
    for _ in range(1000):
        heart.beat()
    assert os.read(read, 10_000) == b"."
    os.close(read)
    os.close(write)


def test_a_pipe_nobody_reads_stops_nobody() -> None:
    read, write = os.pipe()
    os.set_blocking(write, False)
    while True:
        try:
            os.write(write, b"." * 4096)
        except BlockingIOError:
            break
    Heart(write, every=0.0).beat()
    os.close(read)
    os.close(write)


@pytest.mark.parametrize(("behaviour", "end"), [("polite", -signal.SIGTERM), ("deaf", -signal.SIGKILL)])
def test_an_orphan_stops_itself(behaviour: str, end: int) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", BEATS_INTO_A_BROKEN_PIPE, behaviour],
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        timeout=10,
    )
    assert ended.returncode == end
    assert b"the supervisor is gone" in ended.stdout + ended.stderr
