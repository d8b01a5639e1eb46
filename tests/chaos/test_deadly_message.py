"""A message that kills every worker that handles it is set aside, and only it: those who waited beside it go on."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

from ddh_beredskab.journal import quarantine
from ddh_beredskab.journal.handling import POISON_AFTER
from tests.chaos.deadly_script import DEADLY
from tests.journal.desk import entry
from tests.streams.post import a_journal, give, outcomes, rows

CRISES = tuple(f"k{number}" for number in range(6))


async def test_only_the_deadly_message_is_set_aside(tmp_path: Path) -> None:
    async with a_journal(tmp_path) as journal:
        for crisis in CRISES:
            await give(journal, crisis, entry("a", channel=DEADLY if crisis == "k3" else ""), entry("b"))
        lives: list[int | None] = []
        while not lives or lives[-1]:
            worker = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.chaos.deadly_script", str(tmp_path / "drift" / "journal.db"), *CRISES
            )
            lives.append(await worker.wait())
        assert lives == [-signal.SIGKILL] * POISON_AFTER + [0]
        (poison,) = await journal.read(quarantine.listing)
        assert poison.crisis == "k3"
        assert await outcomes(journal) == {"decided": 2 * len(CRISES) - 1, "quarantined": 1}
        begun = dict(await rows(journal, "SELECT crisis, max(begun) FROM deliveries GROUP BY crisis"))
        assert max(begun[crisis] for crisis in CRISES if crisis != "k3") < POISON_AFTER
