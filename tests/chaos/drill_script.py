"""Plays the short piece in a process of its own, a line a step: a driver that can be killed -9."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from ddh_beredskab.bootstrap import configure_logging
from ddh_beredskab.drills.driver import Step
from ddh_beredskab.run_drill import run_drill
from ddh_beredskab.settings import Settings
from tests.chaos.stage import short_piece


def _tell(step: Step) -> None:
    sys.stdout.write(f"{step.next_input}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    configure_logging("WARNING")  # to stderr; stdout belongs to the steps
    asyncio.run(run_drill(Settings(data=Path(sys.argv[1])), short_piece(), speed=None, on_step=_tell))
