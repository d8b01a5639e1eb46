"""The API's token until there is a log-in: from `DDH_API_TOKEN`, or a file that is made at the first start.

Rules kept: nobody but the system's own user can read the file; a token is compared in constant time, and one too
short to be a secret is refused at the start.
"""

from __future__ import annotations

import contextlib
import hmac
import os
import secrets
from pathlib import Path

import structlog

from ddh_beredskab.errors import UserError

log = structlog.stdlib.get_logger(__name__)

FILE = "api-token"
SHORTEST = 20


def api_token(data: Path, given: str | None) -> str | None:
    """The token in force. Null when there is none and the folder takes no file: then the API answers 401 to all.

    Raises `UserError` (api_token_short) when the one that was given is no secret.
    """
    if given:
        if len(given.strip()) < SHORTEST:
            raise UserError("api_token_short", place="DDH_API_TOKEN", shortest=SHORTEST)
        return given.strip()
    path = data / FILE
    try:
        return _kept(path) or _made(path)
    except OSError as error:
        log.warning("the API is closed: there is no DDH_API_TOKEN, and no token file can be made", error=str(error))
        return None


def is_right(token: str | None, header: str | None) -> bool:
    """Whether an Authorization header carries the token."""
    if token is None or header is None:
        return False
    scheme, _, sent = header.partition(" ")
    right = hmac.compare_digest(sent.strip().encode("utf-8", "surrogateescape"), token.encode())
    return right and scheme.lower() == "bearer"


def _kept(path: Path) -> str | None:
    with contextlib.suppress(FileNotFoundError):
        if path.stat().st_mode & 0o077:
            log.warning("others could read the API's token file; that is closed now", path=str(path))
            path.chmod(0o600)
        kept = path.read_text(encoding="ascii", errors="replace").strip()
        if len(kept) < SHORTEST:
            raise UserError("api_token_short", place=str(path), shortest=SHORTEST)
        return kept
    return None


def _made(path: Path) -> str | None:
    """Written whole under another name first, so that two processes that start at once agree on one token."""
    path.parent.mkdir(parents=True, exist_ok=True)
    mine = path.with_name(f".{FILE}.{secrets.token_hex(8)}")
    handle = os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(handle, f"{secrets.token_urlsafe(32)}\n".encode())
        os.fsync(handle)
        os.close(handle)
        with contextlib.suppress(FileExistsError):
            os.link(mine, path)
    finally:
        mine.unlink(missing_ok=True)
    return _kept(path)
