"""A small supervised process for the supervisor's tests; its first argument says how it behaves.

Run as a script, never imported: it must be a real process that really dies.
"""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

from ddh_beredskab.crash import check_crash_setting, crash_point
from ddh_beredskab.streams.heartbeat import Heart


def note(text: str) -> None:
    """One line in the file all processes of a test share, in the order things happened."""
    with Path(os.environ["NOTES"]).open("a") as notes:
        notes.write(f"{text}\n")


def leave(_number: int, _frame: FrameType | None) -> None:
    note(f"{sys.argv[2]} stops")
    sys.exit(0)


async def beats() -> None:
    Heart.from_env(every=0.1).start()
    await asyncio.Event().wait()


async def beats_then_hangs() -> None:
    Heart.from_env(every=0.1).start()
    await asyncio.sleep(0.3)
    time.sleep(60)  # noqa: ASYNC251 - the hung loop is the point


def beats_in_a_loop_of_its_own() -> None:
    heart = Heart.from_env(every=0.1)
    while True:
        heart.beat()
        time.sleep(0.02)


def grows() -> None:
    held = bytearray(80 * 1024 * 1024)
    held[::4096] = b"x" * len(held[::4096])
    time.sleep(60)


def main() -> None:
    behaviour, name = sys.argv[1:3]
    note(f"{name} starts {os.environ.get('DDH_CRASH_AT', '-')}")
    signal.signal(signal.SIGTERM, signal.SIG_IGN if behaviour == "deaf" else leave)
    match behaviour:
        case "beats":
            asyncio.run(beats())
        case "hangs":
            asyncio.run(beats_then_hangs())
        case "loops":
            beats_in_a_loop_of_its_own()
        case "grows":
            grows()
        case "refuses":
            time.sleep(0.2)
            sys.stderr.write("something else first\nDDH_DATABASE names no database we know.\n\n")
            sys.exit(78)
        case "falls over":
            sys.stderr.write("I cannot find the floor.\n")
            sys.exit(1)
        case "crashes":
            check_crash_setting()
            crash_point("before-commit")
            time.sleep(60)
        case "has a child":
            grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
            note(f"grandchild {grandchild.pid}")
            time.sleep(60)
        case _:
            time.sleep(60)


if __name__ == "__main__":
    main()
