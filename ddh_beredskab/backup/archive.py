"""The backup file: a tar whose first member says what the others are, so that it can be judged before it is used.

Rules kept: the file is written beside its place and moved there whole, readable by its owner alone; nothing is taken
out of it but what its manifest names; and no member is believed before its SHA-256 has been checked.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import os
import shutil
import tarfile
from collections.abc import Generator, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ddh_beredskab.errors import UserError

FORMAT = 1
MANIFEST = "manifest.json"
LARGEST_MANIFEST = 10_000_000
_CHUNK = 1 << 20

Kind = Literal["sqlite", "postgresql"]
Member = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,200}$")]


class Part(BaseModel):
    """One environment's journal in the file, and what was seen in it when it was copied."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    environment: Annotated[str, Field(pattern=r"^(drift|oevelse\.[A-Za-z0-9_-]{1,100})$")]
    member: Member
    size: int
    sha256: str
    schema_head: str
    messages: int
    last_recorded_at: datetime | None
    heads_sha256: str
    """SHA-256 over the heads of all streams: `stream version hash`, a line each, sorted."""
    undone: int
    open_timers: int
    generation: str
    problems: tuple[str, ...] = ()
    """What did not hold in the journal itself: copied all the same, and told."""


class Beside(BaseModel):
    """A file of the data folder that the system needs and that is no journal."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    member: Member
    size: int
    sha256: str


class Manifest(BaseModel):
    """What a backup is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = FORMAT
    program: str
    kind: Kind
    began_at: datetime
    """Everything that was received before this is in it."""
    parts: tuple[Part, ...]
    files: tuple[Beside, ...] = ()


@contextlib.contextmanager
def workshop(target: Path) -> Generator[Path]:
    """A folder beside the target, for its owner alone, gone at the end; those of killed processes are cleared away."""
    for old in target.parent.glob(f".{glob_safe(target.name)}.*.half"):
        pid = old.name.split(".")[-2]
        if pid.isdigit() and not _alive(int(pid)):
            shutil.rmtree(old, ignore_errors=True)
    folder = target.parent / f".{target.name}.{os.getpid()}.half"
    try:
        folder.mkdir(mode=0o700)
        yield folder
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(target)) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def glob_safe(name: str) -> str:
    """A name in which nothing stands for something else."""
    return "".join(f"[{char}]" if char in "*?[" else char for char in name)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def write(target: Path, folder: Path, manifest: Manifest) -> None:
    """Put the members that lie in the folder into one file there, and move it to its place in one step."""
    whole = folder / "whole.tar"
    handle = os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as file:
        with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
            text = manifest.model_dump_json(indent=1).encode() + b"\n"
            tar.addfile(_header(MANIFEST, len(text), manifest.began_at), io.BytesIO(text))
            for member in members(manifest):
                path = folder / member.member
                with path.open("rb") as part:
                    tar.addfile(_header(member.member, member.size, manifest.began_at), part)
                path.unlink()  # so that no more than twice the largest journal is needed
        file.flush()
        os.fsync(file.fileno())
    whole.replace(target)
    sync_folder(target.parent)


def members(manifest: Manifest) -> Sequence[Part | Beside]:
    """Everything in the file but the manifest."""
    return (*manifest.parts, *manifest.files)


def _header(name: str, size: int, at: datetime) -> tarfile.TarInfo:
    header = tarfile.TarInfo(name)
    header.size, header.mode, header.mtime = size, 0o600, int(at.timestamp())
    return header


def read_manifest(source: Path) -> Manifest:
    """What the file says it is. Raises `UserError` (not_a_backup, newer_backup) or OSError."""
    try:
        with tarfile.open(source, "r:") as tar:
            first = tar.next()
            file = tar.extractfile(first) if first is not None and first.name == MANIFEST else None
            if first is None or file is None or first.size > LARGEST_MANIFEST:
                raise UserError("not_a_backup", place=str(source), file=source)
            return Manifest.model_validate_json(file.read())
    except (tarfile.TarError, ValidationError, EOFError) as error:
        raise UserError("not_a_backup", place=str(source), file=source) from error


def extract(source: Path, manifest: Manifest, folder: Path) -> None:
    """Write the members into the folder. Raises `UserError` (backup_damaged) when one is not what the manifest says."""
    wanted = {member.member: member for member in members(manifest)}
    try:
        with tarfile.open(source, "r:") as tar:
            for header in tar:
                member = wanted.pop(header.name, None)
                if member is None:
                    if header.name == MANIFEST:
                        continue
                    raise UserError("backup_damaged", place=str(source), file=source)
                file = tar.extractfile(header)
                if file is None or header.size != member.size:
                    raise UserError("backup_damaged", place=str(source), file=source)
                digest = _copy(file, folder / member.member)
                if digest != member.sha256:
                    raise UserError("backup_damaged", place=str(source), file=source)
    except (tarfile.TarError, EOFError) as error:
        raise UserError("backup_damaged", place=str(source), file=source) from error
    if wanted:
        raise UserError("backup_damaged", place=str(source), file=source)


def _copy(file: IO[bytes], target: Path) -> str:
    digest = hashlib.sha256()
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as out:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
    return digest.hexdigest()


def fingerprint(path: Path) -> tuple[int, str]:
    """(size, SHA-256) of a file."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return size, digest.hexdigest()


def sync_folder(folder: Path) -> None:
    """What has been moved into a folder is there after a power cut, too."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some network file systems cannot
            raise
    finally:
        os.close(handle)
