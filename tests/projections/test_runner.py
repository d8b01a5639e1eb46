"""The runner: in order, without gaps, together with its position, by whomever comes first; and again from the start."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from pathlib import Path
from uuid import UUID

import pytest

from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.database import Database, PostgresDatabase, SqliteDatabase
from ddh_beredskab.journal.messages import Journal, NewMessage, append_events, head_of, head_position
from ddh_beredskab.journal.migrate import prepare_postgres, prepare_sqlite
from ddh_beredskab.projections import MODELS, behind, dump, rebuild, replayed, step
from ddh_beredskab.projections.read_model import Json, ReadModel
from ddh_beredskab.projections.situation import SITUATION
from ddh_beredskab.projections.timeline import TIMELINE
from schemas.base import SYSTEM
from schemas.logbook import LogEntryRecorded
from tests.projections.stage import Stage
from tests.projections.telling import T0, told

CRISIS = "krise-1"
_POSITIONS = Statement("SELECT model, position FROM read_positions ORDER BY model")
_UNREADABLE = Statement("UPDATE messages SET type = 'dk.ddh.beredskab.never_heard_of.v1' WHERE position = :position")
_ERASE = Statement("DELETE FROM private_values WHERE value LIKE :like")
_STORED = Statement("SELECT count(*) FROM documents WHERE body LIKE :like")


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    """An empty journal on each database."""
    if request.param == "sqlite":
        path = tmp_path / "drift" / "journal.db"
        prepare_sqlite(path)
        return SqliteDatabase(path)
    url: str = request.getfixturevalue("postgres_url")
    await prepare_postgres(url, "drift")
    return PostgresDatabase(url, "drift")


def write_entries(conn: Conn, first: int, last: int) -> None:
    """Log entries first..last, appended to the logbook's stream."""
    stream = f"logbook-{CRISIS}"
    rows = [told(entry(number), position=number) for number in range(first, last + 1)]
    new = [
        NewMessage(row.id, row.message, CRISIS, T0, SYSTEM, row.correlation_id, row.correlation_id, stream)
        for row in rows
    ]
    append_events(conn, Journal(), {stream: head_of(conn, stream)}, new, T0)


def entry(number: int) -> LogEntryRecorded:
    return LogEntryRecorded(
        number=number,
        kind="information_in",
        text=f"Vandet står {number} cm over dækket",
        happened_at=T0,
        late=False,
        author="asta-klitvang",
        author_role="log_keeper",
        author_is_deputy=False,
        caused_by=UUID(int=number),
        index=0,
    )


async def test_positions_follow_the_journal_in_steps_and_never_pass_its_head(database: Database) -> None:
    await database.write(lambda conn: write_entries(conn, 1, 25))
    moves = [await database.write(lambda conn: step(conn, MODELS, 10)) for _ in range(4)]
    assert moves == [10, 10, 5, 0]
    head = await database.read(head_position)
    positions = await database.read(lambda conn: conn.all(_POSITIONS))
    assert {int(position) for _, position in positions} == {head}
    assert len(positions) == len(MODELS)
    assert await database.read(lambda conn: behind(conn, MODELS)) == 0
    await database.close()


async def test_what_is_stored_is_what_a_replay_gives(database: Database) -> None:
    await database.write(lambda conn: write_entries(conn, 1, 120))
    while await database.write(lambda conn: step(conn, MODELS, 50)):
        pass
    for model in MODELS:
        stored = await database.read(lambda conn, model=model: dump(conn, model))
        assert stored == await database.read(lambda conn, model=model: replayed(conn, model))
    await database.close()


async def test_a_rolled_back_step_leaves_neither_documents_nor_position(database: Database) -> None:
    await database.write(lambda conn: write_entries(conn, 1, 5))

    def fold_and_fail(conn: Conn) -> None:
        assert step(conn, MODELS) == 5
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        await database.write(fold_and_fail)
    assert await database.read(lambda conn: behind(conn, MODELS)) == 5
    assert await database.read(lambda conn: dump(conn, TIMELINE)) == b"{}"
    await database.close()


def test_the_whole_surge_replays_to_the_stored_documents(surge: Stage) -> None:
    for model in MODELS:
        stored = surge.read(lambda conn, model=model: dump(conn, model))
        assert stored == surge.read(lambda conn, model=model: replayed(conn, model)), model.name
        assert stored != b"{}"


