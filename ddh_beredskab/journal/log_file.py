"""The crisis log as a file: one header line, one canonical JSON line per event, and the proof that nothing was changed.

Every byte is covered: the header by its own `check`, an entry by the hash chain, its private values by their
commitments, and the way it is written by RFC 8785. A private value may be missing (erased, or left out of a copy for
others); whoever keeps the head elsewhere also finds a chain that was made anew from end to end.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from ddh_beredskab.clock import WallClock
from ddh_beredskab.core.decider import own_stream
from ddh_beredskab.errors import UserError
from ddh_beredskab.i18n import say
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.messages import GENESIS, chain_hash, head_of, raw_stream_after, salted_values
from schemas.canonical import canonical
from schemas.commitments import commitment, commitments_in

FORMAT = "ddh-beredskab-log/1"
HEADER_KEYS = frozenset({"format", "crisis", "environment", "exported_at", "entries", "first", "head", "check"})
BATCH = 500
_MAX_LINE = 64 * 1024 * 1024

_FIRST = Statement("SELECT hash, environment FROM messages WHERE stream = :stream AND version = 1")


@dataclass(frozen=True, slots=True)
class VerifyResult:
    """What verifying a file gave. `problem` is a Danish sentence that names the place; null when `ok`."""

    ok: bool
    entries: int
    """Entries found sound, up to the first problem."""
    problem: str | None = None
    line: int | None = None
    entry: int | None = None
    """The number of the entry with the problem (1, 2, ...); null when it is the header or the file."""
    crisis: str | None = None
    head: str | None = None
    erased: int = 0
    """Private values that are not in the file any more."""


# -- export ---------------------------------------------------------------------------------------


def export_log(conn: Conn, crisis: str, write: Callable[[bytes], object], exported_at: datetime | None = None) -> int:
    """Write a crisis's log line by line; returns the number of entries. Raises `UserError` when it has no log."""
    stream = own_stream("logbook", crisis)
    entries, head = head_of(conn, stream)
    first = conn.one(_FIRST, stream=stream)
    if entries == 0 or first is None:
        raise UserError("no_log", crisis=crisis)
    header: dict[str, Any] = {
        "format": FORMAT,
        "crisis": crisis,
        "environment": first[1],
        "exported_at": (exported_at or WallClock().now()).isoformat().replace("+00:00", "Z"),
        "entries": entries,
        "first": first[0],
        "head": head,
    }
    write(_line({**header, "check": _check(header)}))
    version = 0
    while version < entries and (rows := raw_stream_after(conn, stream, version, min(BATCH, entries - version))):
        values = salted_values(conn, [row.envelope for row in rows])
        for row in rows:
            private = {
                each: {"salt": values[each][0], "value": values[each][1]}
                for each in commitments_in(row.envelope["data"])
                if each in values
            }
            write(_line({"envelope": row.envelope, "hash": row.hash, "private": private}))
        version = int(rows[-1].envelope["version"])
    return entries


def _line(value: Mapping[str, Any]) -> bytes:
    return canonical(dict(value)) + b"\n"


def _check(header: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical({k: v for k, v in header.items() if k != "check"})).hexdigest()


# -- verify ---------------------------------------------------------------------------------------


