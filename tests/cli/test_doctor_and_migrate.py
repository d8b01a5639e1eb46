"""What an operator asks: is all well, and is the schema right."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path

import pytest

from ddh_beredskab.journal import quarantine
from ddh_beredskab.journal.connection import Statement
from ddh_beredskab.journal.database import SqliteDatabase
from tests.cli.conftest import Cli

_NEWER = Statement("UPDATE alembic_version SET version_num = '9999'")


def journal_of(data: Path) -> Path:
    return data / "oevelse" / "surge" / "journal.db"


def states(cli: Cli, *words: object) -> dict[str, str]:
    """Name of check -> state."""
    return {each["name"]: each["state"] for each in cli("doctor", *words, "--json").json["checks"]}


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


# -- doctor and schema ----------------------------------------------------------------------------


def test_a_fresh_folder_is_well_and_stays_untouched(cli: Cli, tmp_path: Path, free_port: int) -> None:
    said = cli("doctor", "--data", tmp_path / "new", "--port", free_port)
    assert said.code == 0
    assert "Alt er i orden." in said.out
    assert not (tmp_path / "new").exists()


def test_what_is_wrong_is_told_with_its_mend(cli: Cli, data: Path, playbooks: Path) -> None:
    (playbooks / "limits.yaml").write_text("date: [", encoding="utf-8")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        words = ("--data", data, "--playbooks", playbooks, "--port", taken.getsockname()[1])
        said = cli("doctor", *words)
        found = states(cli, *words)
    assert said.code == 1
    assert "ting skal rettes." in said.out
    assert "ddh-beredskab playbook check" in said.out
    assert (found["playbooks"], found["port"], found["sqlite"]) == ("wrong", "wrong", "ok")


def test_a_broker_and_a_database_that_are_away_are_told(
    cli: Cli, tmp_path: Path, free_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DDH_BROKER", f"kafka://127.0.0.1:{free_port}")
    monkeypatch.setenv("DDH_DATABASE", f"postgresql+asyncpg://nobody@127.0.0.1:{free_port}/none")
    found = states(cli, "--data", tmp_path, "--port", free_port)
    assert (found["broker"], found["database"]) == ("wrong", "wrong")


def test_a_journal_of_a_newer_schema_is_refused_everywhere_and_left_as_it_is(cli: Cli, data: Path, crisis: str) -> None:
    database = SqliteDatabase(journal_of(data))
    database.write_now(lambda conn: conn.run(_NEWER))
    database.close_now()
    before = journal_of(data).read_bytes()
    for words in (("migrate",), ("crisis", "list"), ("log", "show", crisis), ("log", "verify"), ("quarantine", "list")):
        said = cli(*words, "--data", data)
        assert said.code == 1, words
        assert "nyere udgave" in said.err
        assert "Opgradér programmet" in said.err
    assert journal_of(data).read_bytes() == before
    assert states(cli, "--data", data)["environment"] == "wrong"


def test_up_refuses_a_newer_schema_before_it_starts_anything(cli: Cli, data: Path, free_port: int) -> None:
    shutil.copytree(data / "oevelse" / "surge", data / "drift")
    database = SqliteDatabase(data / "drift" / "journal.db")
    database.write_now(lambda conn: conn.run(_NEWER))
    database.close_now()
    said = cli("up", "--data", data, "--port", free_port)
    assert (said.code, "Opgradér programmet" in said.err) == (1, True)
    assert not (data / "supervisor.json").exists()


def test_a_file_that_is_no_journal_is_told(cli: Cli, data: Path) -> None:
    for name in ("journal.db-wal", "journal.db-shm"):
        (journal_of(data).with_name(name)).unlink(missing_ok=True)
    journal_of(data).write_text("no journal at all\n" * 100)
    said = cli("crisis", "list", "--data", data)
    assert said.code == 1
    assert str(journal_of(data)) in said.err
    assert states(cli, "--data", data)["environment"] == "wrong"


def test_migrate_makes_what_is_missing_and_says_so(cli: Cli, tmp_path: Path) -> None:
    assert cli("migrate", "--data", tmp_path).out.startswith("drift: skema ")
    assert cli("migrate", "--data", tmp_path, "--json").json["environments"] == ["drift"]


def test_a_data_folder_that_is_a_file_is_told(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said = cli("migrate", "--data", tmp_path / "file")
    assert (said.code, "Vælg en anden mappe med --data" in said.err) == (1, True)


def test_what_is_in_quarantine_is_told(cli: Cli, data: Path) -> None:
    database = SqliteDatabase(journal_of(data))
    database.write_now(lambda conn: quarantine.put(conn, place="events/2/17", reason="ikke vores", raw=b"\xff"))
    database.close_now()
    assert states(cli, "--data", data)["quarantine"] == "wrong"


# -- what the system promises -----------------------------------------------------------------------


def test_what_the_system_promises_is_held_against_every_journal(cli: Cli, data: Path, free_port: int) -> None:
    said = cli("doctor", "--data", data, "--port", free_port, "--json")
    [promises] = [each for each in said.json["checks"] if each["name"] == "promises"]
    assert promises["state"] == "ok"
    assert promises["report"]["checked"]["I2"] > 50
    assert promises["report"]["breaches"] == []


def test_a_breach_is_told_with_its_place_and_exit_code_1(cli: Cli, data: Path, free_port: int) -> None:
    database = SqliteDatabase(journal_of(data))
    changed = Statement("UPDATE messages SET time = time + 1 WHERE stream LIKE 'guides-%' AND version = 2")
    database.write_now(lambda conn: conn.run(changed))
    database.close_now()
    said = cli("doctor", "--data", data, "--port", free_port)
    assert said.code == 1
    assert "passer ikke med det, systemet lover" in said.out
    assert " version 2: Begivenheden passer ikke med sit fingeraftryk." in said.out
    assert "I1  Alt, vi har sagt modtaget til, har netop ét udfald: i orden" in said.out