def test_a_fold_that_fails_stops_its_own_model_before_the_row_and_no_other(tmp_path: Path) -> None:
    def fold(key: str, doc: Json | None, row: object) -> Json:
        if doc and doc["n"] == 3:
            raise ValueError("cannot")
        return {"n": (doc or {"n": 0})["n"] + 1}

    broken = ReadModel("broken", lambda _row: ("all",), fold)
    database = sqlite(tmp_path)
    database.write_now(lambda conn: write_entries(conn, 1, 10))
    assert database.write_now(lambda conn: step(conn, [broken, TIMELINE])) == 10
    positions = dict(database.read_now(lambda conn: conn.all(_POSITIONS)))
    assert positions == {"broken.1": 3, TIMELINE.stored_name: 10}
    assert json.loads(database.read_now(lambda conn: dump(conn, broken))) == {"all": {"n": 3}}
    assert database.write_now(lambda conn: step(conn, [broken, TIMELINE])) == 0

    def mend(_key: str, doc: Json | None, _row: object) -> Json:
        return {"n": (doc or {"n": 0})["n"] + 1}

    mended = dataclasses.replace(broken, fold=mend)
    database.write_now(lambda conn: step(conn, [mended]))
    assert json.loads(database.read_now(lambda conn: dump(conn, mended))) == {"all": {"n": 10}}
    database.close_now()


async def test_a_message_that_cannot_be_read_is_passed_over_and_no_screen_stands_still(database: Database) -> None:
    await database.write(lambda conn: write_entries(conn, 1, 6))
    for position in (3, 4, 6):
        await database.write(lambda conn, at=position: conn.run(_UNREADABLE, position=at))
    while await database.write(lambda conn: step(conn, [TIMELINE], 2)):
        pass
    assert await database.read(lambda conn: conn.all(_POSITIONS)) == [(TIMELINE.stored_name, 6)]
    stored = await database.read(lambda conn: dump(conn, TIMELINE))
    assert stored == await database.read(lambda conn: replayed(conn, TIMELINE))
    assert [f"står {number} cm".encode() in stored for number in range(1, 7)] == [True, True, False, False, True, False]
    await database.close()


def test_erased_text_is_gone_from_the_documents_after_a_rebuild(tmp_path: Path) -> None:
    database = sqlite(tmp_path)
    database.write_now(lambda conn: write_entries(conn, 1, 12))
    database.write_now(lambda conn: step(conn, MODELS))
    assert database.read_now(lambda conn: conn.one(_STORED, like="%7 cm over%")) == (1,)
    database.write_now(lambda conn: conn.run(_ERASE, like="%7 cm over%"))
    assert database.write_now(lambda conn: rebuild(conn, TIMELINE)) == 12
    assert database.read_now(lambda conn: conn.one(_STORED, like="%7 cm over%")) == (0,)
    assert database.read_now(lambda conn: conn.one(_STORED, like="%8 cm over%")) == (1,)
    assert database.read_now(lambda conn: dump(conn, TIMELINE)) == database.read_now(
        lambda conn: replayed(conn, TIMELINE)
    )
    database.close_now()


def test_a_new_version_of_a_fold_starts_from_the_first_row_beside_the_old(tmp_path: Path) -> None:
    database = sqlite(tmp_path)
    database.write_now(lambda conn: write_entries(conn, 1, 3))
    database.write_now(lambda conn: step(conn, [TIMELINE]))
    second = dataclasses.replace(TIMELINE, version=TIMELINE.version + 1)
    assert database.write_now(lambda conn: step(conn, [second])) == 3
    assert database.read_now(lambda conn: dump(conn, second)) == database.read_now(lambda conn: dump(conn, TIMELINE))
    database.close_now()


async def test_two_workers_fold_every_row_once(postgres_url: str) -> None:
    await prepare_postgres(postgres_url, "drift")
    workers = [PostgresDatabase(postgres_url, "drift") for _ in range(2)]
    count = ReadModel("count", lambda _row: ("all",), lambda _key, doc, row: {
        "rows": [*((doc or {"rows": []})["rows"]), row.position]
    })  # fmt: skip
    await workers[0].write(lambda conn: write_entries(conn, 1, 60))

    async def work(database: Database) -> None:
        moved = 1
        while moved:
            moved = await database.write(lambda conn: step(conn, [count, SITUATION], 7))

    await asyncio.gather(*(work(worker) for worker in workers))
    stored = json.loads(await workers[0].read(lambda conn: dump(conn, count)))
    assert stored["all"]["rows"] == list(range(1, 61))
    for worker in workers:
        await worker.close()


def sqlite(folder: Path) -> SqliteDatabase:
    path = folder / "drift" / "journal.db"
    prepare_sqlite(path)
    return SqliteDatabase(path)
