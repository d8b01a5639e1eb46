"""Passwords, links and codes: made by the machine's own dice, stored only as what cannot be turned back.

A code is read aloud over the phone, so it has no letters that sound or look alike.
"""

from __future__ import annotations

import hashlib
import secrets
from functools import cache

from pwdlib import PasswordHash
from pwdlib.exceptions import PwdlibError

ALPHABET = "ABCDEFGHJKLMNPRSTUVXYZ23456789"
"""Without I, O, Q, W, 0 and 1."""
CODE_LENGTH = 8
SHORTEST_PASSWORD = 12


@cache
def _hasher() -> PasswordHash:
    return PasswordHash.recommended()


@cache
def _nobodys() -> str:
    return _hasher().hash(secrets.token_urlsafe(16))


def hashed_password(password: str) -> str:
    """An argon2 hash."""
    return _hasher().hash(password)


def is_password(password: str, stored: str | None) -> bool:
    """Whether it is the one; takes as long for a person who is not there, so that nobody can find out who is."""
    try:
        right = _hasher().verify(password, stored or _nobodys())
    except PwdlibError:
        return False
    return right and stored is not None


def new_token() -> str:
    """What a browser or a link carries."""
    return secrets.token_urlsafe(32)


def new_code() -> str:
    """Eight letters and digits, some 39 bits; good for minutes and a few tries."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def spoken(code: str) -> str:
    """ABCD-EFGH"""
    return f"{code[:4]}-{code[4:]}"


def typed_code(text: str) -> str:
    """The code as somebody typed it: spaces, dashes and small letters do not matter."""
    return "".join(letter for letter in text.upper() if letter in ALPHABET)


def digest(secret: str) -> str:
    """What is stored in the place of a token or a code."""
    return hashlib.sha256(secret.encode()).hexdigest()
