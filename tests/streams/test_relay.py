"""The relay against the real embedded broker: where it begins, what it sends, and how it finds a wiped broker out."""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# aiokafka annotates parts of its client only.

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer

from ddh_beredskab.core.decider import own_stream
from ddh_beredskab.journal import deliveries
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.journal.database import SqliteDatabase
from ddh_beredskab.journal.messages import NewMessage, append_events, head_of, head_position
from ddh_beredskab.streams.doorbell import Doorbell, read
from ddh_beredskab.streams.relay import Publisher, Record, Relay, guides_in_force, relay_step, start_position
from ddh_beredskab.streams.topics import ensure_topics, topic_names
from ddh_beredskab.streams.waking import Waker
from schemas.base import SYSTEM, Event
from schemas.feedback import ReportIssued, TopicCount
from schemas.guides import FirstMessageReleased, GuideClosed, GuideRecalled
from tests.journal.desk import T0, entry
from tests.services import Tansu
from tests.streams.post import JOURNAL, a_journal, give

PREFIX = "drift."


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    async with a_journal(tmp_path) as database:
        yield database


@asynccontextmanager
async def running(journal: SqliteDatabase, tansu: Tansu) -> AsyncGenerator[Relay]:
    """A relay at work, woken by the journal's commits."""
    waker, publisher = Waker(journal), Publisher(tansu.address, PREFIX)
    relay = Relay(journal, publisher, waker.listener())
    tasks = [asyncio.create_task(relay.run()), asyncio.create_task(waker.run())]
    try:
        yield relay
    finally:
        for task in tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await publisher.close()


async def bells(tansu: Tansu, count: int, topic: str = "commands") -> list[Doorbell]:
    """The first doorbells on a topic, in the order they are read."""
    consumer = AIOKafkaConsumer(
        PREFIX + topic, bootstrap_servers=tansu.address, auto_offset_reset="earliest", fetch_max_wait_ms=5
    )
    await consumer.start()
    found: list[Doorbell] = []
    try:
        async with asyncio.timeout(20):
            while len(found) < count:
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    found += [read(record.headers) for record in records]
    finally:
        await consumer.stop()
    return found


async def mark_done(journal: SqliteDatabase, *positions: int) -> None:
    await journal.write(lambda conn: deliveries.mark_done(conn, "logbook", positions, "decided", 1))


async def test_it_begins_just_before_the_oldest_undone_delivery_else_at_the_head(journal: SqliteDatabase) -> None:
    assert await journal.read(start_position) == 0
    await give(journal, "k1", *[entry(str(n)) for n in range(5)])
    assert await journal.read(start_position) == 0
    await mark_done(journal, 1, 2, 4)
    assert await journal.read(start_position) == 2
    await mark_done(journal, 3, 5)
    assert await journal.read(start_position) == await journal.read(head_position) == 5


async def test_a_record_is_a_doorbell_with_the_stored_message(journal: SqliteDatabase) -> None:
    (id_,) = await give(journal, "k1", entry("Vandet stiger"))
    (record,) = await journal.read(lambda conn: relay_step(conn, 0))
    bell = read(record.headers)
    assert (bell.id, bell.position, bell.crisis, bell.concerns, bell.ring) == (id_, 1, "k1", ("logbook",), False)
    assert (record.topic, record.key) == ("commands", b"k1")
    assert b"Vandet stiger" not in record.value, "free text travels as its commitment"
    assert await journal.read(lambda conn: relay_step(conn, 1)) == []


async def test_everything_stored_is_sent_in_journal_order_and_the_rest_as_it_comes(
    journal: SqliteDatabase, tansu: Tansu
) -> None:
    first = await give(journal, "k1", *[entry(str(n)) for n in range(250)])  # more than one batch
    async with running(journal, tansu):
        later = await give(journal, "k1", entry("later"))
        found = await bells(tansu, 251)
    assert [each.id for each in found] == [*first, *later]


async def test_a_wiped_broker_is_rung_again_from_the_oldest_undone_delivery(
    journal: SqliteDatabase, tansu: Tansu
) -> None:
    ids = await give(journal, "k1", *[entry(str(n)) for n in range(6)])
    async with running(journal, tansu):
        assert len(await bells(tansu, 6)) == 6
        await mark_done(journal, 1, 2)
        tansu.kill()
        late = await give(journal, "k1", entry("while it was away"))
        await asyncio.sleep(0.5)
        tansu.start()
        found = await bells(tansu, 5)
    assert {each.id for each in found} >= {*ids[2:], *late}
    assert not {each.id for each in found} & set(ids[:2]), "what is done is not rung for"


async def test_offsets_that_do_not_rise_give_a_wiped_broker_away(tansu: Tansu) -> None:
    publisher = Publisher(tansu.address, PREFIX)
    record = Record("commands", b"k1", b"{}", [], 1)
    assert await publisher.send_all([record, record, record])
    tansu.kill()
    tansu.start()
    await ensure_topics(tansu.address, PREFIX)  # as the supervisor does: the new broker looks like the old one
    await _until_it_takes(publisher, record)
    assert await publisher.send_all([record]), "and from now on its offsets are the ones to go by"
    await publisher.close()


