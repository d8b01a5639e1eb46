"""Why a test failed, in a line, the moment it does: a long check's log is often read before its end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

MOST_CHARACTERS = 1_000
"""The whole of it stands at the end of the run."""
MOST_LINES = 3


def _why(failure: Any, root: Path) -> str:
    """The last lines of ours on the way to the failure, and its message: the line in a library where a wait ran out
    tells nobody what was waited for. A group of exceptions has no such lines: the end of its whole text."""
    crash, trace = getattr(failure, "reprcrash", None), getattr(failure, "reprtraceback", None)
    places = [getattr(each, "reprfileloc", None) for each in (trace.reprentries if trace else ())]
    way = [each for each in places if each is not None]
    if crash is None or not way:
        return " ".join(str(failure).split())[-MOST_CHARACTERS:]
    ours = [each for each in way if (root / each.path).is_relative_to(root) and "site-packages" not in each.path]
    where = " > ".join(f"{each.path}:{each.lineno}" for each in (ours or way)[-MOST_LINES:])
    return f"{where}: {' '.join(crash.message.split())[:MOST_CHARACTERS]}"


class TellsAtOnce:
    """A plugin for the process that writes to the terminal, also when others run the tests."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        terminal: Any = self._config.pluginmanager.get_plugin("terminalreporter")
        if terminal is None or not report.failed:
            return
        why = _why(report.longrepr, self._config.rootpath)
        terminal.write_line(f"\nFAILED in its {report.when}: {report.nodeid}: {why}")
