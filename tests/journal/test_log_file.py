"""The exported log proves itself: any byte changed, any line moved or gone is found, and the place is named."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from uuid import UUID

import pytest
import rfc8785

from ddh_beredskab.errors import UserError
from ddh_beredskab.journal import log_file
from ddh_beredskab.journal.erase import erase_message
from ddh_beredskab.journal.log_file import VerifyResult, export_log, verify_file
from ddh_beredskab.journal.messages import chain_hash, head_of
from tests.journal.desk import Desk, entry

ENTRIES = 10


async def exported(desk: Desk, path: Path) -> bytes:
    lines: list[bytes] = []
    await desk.db.read(lambda conn: export_log(conn, "k1", lines.append))
    return written(path, b"".join(lines))


def written(path: Path, raw: bytes) -> bytes:
    path.write_bytes(raw)
    return raw


async def filled(desk: Desk) -> None:
    await desk.give(
        *[entry(f"Post {n}: vandet står {n} cm over dagligt vande æøå", source="vagten") for n in range(ENTRIES)]
    )
    await desk.handle()


@pytest.fixture
async def log(sqlite_desk: Desk, tmp_path: Path) -> Path:
    await filled(sqlite_desk)
    path = tmp_path / "log.ndjson"
    await exported(sqlite_desk, path)
    return path


def check(path: Path, raw: bytes) -> VerifyResult:
    path.write_bytes(raw)
    return verify_file(path)


async def test_export_verifies_on_both_databases(desk: Desk, tmp_path: Path) -> None:
    await filled(desk)
    path = tmp_path / "log.ndjson"
    await exported(desk, path)
    result = verify_file(path)
    assert (result.ok, result.entries, result.problem, result.erased) == (True, ENTRIES, None, 0)
    assert result.head == (await desk.db.read(lambda conn: head_of(conn, "logbook-k1")))[1]
    assert verify_file(path, head=result.head).ok


def test_header_has_what_a_reader_needs(log: Path) -> None:
    header = json.loads(log.read_bytes().splitlines()[0])
    assert (header["crisis"], header["environment"], header["entries"]) == ("k1", "drift", ENTRIES)
    assert all(re.fullmatch("[0-9a-f]{64}", header[key]) for key in ("first", "head", "check"))


def test_a_thousand_one_byte_edits_are_all_found_and_named(log: Path) -> None:
    raw, dice = log.read_bytes(), random.Random(2023)
    starts = [0] + [i + 1 for i, byte in enumerate(raw) if byte == 10]
    for _ in range(1_000):
        at = dice.randrange(len(raw))
        how = dice.choice(("change", "remove", "add"))
        other = dice.choice([b for b in range(256) if b != raw[at]])
        match how:
            case "change":
                edited = raw[:at] + bytes([other]) + raw[at + 1 :]
            case "remove":
                edited = raw[:at] + raw[at + 1 :]
            case _:
                edited = raw[:at] + bytes([other]) + raw[at:]
        if edited == raw:
            continue
        result = check(log, edited)
        line = sum(start <= at for start in starts)
        assert not result.ok, (at, how, other)
        assert result.problem is not None
        assert result.line is not None
        if how == "add" and at in starts[1:]:  # between two lines: either may be named
            assert result.line in (line - 1, line)
        else:
            assert result.line == line, (at, how, other, result)
        assert (result.entry is None) == (result.line == 1)
        assert f"linje {result.line}" in result.problem.lower()


def test_every_byte_of_the_header_is_covered(log: Path) -> None:
    raw = log.read_bytes()
    for at in range(raw.index(b"\n") + 1):
        result = check(log, raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :])
        assert not result.ok
        assert result.line == 1, at
        assert "hoved" in (result.problem or "")


def test_lines_removed_swapped_doubled_or_added_are_found(log: Path) -> None:
    lines = log.read_bytes().splitlines(keepends=True)
    for n in range(len(lines)):
        removed = check(log, b"".join(lines[:n] + lines[n + 1 :]))
        assert not removed.ok
        assert removed.line == (n + 1 if n else 1), n
        doubled = check(log, b"".join(lines[: n + 1] + lines[n:]))
        assert not doubled.ok
        assert doubled.line == n + 2
    for n in range(1, len(lines) - 1):
        swapped = [*lines[:n], lines[n + 1], lines[n], *lines[n + 2 :]]
        result = check(log, b"".join(swapped))
        assert not result.ok
        assert result.entry == n
    for tail in (b"\n", b" ", b"{}\n", b"x", lines[-1]):
        assert not check(log, b"".join(lines) + tail).ok


def test_a_file_cut_anywhere_is_found(log: Path) -> None:
    raw = log.read_bytes()
    for at in [*range(0, len(raw) - 1, 97), len(raw) - 1]:
        result = check(log, raw[:at])
        assert not result.ok, at
        assert result.problem


def test_an_empty_file_and_another_file_are_refused_in_a_sentence(log: Path) -> None:
    assert "tom" in (check(log, b"").problem or "")
    assert "rigtige fil" in (check(log, b'{"a":1}\n').problem or "")
    for raw in (b"[]\n", b"1\n", b"NaN\n", b"[" * 5_000 + b"\n", b'"\\ud800"\n', b"\x00\n"):
        assert not check(log, raw).ok
    with pytest.raises(UserError, match="kan ikke læses"):
        verify_file(log.parent / "findes-ikke.ndjson")


async def test_a_value_erased_before_the_export_still_verifies(desk: Desk, tmp_path: Path) -> None:
    await filled(desk)
    id_ = await desk.value("SELECT id FROM messages WHERE stream = 'logbook-k1' AND version = 3")
    assert await desk.db.write(lambda conn: erase_message(conn, UUID(id_))) > 0
    path = tmp_path / "log.ndjson"
    raw = await exported(desk, path)
    assert b"Post 2:" not in raw
    result = verify_file(path)
    assert result.ok
    assert result.erased > 0
    dice = random.Random(7)
    for _ in range(300):
        at = dice.randrange(len(raw))
        assert not check(path, raw[:at] + bytes([raw[at] ^ (1 << dice.randrange(8))]) + raw[at + 1 :]).ok, at


def test_a_value_left_out_of_a_copy_still_verifies_but_a_changed_one_does_not(log: Path) -> None:
    lines = [json.loads(line) for line in log.read_bytes().splitlines()]

    def again() -> bytes:
        return b"".join(rfc8785.dumps(line) + b"\n" for line in lines)

    name = next(iter(lines[4]["private"]))
    kept = lines[4]["private"].pop(name)
    result = check(log, again())
    assert (result.ok, result.erased) == (True, 1)
    lines[4]["private"][name] = {**kept, "value": kept["value"] + "!"}
    assert check(log, again()).entry == 4
    lines[4]["private"][name] = {**kept, "salt": kept["salt"].upper()}
    assert check(log, again()).entry == 4 or kept["salt"].isdigit()
    lines[4]["private"] = {**lines[5]["private"]}
    assert check(log, again()).entry == 4


def test_only_the_head_kept_elsewhere_finds_a_chain_made_anew(log: Path) -> None:
    kept = verify_file(log).head
    lines = [json.loads(line) for line in log.read_bytes().splitlines()]
    lines[3]["envelope"]["data"]["author"] = "en-anden"
    previous = "0" * 64
    for line in lines[1:]:
        line["hash"] = previous = chain_hash(previous, line["envelope"])
    header = {**lines[0], "first": lines[1]["hash"], "head": previous}
    header["check"] = log_file._check(header)  # pyright: ignore[reportPrivateUsage]
    log.write_bytes(b"".join(rfc8785.dumps(line) + b"\n" for line in [header, *lines[1:]]))
    assert verify_file(log).ok
    result = verify_file(log, head=kept)
    assert not result.ok
    assert kept is not None
    assert kept in (result.problem or "")


async def test_a_crisis_without_a_log_is_refused_in_a_sentence(desk: Desk) -> None:
    with pytest.raises(UserError, match="har ingen log"):
        await desk.db.read(lambda conn: export_log(conn, "findes-ikke", lambda _: None))
