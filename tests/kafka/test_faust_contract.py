"""What Faust promises us and what it does not, asked of small real workers, so that an upgrade that differs is noticed.

First our pattern (`agents/app.py`, `agents/doorbells.py`): whatever happens in mid-message, the offset stays at it.
Then Faust as it comes: messages that are known to be lost are seen to be lost. One that is not any more is good news,
and a reason to look at the pattern again.
"""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# aiokafka annotates parts of its client only.

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from agents.app import CONCERNS
from ddh_beredskab.streams import doorbell
from ddh_beredskab.streams.topics import PARTITIONS, ensure_topics
from tests.kafka import faust_child
from tests.services import Tansu

PREFIX = "oevelse.faust-1."
STOPS_WITHIN = 12.0
"""Seconds; the supervisor kills after 10, so a stop that takes longer is no stop."""
JOINS_WITHIN = 60.0
AGENTS = [each.__name__.rpartition(".")[2] for each in CONCERNS] + [faust_child.SIXTH]

Process = asyncio.subprocess.Process


class Post:
    """Records in, notes out: one broker, the lives of the workers on it, and what they noted."""

    def __init__(self, tansu: Tansu, folder: Path) -> None:
        self._tansu = tansu
        self._notes = folder / "notes"
        self._notes.touch()
        self.log = folder / "worker.log"
        self._sent = 0

    @asynccontextmanager
    async def life(self, kind: str = "ours", *, joins: bool = True) -> AsyncGenerator[Process]:
        """One life of a worker, from its having joined the group."""
        before = self.notes().count("ready")
        with self.log.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.kafka.faust_child", kind, self._tansu.address, PREFIX, str(self._notes)),
                stdout=log,
                stderr=log,
                stdin=asyncio.subprocess.DEVNULL,
            )
        try:
            if joins:
                await self.until("ready", before + 1, JOINS_WITHIN)
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def send(self, *orders: dict[str, Any], to: Sequence[str] = ("logbook",), raw: bytes | None = None) -> None:
        """Orders, all on one partition, each with a doorbell for these agents; numbered 0, 1, 2 ... in `n`."""
        producer = AIOKafkaProducer(bootstrap_servers=self._tansu.address)
        await producer.start()
        try:
            for order in orders or [{}]:
                value = json.dumps({"n": self._sent, **order}).encode() if raw is None else raw
                heads = doorbell.headers(
                    id_=str(UUID(int=self._sent)), type_="x", position=self._sent + 1, crisis="k", concerns=to
                )
                headers = heads if raw is None else []
                await producer.send_and_wait(PREFIX + "commands", value, key=b"k", partition=0, headers=headers)
                self._sent += 1
        finally:
            await producer.stop()

    def notes(self) -> list[str]:
        """What was noted, without the pids."""
        return [line.rpartition(" pid=")[0] for line in self._notes.read_text().splitlines()]

    def by(self, pid: int) -> list[str]:
        """What one life noted."""
        marked = [line.rpartition(" pid=") for line in self._notes.read_text().splitlines()]
        return [text for text, _, who in marked if who == str(pid)]

    def readers(self, partition: int) -> set[str]:
        """The pids that were given the records 10 and 20 and so many: one number of partition, two topics."""
        marked = [line.rpartition(" pid=") for line in self._notes.read_text().splitlines()]
        wanted = {f"done logbook {tens + partition}" for tens in (10, 20)}
        return {who for text, _, who in marked if text in wanted}

    def forget(self) -> None:
        """What was noted until now, but who joined."""
        lines = self._notes.read_text().splitlines(keepends=True)
        self._notes.write_text("".join(line for line in lines if line.startswith("ready")))

    async def until(self, note: str, times: int = 1, within: float = 40.0) -> None:
        """Until it is noted so many times."""
        end = time.monotonic() + within
        while self.notes().count(note) < times:
            if time.monotonic() > end:
                last = self.log.read_text(errors="replace")[-1500:]
                raise AssertionError(f"{note!r} not noted {times} times: {self.notes()[-12:]}; {last}")
            await asyncio.sleep(0.05)

    async def committed(self) -> int:
        """Where the group's next life would begin on that partition."""
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._tansu.address, group_id=PREFIX + "worker", enable_auto_commit=False
        )
        await consumer.start()
        try:
            partition = TopicPartition(PREFIX + "commands", 0)
            consumer.assign([partition])
            return await consumer.committed(partition) or 0
        finally:
            await consumer.stop()

    async def until_committed(self, offset: int, within: float = 15.0) -> None:
        """Until the commit has reached it."""
        end = time.monotonic() + within
        while (now := await self.committed()) < offset:
            assert time.monotonic() < end, f"committed {now}, not {offset}"
            await asyncio.sleep(0.1)


@pytest.fixture
async def post(tansu: Tansu, tmp_path: Path) -> Post:
    assert await ensure_topics(tansu.address, PREFIX)
    return Post(tansu, tmp_path)


