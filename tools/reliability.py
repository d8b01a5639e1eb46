"""`make reliability`: every run that shows what the engine promises, and all their figures on one page.

Runs the simulator, the chaos runs, the brokers' and databases' runs and the load one after the other, and prints what
each test measured and whether it held. `--full` takes the full lengths (an hour and a half); without it those of CI.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[1]
FULL = {"SEEDS": "10000", "DDH_CHAOS_FULL": "1", "DDH_KAFKA_FULL": "1", "DDH_LOAD_FULL": "1", "DDH_FUZZ_FULL": "1"}


@dataclass(frozen=True)
class Stage:
    """One run of pytest."""

    name: str
    what: str
    arguments: tuple[str, ...]


STAGES = (
    Stage("simulation", "deterministic simulation, planted bugs", ("tests/simulation",)),
    Stage("chaos", "kill -9, SIGTERM, SIGSTOP, crash points, broker loss", ("-n", "2", "tests/chaos")),
    Stage("kafka", "Apache Kafka, Faust's contract", ("tests/kafka",)),
    Stage("postgres", "the same on PostgreSQL, zombies", ("tests/postgres",)),
    Stage("bad-input", "every door and topic", ("tests/bad_input",)),
)


@dataclass(frozen=True)
class Case:
    """One test and what it printed."""

    name: str
    outcome: str
    seconds: float
    figures: tuple[str, ...]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="full lengths")
    parser.add_argument("--only", help="one stage: " + ", ".join(stage.name for stage in STAGES))
    given = parser.parse_args()
    environment = {**os.environ, **(FULL if given.full else {})}
    wanted = [stage for stage in STAGES if given.only in (None, stage.name)]
    results = [(stage, *_run(stage, environment)) for stage in wanted]
    print(f"\n{'=' * 100}\nWhat was shown, at {'full length' if given.full else 'the length of CI'}\n")
    for stage, cases, seconds in results:
        _tell(stage, cases, seconds)
    load = _load(environment, full=given.full) if given.only in (None, "load") else 0
    broken = [case for _, cases, _ in results for case in cases if case.outcome == "FAILED"]
    empty = [stage.name for stage, cases, _ in results if not cases]
    for name in empty:
        print(f"stage {name} ran nothing")
    print(f"\n{'NOT everything held' if broken or empty or load else 'Everything held'}")
    return 1 if broken or empty or load else 0


def _run(stage: Stage, environment: Mapping[str, str]) -> tuple[list[Case], float]:
    print(f"==> {stage.name}: {stage.what}", flush=True)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", f"--junitxml={report}", *stage.arguments]
        subprocess.run(command, cwd=ROOT, env=environment, check=False)
        cases = list(_cases(report)) if report.exists() else []
    return cases, time.monotonic() - began


def _cases(report: Path) -> Iterator[Case]:
    for case in ElementTree.parse(report).iter("testcase"):
        kinds = {child.tag for child in case}
        outcome = "FAILED" if kinds & {"failure", "error"} else "skipped" if "skipped" in kinds else "held"
        printed = "".join(child.text or "" for child in case if child.tag == "system-out")
        lines = (line.strip() for line in printed.splitlines())
        told = tuple(line for line in lines if line and not line.startswith(("{", "-----", "20")))
        yield Case(case.get("name", "?"), outcome, float(case.get("time", "0")), told)


def _tell(stage: Stage, cases: list[Case], seconds: float) -> None:
    held = sum(case.outcome == "held" for case in cases)
    print(f"{stage.name}: {held} of {len(cases)} held, {seconds:.0f} s")
    for case in cases:
        if case.outcome != "held":
            print(f"  {case.outcome}: {case.name}")
        elif case.figures:
            print(f"  {case.name} ({case.seconds:.0f} s)")
        for line in case.figures if case.outcome == "held" else ():
            print(f"      {line}")
    print()


def _load(environment: Mapping[str, str], *, full: bool) -> int:
    """The load prints its own table."""
    command = [sys.executable, "-m", "benchmarks.load", *([] if full else ["--smoke"])]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
