"""A drill for people under the real `up`, killed -9 piece by piece and whole: it goes on, and nothing comes twice."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from ddh_beredskab import bootstrap
from ddh_beredskab.clock import from_micros
from ddh_beredskab.drills import injects
from ddh_beredskab.drills.account import all_messages
from ddh_beredskab.drills.casting import withheld
from ddh_beredskab.drills.controls import State, control, set_control
from ddh_beredskab.drills.demo_people import add_demo_people
from ddh_beredskab.drills.environment import Progress, progress
from ddh_beredskab.drills.plan import After, Inject, Plan, Questions
from ddh_beredskab.drills.recording import load_recording
from ddh_beredskab.drills.starting import start_drill
from ddh_beredskab.journal.clock_row import clock_now, read_clock
from ddh_beredskab.journal.connection import Statement
from ddh_beredskab.journal.database import Database, Job
from ddh_beredskab.playbooks import find_playbooks
from ddh_beredskab.settings import Settings
from ddh_beredskab.streams.supervisor_file import read_status
from schemas.base import Actor, Command
from schemas.crisis_staff import AnswerRoleOffer, RoleAssumed
from schemas.guides import FirstMessageReleased, ReleaseFirstMessage
from tests.chaos.onlooker import OPERATOR
from tests.chaos.stage import until, whole
from tests.chaos.system import Fault, System, system

T = TypeVar("T")

NAME = "stroemsvigt-2026"
RECORDING = load_recording(NAME, [find_playbooks(None) / "drills"])
CRISIS = RECORDING.crisis_id(1)
BEGIN = datetime(2026, 1, 21, 9, 40, 30, tzinfo=UTC)  # decided; nobody has answered yet
END = datetime(2026, 1, 21, 10, 20, tzinfo=UTC)
LEADER = "rikke-klitroe"
ASTA = Actor(person="asta-klitvang", role="crisis_leader", municipality="9002")
PLAN = Plan(
    title="Strømmen er gået",
    template="crisis_management",
    recording=NAME,
    recording_sha256=RECORDING.sha256,
    starts_at=BEGIN,
    ends_at=END,
    speed=60,
    leader=LEADER,
    cast={"asta-klitvang": "asta-klitvang"},
    injects=(
        Inject(
            key="opkald", title="Mange ringer", text="...", to=("crisis_leader",), at=BEGIN + timedelta(minutes=6),
            questions=Questions(topic="andet", count=30, text="Indspil", over_minutes=10),
        ),
        Inject(
            key="presse", title="Pressen", text="...", to=("crisis_leader",),
            after=After(event="first_message_released", minutes=3),
        ),
        Inject(key="sent", title="Sent", text="...", to=("crisis_leader",), at=BEGIN + timedelta(minutes=35)),
    ),
)  # fmt: skip


class Drill:
    """The drill seen from outside: its journal, its leader, its participant at the HTTP door."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.name = f"oevelse.{NAME}-1"

    async def read(self, job: Job[T]) -> T:
        return await self.database.read(job)

    async def lead(self, state: State, speed: float | None = 60, jump_to: datetime | None = None) -> None:
        await self.database.write(lambda conn: set_control(conn, state, speed, LEADER, jump_to))

    async def until(self, true: Job[Any], seconds: float = 60) -> None:
        async with asyncio.timeout(seconds):
            while not await self.read(true):  # noqa: ASYNC110 - other processes work meanwhile
                await asyncio.sleep(0.1)

    async def send(self, running: System, command: Command) -> None:
        """As a participant, through the web's door."""
        body = {
            "type": type(command).type_name(),
            "subject": CRISIS,
            "actor": ASTA.model_dump(mode="json"),
            "data": command.model_dump(mode="json"),
        }
        async with httpx.AsyncClient(base_url=running.page, headers=OPERATOR, timeout=20) as web:
            answer = await web.post(f"/api/v1/environments/{self.name}/commands", json=body)
            assert answer.status_code == 202, answer.text

    async def how_far(self) -> Progress:
        found = await self.read(progress)
        assert found is not None
        return found


async def _planned(data: Path) -> Drill:
    settings = Settings(data=data)
    operation = await bootstrap.open_journal(settings, "drift")
    await operation.write(lambda conn: add_demo_people(conn, whole()))
    await operation.close()
    drill_id = await start_drill(bootstrap.drill_stage(settings), PLAN, LEADER)
    assert drill_id == f"{NAME}-1"
    return Drill(await bootstrap.open_journal(settings, f"oevelse.{drill_id}"))


