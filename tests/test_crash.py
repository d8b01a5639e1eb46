"""Every crash point kills where it says, when it says, and a misspelt one is refused."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ddh_beredskab.crash import CRASH_POINTS, UnknownCrashPoint, crash_point, parse_crash_setting, parse_hold_setting

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


@pytest.mark.parametrize("point", CRASH_POINTS)
def test_a_held_process_stands_still_while_the_gate_is_there_and_then_goes_on(tmp_path: Path, point: str) -> None:
    gate, held = tmp_path / "gate", tmp_path / "gate.held"
    gate.touch()
    env = {**os.environ, "DDH_HOLD_AT": f"{point}:{gate}", "PYTHONPATH": str(CHECKOUT)}
    process = subprocess.Popen([sys.executable, "-c", PASSES_THRICE], env=env, stdout=subprocess.PIPE, text=True)
    try:
        until = time.monotonic() + 20
        while not held.exists():
            assert time.monotonic() < until
            time.sleep(0.01)
        time.sleep(0.1)
        assert process.poll() is None
        gate.unlink()
        out, _ = process.communicate(timeout=20)
    finally:
        process.kill()
    assert process.returncode == 0
    assert len(out.splitlines()) == 3 * len(CRASH_POINTS)
    assert not held.exists()


def test_a_misspelt_place_to_stand_still_and_a_missing_gate_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownCrashPoint, match="stedet before-comit findes ikke"):
        parse_hold_setting(f"before-comit:{tmp_path / 'gate'}")
    for setting in ("before-commit", "before-commit:", f"before-commit:{tmp_path / 'no-folder' / 'gate'}"):
        with pytest.raises(UnknownCrashPoint, match="den fil, der holder processen"):
            parse_hold_setting(setting)
