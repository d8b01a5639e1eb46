"""A foreign Kafka client reads our topics during a drill: every record is what the published schemas promise."""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# jsonschema types its errors by half.

from __future__ import annotations

import asyncio
import json
import threading
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition
from jsonschema import Draft202012Validator, FormatChecker

from ddh_beredskab import bootstrap
from ddh_beredskab.drills.account import all_messages
from ddh_beredskab.drills.recording_model import Recording
from ddh_beredskab.run_drill import run_drill
from ddh_beredskab.settings import Settings
from ddh_beredskab.streams.topics import PARTITIONS, ensure_topics
from schemas.base import TYPE_PREFIX, Command, Event, TimerFired
from schemas.catalog import CATALOG
from schemas.feedback import FeedbackItem
from schemas.publish import PUBLISHED
from tests.chaos.stage import must_be_as_told, piece
from tests.services import Tansu

DRILL = "fremmed-1"
READ = ("commands", "events", "feedback", "guides", "reports")
CLEAR = ("guides", "reports")


@dataclass(frozen=True)
class Seen:
    """A record as the foreign client got it."""

    topic: str
    partition: int
    offset: int
    key: str
    value: Any
    headers: dict[str, str]


class Reader(threading.Thread):
    """Reads from the beginning until told to stop, with librdkafka and nothing of ours."""

    def __init__(self, servers: str, prefix: str) -> None:
        super().__init__(daemon=True)
        self._consumer = Consumer({"bootstrap.servers": servers, "group.id": "en-fremmed"})
        everything = [(prefix + topic, partition) for topic in READ for partition in range(PARTITIONS)]
        self._consumer.assign([TopicPartition(*each, OFFSET_BEGINNING) for each in everything])
        self._prefix = prefix
        self._enough = threading.Event()
        self.seen: list[Seen] = []
        self.errors: list[str] = []

    def run(self) -> None:
        quiet = 0
        while quiet < 3:  # told to stop, it still takes what is there
            message = self._consumer.poll(0.5)
            quiet = quiet + 1 if message is None and self._enough.is_set() else 0
            if message is None:
                continue
            if (error := message.error()) is not None:
                self.errors.append(str(error))
                continue
            self.seen.append(_seen(message, self._prefix))
        self._consumer.close()

    async def finish(self) -> None:
        self._enough.set()
        await asyncio.to_thread(self.join, 30)
        assert not self.is_alive()


def _seen(message: Any, prefix: str) -> Seen:
    return Seen(
        topic=message.topic().removeprefix(prefix),
        partition=message.partition(),
        offset=message.offset(),
        key=message.key().decode(),
        value=json.loads(message.value()),
        headers={name: value.decode() for name, value in message.headers() or []},
    )


@cache
def _validator(file: str) -> Draft202012Validator:
    schema = json.loads((PUBLISHED / file).read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=FormatChecker())


def _schema_of(seen: Seen) -> str:
    """The published schema that the header `type` and the topic name."""
    name = seen.headers["type"].removeprefix(TYPE_PREFIX)
    if seen.topic == "feedback":
        return f"{name}.json"
    base, _, version = name.rpartition(".")
    return f"messages/{base}.clear.{version}.json" if seen.topic in CLEAR else f"messages/{name}.json"


def _problems(seen: Seen) -> list[str]:
    return [
        f"{seen.topic} {seen.headers['type']}: {error.json_path}: {error.message[:200]}"
        for error in _validator(_schema_of(seen)).iter_errors(seen.value)
    ]


async def test_a_foreign_client_reads_what_the_published_schemas_promise(tmp_path: Path, tansu: Tansu) -> None:
    prefix = f"oevelse.{DRILL}."
    await ensure_topics(tansu.address, prefix)
    reader = Reader(tansu.address, prefix)
    reader.start()
    settings = Settings(data=tmp_path, broker=tansu.url)
    summary, account = await run_drill(settings, piece(), speed=None, drill_id=DRILL)
    await reader.finish()
    must_be_as_told(summary, account, piece())
    assert reader.errors == []
    await _nothing_is_missing(settings, piece(), reader.seen)
    _every_record_is_as_promised(reader.seen)
    _a_crisis_keeps_to_its_partition_and_its_order(reader.seen)
    _what_people_wrote_is_in_clear_for_outside_readers_alone(reader.seen)


async def _nothing_is_missing(settings: Settings, recording: Recording, seen: list[Seen]) -> None:
    """Every stored message was read from its topic, once or more."""
    database = await bootstrap.open_journal(settings, f"oevelse.{DRILL}")
    try:
        stored = await database.read(lambda conn: {str(each.id): each for each in all_messages(conn)})
    finally:
        await database.close()
    read = {each.headers["id"]: each.topic for each in seen if each.topic in ("commands", "events")}
    assert {id_ for id_ in stored if id_ not in read} == set()
    for id_, message in stored.items():
        wanted = "commands" if isinstance(message.message, (Command, TimerFired)) else "events"
        assert read[id_] == wanted, message.type
    items = {item["id"] for each in seen if each.topic == "feedback" for item in each.value["items"]}
    assert items == {str(each.payload.id) for each in recording.inputs if isinstance(each.payload, FeedbackItem)}


def _every_record_is_as_promised(read: list[Seen]) -> None:
    told = Counter(each.topic for each in read)
    assert set(told) == set(READ), told
    rings = [each for each in read if "ring" in each.headers]  # the sweeper's: a bell without a message
    assert [problem for each in read if each not in rings for problem in _problems(each)] == []
    for each in read:
        if each in rings:
            assert each.value == {}
            continue
        if each.topic == "feedback":
            assert each.key == each.value["crisis_id"]
            assert each.headers == {"type": "feedback_envelope.v1"}
            continue
        assert each.key == each.value["subject"] == each.headers["crisis"]
        assert each.headers["id"] == str(UUID(each.value["id"]))
        assert each.headers["type"] == each.value["type"]
        assert int(each.headers["position"]) > 0
        assert set(each.headers) >= {"id", "type", "position", "crisis", "for"}
        if each.topic == "events":
            assert issubclass(CATALOG[each.value["type"]], Event)
    print(f"\n{dict(told)}, {len({each.headers['type'] for each in read})} types, 0 problems")  # noqa: T201


def _a_crisis_keeps_to_its_partition_and_its_order(read: list[Seen]) -> None:
    for topic in ("commands", "events"):
        of_topic = [each for each in read if each.topic == topic]
        homes: dict[str, set[int]] = {}
        for each in of_topic:
            homes.setdefault(each.key, set()).add(each.partition)
        assert all(len(partitions) == 1 for partitions in homes.values())
        assert all(0 <= each.partition < PARTITIONS for each in of_topic)
        assert len({(each.partition, each.offset) for each in of_topic}) == len(of_topic)
    first_time: dict[str, int] = {}
    for each in read:
        if each.topic == "events":
            first_time.setdefault(each.headers["id"], int(each.headers["position"]))
    assert list(first_time.values()) == sorted(first_time.values())


def _what_people_wrote_is_in_clear_for_outside_readers_alone(read: list[Seen]) -> None:
    clear = {text for each in read if each.topic in CLEAR for text in _sentences(each.value["data"])}
    assert clear
    others = [json.dumps(each.value, ensure_ascii=False) for each in read if each.topic not in CLEAR]
    assert [text for text in clear if any(text in other for other in others)] == []


def _sentences(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value] if len(value) > 30 else []
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for each in inside for text in _sentences(each)]
