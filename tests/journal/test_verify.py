"""The journal finds every change that somebody makes behind its back."""

from __future__ import annotations

import pytest

from ddh_beredskab.journal.verify import verify_journal
from tests.journal.desk import Desk, entry

STREAM = "logbook-k1"


@pytest.fixture
async def filled(desk: Desk) -> Desk:
    await desk.give(*[entry(f"post {n}") for n in range(6)])
    await desk.give(entry("tag", owner="bo-lund"), crisis="k2")
    await desk.handle("k1")
    await desk.handle("k2")
    assert await desk.db.read(verify_journal) == []
    return desk


async def test_an_empty_journal_is_sound(desk: Desk) -> None:
    assert await desk.db.read(verify_journal) == []


@pytest.mark.parametrize(
    ("change", "version"),
    [
        ("UPDATE messages SET data = replace(data, 'asta-holm', 'bo-lund') WHERE stream = :s AND version = 3", 3),
        ("UPDATE messages SET time = time + 1 WHERE stream = :s AND version = 2", 2),
        ("UPDATE messages SET recorded_at = recorded_at + 1 WHERE stream = :s AND version = 2", 2),
        ("UPDATE messages SET actor = replace(actor, 'log_keeper', 'operator') WHERE stream = :s AND version = 6", 6),
        ("UPDATE messages SET environment = 'oevelse.x' WHERE stream = :s AND version = 1", 1),
        ("UPDATE messages SET hash = replace(hash, substr(hash, 1, 1), 'x') WHERE stream = :s AND version = 4", 4),
        ("UPDATE messages SET version = version + 10 WHERE stream = :s AND version = 6", 6),
        ("UPDATE streams SET version = version + 1 WHERE stream = :s", 6),
        ("UPDATE streams SET hash = replace(hash, substr(hash, 1, 1), 'x') WHERE stream = :s", 6),
        ("DELETE FROM streams WHERE stream = :s", 6),
    ],
)
async def test_a_change_of_a_stream_is_found_and_named(filled: Desk, change: str, version: int) -> None:
    assert await filled.change(change, s=STREAM) == 1
    [problem] = await filled.db.read(verify_journal)
    assert (problem.stream, problem.version) == (STREAM, version)
    assert STREAM in problem.problem


async def test_a_message_removed_with_its_traces_is_found(filled: Desk) -> None:
    await filled.change("DELETE FROM deliveries WHERE position = 9")
    await filled.change("DELETE FROM messages WHERE position = 9")
    problems = await filled.db.read(verify_journal)
    assert len(problems) == 2  # the gap in the order, and the gap in the stream
    assert "Der mangler beskeder" in problems[0].problem


async def test_a_changed_private_value_is_found(filled: Desk) -> None:
    [(message,)] = await filled.rows("SELECT message_id FROM private_values ORDER BY commitment LIMIT 1")
    await filled.change(
        "UPDATE private_values SET value = 'noget andet' WHERE commitment ="
        " (SELECT min(commitment) FROM private_values)"
    )
    [problem] = await filled.db.read(verify_journal)
    assert message in problem.problem


async def test_a_salt_that_is_no_salt_is_found(filled: Desk) -> None:
    any_value = "(SELECT min(commitment) FROM private_values)"
    await filled.change(f"UPDATE private_values SET salt = 'zz' WHERE commitment = {any_value}")
    assert len(await filled.db.read(verify_journal)) == 1


async def test_a_stream_longer_than_a_page_is_read_to_its_end(desk: Desk) -> None:
    for _ in range(11):
        await desk.give(*[entry(str(n)) for n in range(50)])
        await desk.handle()
    assert await desk.db.read(verify_journal) == []
    await desk.change("UPDATE messages SET time = time + 1 WHERE stream = :s AND version = 540", s=STREAM)
    [problem] = await desk.db.read(verify_journal)
    assert problem.version == 540
