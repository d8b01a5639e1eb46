"""Searching the log: the same answers from both databases, the newest first, page after page."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.database import Database, PostgresDatabase, SqliteDatabase
from ddh_beredskab.journal.messages import Journal, NewMessage, append_events, head_of
from ddh_beredskab.journal.migrate import prepare_postgres, prepare_sqlite
from ddh_beredskab.projections import rebuild, step
from ddh_beredskab.projections.log_search import AT_A_TIME, Found, search_entries
from ddh_beredskab.projections.timeline import PAGE, TIMELINE
from schemas.base import SYSTEM, Event
from schemas.logbook import LogEntryPinned, LogEntryRecorded
from tests.projections.telling import T0, told
from tests.projections.test_runner import CRISIS, entry

_ERASE = Statement("DELETE FROM private_values WHERE value LIKE :like")
NAMES = {"asta-klitvang": "Asta Klitvang", "jonas": "Jonas Tangmark"}


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


def changed(number: int, **fields: object) -> LogEntryRecorded:
    return entry(number).model_copy(update={"happened_at": T0 + timedelta(minutes=number), "author": "mette", **fields})


LINES: list[Event] = [
    changed(1, text="Åen går over sine bredder ved Sønder ÆBLEVEJ."),
    changed(2, text="@asta-klitvang. ringede til forsyningen.", kind="information_out", author="jonas"),
    changed(3, text="Vi lukker ikke broen.", kind="omission", reason="Politiet vil have den åben.", author="jonas"),
    changed(4, text="Alt under kontrol 100%_", kind="press", visibility="everyone", paper_number="P1-7"),
    changed(5, text="Broen er åben.", source="Vejvagten", on_behalf_of="jonas", owner="asta-klitvang"),
    changed(6, text='Han sagde "nej" bag\\kajen.\nLinje-to i Straße.', kind="system"),
    LogEntryPinned(number=3, pinned=True, by="jonas"),
    LogEntryPinned(number=4, pinned=True, by="jonas"),
    LogEntryPinned(number=4, pinned=False, by="jonas"),
]


def store(conn: Conn, events: list[Event]) -> None:
    stream = f"logbook-{CRISIS}"
    rows = [told(event, position=number) for number, event in enumerate(events, 1)]
    new = [
        NewMessage(row.id, row.message, CRISIS, T0, SYSTEM, row.correlation_id, row.correlation_id, stream)
        for row in rows
    ]
    append_events(conn, Journal(), {stream: head_of(conn, stream)}, new, T0)
    while step(conn, [TIMELINE]):
        pass


def numbers(found: Found) -> list[int]:
    return [each["number"] for each in found.entries]


async def search(database: Database, **wanted: Any) -> Found:
    return await database.read(lambda conn: search_entries(conn, CRISIS, **wanted))


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, [6, 5, 4, 3, 2, 1]),
        ({"text": "ÅEN"}, [1]),
        ({"text": "æblevej sønder"}, [1]),
        ({"text": "broen"}, [5, 3]),
        ({"text": "broen politiet"}, [3]),
        ({"text": "vejvagten"}, [5]),
        ({"text": "100%_"}, [4]),
        ({"text": "%"}, [4]),
        ({"text": "p1-7"}, [4]),
        ({"text": "2"}, [2]),
        ({"text": "Klitvang"}, [5, 2]),
        ({"text": "asta klitvang ringede"}, [2]),
        ({"text": "Tangmark"}, [5, 3, 2]),
        ({"text": "intet af dette"}, []),
        ({"text": 'sagde "nej'}, [6]),
        ({"text": "bag\\kaj"}, [6]),
        ({"text": "linje-to"}, [6]),
        ({"text": "STRASSE"}, [6]),
        ({"text": "\\n"}, []),
        ({"kinds": ["press", "omission"]}, [4, 3]),
        ({"author": "jonas"}, [5, 3, 2]),
        ({"pinned": True}, [3]),
        ({"pinned": False}, [6, 5, 4, 2, 1]),
        ({"visibilities": ["everyone"]}, [4]),
        ({"from_": T0 + timedelta(minutes=4)}, [6, 5, 4]),
        ({"to": T0 + timedelta(minutes=2)}, [2, 1]),
        ({"from_": T0 + timedelta(minutes=2), "to": T0 + timedelta(minutes=2)}, [2]),
        ({"text": "broen", "kinds": ["omission"], "author": "jonas", "pinned": True}, [3]),
        ({"before": 3}, [2, 1]),
        ({"before": 1}, []),
    ],
)
async def test_entries_are_found_by_what_they_say_and_are(
    database: Database, wanted: dict[str, Any], expected: list[int]
) -> None:
    await database.write(lambda conn: store(conn, LINES))
    assert numbers(await search(database, names=NAMES, **wanted)) == expected
    await database.close()


async def test_without_names_a_person_is_found_by_reference_alone(database: Database) -> None:
    await database.write(lambda conn: store(conn, LINES))
    assert numbers(await search(database, text="asta-klitvang")) == [5, 2]
    assert numbers(await search(database, text="Tangmark")) == []
    await database.close()


async def test_page_after_page_gives_every_entry_once(database: Database) -> None:
    count = (AT_A_TIME + 1) * PAGE + 3
    await database.write(lambda conn: store(conn, [entry(number) for number in range(1, count + 1)]))
    seen: list[int] = []
    before: int | None = None
    while True:
        found = await search(database, limit=400, before=before)
        seen += numbers(found)
        if (before := found.before) is None:
            break
    assert seen == list(range(count, 0, -1))
    exactly = await search(database, text="7 cm", limit=1, before=8)
    assert (numbers(exactly), exactly.before) == ([7], None)
    await database.close()


async def test_a_crisis_without_a_log_has_nothing_to_find(database: Database) -> None:
    assert await search(database, text="vand") == Found([], None)
    await database.close()


async def test_an_erased_text_is_found_no_more(database: Database) -> None:
    await database.write(lambda conn: store(conn, LINES))

    def erase(conn: Conn) -> None:
        conn.run(_ERASE, like="%Vi lukker ikke%")
        rebuild(conn, TIMELINE)

    await database.write(erase)
    assert numbers(await search(database, text="lukker")) == []
    assert numbers(await search(database, text="[slettet]")) == [3]
    await database.close()
