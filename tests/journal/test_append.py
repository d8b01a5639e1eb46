"""Messages in the journal: once, in one order without gaps, chained, and private where a person wrote."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from datetime import timedelta, timezone

import pytest

from ddh_beredskab.core.subscriptions import subscribers
from ddh_beredskab.errors import VersionConflict
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.journal.erase import erase_message
from ddh_beredskab.journal.messages import (
    GENESIS,
    NewMessage,
    append_commands,
    append_events,
    chain_hash,
    head_of,
    head_position,
    raw_after,
    raw_stream,
    read_after,
    read_at,
    read_by_id,
    read_stream,
)
from ddh_beredskab.journal.verify import verify_journal
from schemas.base import RoleHolderNoted, TimerFired
from schemas.catalog import CATALOG
from schemas.commitments import PREFIX
from tests.journal.desk import JOURNAL, T0, Desk, an_id, entry, minute, new
from tests.schemas.examples import examples

STREAM = "logbook-k1"


def an_event(n: int, *, stream: str = STREAM, crisis: str = "k1") -> NewMessage:
    message = RoleHolderNoted(concern="logbook", role="log_keeper", person=f"person-{n}")
    return dataclasses.replace(new(message, n, crisis=crisis), stream=stream)


async def append(desk: Desk, version: int, hash_: str, *events: NewMessage) -> None:
    await desk.db.write(lambda conn: append_events(conn, JOURNAL, {STREAM: (version, hash_)}, events, T0))


# -- commands -------------------------------------------------------------------------------------


async def test_the_same_command_twice_counts_once(desk: Desk, other_desk: Desk) -> None:
    one, two = new(entry("en"), 1), new(entry("to"), 2)
    assert await desk.db.write(lambda c: append_commands(c, JOURNAL, [one, one, two], T0)) == [True, False, True]
    assert await other_desk.db.write(lambda c: append_commands(c, JOURNAL, [two, one], T0)) == [False, False]
    assert await desk.db.read(head_position) == 2
    assert await desk.value("SELECT count(*) FROM deliveries") == 2


async def test_the_same_command_from_two_doors_at_once_counts_once(desk: Desk, other_desk: Desk) -> None:
    for n in range(10):
        command = new(entry("dobbelt"), f"dobbelt/{n}")

        def job(conn: Conn, command: NewMessage = command) -> list[bool]:
            return append_commands(conn, JOURNAL, [command], T0)

        answers = await asyncio.gather(desk.db.write(job), other_desk.db.write(job), desk.db.write(job))
        assert sorted(answers) == [[False], [False], [True]]
    assert await desk.db.read(head_position) == 10


async def test_positions_have_no_gaps_and_follow_the_commits_with_many_writers(desk: Desk, other_desk: Desk) -> None:
    seen: list[int] = []

    async def door(at: Desk, name: str) -> None:
        for n in range(8):
            await at.db.write(lambda c, n=n: append_commands(c, JOURNAL, [new(entry(), f"{name}/{n}")], T0))

    async def reader() -> None:
        position = 0
        while position < 48:
            for row in await other_desk.db.read(lambda c, p=position: raw_after(c, p)):
                assert row.position == position + 1, "a message was committed before an earlier position"
                position = row.position
                seen.append(position)
            await asyncio.sleep(0.001)

    doors = [door(desk if n % 2 else other_desk, str(n)) for n in range(6)]
    await asyncio.gather(reader(), *doors)
    assert seen == list(range(1, 49))
    assert await desk.db.read(verify_journal) == []


async def test_a_rolled_back_write_leaves_no_gap(desk: Desk) -> None:
    def failing(conn: Conn) -> None:
        append_commands(conn, JOURNAL, [new(entry(), "tabt")], T0)
        raise KeyError("no")

    await desk.give(entry())
    with pytest.raises(KeyError):
        await desk.db.write(failing)
    await desk.give(entry())
    assert [row[0] for row in await desk.rows("SELECT position FROM messages ORDER BY position")] == [1, 2]


async def test_every_message_gets_a_delivery_per_subscriber(desk: Desk) -> None:
    messages = [examples(cls)[-1] for cls in CATALOG.values()]
    made = [new(message, f"hver/{n}") for n, message in enumerate(messages)]
    await desk.db.write(lambda c: append_commands(c, JOURNAL, made, T0))
    rows = await desk.rows("SELECT position, concern, crisis FROM deliveries")
    wanted = {(n, concern, "k1") for n, m in enumerate(messages, 1) for concern in subscribers(m)}
    assert set(rows) == wanted
    assert len(rows) == len(wanted)
    fired = [n for n, m in enumerate(messages, 1) if isinstance(m, TimerFired)]
    assert {concern for n, concern, _ in rows if n in fired} == {"activation"}  # the concern it names


async def test_every_message_comes_back_as_it_was_given(desk: Desk) -> None:
    messages = [m for cls in CATALOG.values() for m in examples(cls)]
    made = [new(message, f"hver/{n}") for n, message in enumerate(messages)]
    await desk.db.write(lambda c: append_commands(c, JOURNAL, made, minute(1)))
    read = await desk.db.read(lambda c: read_after(c, 0, 10_000))
    assert [each.message for each in read] == messages
    first = read[0]
    assert (first.time, first.recorded_at, first.subject, first.actor) == (T0, minute(1), "k1", made[0].actor)
    assert (first.stream, first.version, first.hash) == (None, None, None)
    assert [each.position for each in await desk.db.read(lambda c: read_at(c, [3, 1]))] == [1, 3]
    assert await desk.db.read(lambda c: read_at(c, [])) == []
    assert len(await desk.db.read(lambda c: read_after(c, 5, 2))) == 2


# -- events ---------------------------------------------------------------------------------------


async def test_events_are_numbered_and_chained(desk: Desk) -> None:
    await append(desk, 0, GENESIS, an_event(1), an_event(2))
    head = await desk.db.read(lambda c: head_of(c, STREAM))
    await append(desk, *head, an_event(3))
    raw = await desk.db.read(lambda c: raw_stream(c, STREAM))
    previous = GENESIS
    for n, each in enumerate(raw, 1):
        assert each.envelope["version"] == n
        previous = chain_hash(previous, each.envelope)
        assert each.hash == previous
    assert await desk.db.read(lambda c: head_of(c, STREAM)) == (3, previous)


@pytest.mark.parametrize("expected", [(0, GENESIS), (1, "f" * 64), (3, "f" * 64)])
async def test_a_moved_head_is_a_conflict_and_nothing_is_stored(desk: Desk, expected: tuple[int, str]) -> None:
    await append(desk, 0, GENESIS, an_event(1), an_event(2))
    before = await desk.db.read(lambda c: raw_after(c, 0))
    with pytest.raises(VersionConflict):
        await append(desk, *expected, an_event(3))
    with pytest.raises(VersionConflict):
        await append(desk, *expected)  # nothing to append: the head is checked all the same
    assert await desk.db.read(lambda c: raw_after(c, 0)) == before
    assert (await desk.db.read(lambda c: head_of(c, STREAM)))[0] == 2


async def test_every_stream_that_was_read_is_checked_also_when_it_gets_nothing(desk: Desk) -> None:
    await append(desk, 0, GENESIS, an_event(1))
    both = {"person-bo": (0, GENESIS), STREAM: (0, GENESIS)}
    with pytest.raises(VersionConflict):
        await desk.db.write(lambda c: append_events(c, JOURNAL, both, [an_event(2, stream="person-bo")], T0))
    assert await desk.db.read(lambda c: head_of(c, "person-bo")) == (0, GENESIS)
    assert await desk.db.read(head_position) == 1


async def test_reading_an_empty_stream_that_gets_nothing_leaves_it_empty(desk: Desk) -> None:
    await append(desk, 0, GENESIS)
    assert await desk.db.read(lambda c: head_of(c, STREAM)) == (0, GENESIS)
    await append(desk, 0, GENESIS, an_event(1))
    assert (await desk.db.read(lambda c: head_of(c, STREAM)))[0] == 1
    assert await desk.db.read(verify_journal) == []


async def test_an_event_must_belong_to_a_stream_that_was_read(desk: Desk) -> None:
    with pytest.raises(ValueError, match="needs a stream"):
        await append(desk, 0, GENESIS, new(entry(), 1))
    with pytest.raises(KeyError):
        await append(desk, 0, GENESIS, an_event(1, stream="another"))


async def test_the_chain_holds_for_an_instant_told_in_another_time_zone(desk: Desk) -> None:
    copenhagen = timezone(timedelta(hours=2))
    told = dataclasses.replace(an_event(1), time=T0.astimezone(copenhagen))
    await desk.db.write(lambda c: append_events(c, JOURNAL, {STREAM: (0, GENESIS)}, [told], T0.astimezone(copenhagen)))
    assert await desk.db.read(verify_journal) == []
    [read] = await desk.db.read(lambda c: read_stream(c, STREAM))
    assert read.time == T0


# -- private values -------------------------------------------------------------------------------


async def test_what_people_wrote_stands_only_in_private_values(desk: Desk) -> None:
    await desk.give(entry("Anders And er ringet hjem", source="fætter Højben"))
    await desk.handle()
    tables = ("messages", "deliveries", "streams", "timers", "quarantine")
    dump = "".join([str(await desk.rows(f"SELECT * FROM {table}")) for table in tables])
    assert "Anders And" not in dump
    assert "Højben" not in dump
    values = await desk.rows("SELECT kind, value FROM private_values ORDER BY value")
    assert values == [("free_text", v) for v in ["Anders And er ringet hjem"] * 2 + ["fætter Højben"] * 2]
    salts = await desk.rows("SELECT DISTINCT salt FROM private_values")
    assert len(salts) == 4


async def test_an_erased_value_reads_as_erased_and_the_chain_holds(desk: Desk) -> None:
    [id_] = await desk.give(entry("Anders And er ringet hjem"))
    await desk.handle()
    [event] = await desk.db.read(lambda c: read_stream(c, STREAM))
    await desk.db.write(lambda c: erase_message(c, event.id))
    [read] = await desk.db.read(lambda c: read_stream(c, STREAM))
    assert read.message.model_dump()["text"] == "[slettet]"
    assert read.hash == event.hash
    command = await desk.db.read(lambda c: read_by_id(c, id_))
    assert command is not None
    assert command.message.model_dump()["text"] == "[slettet]"  # the command it was copied from
    assert await desk.db.read(verify_journal) == []


async def test_nobody_reads_anothers_words_by_writing_their_commitment(desk: Desk) -> None:
    [secret] = await desk.give(entry("Anders And er ringet hjem"))
    [(name,)] = await desk.rows("SELECT commitment FROM private_values")
    assert name.startswith(PREFIX)
    [sly] = await desk.give(entry("uskyldig", channel=name, to=name))
    read = await desk.db.read(lambda c: read_by_id(c, sly))
    assert read is not None
    assert read.message == entry("uskyldig", channel=name, to=name)
    await desk.db.write(lambda c: erase_message(c, secret))
    read = await desk.db.read(lambda c: read_by_id(c, sly))
    assert read is not None
    assert read.message == entry("uskyldig", channel=name, to=name)


async def test_a_null_character_that_somebody_pasted_stops_nothing(desk: Desk) -> None:
    [id_] = await desk.give(entry("før\x00efter", channel="a\x00b"))
    read = await desk.db.read(lambda c: read_by_id(c, id_))
    assert read is not None
    assert read.message.model_dump()["text"] == "førefter"
    assert read.message.model_dump()["channel"] == "a\x00b"
    await desk.handle()
    assert await desk.db.read(verify_journal) == []


async def test_empty_texts_are_no_secrets(desk: Desk) -> None:
    await desk.give(entry("x"))
    assert await desk.value("SELECT count(*) FROM private_values") == 1
    data = json.loads(await desk.value("SELECT data FROM messages"))
    assert (data["source"], data["reason"]) == ("", "")


async def test_ids_are_unique_over_commands_and_events(desk: Desk) -> None:
    await desk.give(entry())
    taken = dataclasses.replace(an_event(1), id=(await desk.db.read(lambda c: read_after(c, 0)))[0].id)
    with pytest.raises(Exception, match=r"(?i)unique"):
        await append(desk, 0, GENESIS, taken)
    assert await desk.db.read(head_position) == 1
    assert an_id(1) == an_id(1)