async def _until_it_takes(publisher: Publisher, record: Record) -> None:
    """The first answer after a wipe is no: a failed send, or an offset that is not higher."""
    said = [await publisher.send_all([record])]
    while not said[-1] and len(said) < 10:
        said.append(await publisher.send_all([record]))
    assert said[0] is False
    assert said[-1] is True


async def test_topics_are_made_again_with_their_partitions_before_the_first_send(tansu: Tansu) -> None:
    publisher = Publisher(tansu.address, PREFIX)
    record = Record("commands", b"k1", b"{}", [], 1)
    assert await publisher.send_all([record])
    tansu.kill()
    assert not await publisher.send_all([record]), "a broker that is away takes nothing, and says so"
    tansu.start()
    await _until_it_takes_again(publisher, record)
    assert await ensure_topics(tansu.address, PREFIX) == [], f"all of {topic_names(PREFIX)} are there"
    await publisher.close()


async def _until_it_takes_again(publisher: Publisher, record: Record) -> None:
    async with asyncio.timeout(15):
        while not await publisher.send_all([record]):  # noqa: ASYNC110
            await asyncio.sleep(0.1)


async def test_two_that_send_at_once_share_one_producer_and_take_no_wipe_for_granted(tansu: Tansu) -> None:
    publisher = Publisher(tansu.address, PREFIX)
    record = Record("commands", b"k1", b"{}", [], 1)
    assert await asyncio.gather(*(publisher.send_all([record] * 20) for _ in range(8))) == [True] * 8
    await publisher.close()


async def test_only_a_guide_in_force_is_told_again_to_outside_readers(journal: SqliteDatabase) -> None:
    released = FirstMessageReleased(lines=("Gå indenfor.",), replace_before=T0, minutes=4.0)
    recalled = GuideRecalled(version=0, wrong="tal", correction="nyt tal", in_force_from=T0, in_force_to=T0)
    await journal.write(lambda conn: _tell(conn, "k1", released))
    await journal.write(lambda conn: _tell(conn, "k2", released, recalled))
    await journal.write(lambda conn: _tell(conn, "k3", released, GuideClosed(version=0)))
    await journal.write(lambda conn: _tell(conn, "k4", released, recalled, released))
    found = await journal.read(guides_in_force)
    assert [(each.topic, each.key) for each in found] == [("guides", b"k1"), ("guides", b"k4")]
    assert "Gå indenfor.".encode() in found[0].value, "in clear"


async def test_outside_readers_hear_of_a_recall_and_of_the_end_in_clear(journal: SqliteDatabase) -> None:
    recalled = GuideRecalled(version=0, wrong="tal", correction="nyt tal", in_force_from=T0, in_force_to=T0)
    await journal.write(lambda conn: _tell(conn, "k1", recalled, GuideClosed(version=0)))
    sent = [each for each in await journal.read(lambda conn: relay_step(conn, 0)) if each.topic == "guides"]
    assert len(sent) == 2
    assert json.loads(sent[0].value)["data"]["correction"] == "nyt tal"


async def test_a_wiped_broker_is_told_again_which_guides_are_in_force(journal: SqliteDatabase, tansu: Tansu) -> None:
    released = FirstMessageReleased(lines=("Gå indenfor.",), replace_before=T0, minutes=4.0)
    await journal.write(lambda conn: _tell(conn, "k1", released))
    async with running(journal, tansu):
        before = await bells(tansu, 1, "guides")
        await give(journal, "k2", entry("before"))
        await bells(tansu, 1)
        tansu.kill()
        await give(journal, "k2", entry("while it was away"))  # offsets tell of the wipe where one was known
        await asyncio.sleep(0.5)
        tansu.start()
        after = await bells(tansu, 1, "guides")
    assert {each.id for each in after} == {each.id for each in before}  # told at least once, each time
    assert after[0].crisis == "k1"


async def test_a_report_leaves_for_outside_readers_without_small_counts(journal: SqliteDatabase) -> None:
    count = TopicCount(topic="vand", total=30, answered_yes=20, answered_no=10, urgent=3)
    report = ReportIssued(
        number=1, period_from=T0, period_to=T0, total=30, late=2, by_topic=(count,), previous_total=0, gaps=(),
        proposals=(), earlier=(), final=False, hide_under=5,
    )  # fmt: skip
    await journal.write(lambda conn: _tell(conn, "k1", report))
    (sent,) = [each for each in await journal.read(lambda conn: relay_step(conn, 0)) if each.topic == "reports"]
    data = json.loads(sent.value)["data"]
    assert (data["total"], data["late"]) == (30, None)
    assert (data["by_topic"][0]["answered_yes"], data["by_topic"][0]["urgent"]) == (20, None)


def _tell(conn: Conn, crisis: str, *events: Event) -> None:
    stream = own_stream("guides", crisis)
    for event in events:
        new = NewMessage(uuid4(), event, crisis, T0, SYSTEM, uuid4(), None, stream)
        append_events(conn, JOURNAL, {stream: head_of(conn, stream)}, [new], T0)
