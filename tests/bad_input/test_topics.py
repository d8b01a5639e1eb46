"""Garbage on every topic before a real worker: each piece acknowledged, all that cannot be read in quarantine byte for
byte, the worker still the same process, and what is ours handled as if nothing had been there.

The worker reads `commands`, `events` and `feedback`; `guides`, `reports` and `deadletter` are for others.
"""
# pyright: reportUnknownMemberType=false
# aiokafka annotates parts of its client only.

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiokafka import AIOKafkaProducer

from ddh_beredskab.journal import deliveries, intake, quarantine
from ddh_beredskab.journal.database import SqliteDatabase
from ddh_beredskab.streams import doorbell
from ddh_beredskab.streams.topics import TOPICS, ensure_topics
from schemas.feedback import FeedbackItem
from tests.bad_input.corpus import BODIES, TEXTS
from tests.journal.desk import T0, entry
from tests.services import Tansu
from tests.streams.post import a_journal, change, give, rows
from tests.streams.test_feedback_counter import question
from tests.streams.test_worker import a_worker

Headers = list[tuple[str, bytes]]
LARGEST = 900_000
"""What the broker takes in one record."""


def ours(**changes: bytes | None) -> Headers:
    """The headers of a doorbell for a message nobody has stored, with some of them changed or left out."""
    given: dict[str, bytes | None] = {
        **dict(doorbell.headers(id_=str(uuid4()), type_="x.v1", position=10**9, crisis="k1", concerns=("logbook",))),
        **changes,
    }
    return [(name, value) for name, value in given.items() if value is not None]


HOSTILE: dict[str, Headers] = {
    "none": [],
    "an unknown message": ours(),
    **{f"without {name}": ours(**{name: None}) for name in ("id", "type", "position", "crisis", "for")},
    **{
        f"{name} is {what}": ours(**{name: value})
        for name in ("id", "position", "crisis")
        for what, value in (("empty", b""), ("no UTF-8", b"\xff\xfe"), ("a null", b"\x00"), ("large", b"9" * 50_000))
    },
    "a position of 5000 digits": ours(position=b"9" * 5_000),
    "a position past 64 bits": ours(position=b"9223372036854775808"),
    "position 0": ours(position=b"0"),
    "a position below 0": ours(position=b"-1"),
    "a position with a point": ours(position=b"1.5"),
    "a foreign one's": [("ce_type", b"com.example.ping"), ("traceparent", b"00-0-0-00")],
    "a thousand": [(f"h{n}", b"x") for n in range(1_000)],
    "enormous": [("x", b"y" * 500_000)],
    "the same twice, ours last": [("id", b"\xff"), *ours()],
    **{f"a crisis that is {name}": ours(crisis=text.encode()) for name, text in TEXTS.items() if len(text) < 200},
}
"""Headers that are no doorbell for a message of the journal: each record is to be set aside."""

BROKEN_RINGS: tuple[Headers, ...] = (
    ours(ring=b"1", crisis=b"findes-ikke"),
    ours(ring=b"1"),
    ours(**{"for": b""}),
    ours(**{"for": b"opfundet"}),
)
"""Doorbells that name nothing to be done: heard, and nothing happens."""


def envelope(*, position: Any = 1, **item: Any) -> bytes:
    """A feedback envelope; by default one that names the first stored question."""
    given = question(1).model_dump(mode="json") | item
    return json.dumps({"crisis_id": "k1", "positions": [position], "items": [given]}).encode()


def _less(name: str) -> bytes:
    whole = json.loads(envelope())
    del whole["items"][0][name]
    return json.dumps(whole).encode()


_NO_POSITIONS: tuple[Any, ...] = (None, "x", "1", 1.5, -1, 0, 2**63, 10**30, [], {})
BAD_ENVELOPES: tuple[bytes, ...] = (
    *(body[:LARGEST] for name, body in BODIES.items() if name not in ("a byte order mark",)),
    *(envelope(position=position) for position in _NO_POSITIONS),
    *(_less(name) for name in ("id", "crisis_id", "topic", "time", "answered", "resolution", "municipality")),
    envelope(time="i går"),
    envelope(time=5),
    envelope(id="ikke-et-uuid"),
    b'{"crisis_id": "k1", "positions": [1, 2], "items": []}',
    b'{"crisis_id": "k1", "positions": 5, "items": 5}',
    b'{"crisis_id": "k1", "positions": [1], "items": [5]}',
    b'{"crisis_id": "k1", "positions": [1], "items": [null]}',
)
LYING_ENVELOPES: tuple[bytes, ...] = (
    envelope(answered="opfundet", topic="falsk", crisis_id="en-anden", municipality="\x00"),
    envelope(time="9999-12-31T23:59:59+00:00"),
    envelope(time="2023-10-20T22:06:00"),
    envelope(position=10**15),
)
"""They can be read, and what they say of a question is not so: only the position is believed."""