async def stop(process: Process, how: signal.Signals = signal.SIGTERM) -> float:
    """Signal and wait; the seconds it took to end."""
    began = time.monotonic()
    process.send_signal(how)
    async with asyncio.timeout(STOPS_WITHIN):
        await process.wait()
    return time.monotonic() - began


def done(agent: str, *numbers: int) -> set[str]:
    return {f"done {agent} {number}" for number in numbers}


def test_the_three_libraries_are_those_whose_faults_we_know() -> None:
    found = {name: version(name) for name in ("faust-streaming", "mode-streaming", "aiokafka")}
    assert found == {"faust-streaming": "0.15.3", "mode-streaming": "0.7.1", "aiokafka": "0.14.0"}, (
        "read docs/decisions/0011 before this line is changed: the tests below say what must be looked at"
    )


# -- our pattern ------------------------------------------------------------------------------------


async def test_an_agent_that_raises_ends_the_process_with_the_offset_at_the_failed_message(post: Post) -> None:
    await post.send({}, {}, {"do": "raise", "once": True}, {}, {})
    async with post.life(joins=False) as process, asyncio.timeout(JOINS_WITHIN):
        assert await process.wait() != 0
    assert await post.committed() <= 2, "or message 2 is skipped for good"
    assert not done("logbook", 2) & set(post.notes())
    async with post.life() as process:
        await post.until("done logbook 4")
        await post.until_committed(5)
        assert done("logbook", 2, 3, 4) <= set(post.by(process.pid))
        assert await stop(process) < STOPS_WITHIN


async def test_what_is_not_ours_is_set_aside_and_the_next_one_handled(post: Post) -> None:
    foreign = b"\xff\x00 not JSON"
    await post.send(raw=foreign)
    await post.send({})
    async with post.life():
        await post.until("done logbook 1")
        await post.until_committed(2)
    assert f"aside {PREFIX}commands/0/0 {foreign!r}" in post.notes()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
async def test_a_message_in_hand_when_the_worker_ends_comes_again(post: Post, how: signal.Signals) -> None:
    """And SIGTERM waits for no handler, not even for one that would never end."""
    await post.send({}, {"do": "wait", "seconds": 3600, "once": True}, {})
    async with post.life() as process:
        await post.until("begin logbook 1")
        await post.until_committed(1)
        took = await stop(process, how)
    assert took < STOPS_WITHIN
    assert await post.committed() == 1
    async with post.life():
        await post.until("done logbook 2")
    assert post.notes().count("begin logbook 1") == 2
    print(f"\n{how.name} in mid-message: ended after {took:.1f} s, the message came again")  # noqa: T201


async def test_a_second_worker_that_joins_in_mid_message_costs_a_second_try_and_no_message(post: Post) -> None:
    """The first one goes on with what it has in hand; only the journal's keys fence it."""
    await post.send({"do": "wait", "seconds": 8, "once": True}, {}, {})
    async with post.life() as first:
        await post.until("begin logbook 0")
        async with post.life() as second:
            await post.until("done logbook 2")
            await post.until_committed(3, within=30)
            await post.until("done logbook 0", 1, within=20)
            begun = [post.by(each.pid).count("begin logbook 0") for each in (first, second)]
    assert done("logbook", 0, 1, 2) <= set(post.notes())
    assert sum(begun) in (1, 2)
    print(f"\na second worker in mid-message: begun by the first {begun[0]}, by the second {begun[1]}")  # noqa: T201


async def test_a_broker_that_comes_back_empty_is_read_from_its_beginning(post: Post, tansu: Tansu) -> None:
    await post.send({}, {}, {})
    async with post.life() as process:
        await post.until("done logbook 2")
        await post.until_committed(3)
        tansu.kill()
        tansu.start()
        await ensure_topics(tansu.address, PREFIX)
        await post.send({})
        await post.until("done logbook 3", within=60)
        assert process.returncode is None, "it rejoined by itself"


async def test_a_worker_ends_by_itself_when_the_broker_is_away_at_its_start(post: Post, tansu: Tansu) -> None:
    """And is started again by the supervisor; it does not hang."""
    tansu.kill()
    async with post.life(joins=False) as process, asyncio.timeout(30):
        assert await process.wait() != 0


async def test_sigterm_ends_a_worker_whose_broker_is_away(post: Post, tansu: Tansu) -> None:
    await post.send({})
    async with post.life() as process:
        await post.until("done logbook 0")
        tansu.kill()
        await asyncio.sleep(1)
        took = await stop(process)
    print(f"\nSIGTERM with the broker away: ended after {took:.1f} s")  # noqa: T201


async def test_a_blocked_loop_does_not_cost_the_partitions(post: Post) -> None:
    """Heartbeats live in a thread of their own, so a hung worker keeps its partitions: the supervisor has to watch."""
    await post.send({"do": "block", "seconds": 8}, {}, {})  # the session is given up after 3
    async with post.life():
        await post.until("done logbook 2")
        await post.until_committed(3)
    assert [post.notes().count(f"begin logbook {n}") for n in range(3)] == [1, 1, 1]


