"""Become another program that ends when the process that started it ends, however that process dies.

`python exec_with_parent.py PARENT_PID SIGNAL PROGRAM [ARG...]`: asks the kernel (PR_SET_PDEATHSIG) to send
SIGNAL once the parent is gone, makes sure that it is not gone already, and execs PROGRAM; the pid, the pipes,
the environment and the request stay. A program of its own instead of `preexec_fn`, since Python code between
fork and exec can deadlock in a process with threads.

Where the kernel knows no such request (macOS) it stays beside PROGRAM as its parent, passes SIGTERM on and
watches for its own orphaning; the supervisor kills whole process groups, so neither is left over.

Uses the standard library only and is run with `-I -S`, since it stands before every start of every child.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from types import FrameType

PR_SET_PDEATHSIG = 1
CONFIGURATION_ERROR = 78
LOOK_EVERY = 0.25


def main(argv: list[str]) -> int:
    parent, number, program = int(argv[0]), int(argv[1]), argv[2:]
    if not sys.platform.startswith("linux"):
        return stand_beside(parent, signal.Signals(number), program)
    ask_for_death_signal(number)
    if os.getppid() != parent:
        return 1  # it died before the request was made, and the kernel will send nothing
    try:
        os.execvp(program[0], program)
    except OSError as error:
        return cannot_start(program[0], error)


def ask_for_death_signal(number: int) -> None:
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    if prctl(PR_SET_PDEATHSIG, ctypes.c_ulong(number), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")


def stand_beside(parent: int, death_signal: signal.Signals, program: list[str]) -> int:
    try:
        child = subprocess.Popen(program, close_fds=False)
    except OSError as error:
        return cannot_start(program[0], error)

    def pass_on(number: int, _frame: FrameType | None) -> None:
        child.send_signal(number)

    signal.signal(signal.SIGTERM, pass_on)
    signal.signal(signal.SIGINT, pass_on)
    while child.poll() is None:
        if os.getppid() != parent:
            child.send_signal(death_signal)
            return child.wait()
        time.sleep(LOOK_EVERY)
    return child.returncode if child.returncode >= 0 else 128 - child.returncode


def cannot_start(program: str, error: OSError) -> int:
    sys.stderr.write(f"{program} cannot be started: {error.strerror or error}.\n")
    return CONFIGURATION_ERROR


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
