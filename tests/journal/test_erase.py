"""Erased is erased: no trace in the file, the log still proves itself, and everything can still be replayed."""

from __future__ import annotations

import random
import string
from pathlib import Path
from uuid import UUID

import pytest

from ddh_beredskab.journal import intake
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.database import SqliteDatabase
from ddh_beredskab.journal.erase import erase_mentions, erase_message, erase_person, erase_questions, scrub_sqlite
from ddh_beredskab.journal.log_file import export_log, verify_file
from ddh_beredskab.journal.messages import read_after
from ddh_beredskab.journal.states import load, save_snapshot
from ddh_beredskab.journal.verify import verify_journal
from schemas.commitments import ERASED
from tests.journal.desk import T0, Desk, an_id, entry
from tests.journal.notebook import NOTEBOOK, Notebook
from tests.journal.test_intake import add, question

PERSON = Statement("INSERT INTO persons (ref, name, municipality, fictional) VALUES (:ref, :name, '901', 1)")
DOCUMENT = Statement("INSERT INTO documents (model, key, body, position) VALUES ('timeline', 'k1', :body, 7)")
READ = Statement("INSERT INTO read_positions (model, position) VALUES ('timeline', 7)")


async def texts(desk: Desk) -> list[str]:
    rows = await desk.db.read(lambda conn: read_after(conn, 0, 10_000))
    return [str(each.message.model_dump().get("text")) for each in rows]


async def test_a_message_is_erased_with_what_was_copied_from_it(desk: Desk) -> None:
    [first, _] = await desk.give(entry("Fru Holm er syg"), entry("Vandet stiger"))
    await desk.handle()
    assert await desk.db.write(lambda c: erase_message(c, first)) == 2
    assert await texts(desk) == [ERASED, "Vandet stiger", ERASED, "Vandet stiger"]
    assert await desk.db.read(verify_journal) == []
    assert await desk.db.write(lambda c: erase_message(c, first)) == 0
    assert await desk.db.write(lambda c: erase_message(c, UUID(int=9))) == 0


async def test_a_copy_with_words_around_it_goes_too_but_a_short_word_takes_nothing_along(desk: Desk) -> None:
    [first] = await desk.give(entry("ja", source="Fru Holm"))
    await desk.change(
        "INSERT INTO private_values (commitment, message_id, kind, salt, value)"
        " VALUES ('commit:sha256:x', :id, 'free_text', '00', 'Ringet op: Fru Holm, kl. 8')",
        id=str(first),
    )
    [second] = await desk.give(entry("jagt på vand"))
    await desk.change("UPDATE messages SET correlation_id = :id", id=str(first))
    assert await desk.db.write(lambda c: erase_message(c, first)) == 3
    assert await texts(desk) == [ERASED, "jagt på vand"]
    assert second


@pytest.mark.parametrize("name", ["Asta Holm", "Åse Ærø-Østergård", "100% Bo_Lund!"])
async def test_a_person_is_erased_wherever_ref_or_name_is_mentioned(desk: Desk, name: str) -> None:
    await desk.db.write(lambda c: c.run(PERSON, ref="asta-holm", name=name))
    await desk.db.write(lambda c: c.run(PERSON, ref="bo-lund", name="Bo Lund"))
    kept = ["Vandet stiger", "Asta Hol", "100 bo lund", "@asta"]
    await desk.give(
        entry(f"Ringede til {name}."), entry("@asta-holm overtager"), entry(name.upper() if name.isascii() else name)
    )
    await desk.give(*[entry(text) for text in kept])
    await desk.handle()
    await add(desk, question(1, text=f"Må jeg tale med {name}?"), question(2, text="Gælder det mig?"))
    assert await desk.db.write(lambda c: erase_person(c, "asta-holm")) == 7
    assert await texts(desk) == ([ERASED] * 3 + kept) * 2
    assert await desk.rows("SELECT name FROM persons ORDER BY ref") == [(ERASED,), ("Bo Lund",)]
    assert await desk.rows("SELECT text FROM feedback_items ORDER BY position") == [(ERASED,), ("Gælder det mig?",)]
    assert await desk.db.read(verify_journal) == []
    assert await desk.db.write(lambda c: erase_person(c, "asta-holm")) == 0
    assert await desk.db.write(lambda c: erase_person(c, "ukendt")) == 0


