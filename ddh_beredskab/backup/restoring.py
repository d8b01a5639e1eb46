"""Restoring a backup into an empty place.

Rules kept: a running system and a place with anything in it are refused; everything is checked before any of it is
used; the restored journals begin a new life with topics of their own; a restore that fails leaves nothing behind.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import tempfile
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from ddh_beredskab.backup import postgres_copy, sqlite_copy
from ddh_beredskab.backup.archive import Manifest, Part, extract, read_manifest, sync_folder
from ddh_beredskab.backup.facts import Facts, facts_of, problems_of
from ddh_beredskab.errors import UserError
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.journal.database import PostgresDatabase, SqliteDatabase, schema_name, sqlite_path
from ddh_beredskab.journal.generation import begin_generation, topic_prefix
from ddh_beredskab.journal.migrate import prepare_postgres, prepare_sqlite
from ddh_beredskab.settings import Settings
from ddh_beredskab.streams.supervisor_file import LOCK_FILE, Lock, is_running

HALF = ".gendannes"
"""Where a restore works; `up` does not start beside it."""
_NO_CONTENT = {"lost+found", LOCK_FILE}
_WHAT_WE_PUT = ("drift", "oevelse", "directory.yaml")


@dataclass(frozen=True, slots=True)
class Restored:
    """What stands there now. `prefixes`: environment -> what its topics begin with from now on."""

    manifest: Manifest
    prefixes: dict[str, str]


async def restore(settings: Settings, source: Path, *, damaged: bool = False) -> Restored:
    """Restore the file into the data folder, or into the database. `damaged`: also one whose journal did not hold.

    Raises `UserError` (not_a_backup, backup_damaged, restore_running, restore_not_empty, ...) or OSError.
    """
    manifest = read_manifest(source)
    if (manifest.kind == "postgresql") is not bool(settings.database):
        raise UserError(f"backup_of_{manifest.kind}", place=str(source), file=source)
    problems = [f"{part.environment}: {problem}" for part in manifest.parts for problem in part.problems]
    if problems and not damaged:
        raise UserError("backup_of_damaged", place=str(source), file=source, why=problems[0])
    if settings.database:
        return await _into_postgres(settings, settings.database, source, manifest)
    return _into_folder(settings.data, source, manifest)


# -- SQLite ---------------------------------------------------------------------------------------


def _into_folder(data: Path, source: Path, manifest: Manifest) -> Restored:
    _refuse_running(data)
    with _folder_of_ours(data) as half:
        extract(source, manifest, half)
        prefixes: dict[str, str] = {}
        for part in manifest.parts:
            prefixes[part.environment] = _checked(half, part, source)
        for file in manifest.files:
            (half / file.member).rename(half / "whole" / file.member)
        for name in sorted(os.listdir(half / "whole")):
            (half / "whole" / name).rename(data / name)
        sync_folder(data)
        return Restored(manifest, prefixes)


def _refuse_running(data: Path) -> None:
    """A supervisor holds its lock; a worker without one listens on its socket."""
    runs = [data, *data.glob("oevelse/*/run")]
    wakes = [data / "drift" / "wake.sock", *data.glob("oevelse/*/wake.sock")]
    if any(is_running(each) for each in runs) or any(_listened_to(each) for each in wakes):
        raise UserError("restore_running", place=str(data))


def _listened_to(path: Path) -> bool:
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as knock:
        knock.sendto(b"!", str(path))
        return True
    return False


@contextlib.contextmanager
def _folder_of_ours(data: Path) -> Generator[Path]:
    """The empty data folder, locked as a running system locks it; what is made in it goes away if this fails."""
    made = not data.exists()
    if not made and (not data.is_dir() or not _is_ours(set(os.listdir(data)))):
        raise UserError("restore_not_empty", place=str(data), folder=data)
    lock = Lock(data)
    try:
        lock.take()
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(data)) from error
    half = data / HALF
    try:
        _clear(data)
        (half / "whole").mkdir(parents=True, mode=0o700)
        yield half
        shutil.rmtree(half)
    except BaseException as error:
        _clear(data)
        (data / LOCK_FILE).unlink(missing_ok=True)
        if made:
            with contextlib.suppress(OSError):
                data.rmdir()
        if isinstance(error, OSError):
            raise OSError(error.errno, error.strerror, str(data)) from error
        raise
    finally:
        lock.release()
    (data / LOCK_FILE).unlink(missing_ok=True)


def _is_ours(there: set[str]) -> bool:
    """Nothing that matters, or what a restore left that was killed on its way."""
    there -= _NO_CONTENT
    return not there or (HALF in there and there <= {HALF, *_WHAT_WE_PUT})


def _clear(data: Path) -> None:
    for name in (HALF, *_WHAT_WE_PUT):
        path = data / name
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _checked(half: Path, part: Part, source: Path) -> str:
    """Put one journal where it belongs below `whole`, look through it and begin its new life; its topics' prefix."""
    seen, problems = sqlite_copy.look_through(half / part.member)
    _compare(part, seen, problems, source)
    path = sqlite_path(half / "whole", part.environment)
    path.parent.mkdir(parents=True, exist_ok=True)
    (half / part.member).rename(path)
    prepare_sqlite(path)  # an older schema is brought up to date, a newer one refused
    database = SqliteDatabase(path)
    try:
        return topic_prefix(part.environment, database.write_now(begin_generation))
    finally:
        database.close_now()


def _compare(part: Part, seen: Facts, problems: tuple[str, ...], source: Path) -> None:
    same = (seen.messages, seen.heads_sha256, problems) == (part.messages, part.heads_sha256, part.problems)
    if not same:
        raise UserError("backup_damaged", place=str(source), file=source)


# -- PostgreSQL -----------------------------------------------------------------------------------


async def _into_postgres(settings: Settings, url: str, source: Path, manifest: Manifest) -> Restored:
    if await postgres_copy.at_work(url):
        raise UserError("restore_running", place="DDH_DATABASE")
    schemas = {part.environment: schema_name(part.environment) for part in manifest.parts}
    for schema in schemas.values():
        if await postgres_copy.tables_in(url, schema):
            raise UserError("restore_schema_not_empty", place=schema, schema=schema)
    prefixes: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="ddh-gendan-") as name:
        folder = Path(name)
        extract(source, manifest, folder)
        begun: list[str] = []
        try:
            for part in manifest.parts:
                schema = schemas[part.environment]
                begun.append(schema)
                await postgres_copy.load(url, schema, folder / part.member)
                await prepare_postgres(url, schema)
                prefixes[part.environment] = await _new_life(url, schema, part, source)
        except BaseException:
            for schema in begun:
                await postgres_copy.drop(url, schema)
            raise
        settings.data.mkdir(parents=True, exist_ok=True)
        for file in manifest.files:
            if not (settings.data / file.member).exists():
                shutil.copyfile(folder / file.member, settings.data / file.member)
    return Restored(manifest, prefixes)


async def _new_life(url: str, schema: str, part: Part, source: Path) -> str:
    def look(conn: Conn) -> str:
        _compare(part, facts_of(conn), problems_of(conn), source)
        return begin_generation(conn)

    database = PostgresDatabase(url, schema)
    try:
        return topic_prefix(part.environment, await database.write(look))
    finally:
        await database.close()
