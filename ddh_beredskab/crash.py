"""Named places at which a process can be told to die or to stand still, so that each can be shown to be harmless.

`DDH_CRASH_AT=before-commit` kills the process (SIGKILL, nothing is cleaned up) the first time it passes that
point, `before-commit:3` the third time. `DDH_HOLD_AT=before-commit:/path/gate` makes it stand still there, every
time, for as long as the file `gate` exists, and `gate.held` exists while it stands: what others do meanwhile, they
do before it. Unset, a point costs one comparison. The rule kept: the settings are read once, and a name that does
not exist is refused at the start, since a sweep over misspelt points would find nothing and look like success.
"""

import os
import signal
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from ddh_beredskab.errors import UserError

CRASH_AT = "DDH_CRASH_AT"
HOLD_AT = "DDH_HOLD_AT"
CRASH_POINTS = (
    "before-begin",
    "after-decide",
    "after-insert",
    "before-commit",
    "after-commit",
    "before-publish",
    "after-publish",
    "before-ack",
)


class UnknownCrashPoint(UserError):
    """DDH_CRASH_AT or DDH_HOLD_AT names no crash point, or what follows the name is of no use."""


def crash_point(name: str) -> None:
    """Die here, if this is the point and the passing that DDH_CRASH_AT names; or stand still for DDH_HOLD_AT."""
    if _armed is not None:
        _pass(name)
    if _holding is not None:
        _stand_still(name)
    if _watcher is not None:
        _watcher(name)


@contextmanager
def watch_crash_points(watcher: Callable[[str], None]) -> Generator[None]:
    """Call `watcher` at every passing for a while: the simulator decides there whether its process dies."""
    global _watcher
    _watcher = watcher
    try:
        yield
    finally:
        _watcher = None


_watcher: Callable[[str], None] | None = None


def check_crash_setting() -> None:
    """Every process calls this first; raises `UnknownCrashPoint` when the setting is wrong."""
    if _setting:
        parse_crash_setting(_setting)
    if _hold_setting:
        parse_hold_setting(_hold_setting)


def parse_crash_setting(setting: str) -> tuple[str, int]:
    """`name` or `name:n` as the point and the passing to die at."""
    name, colon, count = setting.partition(":")
    if name not in CRASH_POINTS:
        known = ", ".join(CRASH_POINTS)
        raise UnknownCrashPoint("unknown_crash_point", setting=setting, name=name, known=known)
    if not colon:
        return name, 1
    if not (count.isascii() and count.isdigit() and int(count) > 0):
        raise UnknownCrashPoint("crash_point_passing", setting=setting)
    return name, int(count)


def parse_hold_setting(setting: str) -> tuple[str, Path]:
    """`name:gate` as the point and the file that keeps the process there."""
    name, _, gate = setting.partition(":")
    if name not in CRASH_POINTS:
        known = ", ".join(CRASH_POINTS)
        raise UnknownCrashPoint("unknown_hold_point", setting=setting, name=name, known=known)
    if not gate or not Path(gate).parent.is_dir():
        raise UnknownCrashPoint("hold_point_gate", setting=setting)
    return name, Path(gate)


_setting = os.environ.get(CRASH_AT, "").strip()
_hold_setting = os.environ.get(HOLD_AT, "").strip()
_passed = 0
_armed: tuple[str, int] | None
try:
    _armed = parse_crash_setting(_setting) if _setting else None
except UnknownCrashPoint:
    _armed = None  # an import must not fail; check_crash_setting() says it at the start
_holding: tuple[str, Path] | None
try:
    _holding = parse_hold_setting(_hold_setting) if _hold_setting else None
except UnknownCrashPoint:
    _holding = None


def _pass(name: str) -> None:
    global _passed
    if _armed is None or name != _armed[0]:
        return
    _passed += 1
    if _passed >= _armed[1]:
        os.kill(os.getpid(), signal.SIGKILL)


def _stand_still(name: str) -> None:
    if _holding is None or name != _holding[0]:
        return
    gate = _holding[1]
    held = gate.with_name(gate.name + ".held")
    if not gate.exists():
        return
    held.touch()
    while gate.exists():
        time.sleep(0.002)
    held.unlink()