class _Broken(Exception):
    """What is wrong; `code` names the sentence in the catalogue."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


def verify_file(path: Path, head: str | None = None) -> VerifyResult:
    """Check an exported log byte by byte; `head` is the head hash kept elsewhere. Raises `UserError` if unreadable."""
    check = _Check(head)
    number = 0
    try:
        with path.open("rb") as file:
            while raw := file.readline(_MAX_LINE):
                number += 1
                check.take(number, raw)
        check.end()
    except _Broken as broken:
        return check.result(broken, number)
    except OSError as error:
        raise UserError("log_unreadable", place=str(path), path=path, why=error.strerror or error) from error
    return check.result(None, number)


class _Check:
    """The state of a check: header first, then entry by entry."""

    def __init__(self, kept_head: str | None) -> None:
        self._kept_head = kept_head
        self._header: dict[str, Any] | None = None
        self._hash = GENESIS
        self._entries = 0
        self._erased = 0
        self._stream = ""
        self._at: int | None = None

    def take(self, line: int, raw: bytes) -> None:
        """Check one line with its line break."""
        if line == 1:
            self._take_header(_read(raw))
            return
        self._at = line - 1
        if self._header is None or self._at > self._header["entries"]:
            raise _Broken("too_many")
        self._take_entry(self._at, _read(raw))
        self._entries += 1
        self._at = None

    def end(self) -> None:
        """Check that nothing is missing at the end."""
        if self._header is None:
            raise _Broken("empty")
        if self._entries < self._header["entries"]:
            self._at = self._entries + 1
            raise _Broken("missing", entries=self._header["entries"])
        if self._hash != self._header["head"]:  # the entries do not make the head that the header names
            raise _Broken("other_head")
        if self._kept_head is not None and self._kept_head.strip().lower() != self._hash:
            raise _Broken("made_anew", kept=self._kept_head.strip(), found=self._hash)

    def result(self, broken: _Broken | None, line: int) -> VerifyResult:
        """The answer, with a sentence that names entry and line."""
        header = self._header or {}
        crisis, head = header.get("crisis"), header.get("head")
        if broken is None:
            return VerifyResult(True, self._entries, crisis=crisis, head=head, erased=self._erased)
        why = say(f"log_file.{broken.code}", **broken.facts)
        if self._at is not None:
            at_line = line + 1 if broken.code == "missing" else line
            problem = say("log_file.at_entry", entry=self._at, line=at_line, why=why)
        else:
            at_line = 1 if line <= 1 or self._header is None else line
            problem = say("log_file.at_header" if at_line == 1 else "log_file.at_file", why=why)
        return VerifyResult(False, self._entries, problem, at_line, self._at, crisis, head, self._erased)

    def _take_header(self, header: dict[str, Any]) -> None:
        if header.get("format") != FORMAT or header.keys() != HEADER_KEYS:
            raise _Broken("not_a_log")
        if header["check"] != _check(header) or not isinstance(header["entries"], int):
            raise _Broken("header_changed")
        self._header = header
        self._stream = own_stream("logbook", str(header["crisis"]))

    def _take_entry(self, entry: int, line: dict[str, Any]) -> None:
        assert self._header is not None
        envelope, hash_, private = line.get("envelope"), line.get("hash"), line.get("private")
        if line.keys() != {"envelope", "hash", "private"} or not isinstance(envelope, dict):
            raise _Broken("not_an_entry")
        envelope = cast(dict[str, Any], envelope)
        version = envelope.get("version")
        if isinstance(version, int) and version != entry:
            raise _Broken("moved", found=version)
        if envelope.get("stream") != self._stream or chain_hash(self._hash, envelope) != hash_:
            raise _Broken("changed")
        if entry == 1 and hash_ != self._header["first"]:
            raise _Broken("changed")
        self._take_private(envelope.get("data"), private)
        self._hash = cast(str, hash_)

    def _take_private(self, data: Any, private: Any) -> None:
        if not isinstance(private, dict):
            raise _Broken("not_an_entry")
        wanted = set(commitments_in(data))
        for name, kept in cast(dict[str, Any], private).items():
            if name not in wanted:
                raise _Broken("private_changed")
            match kept:
                case {"salt": str(salt), "value": str(value)} if len(cast(dict[str, Any], kept)) == 2:
                    try:
                        right = commitment(salt, value)
                    except ValueError:  # the salt is no hex, or the value no Unicode
                        raise _Broken("private_changed") from None
                    if right != name or salt != salt.lower():
                        raise _Broken("private_changed")
                case _:
                    raise _Broken("private_changed")
        self._erased += len(wanted) - len(cast(dict[str, Any], private))


def _read(raw: bytes) -> dict[str, Any]:
    """A line's object; the line must be written exactly as canonical JSON writes it."""
    if not raw.endswith(b"\n"):
        raise _Broken("no_line_break")
    try:
        value = json.loads(raw)
        written = canonical(value)
    except (ValueError, RecursionError):  # no JSON, no UTF-8, a number or a text that canonical JSON does not know
        raise _Broken("unreadable") from None
    if not isinstance(value, dict):
        raise _Broken("unreadable")
    if written + b"\n" != raw:
        raise _Broken("not_canonical")
    return cast(dict[str, Any], value)