async def send_garbage(tansu: Tansu) -> int:
    """Everything onto every topic, with all kinds of keys; how many records must be set aside."""
    producer = AIOKafkaProducer(bootstrap_servers=tansu.address, max_request_size=2_000_000)
    await producer.start()
    keys = (b"k1", None, b"", b"\xff\x00", b"k" * 10_000)
    aside = 0
    try:
        for topic in TOPICS:
            records: list[tuple[bytes | None, Headers]] = [(None, []), (b"", ours())]
            records += [(body[:LARGEST], []) for body in BODIES.values()]
            records += [(b"{}", headers) for headers in HOSTILE.values()]
            if topic in ("commands", "events"):
                aside += len(records)
                records += [(b"{}", headers) for headers in BROKEN_RINGS]
            elif topic == "feedback":
                records = [(None, [])]
                records += [(body, []) for body in BAD_ENVELOPES]
                records += [(body, ours()) for body in BAD_ENVELOPES[:5]]
                aside += len(records)
                records += [(body, []) for body in LYING_ENVELOPES]
            for number, (value, headers) in enumerate(records):
                await producer.send_and_wait(
                    f"drift.{topic}", value=value, key=keys[number % len(keys)], headers=headers
                )
    finally:
        await producer.stop()
    return aside


async def settled(journal: SqliteDatabase, aside: int, questions: int) -> None:
    """Wait until nothing waits any more and so much is in quarantine."""
    while True:
        open_, (uncounted, _) = await journal.read(deliveries.count_undone), await journal.read(intake.uncounted)
        ((there,),) = await rows(journal, "SELECT count(*) FROM feedback_items")
        poison = await journal.read(quarantine.count)
        if not open_ and not uncounted and there == questions and poison >= aside:
            return
        await journal.changed(0.5)


async def register(journal: SqliteDatabase, numbers: range) -> None:
    items: list[tuple[FeedbackItem, int]] = [(question(n), 0) for n in numbers]
    await journal.write(lambda conn: intake.add_feedback(conn, items, T0))


@pytest.mark.timeout(240)
async def test_garbage_on_every_topic_stops_nobody_and_is_kept_byte_for_byte(tmp_path: Path, tansu: Tansu) -> None:
    async with a_journal(tmp_path) as journal:
        await ensure_topics(tansu.address, "drift.")
        (poison,) = await give(journal, "k2", entry("giftig"))
        await change(journal, "UPDATE messages SET data = '{\"ukendt\": 1}' WHERE id = :id", id=str(poison))
        await register(journal, range(1, 11))
        aside = await send_garbage(tansu) + 1
        async with a_worker(tmp_path, tansu) as process:

            async def all_done(questions: int) -> None:
                waiting = asyncio.create_task(settled(journal, aside, questions))
                ended = asyncio.create_task(process.wait())
                done, _ = await asyncio.wait({waiting, ended}, timeout=100, return_when=asyncio.FIRST_COMPLETED)
                log = (tmp_path / "worker.log").read_text(errors="replace")
                assert ended not in done, f"the worker ended: {log[-3000:]}"
                left = f"{await journal.read(quarantine.count)} of {aside} set aside: {log[-1500:]}"
                ended.cancel()
                assert waiting in done, left

            await all_done(10)
            pid = process.pid
            await give(journal, "k1", *[entry(str(n)) for n in range(20)])
            await register(journal, range(11, 21))
            await send_garbage(tansu)
            await give(journal, "k3", entry("efter"))
            aside = aside * 2 - 1
            await all_done(20)
            assert process.returncode is None
            assert process.pid == pid
        found = await journal.read(quarantine.listing)
        assert len(found) == aside
        assert len({each.place for each in found}) == aside
        raws = {each.raw for each in found}
        assert all(body[:LARGEST] in raws for body in BODIES.values())
        assert all(each.reason.strip() for each in found)
        (delivery,) = [each for each in found if each.position is not None]
        assert (delivery.concern, delivery.crisis) == ("logbook", "k2")
        ((total,),) = await rows(journal, "SELECT sum(total) FROM feedback_windows")
        windows = await rows(journal, "SELECT DISTINCT crisis, topic FROM feedback_windows ORDER BY 1, 2")
        assert (total, list(windows)) == (20, [("k1", "stroem"), ("k1", "vand")])
        await mended_and_retried(journal, tmp_path, tansu, poison)
    sys.stdout.write(f"topics: {aside} pieces of poison set aside, 0 worker exits\n")


async def mended_and_retried(journal: SqliteDatabase, data: Path, tansu: Tansu, poison: UUID) -> None:
    """A poisoned delivery is handled late when what was wrong with it is mended and a person lets it try again."""
    good = entry("giftig").model_dump_json()
    await change(journal, "UPDATE messages SET data = :data WHERE id = :id", data=good, id=str(poison))
    ((position,),) = await rows(journal, "SELECT position FROM messages WHERE id = :id", id=str(poison))
    assert await journal.write(lambda conn: deliveries.reopen(conn, "logbook", int(position)))
    async with a_worker(data, tansu), asyncio.timeout(60):
        while await journal.read(deliveries.count_undone):
            await journal.changed(0.5)
    ((outcome,),) = await rows(journal, "SELECT outcome FROM deliveries WHERE position = :p", p=position)
    assert outcome in ("decided", "refused")
