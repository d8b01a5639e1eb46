"""What could not be handled, as the operator meets it: told in Danish, tried again, laid aside with a reason."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from ddh_beredskab.doors import accept
from ddh_beredskab.journal import quarantine
from ddh_beredskab.journal.clock_row import clock_now
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.database import SqliteDatabase
from ddh_beredskab.journal.handling import quarantine_delivery
from ddh_beredskab.journal.messages import Journal, head_position
from schemas.base import Actor
from schemas.logbook import WriteLogEntry
from tests.cli.conftest import Cli
from tests.cli.engine import at_work

_RAW = Statement("UPDATE quarantine SET raw = :raw WHERE id = :id")
_OPEN = Statement("SELECT count(*) FROM deliveries WHERE done_at IS NULL")
_AGE = Statement("UPDATE quarantine SET created_at = created_at - 40 * 86400000000")


def journal_of(data: Path) -> Path:
    return data / "oevelse" / "surge" / "journal.db"


def set_aside(data: Path, crisis: str, reason: str = "ValueError: for mange", raw: bytes | None = None) -> str:
    """A log entry that was received and set aside, as handling leaves it; its id in quarantine."""
    database = SqliteDatabase(journal_of(data))

    def job(conn: Conn) -> str:
        entry = WriteLogEntry(kind="information_in", text="Vandet stiger", happened_at=clock_now(conn))
        keeper = Actor(person="proeve-logfoerer", role="log_keeper")
        accept(conn, Journal("oevelse.surge"), entry, crisis, keeper)
        position = head_position(conn)
        quarantine_delivery(conn, "logbook", crisis, position, reason, clock_now(conn))
        (found,) = quarantine.listing(conn)[-1:]
        if raw is not None:
            conn.run(_RAW, raw=raw, id=found.id)
        return found.id

    try:
        return database.write_now(job)
    finally:
        database.close_now()


@pytest.fixture
def poison(data: Path, crisis: str) -> str:
    return set_aside(data, crisis, raw='{"a": "æ"}'.encode())


def foreign(data: Path, raw: bytes = b"\xff\x00\x1b[2J", place: str = "drift.events/2/17") -> str:
    """A record that is not ours, in quarantine; its id."""
    database = SqliteDatabase(journal_of(data))
    try:
        return database.write_now(lambda conn: quarantine.put(conn, place=place, reason="ikke vores", raw=raw))
    finally:
        database.close_now()


@pytest.fixture
def stranger(data: Path) -> str:
    return foreign(data)


def test_an_empty_quarantine_says_so(cli: Cli, data: Path, tmp_path: Path) -> None:
    assert cli("quarantine", "list", "--data", data).out == "Der er ingen beskeder i karantæne.\n"
    assert cli("quarantine", "list", "--data", tmp_path / "none", "--json").json == {"quarantine": []}
    assert cli("quarantine", "retry", "--all", "--data", data).out == "Der er ingen beskeder i karantæne.\n"


def test_the_list_tells_where_when_which_crisis_and_why_in_danish(
    cli: Cli, data: Path, poison: str, stranger: str
) -> None:
    said = cli("quarantine", "list", "--data", data).out
    assert poison[:8] in said
    assert "Krisens log · Varslet stormflod ved Strandby" in said
    assert "Fejlen er i programmet" in said
    assert "ValueError" not in said
    assert "en fremmed besked" in said
    assert "quarantine retry ID" in said
    found = cli("quarantine", "list", "--data", data, "--json").json["quarantine"]
    assert [(each["technical"], each["advice"]) for each in found] == [
        ("ValueError: for mange", "upgrade"),
        (None, "cannot"),
    ]
    assert not any("raw" in each or "raw_hex" in each for each in found)


def test_one_is_shown_with_its_bytes_as_text(cli: Cli, data: Path, poison: str) -> None:
    said = cli("quarantine", "show", poison[:8], "--data", data).out
    assert '{"a": "æ"}' in said
    assert "Teknisk: ValueError: for mange" in said
    assert "Sted: besked nr. " in said
    assert f"quarantine retry {poison[:8]}" in said
    found = cli("quarantine", "show", poison, "--data", data, "--json").json
    assert (found["raw_text"], bytes.fromhex(found["raw_hex"]).decode()) == ('{"a": "æ"}', '{"a": "æ"}')


def test_bytes_that_are_no_text_are_shown_as_numbers_and_never_obeyed(cli: Cli, data: Path, stranger: str) -> None:
    said = cli("quarantine", "show", stranger, "--data", data).out
    assert "00000000  ff 00 1b 5b 32 4a" in said
    assert "\x1b" not in said
    assert "Sted: emnet drift.events, del 2, nr. 17" in said
    assert "kan ikke prøves igen" in said
    text = foreign(data, "Hej \x1b[31m\u202erød".encode(), "drift.events/2/18\x1b[31m")
    said = cli("quarantine", "show", text, "--data", data).out
    assert ("\x1b" in said, "\u202e" in said, "\\x1b[31m\\u202erød" in said) == (False, False, True)
    assert "\x1b" not in cli("quarantine", "list", "--data", data).out


def test_the_bytes_are_written_to_a_new_file_that_only_the_operator_can_read(
    cli: Cli, data: Path, stranger: str, tmp_path: Path
) -> None:
    target = tmp_path / "raw.bin"
    assert cli("quarantine", "show", stranger, "--raw", target, "--data", data).code == 0
    assert target.read_bytes() == b"\xff\x00\x1b[2J"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    said = cli("quarantine", "show", stranger, "--raw", target, "--data", data)
    assert (said.code, "findes allerede" in said.err) == (1, True)
    assert cli("quarantine", "show", stranger, "--raw", tmp_path, "--data", data).code == 1


def test_an_id_that_fits_several_is_not_guessed_at(cli: Cli, data: Path, poison: str) -> None:
    first, id_ = dict[str, str](), ""
    for number in range(40):  # more ids than hexadecimal digits
        id_ = foreign(data, str(number).encode())
        if id_[0] in first:
            break
        first[id_[0]] = id_
    said = cli("quarantine", "show", id_[0], "--data", data)
    assert said.code == 1
    assert id_[:8] in said.err
    assert first[id_[0]][:8] in said.err
    assert "Skriv mere" in said.err
    assert "ingen besked" in cli("quarantine", "show", "%", "--data", data).err
    assert "ingen besked" in cli("quarantine", "show", "", "--data", data).err
    assert cli("quarantine", "show", poison.upper(), "--data", data).code == 0


def test_a_retry_waits_and_tells_what_became_of_it(cli: Cli, data: Path, poison: str) -> None:
    with at_work(journal_of(data), "oevelse.surge"):
        said = cli("quarantine", "retry", poison[:8], "--data", data)
    assert said.code == 0
    assert f"{poison[:8]} er behandlet sent: 20-10-2023" in said.out
    assert cli("quarantine", "list", "--data", data, "--json").json == {"quarantine": []}
    (judged,) = cli("quarantine", "list", "--all", "--data", data, "--json").json["quarantine"]
    assert judged["resolution"] == "retried"
    assert judged["became"]["handled_late"]
    assert "er behandlet sent" in cli("quarantine", "show", poison, "--data", data).out
    assert "allerede afgjort" in cli("quarantine", "retry", poison, "--data", data).err


def test_a_retry_while_nothing_runs_opens_the_delivery_and_says_so(cli: Cli, data: Path, poison: str) -> None:
    said = cli("quarantine", "retry", poison, "--wait", 0, "--why", "Rettet", "--data", data, "--json").json
    assert [each["outcome"] for each in said["retried"]] == ["waiting"]
    database = SqliteDatabase(journal_of(data))
    assert database.read_now(lambda conn: conn.one(_OPEN)) == (1,)
    database.close_now()
    assert cli("quarantine", "show", poison, "--data", data, "--json").json["why"] == "Rettet"
    assert "så snart systemet kører" in cli("quarantine", "show", poison, "--data", data).out


def test_all_are_tried_again_but_for_strangers(cli: Cli, data: Path, crisis: str, poison: str, stranger: str) -> None:
    other = set_aside(data, crisis)
    with at_work(journal_of(data), "oevelse.surge"):
        said = cli("quarantine", "retry", "--all", "--data", data, "--json")
    assert said.code == 0
    assert {each["id"] for each in said.json["retried"]} == {poison, other}
    assert said.json["left"] == [stranger]
    assert "1 fremmede" in cli("quarantine", "retry", "--all", "--data", data).out


def test_retry_needs_one_id_or_all(cli: Cli, data: Path, poison: str) -> None:
    assert "eller --all" in cli("quarantine", "retry", "--data", data).err
    assert "eller --all" in cli("quarantine", "retry", poison, "--all", "--data", data).err


def test_a_foreign_record_can_only_be_discarded(cli: Cli, data: Path, stranger: str) -> None:
    said = cli("quarantine", "retry", stranger, "--data", data)
    assert (said.code, "quarantine discard" in said.err) == (1, True)
    assert cli("quarantine", "retry", "0000", "--data", data).code == 1
    assert cli("quarantine", "discard", stranger, "--why", "Prøve", "--data", data).code == 0


def test_to_discard_needs_a_reason_which_is_kept(cli: Cli, data: Path, poison: str) -> None:
    assert cli("quarantine", "discard", poison, "--data", data).code == 2
    assert "Skriv en begrundelse" in cli("quarantine", "discard", poison, "--why", " ", "--data", data).err
    said = cli("quarantine", "discard", poison, "--why", "Prøvedata", "--data", data, "--json").json
    assert (said["resolution"], said["why"]) == ("discarded", "Prøvedata")
    assert "Begrundelse: Prøvedata" in cli("quarantine", "show", poison, "--data", data).out
    assert "allerede afgjort" in cli("quarantine", "discard", poison, "--why", "Igen", "--data", data).err
    assert "allerede afgjort" in cli("quarantine", "retry", poison, "--data", data).err


def test_old_bytes_are_gone_and_their_fingerprint_stands(cli: Cli, data: Path, stranger: str, tmp_path: Path) -> None:
    from datetime import UTC, datetime, timedelta

    database = SqliteDatabase(journal_of(data))
    database.write_now(lambda conn: conn.run(_AGE))
    month_ago = datetime.now(UTC) - timedelta(days=30)
    assert database.write_now(lambda conn: quarantine.forget_raw(conn, month_ago)) == 1
    database.close_now()
    said = cli("quarantine", "show", stranger, "--data", data).out
    assert "Indholdet er slettet" in said
    assert "fyldte 6 byte" in said
    assert "slettet" in cli("quarantine", "show", stranger, "--raw", tmp_path / "x", "--data", data).err
    assert not (tmp_path / "x").exists()


def test_the_raw_bytes_are_in_no_export(cli: Cli, data: Path, crisis: str, tmp_path: Path) -> None:
    set_aside(data, crisis, raw=b"PLANTET-MARKOER")
    target = tmp_path / "log.ndjson"
    assert cli("log", "export", crisis, "--out", target, "--data", data).code == 0
    assert b"PLANTET-MARKOER" not in target.read_bytes()
    for words in (("quarantine", "list"), ("quarantine", "list", "--json"), ("crisis", "show", crisis), ("doctor",)):
        assert "PLANTET-MARKOER" not in cli(*words, "--data", data).out
    assert "PLANTET-MARKOER" not in json.dumps(cli("log", "show", crisis, "--data", data, "--json").json)
