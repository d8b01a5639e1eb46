"""The first account on a fresh install, and the register without a browser."""

from __future__ import annotations

from pathlib import Path

from ddh_beredskab.journal.database import SqliteDatabase, sqlite_path
from ddh_beredskab.people import entry, register
from tests.cli.conftest import Cli


def test_the_first_account_is_made_on_a_fresh_install(cli: Cli, tmp_path: Path) -> None:
    said = cli("people", "add", "Åse Prøve", "--role", "secretariat", "--data", tmp_path / "ny", "--json")
    assert said.code == 0
    assert (said.json["person"], said.json["role"]) == ("aase-proeve", "secretariat")
    secret = said.json["invitation"].rpartition("/")[2]
    database = SqliteDatabase(sqlite_path(tmp_path / "ny", "drift"))
    ticket = database.read_now(lambda conn: entry.look_at(conn, secret, "invitation"))
    assert ticket is not None
    assert ticket.person == "aase-proeve"
    assert database.read_now(register.has_accounts)
    database.close_now()
    listed = cli("people", "list", "--data", tmp_path / "ny")
    assert "Åse Prøve" in listed.out
    assert "sekretariatet" in listed.out


def test_roles_are_given_by_key_or_danish_name_and_taken_again(cli: Cli, tmp_path: Path) -> None:
    cli("people", "add", "Bo Prøve", "--data", tmp_path)
    assert cli("people", "role", "bo-proeve", "styregruppen", "--data", tmp_path).code == 0
    roles = cli("people", "list", "--data", tmp_path, "--json").json["people"][0]["roles"]
    assert roles == [{"role": "steering_group", "municipality": ""}]
    assert cli("people", "role", "bo-proeve", "steering_group", "--take", "--data", tmp_path).code == 0
    assert cli("people", "list", "--data", tmp_path, "--json").json["people"][0]["roles"] == []
    again = cli("people", "role", "bo-proeve", "steering_group", "--take", "--data", tmp_path)
    assert (again.code, "har ikke rollen" in again.err) == (1, True)


def test_what_cannot_be_is_one_danish_sentence(cli: Cli, tmp_path: Path) -> None:
    assert "Der er ingen journal her" in cli("people", "list", "--data", tmp_path / "ingen").err
    assert not (tmp_path / "ingen").exists()
    cli("people", "add", "Bo Prøve", "--data", tmp_path)
    assert "Rollen kejser findes ikke" in cli("people", "role", "bo-proeve", "kejser", "--data", tmp_path).err
    assert "Mente du bo-proeve?" in cli("people", "code", "bo-prove", "--data", tmp_path).err
    assert "--municipality" in cli("people", "role", "bo-proeve", "local_leader", "--data", tmp_path).err
    assert "Skriv personens navn" in cli("people", "add", " ", "--data", tmp_path).err
    taken = cli("people", "add", "En Anden", "--login", "bo-proeve", "--data", tmp_path)
    assert "har en anden allerede" in taken.err
    assert len(cli("people", "list", "--data", tmp_path, "--json").json["people"]) == 1


def test_a_code_is_told_once_and_sessions_are_ended(cli: Cli, tmp_path: Path) -> None:
    cli("people", "add", "Bo Prøve", "--data", tmp_path)
    code = cli("people", "code", "bo-proeve", "--data", tmp_path, "--json").json["code"]
    assert len(code) == 9
    database = SqliteDatabase(sqlite_path(tmp_path, "drift"))
    database.write_now(lambda conn: entry.open_session(conn, "bo-proeve", "code"))
    database.close_now()
    assert cli("people", "end-sessions", "bo-proeve", "--data", tmp_path, "--json").json["ended"] == 1
