"""A program started through `exec_with_parent` never outlives the process that started it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ddh_beredskab.streams import exec_with_parent
from ddh_beredskab.streams.child_process import kernel_start_time

TIE = exec_with_parent.__file__
STANDS_BESIDE = (
    "import sys; from ddh_beredskab.streams.exec_with_parent import stand_beside, signal;"
    "sys.exit(stand_beside(int(sys.argv[1]), signal.Signals(int(sys.argv[2])), sys.argv[3:]))"
)
WRITES_ITS_PID_AND_WAITS = "import os, sys, time; open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(60)"
STARTS_AND_WAITS = """
import os, subprocess, sys
way = [sys.executable, sys.argv[1]] if sys.argv[1].endswith(".py") else [sys.executable, "-c", sys.argv[1]]
subprocess.Popen([*way, str(os.getpid()), "9", *sys.argv[2:]]).wait()
"""


@pytest.fixture(autouse=True)
def from_the_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))


def pid_written(file: Path) -> int:
    deadline = time.monotonic() + 5
    while not (file.exists() and file.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return int(file.read_text())


@pytest.mark.parametrize("way", [TIE, STANDS_BESIDE], ids=["kernel", "stands beside"])
def test_the_program_ends_with_the_one_that_started_it(tmp_path: Path, way: str) -> None:
    file = tmp_path / "pid"
    program = [sys.executable, "-c", WRITES_ITS_PID_AND_WAITS, str(file)]
    parent = subprocess.Popen([sys.executable, "-c", STARTS_AND_WAITS, way, *program])
    pid = pid_written(file)
    parent.kill()
    parent.wait()
    deadline = time.monotonic() + 5
    while kernel_start_time(pid) is not None:
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("way", [[TIE], ["-c", STANDS_BESIDE]], ids=["kernel", "stands beside"])
def test_its_exit_code_and_its_environment_are_the_programs_own(way: list[str]) -> None:
    program = [sys.executable, "-c", "import os, sys; sys.exit(int(os.environ['LEAVE_WITH']))"]
    command = [sys.executable, *way, str(os.getpid()), "15", *program]
    assert subprocess.run(command, env={**os.environ, "LEAVE_WITH": "78"}).returncode == 78


def test_sigterm_reaches_the_program_it_stands_beside(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    program = [sys.executable, "-c", WRITES_ITS_PID_AND_WAITS, str(file)]
    beside = subprocess.Popen([sys.executable, "-c", STANDS_BESIDE, str(os.getpid()), "9", *program])
    pid = pid_written(file)
    beside.terminate()
    assert beside.wait(5) == 128 + signal.SIGTERM
    assert kernel_start_time(pid) is None


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the kernel's death signal is Linux's own")
def test_a_parent_already_gone_means_not_to_start() -> None:
    nobody = subprocess.Popen(["/bin/true"])
    nobody.wait()
    command = [sys.executable, TIE, str(nobody.pid), "9", "/bin/echo", "started"]
    ended = subprocess.run(command, capture_output=True)
    assert (ended.returncode, ended.stdout) == (1, b"")


@pytest.mark.parametrize("way", [[TIE], ["-c", STANDS_BESIDE]], ids=["kernel", "stands beside"])
def test_a_program_that_cannot_be_started_is_a_configuration_error(way: list[str]) -> None:
    command = [sys.executable, *way, str(os.getpid()), "9", "/no/such/program"]
    ended = subprocess.run(command, capture_output=True, text=True)
    assert ended.returncode == 78
    assert ended.stderr == "/no/such/program cannot be started: No such file or directory.\n"
