"""How fast a recorded crisis can be played: by the rules alone, and through the real stream agents.

The ratio is wall time over recorded time; the rules alone are to need no more than 1/2,000 of it. A whole run of
`drill run --fast` counts from the process's start: broker, worker, topics, the play, and the end.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from statistics import median

from benchmarks.common import row, spread
from ddh_beredskab import bootstrap
from ddh_beredskab.drills.core_replay import replay
from ddh_beredskab.drills.recording import load_recording
from ddh_beredskab.drills.recording_model import Recording
from ddh_beredskab.playbooks import find_playbooks
from ddh_beredskab.settings import Settings

NAME = "stormflod-2023"


def run(*, smoke: bool) -> float:
    """The ratio of the rules alone (wall seconds a recorded second)."""
    recording = load_recording(NAME, [find_playbooks() / "drills"])
    recorded = recording.ends_at - recording.starts_at
    alone = _rules_alone(recording, 1 if smoke else 5)
    print(f"\n## A recorded crisis, played ({NAME}: {recorded} of recorded time, {len(recording.inputs)} inputs)\n")
    row("what", "wall s (min/median/max)", "wall / recorded", "wanted")
    row("---", "---", "---", "---")
    row("the rules alone, in memory", spread(alone), _ratio(median(alone), recorded), "at most 1/2,000")
    through = _through_the_agents(1 if smoke else 3)
    whole, played = [each[0] for each in through], [each[1] for each in through]
    row("`drill run --fast`, from start to exit", spread(whole), _ratio(median(whole), recorded), "")
    row("of that the play itself", spread(played), _ratio(median(played), recorded), "")
    return median(alone) / recorded.total_seconds()


def _rules_alone(recording: Recording, times: int) -> list[float]:
    """Seconds of each replay."""
    rules = bootstrap.rules(Settings())
    found: list[float] = []
    for _ in range(times):
        began = time.perf_counter()
        replay(recording, rules)
        found.append(time.perf_counter() - began)
    return found


def _through_the_agents(times: int) -> list[tuple[float, float]]:
    """(seconds from start to exit, seconds by the drill's own summary) of each run, each in a folder of its own."""
    found: list[tuple[float, float]] = []
    for _ in range(times):
        with tempfile.TemporaryDirectory(prefix="ddh-bench-") as data:
            argv = [sys.executable, "-P", "-m", "ddh_beredskab.cli", "drill", "run", NAME, "--fast", "--json"]
            began = time.perf_counter()
            done = subprocess.run([*argv, "--data", data], capture_output=True, text=True, timeout=900, check=True)
            found.append((time.perf_counter() - began, float(json.loads(done.stdout)["seconds"])))
    return found


def _ratio(seconds: float, recorded: timedelta) -> str:
    return f"1/{recorded.total_seconds() / seconds:,.0f}"
