"""Backup and restore at the command line: the file whole or not at all, and nothing restored that is not sound."""

from __future__ import annotations

import io
import json
import os
import shutil
import stat
import subprocess
import sys
import tarfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ddh_beredskab.backup.archive import MANIFEST
from ddh_beredskab.backup.facts import last_backup, note_backup
from ddh_beredskab.backup.restoring import HALF
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.database import SqliteDatabase
from ddh_beredskab.journal.generation import read_generation
from ddh_beredskab.streams.supervisor_file import Lock
from tests.cli.conftest import Cli

_SPOIL = Statement("UPDATE messages SET time = time + 1 WHERE version = 2 AND stream LIKE 'logbook-%'")
_NEWER = Statement("UPDATE alembic_version SET version_num = '9999'")


def journal_of(data: Path) -> Path:
    return data / "oevelse" / "surge" / "journal.db"


def in_journal(data: Path, job: Callable[[Conn], object]) -> object:
    database = SqliteDatabase(journal_of(data))
    try:
        return database.write_now(job)
    finally:
        database.close_now()


@pytest.fixture
def saved(cli: Cli, data: Path, tmp_path: Path) -> Path:
    """A backup of the played data folder."""
    target = tmp_path / "backup" / "nat.tar"
    target.parent.mkdir()
    assert cli("backup", "--to", target, "--data", data).code == 0
    return target


# -- taking ---------------------------------------------------------------------------------------


def test_a_backup_is_one_file_for_its_owner_alone_that_says_what_it_holds(
    cli: Cli, data: Path, saved: Path, crisis: str
) -> None:
    assert [each.name for each in saved.parent.iterdir()] == ["nat.tar"]
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    with tarfile.open(saved) as tar:
        assert tar.getnames() == [MANIFEST, "oevelse.surge.db"]
        manifest = json.load(tar.extractfile(MANIFEST) or io.BytesIO())
    (part,) = manifest["parts"]
    assert (manifest["format"], manifest["kind"], part["environment"]) == (1, "sqlite", "oevelse.surge")
    assert part["messages"] > 50
    assert part["problems"] == []
    said = cli("backup", "--to", saved, "--data", data)
    assert "Alt, hvad der var modtaget" in said.out
    assert f"{part['messages']} beskeder" in said.out


def test_keys_and_tokens_stay_where_they_are_and_the_directory_comes_along(
    cli: Cli, data: Path, tmp_path: Path
) -> None:
    (data / "api-token").write_text("PLANTET-HEMMELIGHED")
    (data / "directory.yaml").write_text("people: []\n")
    target = tmp_path / "b.tar"
    assert cli("backup", "--to", target, "--data", data).code == 0
    assert b"PLANTET-HEMMELIGHED" not in target.read_bytes()
    assert cli("restore", target, "--data", tmp_path / "ny").code == 0
    assert (tmp_path / "ny" / "directory.yaml").read_text() == "people: []\n"
    assert not (tmp_path / "ny" / "api-token").exists()


def test_the_journal_remembers_its_last_backup(data: Path, saved: Path) -> None:
    found = in_journal(data, last_backup)
    assert getattr(found, "file", None) == str(saved)


def test_doctor_tells_how_old_the_newest_backup_is(cli: Cli, data: Path, tmp_path: Path) -> None:
    shutil.copytree(data / "oevelse" / "surge", data / "drift")
    never = _doctor(cli, data)
    assert (never["state"], "ddh-beredskab backup --to" in never["mend"]) == ("note", True)
    assert cli("backup", "--to", tmp_path / "b.tar", "--data", data).code == 0
    fresh = _doctor(cli, data)
    assert (fresh["state"], str(tmp_path / "b.tar") in fresh["found"]) == ("ok", True)
    database = SqliteDatabase(data / "drift" / "journal.db")
    long_ago = datetime.now(UTC) - timedelta(hours=50)
    database.write_now(lambda conn: note_backup(conn, long_ago, "b.tar"))
    database.close_now()
    old = _doctor(cli, data)
    assert (old["state"], "2 dage og 2 timer" in old["found"]) == ("note", True)


def _doctor(cli: Cli, data: Path) -> dict[str, str]:
    (found,) = [each for each in cli("doctor", "--data", data, "--json").json["checks"] if each["name"] == "backup"]
    return found


