"""A journal on SQLite and on PostgreSQL alike: whoever asks for `journal` is run on both."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ddh_beredskab import bootstrap
from ddh_beredskab.journal.database import Database
from ddh_beredskab.settings import Settings


@pytest.fixture(params=["sqlite", "postgresql"])
async def journal(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    database = await bootstrap.open_journal(Settings(data=tmp_path, database=url))
    yield database
    await database.close()