async def test_erasing_forgets_what_was_folded_from_it(desk: Desk) -> None:
    [first] = await desk.give(entry("Fru Holm er syg"))
    await desk.handle()
    kept = desk.cache.get("logbook-k1")
    assert kept is not None

    def folded(conn: Conn) -> None:
        save_snapshot(conn, "logbook-k1", Notebook, kept)
        conn.run(DOCUMENT, body='{"text":"Fru Holm er syg"}')
        conn.run(READ)

    await desk.db.write(folded)
    await desk.db.write(lambda c: erase_message(c, first))
    assert await desk.rows("SELECT * FROM snapshots") == []
    assert await desk.rows("SELECT * FROM documents") == []
    assert await desk.rows("SELECT position FROM read_positions") == [(0,)]
    replayed = await desk.db.read(lambda c: load(c, "logbook-k1", NOTEBOOK, None))
    assert (replayed.state.entries, replayed.state.last_text) == (1, ERASED)


async def test_nothing_to_erase_forgets_nothing(desk: Desk) -> None:
    await desk.db.write(lambda c: c.run(DOCUMENT, body="{}"))
    assert await desk.db.write(lambda c: erase_mentions(c, ["findes ikke", "", "  "])) == 0
    assert len(await desk.rows("SELECT * FROM documents")) == 1


async def test_a_citizens_question_is_erased_and_still_counted(desk: Desk) -> None:
    await add(desk, question(1, text="Min søn hedder Viggo"), question(2, text="Er vandet rent?"))
    assert await desk.db.write(lambda c: erase_questions(c, [an_id(1)])) == 1
    assert await desk.rows("SELECT text FROM feedback_items ORDER BY position") == [(ERASED,), ("Er vandet rent?",)]
    assert (await desk.db.read(intake.uncounted))[0] == 2


async def test_after_erasing_no_trace_is_left_in_the_file(sqlite_desk: Desk, tmp_path: Path) -> None:
    """20 planted markers: 0 hits in the database, its WAL and an export; replay works and the chain holds."""
    dice = random.Random(20)
    markers = ["".join(dice.choices(string.ascii_lowercase, k=24)) for _ in range(20)]
    await sqlite_desk.db.write(lambda c: c.run(PERSON, ref="asta-holm", name=markers[0]))
    for n, marker in enumerate(markers):
        await sqlite_desk.give(entry(f"før {marker} efter"), *[entry(f"post {n}/{i}") for i in range(3)])
    await sqlite_desk.handle()
    await add(sqlite_desk, question(1, text=f"spørgsmål om {markers[3]}"))
    kept = sqlite_desk.cache.get("logbook-k1")
    assert kept is not None
    await sqlite_desk.db.write(lambda c: save_snapshot(c, "logbook-k1", Notebook, kept))
    folder = tmp_path / "drift"
    assert hits(folder, markers) > 20

    assert await sqlite_desk.db.write(lambda c: erase_person(c, "asta-holm")) == 2
    assert await sqlite_desk.db.write(lambda c: erase_mentions(c, markers)) == 39
    assert isinstance(sqlite_desk.db, SqliteDatabase)
    sqlite_desk.db.close_now()
    scrub_sqlite(folder / "journal.db")
    assert hits(folder, markers) == 0

    again = SqliteDatabase(folder / "journal.db")
    try:
        assert again.read_now(verify_journal) == []
        replayed = again.read_now(lambda c: load(c, "logbook-k1", NOTEBOOK, None))
        assert replayed.state.entries == 80
        lines: list[bytes] = []
        again.read_now(lambda c: export_log(c, "k1", lines.append, T0))
    finally:
        again.close_now()
    out = tmp_path / "log.ndjson"
    write(out, b"".join(lines))
    result = verify_file(out)
    assert (result.ok, result.erased) == (True, 20)
    assert not any(marker.encode() in b"".join(lines) for marker in markers)


def write(path: Path, raw: bytes) -> None:
    path.write_bytes(raw)


def hits(folder: Path, markers: list[str]) -> int:
    files = [path.read_bytes() for path in folder.iterdir() if path.is_file()]
    return sum(raw.count(marker.encode()) for raw in files for marker in markers)
