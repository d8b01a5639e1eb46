"""Runs tests in a copy of the tree, one child for each run, forked from a process that has loaded all but the core.

Loading pytest, pydantic and hypothesis costs three times what the tests of one line cost. Rule kept: nothing of
`ddh_beredskab` is loaded before the fork, so that every child sees the fault that lies in the tree at that moment.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

BEFOREHAND = (
    "pytest", "_pytest.assertion.rewrite", "_hypothesis_pytestplugin", "hypothesis", "hypothesis.stateful", "pydantic",
    "pytest_asyncio.plugin", "pytest_timeout", "xdist.plugin", "asyncpg", "playwright.async_api", "ruamel.yaml",
    "schemas.catalog",
)  # fmt: skip
FLAGS = ("-q", "-x", "-p", "no:cacheprovider", "-p", "no:schemathesis", "--no-header", "--tb=no")


class Runner:
    """A process that stands ready in one tree."""

    def __init__(self, tree: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tools.mutation.runner"],
            cwd=tree,
            env={**os.environ, "PYTHONPATH": f"{tree}{os.pathsep}{Path(__file__).parents[2]}"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def run(self, tests: Sequence[str], seconds: float) -> int:
        """pytest's exit code; 1 for a run that had to be killed."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"tests": list(tests), "seconds": seconds}) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        self._process.kill()
        self._process.wait()


def main() -> None:
    """Forks a child for each line of stdin and answers its exit code."""
    sys.path.insert(0, ".")
    for name in BEFOREHAND:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    loaded = [name for name in sys.modules if name.partition(".")[0] == "ddh_beredskab"]
    assert not loaded, loaded
    for line in sys.stdin:
        job = json.loads(line)
        child = os.fork()
        if child == 0:
            _child(job["tests"])
        sys.stdout.write(f"{_waited(child, job['seconds'])}\n")
        sys.stdout.flush()


def _child(tests: Sequence[str]) -> None:
    code = 1
    try:
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDWR)
        for handle in (0, 1, 2):
            os.dup2(nothing, handle)
        import pytest

        code = int(pytest.main([*FLAGS, *tests]))
    finally:
        os._exit(code)


def _waited(child: int, seconds: float) -> int:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return os.waitstatus_to_exitcode(status) or 0
        time.sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return 1


if __name__ == "__main__":
    main()
