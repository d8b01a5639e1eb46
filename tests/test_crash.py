"""Every crash point kills where it says, when it says, and a misspelt one is refused."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ddh_beredskab.crash import CRASH_POINTS, UnknownCrashPoint, crash_point, parse_crash_setting

CHECKOUT = Path(__file__).parents[1]
PASSES_THRICE = """
import sys
from ddh_beredskab.crash import CRASH_POINTS, check_crash_setting, crash_point
check_crash_setting()
for turn in range(1, 4):
    for point in CRASH_POINTS:
        sys.stdout.write(f"{turn} {point}\\n")
        sys.stdout.flush()
        crash_point(point)
"""


def pass_thrice(setting: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "DDH_CRASH_AT": setting, "PYTHONPATH": str(CHECKOUT)}
    return subprocess.run([sys.executable, "-c", PASSES_THRICE], env=env, capture_output=True, text=True)


@pytest.mark.parametrize("point", CRASH_POINTS)
def test_the_process_dies_at_the_first_passing(point: str) -> None:
    ended = pass_thrice(point)
    assert ended.returncode == -signal.SIGKILL
    assert ended.stdout.splitlines()[-1] == f"1 {point}"


def test_the_process_dies_at_the_passing_that_is_named() -> None:
    ended = pass_thrice("before-commit:3")
    assert ended.returncode == -signal.SIGKILL
    assert ended.stdout.splitlines()[-1] == "3 before-commit"


def test_without_the_setting_nothing_happens() -> None:
    assert pass_thrice("").returncode == 0
    crash_point("before-commit")


def test_a_misspelt_point_is_refused_at_the_start() -> None:
    ended = pass_thrice("before-comit")
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert "stedet before-comit findes ikke" in ended.stderr


@pytest.mark.parametrize("setting", ["before-commit:", "before-commit:0", "before-commit:-1", "before-commit:x"])
def test_a_passing_that_is_no_positive_number_is_refused(setting: str) -> None:
    with pytest.raises(UnknownCrashPoint, match="1 eller mere"):
        parse_crash_setting(setting)
