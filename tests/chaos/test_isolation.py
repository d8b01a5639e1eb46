"""A drill beside a real crisis: nothing of it comes out, and the operation's journal holds what it would hold without.

The same real crisis is given to two systems, command by command with the same ids: one has a drill running beside it,
the other has not. A Kafka client that knows nothing of us reads the operation's topics, and the drill's.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID, uuid5

import httpx
import pytest

from ddh_beredskab import bootstrap
from ddh_beredskab.drills.account import all_messages
from ddh_beredskab.drills.controls import set_control
from ddh_beredskab.drills.demo_people import add_demo_people
from ddh_beredskab.drills.driver import look
from ddh_beredskab.drills.environment import progress
from ddh_beredskab.drills.plan import Inject, Plan, Questions
from ddh_beredskab.drills.starting import start_drill
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.database import Database, Job
from ddh_beredskab.settings import Settings
from ddh_beredskab.streams.topics import ensure_topics
from schemas.base import Command
from schemas.feedback import FeedbackItem
from tests.chaos.onlooker import OPERATOR
from tests.chaos.stage import whole
from tests.chaos.system import System, system
from tests.chaos.test_led_drill import BEGIN, LEADER, PLAN, RECORDING
from tests.kafka.test_foreign_client import Reader
from tests.services import Tansu

T = TypeVar("T")

NAMESPACE = UUID("6b1f3e9e-6a53-4a43-9a0e-3f0d8f7c2a11")
REAL = "strandby-nu"
UPTO = 607  # index in the surge: up to the first message, which is a guide to everybody outside
CHILDREN = ("worker", "feedback", "web")
ITEMS = 12
UUIDS = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
DIGITS = re.compile(r"\d+([.,:]\d+)*")

_HELD = Statement("SELECT id, topic, answered, municipality, agent, times_received FROM feedback_items ORDER BY id")
_SEEN = Statement("SELECT crisis, version, agent FROM guide_receipts ORDER BY crisis, version, agent")
_SHIFTS = Statement("SELECT agent, municipality FROM agents_on_shift ORDER BY agent")


@pytest.mark.timeout(300)
async def test_a_drill_beside_a_crisis_leaves_no_trace_in_the_operation(tmp_path: Path, tansu: Tansu) -> None:
    alone, beside = tmp_path / "alone", tmp_path / "beside"
    await _people(alone)
    await _people(beside)
    async with system(alone) as running:
        await _the_real_crisis(running, alone)
        control = await _held(alone)
    drill = f"oevelse.{await start_drill(bootstrap.drill_stage(Settings(data=beside)), _plan(), LEADER)}"
    for prefix in ("drift.", f"{drill}."):
        await ensure_topics(tansu.address, prefix)
    operation, exercise = Reader(tansu.address, "drift."), Reader(tansu.address, f"{drill}.")
    operation.start()
    exercise.start()
    async with system(beside, environment={"DDH_BROKER": tansu.url}, children=CHILDREN) as running:
        journal = await bootstrap.open_journal(Settings(data=beside), drill)
        await journal.write(lambda conn: set_control(conn, "running", None, LEADER))
        await _the_real_crisis(running, beside)
        async with asyncio.timeout(120):
            while not await journal.read(_over):  # noqa: ASYNC110 - other processes work meanwhile
                await asyncio.sleep(0.2)
        feed = await _feed(running)
        in_drill = await journal.read(_texts)
        await journal.close()
        own = await _drift(beside, _texts)
        held = await _held(beside)
    await operation.finish()
    await exercise.finish()
    crises = {each.key for each in operation.seen}
    assert crises == {REAL}, "0 events of the drill in the real topics"
    assert {"guides", "commands", "events", "feedback"} <= {each.topic for each in operation.seen}
    assert {each.key for each in exercise.seen} == {RECORDING.crisis_id(1)}
    assert {"guides", "events", "feedback"} <= {each.topic for each in exercise.seen}, "the drill did come so far"
    assert [each["crisis"] for each in feed["guides"]] == [REAL]
    words = [text for text in in_drill - own if len(text) > 30]
    assert len(words) > 20
    outside = json.dumps([feed, *(each.value for each in operation.seen)], ensure_ascii=False)
    assert [text for text in words if text in outside] == []
    assert held == control
    told = Counter(each.topic for each in exercise.seen)
    print(f"\nreal journal: {sum(held['messages'].values())} messages alike; in the drill: {dict(told)}")  # noqa: T201


def _plan() -> Plan:
    """The drill's agents' questions and its guides are on their way while the real crisis runs."""
    asked = Questions(topic="andet", count=20, text="Indspil", over_minutes=5)
    inject = Inject(key="opkald", title="O", text="...", to=("crisis_leader",), at=BEGIN, questions=asked)
    ends = BEGIN + timedelta(minutes=15)
    return PLAN.model_copy(update={"injects": (inject,), "cast": {}, "ends_at": ends})


async def _people(data: Path) -> None:
    operation = await bootstrap.open_journal(Settings(data=data), "drift")
    await operation.write(lambda conn: add_demo_people(conn, whole()))
    await operation.close()


async def _the_real_crisis(running: System, data: Path) -> None:
    """Each command is decided before the next, so that two runs are alike; then questions."""
    told = [each for each in whole().inputs if each.index <= UPTO and isinstance(each.payload, Command)]
    journal = await bootstrap.open_journal(Settings(data=data), "drift", migrate=False)
    async with httpx.AsyncClient(base_url=running.page, headers=OPERATOR, timeout=30) as web:
        for each in told:
            assert isinstance(each.payload, Command)
            id_ = str(uuid5(NAMESPACE, str(each.index)))
            data_ = json.loads(each.payload.model_dump_json().replace(whole().crisis_id(1), REAL))
            body: dict[str, Any] = {
                "id": id_,
                "type": type(each.payload).type_name(),
                "subject": REAL,
                "actor": each.actor.model_dump(mode="json"),
                "data": data_,
            }
            answer = await web.post("/api/v1/environments/drift/commands", json=body)
            assert answer.status_code == 202, answer.text
            await _until_quiet(journal)
        asked = [each.payload for each in whole().inputs if isinstance(each.payload, FeedbackItem)][:ITEMS]
        items = [
            item.model_copy(update={"id": uuid5(NAMESPACE, f"item/{number}"), "crisis_id": REAL}).model_dump(
                mode="json"
            )
            for number, item in enumerate(asked)
        ]
        answer = await web.post("/api/v1/environments/drift/feedback", json={"items": items})
        assert answer.status_code == 202, answer.text
    await _until_quiet(journal)
    await journal.close()


async def _until_quiet(journal: Database) -> None:
    """Everything is decided, counted and folded."""
    async with asyncio.timeout(60):
        while not (await journal.read(look)).settled:  # noqa: ASYNC110 - other processes work meanwhile
            await asyncio.sleep(0.02)


async def _feed(running: System) -> dict[str, Any]:
    async with httpx.AsyncClient(base_url=running.page, timeout=20) as anybody:
        found: dict[str, Any] = (await anybody.get("/guider.json")).json()
        return found


async def _held(data: Path) -> dict[str, Any]:
    """Everything the operation's journal holds but ids and numbers that are the moment's (times, minutes, numbers)."""

    def job(conn: Conn) -> dict[str, Any]:
        messages = Counter(
            (each.stream or "command", each.message.short_name(), _bare(each.message.model_dump_json()))
            for each in all_messages(conn)
        )
        rows = {name: conn.all(statement) for name, statement in (("items", _HELD), ("seen", _SEEN), ("on", _SHIFTS))}
        return {"messages": messages, **rows}

    return await _drift(data, job)


async def _drift(data: Path, job: Job[T]) -> T:
    journal = await bootstrap.open_journal(Settings(data=data), "drift", migrate=False)
    try:
        return await journal.read(job)
    finally:
        await journal.close()


def _bare(text: str) -> str:
    return DIGITS.sub("#", UUIDS.sub("ID", text))


def _texts(conn: Conn) -> set[str]:
    """What was written in a journal."""
    return {text for each in all_messages(conn) for text in _strings(json.loads(each.message.model_dump_json()))}


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    inside: Any = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()  # pyright: ignore[reportUnknownVariableType]
    return [text for each in inside for text in _strings(each)]


def _over(conn: Conn) -> bool:
    found = progress(conn)
    return found is not None and found.finished_at is not None
