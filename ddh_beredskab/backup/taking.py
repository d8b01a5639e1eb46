"""Taking a backup while the system runs.

Rule kept: the file appears whole or not at all, and holds every message that was received before the backup began.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import shutil
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import structlog

from ddh_beredskab import bootstrap
from ddh_beredskab.backup import postgres_copy, sqlite_copy
from ddh_beredskab.backup.archive import Beside, Manifest, Part, fingerprint, read_manifest, workshop, write
from ddh_beredskab.backup.facts import Facts, note_backup
from ddh_beredskab.errors import StorageBusy, UserError
from ddh_beredskab.journal.database import schema_name, sqlite_path
from ddh_beredskab.settings import Settings

log = structlog.stdlib.get_logger(__name__)

BESIDE = ("directory.yaml",)
"""What else of the data folder a restored system needs. Never keys: an `api-token` is made anew."""


async def take(settings: Settings, target: Path, environment: str | None = None) -> Manifest:
    """Write a backup of all environments, or of one. Replaces an older backup, and nothing else.

    Raises `UserError` (no_environment, no_journal, not_a_backup_there, backup_unsound ...) or OSError.
    """
    names = await _names(settings, environment)
    _check_target(target)
    began = datetime.now(UTC)
    with workshop(target) as folder:
        parts = [await _part(settings, name, folder) for name in names]
        beside = [_beside(settings.data / name, folder) for name in BESIDE if (settings.data / name).is_file()]
        manifest = Manifest(
            program=version("ddh-beredskab"),
            kind="postgresql" if settings.database else "sqlite",
            began_at=began,
            parts=tuple(parts),
            files=tuple(beside),
        )
        await asyncio.to_thread(write, target, folder, manifest)
    await _leave_word(settings, names, began, target)
    return manifest


async def _names(settings: Settings, environment: str | None) -> list[str]:
    names = await bootstrap.environments(settings)
    if environment is not None:
        if environment not in names:
            raise UserError(
                "no_environment", place="--environment", environment=environment, known=", ".join(names) or "-"
            )
        return [environment]
    if not names:
        raise UserError("no_journal", place=str(settings.data), path=settings.data)
    return names


def _check_target(target: Path) -> None:
    """Nobody loses a journal by naming it as the place for its backup."""
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, "", str(target))
    if not target.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "", str(target.parent))
    if target.exists():
        try:
            read_manifest(target)
        except UserError as error:
            raise UserError("not_a_backup_there", place=str(target), file=target) from error


async def _part(settings: Settings, name: str, folder: Path) -> Part:
    if settings.database:
        member = f"{name}.dump"
        facts, problems = await postgres_copy.dump(settings.database, schema_name(name), folder / member)
    else:
        member = f"{name}.db"
        source = sqlite_path(settings.data, name)
        await asyncio.to_thread(sqlite_copy.copy, source, folder / member)
        facts, problems = await asyncio.to_thread(sqlite_copy.look_through, folder / member)
    size, sha256 = await asyncio.to_thread(fingerprint, folder / member)
    return Part(
        environment=name,
        member=member,
        size=size,
        sha256=sha256,
        problems=problems,
        **_as_fields(facts),
    )


def _as_fields(facts: Facts) -> dict[str, Any]:
    return {name: getattr(facts, name) for name in Facts.__dataclass_fields__}


def _beside(source: Path, folder: Path) -> Beside:
    shutil.copyfile(source, folder / source.name)
    size, sha256 = fingerprint(folder / source.name)
    return Beside(member=source.name, size=size, sha256=sha256)


async def _leave_word(settings: Settings, names: list[str], at: datetime, target: Path) -> None:
    """The backup stands, whether or not its journals can be told of it now."""
    for name in names:
        with contextlib.suppress(StorageBusy, OSError, UserError):
            database = await bootstrap.open_journal(settings, name, migrate=False)
            try:
                await database.write(lambda conn: note_backup(conn, at, str(target.resolve())))
            finally:
                await database.close()
