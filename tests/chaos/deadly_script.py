"""One life of a worker with a message among the waiting ones that kills it: all crises are handled at once."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ddh_beredskab.bootstrap import configure_logging
from ddh_beredskab.core.decider import Emit, Found, Recorded
from ddh_beredskab.journal import deliveries
from ddh_beredskab.journal.database import SqliteDatabase
from ddh_beredskab.streams.ringing import Ringer
from schemas.base import Message
from schemas.logbook import WriteLogEntry
from tests.journal.desk import JOURNAL
from tests.journal.notebook import NOTEBOOK, Notebook

DEADLY = "deadly"


def decide(state: Notebook, given: Recorded[Message], found: Found) -> Sequence[Emit]:
    if isinstance(given.message, WriteLogEntry) and given.message.channel == DEADLY:
        os.kill(os.getpid(), signal.SIGKILL)
    return NOTEBOOK.decide(state, given, found)


async def main(path: Path, crises: Sequence[str]) -> None:
    database = SqliteDatabase(path)
    await database.write(deliveries.suspect_all)
    decider: Any = replace(NOTEBOOK, decide=decide)
    ringer = Ringer(database, JOURNAL, {"logbook": decider})
    await asyncio.gather(*(ringer.handle_all("logbook", crisis) for crisis in crises))
    await database.close()


if __name__ == "__main__":
    configure_logging("CRITICAL")
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2:]))
