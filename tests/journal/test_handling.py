"""One transaction per handling: everything of it is stored once, or nothing; and no message stops a crisis."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import UUID

import pytest

from ddh_beredskab.core.decider import Decider, Emit, derived_id
from ddh_beredskab.errors import StorageBusy, VersionConflict
from ddh_beredskab.journal import deliveries, quarantine
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.handling import PoisonFound, SuspectFound
from ddh_beredskab.journal.messages import read_by_id, read_stream
from ddh_beredskab.journal.verify import verify_journal
from schemas.base import CommandRefused, DeadlineSet
from schemas.catalog import NewerVersion
from schemas.crisis_staff import PersonTaken
from schemas.logbook import FileLogEntries, LogEntryRecorded
from tests.journal.desk import JOURNAL, T0, Desk, entry, minute
from tests.journal.notebook import Notebook, decide, evolve, needs

STREAM = "logbook-k1"


async def outcomes(desk: Desk) -> list[str | None]:
    return [row[0] for row in await desk.rows("SELECT outcome FROM deliveries ORDER BY position, concern")]


async def stored(desk: Desk, stream: str = STREAM) -> list[Any]:
    return [each.message for each in await desk.db.read(lambda conn: read_stream(conn, stream))]


async def test_what_was_given_is_decided_once_in_order(desk: Desk) -> None:
    ids = await desk.give(entry("en"), entry("to", channel="silent"), entry("tre", channel="remind"))
    assert await desk.handle(at=minute(1)) == 3
    assert await desk.handle() == 0
    found = await desk.db.read(lambda conn: read_stream(conn, STREAM))
    assert [type(each.message) for each in found] == [LogEntryRecorded, LogEntryRecorded, DeadlineSet]
    assert [each.version for each in found] == [1, 2, 3]
    assert [each.id for each in found] == [
        derived_id(ids[0], "logbook", 0),
        derived_id(ids[2], "logbook", 0),
        derived_id(ids[2], "logbook", 1),
    ]
    assert [each.causation_id for each in found] == [ids[0], ids[2], ids[2]]
    assert {each.recorded_at for each in found} == {minute(1)}
    assert {each.time for each in found} == {T0}
    assert await outcomes(desk) == ["decided", "nothing", "decided"]
    assert await desk.db.read(verify_journal) == []


async def test_a_refused_command_becomes_an_event_and_changes_nothing(desk: Desk) -> None:
    [id_] = await desk.give(FileLogEntries(first=1, last=9, case_number="24-17"))
    await desk.handle()
    [refusal] = await stored(desk)
    assert isinstance(refusal, CommandRefused)
    assert (refusal.command_id, refusal.code, refusal.facts) == (id_, "no_such_entry", {"last": "9"})
    assert await outcomes(desk) == ["refused"]


async def test_up_to_fifty_are_handled_in_one_transaction(desk: Desk) -> None:
    await desk.give(*[entry(str(n)) for n in range(120)])
    assert [len((await desk.step()).positions) for _ in range(3)] == [50, 50, 20]
    texts = [m.text for m in await stored(desk)]
    assert texts == [str(n) for n in range(120)]


async def test_the_last_step_says_that_nothing_is_left(desk: Desk) -> None:
    await desk.give(*[entry(str(n)) for n in range(60)])
    assert (await desk.step()).more
    assert not (await desk.step()).more


async def test_two_workers_at_once_decide_everything_once(desk: Desk, other_desk: Desk) -> None:
    await desk.give(*[entry(str(n)) for n in range(60)])
    for n in range(10):
        await other_desk.give(entry(f"senere {n}"))

    async def work(at: Desk) -> None:
        while True:
            try:
                if not (await at.step(limit=3)).positions:
                    return
            except VersionConflict:
                continue

    await asyncio.gather(work(desk), work(other_desk), work(desk))
    numbers = [each.number for each in await stored(desk)]
    assert numbers == list(range(1, 71))
    assert await outcomes(desk) == ["decided"] * 70
    assert await desk.db.read(verify_journal) == []


async def test_a_stale_worker_cannot_swallow_a_message_without_events(desk: Desk, other_desk: Desk) -> None:
    """The head row is checked and locked also when nothing is decided."""
    await desk.give(entry("en"), entry("to", channel="silent"))
    await other_desk.step(limit=1)
    [(position,)] = await desk.rows("SELECT max(position) FROM deliveries")

    def swallow_with_an_old_head(conn: Conn) -> None:
        from ddh_beredskab.journal.messages import GENESIS, append_events

        append_events(conn, JOURNAL, {STREAM: (0, GENESIS)}, [], T0)
        deliveries.mark_done(conn, "logbook", [position], "nothing", 0)

    with pytest.raises(VersionConflict):
        await desk.db.write(swallow_with_an_old_head)
    assert await outcomes(desk) == ["decided", None]
    assert await desk.handle() == 1
    assert await outcomes(desk) == ["decided", "nothing"]
    assert await desk.value("SELECT version FROM streams WHERE stream = :s", s=STREAM) == 1


# -- shared streams -------------------------------------------------------------------------------


async def test_nobody_is_taken_twice_by_two_crises(desk: Desk, other_desk: Desk) -> None:
    await desk.give(entry("tag Bo", owner="bo-lund"), crisis="k1")
    await other_desk.give(entry("tag Bo", owner="bo-lund"), crisis="k2")
    await asyncio.gather(desk.handle("k1"), other_desk.handle("k2"))
    taken = await stored(desk, "person-bo-lund")
    assert [type(each) for each in taken] == [PersonTaken]
    both = await stored(desk, "logbook-k1") + await stored(desk, "logbook-k2")
    assert sorted(type(each).__name__ for each in both) == ["CommandRefused", "LogEntryRecorded"]
    [refusal] = [each for each in both if isinstance(each, CommandRefused)]
    assert refusal.facts == {"person": "bo-lund", "crisis": taken[0].crisis_id}
    assert await desk.db.read(verify_journal) == []


async def test_a_person_is_seen_as_taken_within_the_same_transaction(desk: Desk) -> None:
    await desk.give(entry("tag", owner="bo-lund"), entry("tag igen", owner="bo-lund"))
    await desk.step()
    assert len(await stored(desk, "person-bo-lund")) == 2  # the same crisis may; what counts is that it was seen
    state = desk.cache.get("person-bo-lund")
    assert state is not None
    assert state.version == 2


async def test_writing_to_a_stream_that_was_not_asked_for_is_a_fault_of_the_decider(desk: Desk) -> None:
    def wrong(*_: Any) -> list[Emit]:
        return [Emit(PersonTaken(person="bo-lund", role="log_keeper", crisis_id="k1"), "person-bo-lund")]

    await desk.give(entry())
    with pytest.raises(PoisonFound, match="without having asked"):
        await desk.step(decider=Decider("logbook", Notebook(), Notebook, wrong, evolve))


# -- poison ---------------------------------------------------------------------------------------


async def test_poison_rolls_everything_back_and_is_named(desk: Desk) -> None:
    await desk.give(entry("en"), entry("to", channel="bang"), entry("tre"))
    with pytest.raises(PoisonFound, match="ZeroDivisionError: the test's own fault") as caught:
        await desk.step()
    assert caught.value.position == 2
    assert await stored(desk) == []
    assert await outcomes(desk) == [None] * 3


async def test_poison_goes_to_quarantine_with_its_bytes_and_the_crisis_goes_on(desk: Desk) -> None:
    [_, bad, _] = await desk.give(entry("en"), entry("meget hemmeligt", channel="bang"), entry("tre"))
    await desk.handle()
    assert [each.text for each in await stored(desk)] == ["en", "tre"]
    assert await outcomes(desk) == ["decided", "quarantined", "decided"]
    [poison] = await desk.db.read(quarantine.listing)
    assert (poison.concern, poison.crisis, poison.position) == ("logbook", "k1", 2)
    assert json.loads(poison.raw)["id"] == str(bad)
    assert b"meget hemmeligt" not in poison.raw  # what people wrote stays a commitment there too
    found = await desk.db.read(lambda conn: quarantine.find(conn, poison.id[:12]))
    assert found == [poison]


async def test_the_same_poison_is_kept_once(desk: Desk) -> None:
    await desk.give(entry("to", channel="bang"))
    poison = PoisonFound(1, "igen")
    await desk.quarantine("k1", poison)
    await desk.quarantine("k1", poison)
    assert len(await desk.db.read(quarantine.listing)) == 1


async def test_a_quarantined_delivery_can_be_tried_again(desk: Desk) -> None:
    await desk.give(entry("en", channel="bang"), entry("to"))
    await desk.handle()
    [poison] = await desk.db.read(quarantine.listing)
    assert await desk.db.write(lambda c: deliveries.reopen(c, "logbook", 1))
    assert not await desk.db.write(lambda c: deliveries.reopen(c, "logbook", 2))
    assert await desk.db.write(lambda c: quarantine.resolve(c, poison.id, "retried", "rettet"))
    mended = Decider("logbook", Notebook(), Notebook, lambda s, g, f: [], evolve)
    await desk.handle(decider=mended)
    assert await outcomes(desk) == ["nothing", "decided"]
    assert await desk.db.read(quarantine.listing) == []


@pytest.mark.parametrize(
    "data", ['{"kind":"no such kind"}', '{"kind":"press","text":"x","happened_at":"2023-10-20T22:06:00Z","extra":1}']
)
async def test_an_unreadable_message_is_poison(desk: Desk, data: str) -> None:
    await desk.give(entry("en"), entry("to"), entry("tre"))
    await desk.change("UPDATE messages SET data = :data WHERE position = 2", data=data)
    await desk.handle()
    assert await outcomes(desk) == ["decided", "quarantined", "decided"]
    [poison] = await desk.db.read(quarantine.listing)
    assert "Unreadable" in poison.reason


async def test_a_message_of_a_type_nobody_knows_is_poison(desk: Desk) -> None:
    await desk.give(entry("en"))
    await desk.change("UPDATE messages SET type = 'dk.ddh.beredskab.never_heard_of.v1'")
    await desk.handle()
    assert await outcomes(desk) == ["quarantined"]


async def test_a_message_of_a_newer_version_is_no_poison_the_program_is_old(desk: Desk) -> None:
    await desk.give(entry("en"))
    await desk.change("UPDATE messages SET type = 'dk.ddh.beredskab.write_log_entry.v2'")
    with pytest.raises(NewerVersion):
        await desk.step()
    assert await outcomes(desk) == [None]


async def test_a_newer_version_in_a_shared_stream_is_no_poison_either(desk: Desk) -> None:
    await desk.give(entry("tag", owner="bo-lund"), crisis="k2")
    await desk.handle("k2")
    await desk.change("UPDATE messages SET type = 'dk.ddh.beredskab.person_taken.v2' WHERE stream = 'person-bo-lund'")
    await desk.give(entry("tag", owner="bo-lund"))
    desk.cache.drop("person-bo-lund")
    with pytest.raises(NewerVersion):
        await desk.step()


async def test_a_database_that_goes_away_while_deciding_blames_no_message(desk: Desk) -> None:
    """The person's stream cannot be read just now; the message is healthy and must not be set aside."""
    await desk.give(entry("tag", owner="bo-lund"))
    busy = type("OperationalError", (_an_error(desk),), {})

    class Broken:
        def __getattr__(self, name: str) -> Any:
            raise busy("database is locked")

    def decide_without_a_database(state: Notebook, given: Any, found: Any) -> list[Emit]:
        return Broken().anything  # what a driver raises in the middle of a decision's look-up

    away = Decider("logbook", Notebook(), Notebook, decide_without_a_database, evolve, needs)
    with pytest.raises(StorageBusy):
        await desk.step(decider=away)
    assert await outcomes(desk) == [None]


