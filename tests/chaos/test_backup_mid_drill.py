"""A backup taken while a drill runs, restored elsewhere, goes on to the very same decisions; and a disk that fills up.

Both systems share one broker that is never wiped, so the records of the first life lie beside those of the second.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from ddh_beredskab import bootstrap
from ddh_beredskab.backup import restore, take
from ddh_beredskab.invariants import check
from ddh_beredskab.journal.clock_row import clock_now
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.database import Database
from ddh_beredskab.projections import MODELS
from ddh_beredskab.run_drill import run_drill
from ddh_beredskab.settings import Settings
from tests import services
from tests.chaos.stage import Run, must_be_as_told, short_piece
from tests.services import Tansu

DRILL = "kopi-1"
NAME = f"oevelse.{DRILL}"
_IDS = Statement("SELECT id FROM messages")
_QUESTIONS = Statement("SELECT id FROM feedback_items")


@pytest.mark.timeout(240)
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_a_drill_goes_on_from_its_backup_to_the_same_decisions(
    kind: str, tmp_path: Path, tansu: Tansu, request: pytest.FixtureRequest
) -> None:
    with contextlib.ExitStack() as stack:
        first, second = Settings(data=tmp_path / "a", broker=tansu.url), Settings(data=tmp_path / "b", broker=tansu.url)
        if kind == "postgresql":
            server: str = request.getfixturevalue("postgres_server")
            urls = [stack.enter_context(services.postgres_database(server)) for _ in range(2)]
            first, second = (
                each.model_copy(update={"database": url}) for each, url in zip((first, second), urls, strict=True)
            )
        await _there_and_back(first, second, tmp_path / "kopi.tar")


async def _there_and_back(first: Settings, second: Settings, target: Path) -> None:
    recording = short_piece()
    run = Run(first.data, DRILL)
    playing = asyncio.create_task(run_drill(first, recording, speed=None, drill_id=DRILL, on_step=run.on_step))
    try:
        await run.moves(12)
        before = await _ids(first)
        at = run.inputs
        manifest = await take(first, target)
        during = run.inputs - at
        await run.moves(3)
        assert not playing.done(), "the drill must still be on its way"
    finally:
        playing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await playing
    restored = await restore(second, target)
    assert before <= await _ids(second)
    assert len(await _ids(second)) < len(await _ids(first))
    (prefix,) = restored.prefixes.values()
    assert prefix.startswith(f"{NAME}.r")
    summary, account = await run_drill(second, recording, speed=None, drill_id=DRILL)
    must_be_as_told(summary, account, recording)
    async with _open(second) as database:
        report = await database.read(lambda conn: check(conn, now=clock_now(conn), models=MODELS))
    assert report.ok, report.told()
    sys.stdout.write(
        f"{'PostgreSQL' if first.database else 'SQLite'}: {manifest.parts[0].messages} messages in the backup (at input"
        f" {at} of {len(recording.inputs)}, {during} more while it was taken); then {summary.log.entries} entries\n"
    )


async def _ids(settings: Settings) -> set[str]:
    def look(conn: Conn) -> set[str]:
        return {str(row[0]) for statement in (_IDS, _QUESTIONS) for row in conn.all(statement)}

    async with _open(settings) as database:
        return await database.read(look)


@contextlib.asynccontextmanager
async def _open(settings: Settings) -> AsyncGenerator[Database]:
    database = await bootstrap.open_journal(settings, NAME, migrate=False)
    try:
        yield database
    finally:
        await database.close()
