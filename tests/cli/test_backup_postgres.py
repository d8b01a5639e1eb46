"""Backup and restore with PostgreSQL's own tools: the same promises as on SQLite."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ddh_beredskab.bootstrap import open_journal
from ddh_beredskab.journal.connection import Statement
from ddh_beredskab.journal.database import Job, PostgresDatabase, T
from ddh_beredskab.journal.generation import read_generation
from ddh_beredskab.journal.messages import Journal, append_commands, head_position
from ddh_beredskab.settings import Settings
from tests import services
from tests.cli.conftest import Cli
from tests.journal.desk import T0, entry, new

_TABLES = Statement("SELECT count(*) FROM information_schema.tables WHERE table_schema = :schema")


@pytest.fixture
def other_url(postgres_server: str) -> Iterator[str]:
    """A second, empty database."""
    with services.postgres_database(postgres_server) as url:
        yield url


def in_journal(url: str, job: Job[T], environment: str = "drift") -> T:
    async def run() -> T:
        database = await open_journal(Settings(database=url), environment)
        try:
            return await database.write(job)
        finally:
            await database.close()

    return asyncio.run(run())


def tables(url: str, schema: str = "drift") -> int:
    async def run() -> int:
        database = PostgresDatabase(url, schema)
        try:
            row = await database.read(lambda conn: conn.one(_TABLES, schema=schema))
            return int(row[0]) if row else 0
        finally:
            await database.close()

    return asyncio.run(run())


@pytest.fixture
def url(postgres_url: str) -> str:
    """A database with an operation and a drill in it."""
    messages = [new(entry(f"Nr. {number}"), number) for number in range(40)]
    in_journal(postgres_url, lambda conn: append_commands(conn, Journal(), messages, T0))
    in_journal(postgres_url, lambda _conn: None, "oevelse.proeve-1")
    return postgres_url


@pytest.fixture
def saved(cli: Cli, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DDH_DATABASE", url)
    target = tmp_path / "b.tar"
    said = cli("backup", "--to", target, "--data", tmp_path / "data")
    assert said.code == 0, said.err
    return target


def test_every_schema_is_in_the_file_and_comes_back_in_an_empty_database(
    cli: Cli, url: str, saved: Path, other_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tarfile.open(saved) as tar:
        assert tar.getnames() == ["manifest.json", "drift.dump", "oevelse.proeve-1.dump"]
    monkeypatch.setenv("DDH_DATABASE", other_url)
    said = cli("restore", saved, "--data", tmp_path / "ny", "--json")
    assert said.code == 0, said.out
    assert in_journal(other_url, head_position) == 40
    life = in_journal(other_url, read_generation)
    assert said.json["prefixes"]["drift"] == f"drift.{life}."
    assert in_journal(url, read_generation) == ""
    assert cli("log", "verify", "--data", tmp_path / "ny").code == 0
    (check,) = [each for each in cli("doctor", "--data", tmp_path, "--json").json["checks"] if each["name"] == "backup"]
    assert check["state"] == "note"  # the copy does not know of itself


def test_a_schema_with_tables_and_a_running_system_are_refused(
    cli: Cli, url: str, saved: Path, other_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = cli("restore", saved, "--data", tmp_path / "ny")
    assert (said.code, "Skemaet drift i databasen er ikke tomt" in said.err) == (1, True)
    monkeypatch.setenv("DDH_DATABASE", other_url)

    async def beside_a_worker() -> subprocess.CompletedProcess[str]:
        working = PostgresDatabase(other_url, "public")
        await working.read(lambda _conn: None)
        argv = [sys.executable, "-m", "ddh_beredskab.cli", "restore", str(saved), "--data", str(tmp_path), "--json"]
        try:
            return await asyncio.to_thread(subprocess.run, argv, capture_output=True, text=True, check=False)
        finally:
            await working.close()

    done = asyncio.run(beside_a_worker())
    assert json.loads(done.stdout)["error"]["code"] == "restore_running"
    assert tables(other_url) == 0


def test_a_dump_that_was_changed_leaves_nothing(
    cli: Cli, saved: Path, other_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DDH_DATABASE", other_url)
    spoilt = bytearray(saved.read_bytes())
    spoilt[len(spoilt) // 2] ^= 1
    saved.write_bytes(spoilt)
    assert "ødelagt eller ændret" in cli("restore", saved, "--data", tmp_path / "ny").err
    assert (tables(other_url), (tmp_path / "ny").exists()) == (0, False)


def test_a_backup_of_one_kind_is_not_restored_in_the_other(
    cli: Cli, data: Path, saved: Path, other_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DDH_DATABASE")
    assert "Sæt DDH_DATABASE" in cli("restore", saved, "--data", tmp_path / "ny").err
    assert cli("backup", "--to", tmp_path / "lite.tar", "--data", data).code == 0
    monkeypatch.setenv("DDH_DATABASE", other_url)
    assert "Fjern DDH_DATABASE" in cli("restore", tmp_path / "lite.tar", "--data", tmp_path / "ny").err


def test_a_full_disk_leaves_nothing(url: str, saved: Path, tmp_path: Path) -> None:
    words = ["backup", "--to", str(tmp_path / "full" / "b.tar"), "--data", str(tmp_path), "--json"]
    (tmp_path / "full").mkdir()
    for limit in ("2000", "60000"):
        done = subprocess.run(
            [sys.executable, "-m", "tests.cli.limited", limit, *words], capture_output=True, text=True, check=False
        )
        assert json.loads(done.stdout)["error"]["code"] == "disk_full", limit
        assert list((tmp_path / "full").iterdir()) == []