def _an_error(desk: Desk) -> type[Exception]:
    from ddh_beredskab.journal import driver
    from ddh_beredskab.journal.database import SqliteDatabase

    if isinstance(desk.db, SqliteDatabase):
        return driver.BusyError
    import asyncpg

    return asyncpg.exceptions.ConnectionDoesNotExistError


async def test_what_the_database_will_not_store_is_poison_on_both(desk: Desk) -> None:
    """The same id once more: no retry can mend it, so it must not be tried for ever as if the database were busy."""
    await desk.give(entry("en"), entry("to"))
    await desk.step(limit=1)
    [(first,)] = await desk.rows("SELECT id FROM messages WHERE version = 1")
    [(second,)] = await desk.rows("SELECT id FROM messages WHERE position = 2")
    await desk.change("UPDATE messages SET id = :id WHERE version = 1", id=str(derived_id(UUID(second), "logbook", 0)))
    with pytest.raises(PoisonFound) as caught:
        await desk.step()
    assert caught.value.position == 2
    await desk.change("UPDATE messages SET id = :id WHERE version = 1", id=first)
    assert await desk.handle() == 1


# -- suspects -------------------------------------------------------------------------------------


async def test_a_suspect_is_counted_before_it_is_begun_and_taken_alone(desk: Desk) -> None:
    await desk.give(*[entry(str(n)) for n in range(4)])
    assert await desk.db.write(deliveries.suspect_all) == 1
    with pytest.raises(SuspectFound) as caught:
        await desk.step()
    assert (caught.value.position, caught.value.begun) == (1, 0)
    await desk.db.write(lambda conn: deliveries.count_begin(conn, "logbook", 1))
    with pytest.raises(SuspectFound) as caught:
        await desk.step()
    assert caught.value.begun == 1
    assert (await desk.step(begun=True)).positions == (1,)
    assert (await desk.step()).positions == (2, 3, 4)


