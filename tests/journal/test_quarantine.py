"""Quarantine as it is stored: what fails again is a row of its own, what is old loses its bytes and nothing else."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

from ddh_beredskab.errors import UserError
from ddh_beredskab.journal import quarantine
from ddh_beredskab.journal.database import SqliteDatabase
from ddh_beredskab.journal.handling import technical
from ddh_beredskab.journal.migrate import prepare_sqlite
from ddh_beredskab.journal.quarantine import Poison
from ddh_beredskab.journal.quarantine_reasons import advice_on, reason_of
from ddh_beredskab.journal.retry import became, retry, retryable
from tests.journal.desk import Desk, entry


async def poisoned(desk: Desk) -> Poison:
    """A log entry that the test's decider chokes on, in quarantine."""
    await desk.give(entry("en", channel="bang"), entry("to"))
    await desk.handle()
    [poison] = await desk.db.read(quarantine.listing)
    return poison


# -- retry ----------------------------------------------------------------------------------------


async def test_what_fails_again_is_back_under_an_id_of_its_own_and_the_first_judgement_stands(desk: Desk) -> None:
    poison = await poisoned(desk)
    for attempt in (2, 3):
        await desk.db.write(lambda conn, each=poison: retry(conn, each, "prøv igen"))
        await desk.handle()
        [again] = await desk.db.read(quarantine.listing)
        assert (again.attempt, again.raw, again.place) == (attempt, poison.raw, poison.place)
        assert again.id != poison.id
        late = await desk.db.read(lambda conn, each=poison: became(conn, each))
        assert late is not None
        assert (late.became, late.back_as, late.handled_at) == ("quarantined", again.id, None)
        poison = again
    judged = await desk.db.read(lambda conn: quarantine.listing(conn, include_resolved=True))
    assert [(each.resolution, each.why) for each in judged][:2] == [("retried", "prøv igen")] * 2


async def test_what_a_retry_did_is_told_with_its_events(desk: Desk) -> None:
    poison = await poisoned(desk)
    await desk.change("UPDATE messages SET data = replace(data, 'bang', 'radio')")
    await desk.db.write(lambda conn: retry(conn, poison, "rettet"))
    late = await desk.db.read(lambda conn: became(conn, poison))
    assert late is not None
    assert (late.became, late.handled_at, late.events) == ("waiting", None, 0)
    await desk.handle()
    late = await desk.db.read(lambda conn: became(conn, poison))
    assert late is not None
    assert (late.became, late.events, late.back_as) == ("decided", 1, None)
    assert late.handled_at is not None
    assert await desk.db.read(quarantine.count) == 0


async def test_a_retry_is_refused_whole(desk: Desk) -> None:
    poison = await poisoned(desk)
    await desk.db.write(lambda conn: quarantine.put(conn, place="drift.events/0/1", reason="fremmed", raw=b"x"))
    both = await desk.db.read(quarantine.listing)
    (own,), (foreign,) = retryable(both)
    assert own == poison
    with pytest.raises(UserError) as refused:
        await desk.db.write(lambda conn: retry(conn, foreign, "prøv"))
    assert refused.value.code == "not_a_delivery"
    await desk.change("UPDATE deliveries SET outcome = 'decided' WHERE outcome = 'quarantined'")
    with pytest.raises(UserError) as refused:
        await desk.db.write(lambda conn: retry(conn, poison, "prøv"))
    assert refused.value.code == "not_quarantined"
    assert await desk.db.read(quarantine.listing) == both


async def test_a_foreign_record_read_twice_is_kept_once_also_when_it_was_discarded(desk: Desk) -> None:
    async def put() -> str:
        return await desk.db.write(lambda c: quarantine.put(c, place="drift.events/0/1", reason="fremmed", raw=b"x"))

    id_ = await put()
    assert await put() == id_
    assert await desk.db.write(lambda conn: quarantine.resolve(conn, id_, "discarded", "prøve"))
    assert await put() == id_
    assert await desk.db.read(quarantine.count) == 0


# -- old bytes ------------------------------------------------------------------------------------


async def test_old_bytes_go_and_place_reason_size_and_fingerprint_stay(desk: Desk) -> None:
    poison = await poisoned(desk)
    now = datetime.now(UTC)
    assert await desk.db.write(lambda conn: quarantine.forget_raw(conn, now - timedelta(days=30))) == 0
    await desk.change("UPDATE quarantine SET created_at = created_at - 31 * 86400 * CAST(1000000 AS bigint)")
    assert await desk.db.write(lambda conn: quarantine.forget_raw(conn, now - timedelta(days=30))) == 1
    assert await desk.db.write(lambda conn: quarantine.forget_raw(conn, now - timedelta(days=30))) == 0
    [old] = await desk.db.read(quarantine.listing)
    assert (old.raw, old.raw_size) == (b"", len(poison.raw))
    assert old.raw_sha256 == hashlib.sha256(poison.raw).hexdigest()
    assert (old.place, old.reason, old.id) == (poison.place, poison.reason, poison.id)
    await desk.db.write(lambda conn: retry(conn, old, "den står jo i journalen"))


def test_deleted_bytes_are_not_left_in_the_file(tmp_path: Path) -> None:
    marker = b"PLANTET-MARKOER-" * 1000  # long enough for pages of its own
    path = tmp_path / "journal.db"
    prepare_sqlite(path)
    db = SqliteDatabase(path)
    db.write_now(lambda conn: quarantine.put(conn, place="drift.events/0/1", reason="fremmed", raw=marker))
    db.write_now(lambda conn: quarantine.forget_raw(conn, datetime.now(UTC) + timedelta(days=1)))
    db.close_now()  # the last one out writes the WAL back
    assert b"PLANTET-MARKOER" not in path.read_bytes()


# -- reasons --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stored", "kind", "advice"),
    [
        ("UnknownType: dk.ddh.beredskab.never.v1", "unknown_type", "upgrade"),
        ("Unreadable: dk.ddh.beredskab.write_log_entry.v1: kind", "unreadable", "upgrade"),
        ("sqlalchemy.exc.IntegrityError: UNIQUE", "storage", "upgrade"),
        ("ZeroDivisionError: division by zero", "program", "upgrade"),
        ("Processen er død 5 gange, mens den behandlede beskeden.", "told", "retry"),
    ],
)
async def test_every_reason_is_a_danish_sentence_and_the_technical_text_stays_beside_it(
    desk: Desk, stored: str, kind: str, advice: str
) -> None:
    poison = await poisoned(desk)
    await desk.change("UPDATE quarantine SET reason = :reason", reason=stored)
    [poison] = await desk.db.read(quarantine.listing)
    reason = reason_of(poison.reason)
    assert (reason.kind, advice_on(poison)) == (kind, advice)
    assert reason.sentence.endswith(".")
    assert reason.technical == (None if kind == "told" else stored)


def test_what_the_program_says_of_a_fault_quotes_no_values() -> None:
    class Person(BaseModel):
        age: int

    with pytest.raises(ValidationError) as caught:
        Person.model_validate({"age": "HEMMELIGT"})
    assert technical(caught.value) == "ValidationError: Person: age: int_parsing"
    assert technical(ValueError("første\nDETAIL: HEMMELIGT")) == "ValueError: første"
    assert len(technical(ValueError("x" * 5000))) == 500
    assert technical(KeyError()) == "KeyError: "