def test_only_a_backup_is_ever_replaced(cli: Cli, data: Path, saved: Path, tmp_path: Path) -> None:
    before = journal_of(data).read_bytes()
    said = cli("backup", "--to", journal_of(data), "--data", data)
    assert (said.code, "Vælg et andet navn" in said.err) == (1, True)
    assert journal_of(data).read_bytes() == before
    assert cli("backup", "--to", tmp_path, "--data", data).code == 1
    assert "findes ikke" in cli("backup", "--to", tmp_path / "no" / "b.tar", "--data", data).err
    assert cli("backup", "--to", saved, "--data", data).code == 0


def test_a_place_without_journals_and_an_unknown_environment_are_told(cli: Cli, data: Path, tmp_path: Path) -> None:
    assert "ingen journal" in cli("backup", "--to", tmp_path / "b.tar", "--data", tmp_path / "none").err
    said = cli("backup", "--to", tmp_path / "b.tar", "--data", data, "--environment", "drift")
    assert (said.code, "oevelse.surge" in said.err) == (1, True)
    assert not (tmp_path / "b.tar").exists()


def test_a_full_disk_leaves_the_older_backup_and_nothing_half(data: Path, saved: Path) -> None:
    before = saved.read_bytes()
    words = ["backup", "--to", str(saved), "--data", str(data), "--json"]
    for limit in ("60000", "200000", str(len(before) - 5_000)):
        done = subprocess.run(
            [sys.executable, "-m", "tests.cli.limited", limit, *words], capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (1, ""), limit
        error = json.loads(done.stdout)["error"]
        assert (error["code"], error["place"]) == ("disk_full", str(saved)), limit
        assert "Intet er skrevet halvt" in error["message"]
        assert [each.name for each in saved.parent.iterdir()] == ["nat.tar"]
        assert saved.read_bytes() == before


def test_what_a_killed_backup_left_is_cleared_away_by_the_next(cli: Cli, data: Path, saved: Path) -> None:
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    left = saved.parent / f".nat.tar.{int(gone.stdout)}.half"
    left.mkdir()
    (left / "oevelse.surge.db").write_text("half")
    alive = saved.parent / f".nat.tar.{os.getppid()}.half"
    alive.mkdir()
    assert cli("backup", "--to", saved, "--data", data).code == 0
    assert sorted(each.name for each in saved.parent.iterdir()) == sorted([alive.name, "nat.tar"])


def test_a_journal_that_does_not_hold_is_saved_all_the_same_and_told(cli: Cli, data: Path, tmp_path: Path) -> None:
    assert in_journal(data, lambda conn: conn.run(_SPOIL))
    target = tmp_path / "b.tar"
    said = cli("backup", "--to", target, "--data", data)
    assert said.code == 1
    assert "passer nummer 2 ikke med sit fingeraftryk" in said.err
    said = cli("restore", target, "--data", tmp_path / "ny")
    assert (said.code, "--damaged" in said.err) == (1, True)
    assert not (tmp_path / "ny").exists()
    assert cli("restore", target, "--data", tmp_path / "ny", "--damaged").code == 0


def test_a_journal_file_that_is_damaged_gives_no_backup(cli: Cli, data: Path, saved: Path) -> None:
    for name in ("journal.db-wal", "journal.db-shm"):
        journal_of(data).with_name(name).unlink(missing_ok=True)
    raw = bytearray(journal_of(data).read_bytes())
    for page in range(2, len(raw) // 4096, 3):
        raw[page * 4096 : page * 4096 + 200] = os.urandom(200)
    journal_of(data).write_bytes(raw)
    before = saved.read_bytes()
    said = cli("backup", "--to", saved, "--data", data)
    assert said.code == 1
    assert saved.read_bytes() == before
    assert [each.name for each in saved.parent.iterdir()] == ["nat.tar"]


# -- restoring ------------------------------------------------------------------------------------


def test_a_restored_journal_tells_the_same_and_begins_a_new_life(
    cli: Cli, data: Path, saved: Path, crisis: str, tmp_path: Path
) -> None:
    there = tmp_path / "ny"
    said = cli("restore", saved, "--data", there)
    assert said.code == 0
    assert f"ddh-beredskab up --data {there}" in said.out
    assert "papirloggen" in said.out
    before, after = (cli("log", "show", crisis, "--data", each, "--json").json for each in (data, there))
    assert after == before
    assert cli("log", "verify", "--data", there).code == 0
    life = in_journal(there, read_generation)
    assert f"oevelse.surge.{life}." in said.out
    assert sorted(each.name for each in there.iterdir()) == ["oevelse"]
    other = cli("restore", saved, "--data", tmp_path / "ny2", "--json").json
    assert other["prefixes"] != {"oevelse.surge": f"oevelse.surge.{life}."}


def test_a_place_with_anything_in_it_is_refused(cli: Cli, data: Path, saved: Path, tmp_path: Path) -> None:
    before = sorted(data.rglob("*"))
    said = cli("restore", saved, "--data", data)
    assert (said.code, "er ikke tom" in said.err) == (1, True)
    assert sorted(data.rglob("*")) == before
    (tmp_path / "ny").mkdir()
    (tmp_path / "ny" / "noter.txt").touch()
    assert cli("restore", saved, "--data", tmp_path / "ny").code == 1
    (tmp_path / "ny" / "noter.txt").unlink()
    assert cli("restore", saved, "--data", tmp_path / "ny").code == 0


def test_a_running_system_is_refused(cli: Cli, saved: Path, tmp_path: Path) -> None:
    there = tmp_path / "ny"
    lock = Lock(there)
    lock.take()
    said = cli("restore", saved, "--data", there)
    assert (said.code, "Systemet kører" in said.err) == (1, True)
    lock.release()
    assert cli("restore", saved, "--data", there).code == 0


def test_what_was_changed_or_cut_since_is_refused_and_leaves_nothing(cli: Cli, saved: Path, tmp_path: Path) -> None:
    whole = saved.read_bytes()
    spoilt = bytearray(whole)
    spoilt[len(whole) // 2] ^= 1
    for name, content in (("spoilt", bytes(spoilt)), ("cut", whole[: len(whole) // 2]), ("tail", whole[:-40_000])):
        file = tmp_path / name
        file.write_bytes(content)
        said = cli("restore", file, "--data", tmp_path / "ny")
        assert (said.code, "ødelagt eller ændret" in said.err) == (1, True), name
        assert not (tmp_path / "ny").exists()
    for name, content in (("empty", b""), ("text", b"no tar at all\n" * 1000), ("journal", b"SQLite format 3\0" * 99)):
        (tmp_path / name).write_bytes(content)
        assert "ikke en sikkerhedskopi" in cli("restore", tmp_path / name, "--data", tmp_path / "ny").err, name
    assert "findes ikke" in cli("restore", tmp_path / "none.tar", "--data", tmp_path / "ny").err


def test_nothing_is_taken_out_of_the_file_but_what_its_manifest_names(cli: Cli, saved: Path, tmp_path: Path) -> None:
    with tarfile.open(saved, "a") as tar:
        for name in ("../ud.txt", "/tmp/ddh-ud.txt", "ekstra"):
            header = tarfile.TarInfo(name)
            header.size = 3
            tar.addfile(header, io.BytesIO(b"ud\n"))
    assert "ødelagt eller ændret" in cli("restore", saved, "--data", tmp_path / "ny").err
    assert not (tmp_path / "ud.txt").exists()
    assert not (tmp_path / "ny").exists()


def test_a_newer_programs_journal_is_not_restored_by_an_older_program(cli: Cli, data: Path, tmp_path: Path) -> None:
    in_journal(data, lambda conn: conn.run(_NEWER))
    assert cli("backup", "--to", tmp_path / "b.tar", "--data", data).code == 0
    said = cli("restore", tmp_path / "b.tar", "--data", tmp_path / "ny")
    assert (said.code, "Opgradér programmet" in said.err) == (1, True)
    assert not (tmp_path / "ny").exists()


def test_a_full_disk_while_restoring_leaves_nothing(saved: Path, tmp_path: Path) -> None:
    words = ["restore", str(saved), "--data", str(tmp_path / "ny"), "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "tests.cli.limited", "100000", *words], capture_output=True, text=True, check=False
    )
    assert json.loads(done.stdout)["error"]["code"] == "disk_full"
    assert not (tmp_path / "ny").exists()


def test_a_restore_that_was_killed_is_not_taken_for_a_system_and_can_be_done_again(
    cli: Cli, data: Path, saved: Path, tmp_path: Path
) -> None:
    there = tmp_path / "ny"
    (there / HALF / "whole").mkdir(parents=True)
    shutil.copytree(data / "oevelse", there / "oevelse")
    said = cli("up", "--data", there)
    assert (said.code, "ddh-beredskab restore igen" in said.err) == (1, True)
    assert cli("restore", saved, "--data", there).code == 0
    assert not (there / HALF).exists()