async def test_healthy_messages_before_a_suspect_are_taken_without_it(desk: Desk) -> None:
    await desk.give(*[entry(str(n)) for n in range(4)])
    await desk.change("UPDATE deliveries SET suspect = 1 WHERE position = 3")
    assert (await desk.step()).positions == (1, 2)
    assert (await desk.step(begun=True)).positions == (3,)
    assert (await desk.step()).positions == (4,)


# -- what is waiting ------------------------------------------------------------------------------


async def test_the_oldest_undone_of_every_concern_and_crisis_is_known(desk: Desk) -> None:
    await desk.give(entry("en"), entry("to"), crisis="k1")
    await desk.give(entry("tre"), crisis="k2")
    oldest = await desk.db.read(deliveries.oldest_undone)
    assert sorted((each.crisis, each.position) for each in oldest) == [("k1", 1), ("k2", 3)]
    assert await desk.db.read(deliveries.oldest_position) == 1
    assert await desk.db.read(deliveries.count_undone) == 3
    await desk.handle("k1")
    assert await desk.db.read(deliveries.oldest_position) == 3
    await desk.handle("k2")
    assert await desk.db.read(deliveries.oldest_position) is None
    assert (await desk.db.read(deliveries.counts_by_outcome))["decided"] == 3


async def test_crises_do_not_see_each_other(desk: Desk) -> None:
    await desk.give(entry("en"), crisis="k1")
    await desk.give(entry("to"), crisis="k2")
    await desk.handle("k2")
    assert await stored(desk, "logbook-k1") == []
    assert len(await stored(desk, "logbook-k2")) == 1


async def test_a_handled_message_is_found_by_its_id(desk: Desk) -> None:
    [id_] = await desk.give(entry("en"))
    found = await desk.db.read(lambda conn: read_by_id(conn, id_))
    assert found is not None
    assert found.message == entry("en")
    assert await desk.db.read(lambda conn: read_by_id(conn, UUID(int=1))) is None


async def test_the_decider_is_asked_once_per_message(desk: Desk) -> None:
    asked: list[UUID] = []

    def counting(state: Notebook, given: Any, found: Any) -> Any:
        asked.append(given.id)
        return decide(state, given, found)

    ids = await desk.give(*[entry(str(n)) for n in range(5)])
    await desk.handle(decider=Decider("logbook", Notebook(), Notebook, counting, evolve, needs))
    assert asked == ids


def test_statement_lists_are_compiled_once() -> None:
    statement = Statement("SELECT 1 WHERE 1 IN {ints:numbers} AND :name = :name")
    assert statement.compiled("sqlite") is statement.compiled("sqlite")
    assert statement.compiled("postgresql")[0] != statement.compiled("sqlite")[0]