def _happened(kind: type[Any]) -> Job[bool]:
    return lambda conn: any(isinstance(each.message, kind) and each.actor == ASTA for each in all_messages(conn))


@pytest.mark.timeout(300)
async def test_a_drill_for_people_goes_on_whatever_is_killed_and_nothing_comes_twice(tmp_path: Path) -> None:
    drill = await _planned(tmp_path)
    driver, worker = f"drive-{NAME}-1", f"drill-{NAME}-1"
    try:
        async with system(tmp_path) as running:
            await until(lambda: running.running(driver) is not None and running.running(worker) is not None)
            await drill.until(lambda conn: clock_now(conn) == BEGIN)
            await drill.lead("running")
            await drill.send(running, AnswerRoleOffer(role="crisis_leader", answer="coming"))
            await drill.until(_happened(RoleAssumed))
            await drill.send(running, ReleaseFirstMessage(lines=("Strømmen er gået på hele øen.",)))
            await drill.until(_happened(FirstMessageReleased))
            await drill.until(_delivered("opkald"))
            await running.inflict(Fault("SIGKILL", driver))
            await running.inflict(Fault("SIGKILL", worker))
            await drill.until(_delivered("presse"))
            await drill.lead("paused")
            await drill.until(lambda conn: (row := read_clock(conn)) is not None and row.mode == "fast")
            stood = await drill.read(clock_now)
            await running.inflict(Fault("SIGKILL", driver))
            await until(lambda: running.running(driver) is not None)
            await asyncio.sleep(1.5)
            assert await drill.read(clock_now) == stood, "paused, it stands, whoever drives it"
            status = read_status(tmp_path)
            assert status is not None
            os.kill(status["pid"], signal.SIGKILL)  # the whole system
            await asyncio.sleep(1)
        async with system(tmp_path) as running:
            await until(lambda: _pid(tmp_path) != status["pid"] and running.running(driver) is not None, 120)
            assert await drill.read(clock_now) == stood
            await drill.lead("running", 1, jump_to=BEGIN + timedelta(minutes=35))
            await drill.until(_delivered("sent"))
            await drill.lead("running", 60)
            await drill.until(lambda conn: (found := progress(conn)) is not None and found.finished_at is not None)
            await until(lambda: driver not in running.children() and worker not in running.children(), 20)
        await _is_as_promised(drill)
    finally:
        await drill.database.close()


def _pid(data: Path) -> int | None:
    status = read_status(data)
    return status["pid"] if status else None


def _delivered(key: str) -> Job[bool]:
    return lambda conn: any(e.inject.key == key and e.state == "delivered" for e in injects.all_injects(conn))


async def _is_as_promised(drill: Drill) -> None:
    how_far = await drill.how_far()
    summary = how_far.summary or ""
    assert '"lost": 0' in summary
    assert '"doubled": 0' in summary
    expected = withheld(RECORDING, PLAN)
    assert how_far.withheld == len(expected) > 1
    assert how_far.next_input == sum(each.at <= END for each in RECORDING.inputs)
    messages = await drill.read(lambda conn: list(all_messages(conn)))
    assert max(Counter(each.id for each in messages).values()) == 1
    times = [each.recorded_at for each in messages]
    assert times == sorted(times), "the drill's clock never goes back"
    commands = [each.message.short_name() for each in messages if each.stream is None and each.actor == ASTA]
    assert commands == ["answer_role_offer", "release_first_message"], "nobody plays a participant's part"
    told = {each.inject.key: each for each in await drill.read(injects.all_injects)}
    assert {each.state for each in told.values()} == {"delivered"}
    assert told["sent"].delivered_at == BEGIN + timedelta(minutes=35), "on the way of a jump at its time"
    released = next(each.recorded_at for each in messages if isinstance(each.message, FirstMessageReleased))
    after = told["presse"].delivered_at
    assert after is not None
    assert timedelta(minutes=3) <= after - released < timedelta(minutes=10)
    asked = Statement("SELECT times_received, time FROM feedback_items WHERE text = 'Indspil'")
    rows = await drill.read(lambda conn: conn.all(asked))
    assert [int(row[0]) for row in rows] == [1] * 30
    assert len({from_micros(int(row[1])) for row in rows}) > 3, "spread over the inject's minutes"
    wanted = await drill.read(control)
    assert wanted is not None
    assert wanted.state == "ended"
