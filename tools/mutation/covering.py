"""Which tests pass a line of the core, learnt by running them once under coverage.

Rule kept: a fault is shown to every test that executes its line, and to no other; a line that is executed while
modules are loaded is shown to all tests that execute anything of its module.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import coverage

SETTINGS = """[run]
branch = true
source = ddh_beredskab/core
data_file = .coverage-mutation
dynamic_context = test_function
"""


@dataclass(frozen=True)
class Covering:
    """path -> line -> the test functions (`tests/x.py::test_y`) that execute it."""

    by_line: dict[str, dict[int, frozenset[str]]]

    def tests_of(self, path: str, line: int) -> list[str]:
        """The tests to be asked, in a fixed order; generated ones last, since they take longest."""
        lines = self.by_line.get(path, {})
        found = lines.get(line, frozenset[str]())
        if not found or "" in found:
            found = frozenset().union(*lines.values()) if lines else frozenset[str]()
        return sorted(found - {""}, key=lambda name: ("properties" in name or "machine" in name, name))


def learn(tree: Path, tests: Sequence[str]) -> Covering:
    """Run the tests once in that tree. Raises `RuntimeError` when they are not green."""
    (tree / "mutation.coveragerc").write_text(SETTINGS, encoding="utf-8")
    command = [sys.executable, "-m", "coverage", "run", "--rcfile=mutation.coveragerc", "-m", "pytest", "-q", "-x"]
    ran = subprocess.run([*command, "-p", "no:cacheprovider", *tests], cwd=tree, capture_output=True, text=True)
    if ran.returncode:
        raise RuntimeError(f"the tests fail without any fault:\n{ran.stdout[-3000:]}")
    data = coverage.CoverageData(str(tree / ".coverage-mutation"))
    data.read()
    by_line: dict[str, dict[int, frozenset[str]]] = {}
    for measured in data.measured_files():
        path = str(Path(measured).relative_to(tree.resolve()))
        contexts = data.contexts_by_lineno(measured)
        by_line[path] = {line: frozenset(map(_test, names)) for line, names in contexts.items()}
    return Covering(by_line)


def _test(context: str) -> str:
    """tests.core.test_x.test_y -> tests/core/test_x.py::test_y; a class's method by its class."""
    if not context:
        return ""
    parts = context.split(".")
    at = next((i for i, part in enumerate(parts) if part.startswith("test_")), None)
    if at is None or at + 1 >= len(parts):
        return ""
    return "/".join(parts[: at + 1]) + ".py::" + "::".join(parts[at + 1 :])
