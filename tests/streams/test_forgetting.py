"""The chore deletes what is due by the environment's own clock, and leaves the rest."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ddh_beredskab import bootstrap
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.people import shifts
from ddh_beredskab.settings import Settings
from ddh_beredskab.streams.forgetting import forget_old_names

AGENTS = Statement("SELECT agent FROM agents_on_shift ORDER BY agent")
DAYS = 30


async def test_old_names_go_by_themselves_and_new_ones_stay(tmp_path: Path) -> None:
    database = await bootstrap.open_journal(Settings(data=tmp_path))
    now = datetime.now(UTC)

    def stage(conn: Conn) -> None:
        shifts.begin(conn, "gammel", "9002", now - timedelta(days=DAYS + 1))
        shifts.end(conn, "gammel", now - timedelta(days=DAYS, hours=20))
        shifts.begin(conn, "ny", "9002", now - timedelta(hours=1))

    await database.write(stage)
    chore = asyncio.create_task(forget_old_names(database, DAYS))
    async with asyncio.timeout(30):
        while len(left := await database.read(lambda conn: conn.all(AGENTS))) > 1:  # noqa: ASYNC110 - the chore's pace
            await asyncio.sleep(0.02)
    chore.cancel()
    assert [row[0] for row in left] == ["ny"]
    await database.close()