async def test_six_agents_on_one_topic_each_hear_theirs_and_one_that_is_stuck_holds_the_commit(post: Post) -> None:
    await post.send(*[{} for _ in range(4)], to=AGENTS)
    await post.send({"do": "wait", "seconds": 3600, "who": "guides", "once": True}, to=AGENTS)
    await post.send(*[{} for _ in range(5)], to=[each for each in AGENTS if each != "guides"])
    async with post.life() as process:
        for agent in AGENTS:
            await post.until("begin guides 4" if agent == "guides" else f"done {agent} 9")
        await post.until_committed(4)
        await asyncio.sleep(2)  # four commit intervals
        assert await post.committed() == 4, "the five after it are handled by the others, and not committed"
        await stop(process, signal.SIGKILL)
    async with post.life() as process:
        for agent in AGENTS:
            await post.until("done guides 4" if agent == "guides" else f"done {agent} 9", 1 if agent == "guides" else 2)
        await post.until_committed(10)
    for agent in AGENTS:
        mine = range(5) if agent == "guides" else range(10)
        assert done(agent, *mine) <= set(post.notes()), f"{agent} lost one"


async def test_of_three_workers_each_has_the_same_partitions_of_both_topics(post: Post, tansu: Tansu) -> None:
    """So that the commands and the events of one crisis meet in one worker; Faust itself would deal them out apart."""
    async with post.life(), post.life(), post.life():
        readers: list[set[str]] = []
        for _ in range(20):  # the group may still be dealing
            await _one_to_each_partition(post, tansu)
            readers = [post.readers(partition) for partition in range(PARTITIONS)]
            if all(len(each) == 1 for each in readers) and len(set.union(*readers)) == 3:
                break
            post.forget()
        assert [len(each) for each in readers] == [1] * PARTITIONS, readers
        assert len(set.union(*readers)) == 3, "all three have something to do"


async def _one_to_each_partition(post: Post, tansu: Tansu) -> None:
    """`n` is 10 for commands and 20 for events, and the partition."""
    producer = AIOKafkaProducer(bootstrap_servers=tansu.address)
    await producer.start()
    try:
        for tens, topic in ((10, "commands"), (20, "events")):
            for partition in range(PARTITIONS):
                n = tens + partition
                heads = doorbell.headers(id_=str(UUID(int=n)), type_="x", position=n, crisis="k", concerns=("logbook",))
                value = json.dumps({"n": n}).encode()
                await producer.send_and_wait(PREFIX + topic, value, partition=partition, headers=heads)
    finally:
        await producer.stop()
    for tens in (10, 20):
        for partition in range(PARTITIONS):
            await post.until(f"done logbook {tens + partition}")


# -- Faust as it comes: the losses we know of ----------------------------------------------------------


async def test_known_fault_with_fausts_defaults_a_message_whose_agent_raises_is_lost(post: Post) -> None:
    await post.send({}, {"do": "raise"}, {}, {})
    async with post.life("defaults") as process:
        await post.until("done careless 3")
        await post.until_committed(4)
        await stop(process)
    assert post.notes().count("begin careless 1") == 1
    assert not done("careless", 1) & set(post.notes())


async def test_known_fault_with_two_at_once_a_slow_message_is_committed_before_it_is_done(post: Post) -> None:
    await post.send({"do": "wait", "seconds": 3600}, *[{} for _ in range(9)])
    async with post.life("two-at-once") as process:
        await post.until("done careless 9")
        await post.until_committed(1)  # past message 0, which is still in hand
        await stop(process, signal.SIGKILL)
    assert await post.committed() >= 1
    assert not done("careless", 0) & set(post.notes())


async def test_known_fault_without_waiting_sigterm_commits_the_message_in_hand(post: Post) -> None:
    await post.send({}, {"do": "wait", "seconds": 3600})
    async with post.life("no-wait") as process:
        await post.until("begin careless 1")
        await stop(process)
    assert await post.committed() == 2
    assert not done("careless", 1) & set(post.notes())


async def test_known_fault_acknowledging_by_hand_alone_loses_what_raised(post: Post) -> None:
    await post.send({}, {"do": "raise"}, {}, {}, {})
    async with post.life("noack") as process:
        await post.until("done careless 4")
        await post.until_committed(5)
        await stop(process)
    assert not done("careless", 1) & set(post.notes())


async def test_known_fault_by_hand_and_waiting_a_stop_never_ends(post: Post) -> None:
    await post.send({"do": "wait", "seconds": 3600})
    async with post.life("noack-wait") as process:
        await post.until("begin careless 0")
        with pytest.raises(TimeoutError):
            await stop(process)


async def test_known_fault_told_to_stop_with_the_broker_away_faust_hangs(post: Post, tansu: Tansu) -> None:
    await post.send({})
    async with post.life("defaults") as process:
        await post.until("done careless 0")
        tansu.kill()
        await asyncio.sleep(1)
        with pytest.raises(TimeoutError):
            await stop(process)
