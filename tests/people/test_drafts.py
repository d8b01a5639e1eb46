"""Drafts: what is kept of a form half filled in, and for how long."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ddh_beredskab.clock import wall_micros
from ddh_beredskab.journal.connection import Statement
from ddh_beredskab.journal.database import SqliteDatabase, sqlite_path
from ddh_beredskab.journal.migrate import prepare_sqlite
from ddh_beredskab.people import drafts

_AGE = Statement("UPDATE drafts SET changed_at = :at WHERE id = :id")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[SqliteDatabase]:
    path = sqlite_path(tmp_path, "drift")
    prepare_sqlite(path)
    database = SqliteDatabase(path)
    yield database
    database.close_now()


def _save(database: SqliteDatabase, id_: str, text: str = "Vand", kind: str = "own", owner: str = "aase") -> int:
    return database.write_now(lambda conn: drafts.save(conn, id_, owner, kind, text, [("what", text), ("x", "1")]))


def _list(database: SqliteDatabase, kind: str = "own", owner: str | None = None) -> list[str]:
    return [each.id for each in database.read_now(lambda conn: drafts.drafts_of(conn, kind, owner))]


def test_the_same_draft_is_kept_once_as_it_was_last(database: SqliteDatabase) -> None:
    _save(database, "a")
    _save(database, "a", "Mere vand")
    found = database.read_now(lambda conn: drafts.draft(conn, "a"))
    assert found is not None
    assert (found.title, found.fields) == ("Mere vand", (("what", "Mere vand"), ("x", "1")))
    assert _list(database) == ["a"]


def test_drafts_are_listed_by_kind_and_owner(database: SqliteDatabase) -> None:
    _save(database, "a")
    _save(database, "b", owner="bo")
    _save(database, "c", kind="phone")
    assert set(_list(database)) == {"a", "b"}
    assert _list(database, owner="bo") == ["b"]
    assert _list(database, "phone", "bo") == []


def test_a_cpr_number_is_struck_out_before_it_is_kept(database: SqliteDatabase) -> None:
    assert _save(database, "a", "Ring til 010203-1234 om vand") == 1
    found = database.read_now(lambda conn: drafts.draft(conn, "a"))
    assert found is not None
    assert "1234" not in found.title + str(found.fields)


def test_what_was_sent_is_kept_no_longer_and_cannot_come_back(database: SqliteDatabase) -> None:
    _save(database, "a")
    database.write_now(lambda conn: drafts.sent(conn, "a"))
    _save(database, "a", "Fra en gammel fane")
    found = database.read_now(lambda conn: drafts.draft(conn, "a"))
    assert found is not None
    assert (found.sent, found.title, found.fields) == (True, "", ())
    assert _list(database) == []


def test_a_draft_is_dropped_when_asked_and_after_a_month(database: SqliteDatabase) -> None:
    for id_ in ("a", "b", "c"):
        _save(database, id_)
    database.write_now(lambda conn: drafts.drop(conn, "a"))
    database.write_now(lambda conn: conn.run(_AGE, at=wall_micros() - drafts.KEPT_FOR - 1, id="b"))
    _save(database, "d")
    assert set(_list(database)) == {"c", "d"}
