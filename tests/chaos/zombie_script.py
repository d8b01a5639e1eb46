"""A worker's hands in a process of its own: it handles a crisis when it is told to, a line each on stdin.

`step CRISIS` is one transaction, and says what became of it: `done N`, `refused` (a sibling was first) or `busy` (the
database did not take it). `ring CRISIS` is what an agent does, which tries until it is through: `rang N`. With
DDH_HOLD_AT it stands still in the middle. The deciders are the notebook's, the rest is the product's own.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from ddh_beredskab.bootstrap import configure_logging
from ddh_beredskab.crash import check_crash_setting
from ddh_beredskab.errors import StorageBusy, VersionConflict
from ddh_beredskab.journal.database import Database, PostgresDatabase, SqliteDatabase
from ddh_beredskab.journal.handling import handle_step
from ddh_beredskab.journal.states import StateCache
from ddh_beredskab.streams.ringing import Ringer
from tests.journal.desk import JOURNAL, T0
from tests.journal.notebook import NOTEBOOK


async def step(database: Database, cache: StateCache, crisis: str) -> str:
    try:
        handled = await database.write(lambda conn: handle_step(conn, JOURNAL, NOTEBOOK, crisis, cache, T0))
    except VersionConflict:
        return "refused"
    except StorageBusy:
        return "busy"
    for stream, loaded in handled.states.items():
        cache.put(stream, loaded)
    return f"done {len(handled.positions)}"


async def main(place: str) -> None:
    database: Database = PostgresDatabase(place, "drift") if "://" in place else SqliteDatabase(Path(place))
    cache, ringer = StateCache(), Ringer(database, JOURNAL, {"logbook": NOTEBOOK})
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        what, crisis = line.split()
        if what == "step":
            said = await step(database, cache, crisis)
        else:
            said = f"rang {await ringer.handle_all('logbook', crisis)}"
        sys.stdout.write(said + "\n")
        sys.stdout.flush()
    await database.close()


if __name__ == "__main__":
    check_crash_setting()
    configure_logging("ERROR")
    asyncio.run(main(sys.argv[1]))
