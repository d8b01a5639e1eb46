"""A worker in which one concern never finishes its message, while the others go on; its alarm comes after seconds."""

from __future__ import annotations

import asyncio
from typing import Any

from ddh_beredskab import bootstrap
from ddh_beredskab.ops import commits, vitals
from ddh_beredskab.settings import Settings
from ddh_beredskab.streams.ringing import Ringer

STUCK_SECONDS = 4.0
STUCK_CONCERN = "guides"


async def _answer(self: Ringer, concern: str, *bell: Any) -> None:
    if concern == STUCK_CONCERN:
        await asyncio.Event().wait()
    await _really(self, concern, *bell)


_really = Ringer.answer

if __name__ == "__main__":
    settings = Settings()
    bootstrap.configure_logging("INFO")
    Ringer.answer = _answer  # type: ignore[method-assign]
    commits.STUCK_SECONDS = STUCK_SECONDS
    vitals.EVERY_SECONDS = 1.0
    bootstrap.run_worker(settings, "commands", alone=False)
