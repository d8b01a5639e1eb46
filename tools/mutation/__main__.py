"""`make mutation`: so many faults of the core, drawn by a printed seed; how many the tests notice, and which not.

Each fault is tried in a copy of the tree by the tests that execute its line, the first failure ends it; a fault that
makes them run for ever is noticed too. Exit code 1 when the share is below what is asked.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from tools.mutation.covering import Covering, learn
from tools.mutation.mutants import Mutant, mutants_of, source_of
from tools.mutation.runner import Runner

ROOT = Path(__file__).parents[2]
CORE = "ddh_beredskab/core"
COPIED = ("ddh_beredskab", "schemas", "agents", "playbooks", "tests", "pyproject.toml")
TESTS = ("tests/core", "tests/test_playbooks.py")
SECONDS = 90


def main() -> int:
    asked = _arguments()
    seed = asked.seed if asked.seed is not None else random.SystemRandom().randrange(2**32)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="ddh-mutation-") as folder:
        trees = [_copied(Path(folder) / str(n)) for n in range(asked.processes)]
        all_of_them = [m for path in _modules() for m in mutants_of(ROOT, path)]
        drawn = random.Random(seed).sample(all_of_them, min(asked.count, len(all_of_them)))
        _say(f"{len(drawn)} of {len(all_of_them)} faults, seed {seed}; first the tests without any ...")
        covering = learn(trees[0], TESTS)
        survivors = _tried(drawn, covering, trees)
    killed = len(drawn) - len(survivors)
    share = killed / len(drawn)
    for each in sorted(survivors, key=str):
        _say(f"survived  {each}")
    minutes = (time.monotonic() - began) / 60
    _say(f"seed {seed}: {killed} of {len(drawn)} faults noticed, {share:.1%}, in {minutes:.0f} minutes")
    if asked.out:
        asked.out.write_text(json.dumps({"seed": seed, "survivors": sorted(map(str, survivors))}, indent=1))
    return 0 if share >= asked.least else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.mutation", description=__doc__)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--least", type=float, default=0.85, help="share that must be noticed")
    parser.add_argument("--out", type=Path, help="JSON file for the survivors")
    return parser.parse_args()


def _modules() -> list[str]:
    return sorted(str(path.relative_to(ROOT)) for path in (ROOT / CORE).rglob("*.py"))


def _copied(to: Path) -> Path:
    to.mkdir(parents=True)
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, to / name, ignore=ignored)
        else:
            shutil.copy2(ROOT / name, to / name)
    return to


class Bench:
    """One copy of the tree and who runs tests in it."""

    def __init__(self, tree: Path) -> None:
        self._tree = tree
        self._runner = Runner(tree)
        self._writes = 0

    def notices(self, mutant: Mutant, tests: Sequence[str]) -> bool:
        """Whether any of the tests fails with the fault in the tree."""
        if not tests:
            return False
        before = (self._tree / mutant.path).read_text(encoding="utf-8")
        self._write(mutant.path, source_of(ROOT, mutant))
        try:
            return self._runner.run(tests, SECONDS) != 0
        finally:
            self._write(mutant.path, before)

    def fails(self, tests: Sequence[str]) -> bool:
        """Whether tests fail with nothing wrong: then no figure would mean anything."""
        return self._runner.run(tests, SECONDS) != 0

    def _write(self, path: str, text: str) -> None:
        """With a time of its own, or Python would take the compiled form of the fault before."""
        self._writes += 1
        (self._tree / path).write_text(text, encoding="utf-8")
        os.utime(self._tree / path, (1_700_000_000 + self._writes,) * 2)

    def close(self) -> None:
        self._runner.close()


def _tried(drawn: Sequence[Mutant], covering: Covering, trees: Sequence[Path]) -> list[Mutant]:
    benches = [Bench(tree) for tree in trees]
    free: SimpleQueue[Bench] = SimpleQueue()
    for bench in benches:
        free.put(bench)
    survivors: list[Mutant] = []
    whole = covering.tests_of(f"{CORE}/scoring.py", 0)
    if any(bench.fails(whole) for bench in benches):
        raise RuntimeError("tests fail in a copy without any fault")

    def one(numbered: tuple[int, Mutant]) -> None:
        number, mutant = numbered
        bench = free.get()
        try:
            noticed = bench.notices(mutant, covering.tests_of(mutant.path, mutant.line))
        finally:
            free.put(bench)
        if not noticed:
            survivors.append(mutant)
        _say(f"{number:>4}  {'noticed ' if noticed else 'SURVIVED'}  {mutant}")

    with ThreadPoolExecutor(len(benches)) as pool:
        list(pool.map(one, enumerate(drawn, 1)))
    for bench in benches:
        bench.close()
    return survivors


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
