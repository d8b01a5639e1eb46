"""Bugs planted in the product's own code, and the simulator let loose on them: what it cannot find it cannot promise.

Each `planted/*.patch` is a mistake that somebody could make. It is applied to a copy of the tree, never to the tree.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATCHES = sorted((Path(__file__).parent / "planted").glob("*.patch"))
MOST_SEEDS = 2_000
_COPIED = ("ddh_beredskab", "agents", "schemas", "playbooks", "tests/simulation")


@dataclass(frozen=True)
class Hunt:
    """How the search for one planted bug went."""

    found: bool
    seeds: int
    told: str
    """What the simulator printed."""


def plant(patch: Path, folder: Path, *options: str) -> None:
    """Apply the patch to the copy in `folder`. Raises `CalledProcessError` when it no longer fits."""
    command = ["git", "-c", "core.autocrlf=false", "apply", *options, str(patch)]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)


def hunt(patch: Path, folder: Path, processes: int, most: int = MOST_SEEDS) -> Hunt:
    """Plant the bug in a copy under `folder` and simulate until it is found. Raises when the patch no longer fits."""
    for name in _COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "tests" / "__init__.py").touch()
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, folder / name)
    plant(patch, folder)
    command = [sys.executable, "-m", "tests.simulation", "--seeds", str(most), "--processes", str(processes)]
    done = subprocess.run(
        [*command, "--stop-at", "1", "--no-shrink"], cwd=folder, capture_output=True, text=True, check=False
    )
    played = re.search(r"simulation: (\d+) seeds", done.stdout)
    if played is None:
        raise RuntimeError(f"{patch.name}: the simulator did not run\n{done.stderr[-2000:]}")
    return Hunt(done.returncode == 1, int(played[1]), done.stdout)
