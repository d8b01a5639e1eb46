"""One run: the product's workers and doors as processes in a world that fails, then a world at rest, then the verdict.

Everything that decides, stores, publishes, rings and counts is the product's own code on the product's own database
class; the world has the clock, the disk, the broker and the hand that kills.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, partial
from random import Random
from typing import Any

from agents.doorbells import listen
from ddh_beredskab.bootstrap import deciders
from ddh_beredskab.clock import from_micros, to_micros, use_time
from ddh_beredskab.crash import watch_crash_points
from ddh_beredskab.doors import accept_feedback, submit
from ddh_beredskab.drills.recording_model import OffShift, OnShift, Seen
from ddh_beredskab.errors import StorageBusy
from ddh_beredskab.journal import deliveries, intake
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.journal.database import SqliteDatabase
from ddh_beredskab.journal.intake import UrgentRule
from ddh_beredskab.journal.messages import Journal
from ddh_beredskab.journal.states import Loaded, load, load_person
from ddh_beredskab.journal.timers import timer_counts
from ddh_beredskab.projections import MODELS, runner
from ddh_beredskab.streams import doorbell
from ddh_beredskab.streams.worker import Parts, Worker
from schemas.base import Command
from schemas.feedback import FeedbackItem
from tests.simulation.broker import Broker, Conductor, Event, Member, SimConsumer
from tests.simulation.disk import Disk
from tests.simulation.faults import Luck, Plan
from tests.simulation.loop import Killed, Process, SimLoop, TooLong, here, world
from tests.simulation.scenario import Sent, playbooks, story, surge

PREFIX = "drift."
CONCERNS = ("activation", "crisis_staff", "guides", "feedback", "logbook")
REST = 60.0
"""Virtual seconds that the world is given to come to rest once the faults are over."""
LONGEST = 900.0
CRASH_POINT_CHANCE = 0.004


@cache
def _deciders() -> Any:
    return deciders(playbooks())


@dataclass
class SimTime:
    """The clocks of a run. The wall clock may be set; the other only goes forward."""

    loop: SimLoop
    wall: int

    def wall_micros(self) -> int:
        return self.wall + int(self.loop.time() * 1_000_000)

    def monotonic(self) -> float:
        return self.loop.time()


@dataclass
class Run:
    """What a run came to. `breaches` are the sentences of the verdict; none means that the promise was kept."""

    plan: Plan
    breaches: list[str] = field(default_factory=list[str])
    trace: list[str] = field(default_factory=list[str])
    journal_sha256: str = ""
    messages: int = 0
    accepted: int = 0
    faults: int = 0
    restarts: int = 0
    rested_after: float = 0.0
    seconds: float = 0.0
    """Virtual."""


class World:
    """A run on its way."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.run = Run(plan)
        self.luck = Luck(plan, trace=self.run.trace)
        self.loop = SimLoop(self.luck.die("scheduler"))
        self.sent = story(plan)
        self.time = SimTime(self.loop, to_micros(self.sent[0].wall))
        self.broker = Broker(self.loop, self.luck)
        salts = Random(f"salts/{plan.seed}")
        self.journal = Journal(environment="drift", new_salt=lambda: f"{salts.getrandbits(128):032x}")
        self.processes: dict[str, Process] = {}
        self.workers: dict[str, Worker] = {}
        """The workers that live, by the name of their process."""
        self.accepted: list[Sent] = []
        self.poisoned = 0
        self.foreign = 0
        self.disk = Disk(self.loop, self.luck)
        self.deciders = _deciders()

    # -- from beginning to end ----------------------------------------------------------------------

    def play(self) -> Run:
        """The whole run."""
        with use_time(self.time), watch_crash_points(self._crash_point):
            try:
                self.loop.run_until(self._main(), LONGEST)
            except TooLong as error:
                self.run.breaches.append(f"I9: the world did not end: {error}")
        self.run.seconds = self.loop.time()
        self.run.faults = len(self.run.trace)
        self.run.breaches += [f"loop: {error}" for error in self.loop.errors]
        return self.run

    async def _main(self) -> None:
        names = [f"worker-{number + 1}" for number in range(self.plan.workers)]
        for name in (*names, "web"):
            self._start(name)
        villains = [self.loop.spawn(world(), villain(), "villain") for villain in self._villains()]
        await self._send_all()
        await asyncio.sleep(self.luck.die("end").uniform(0.0, 3.0))
        self.luck.on = False
        for villain in villains:
            villain.cancel()
        over = self.loop.time()
        while not self._settled():
            await asyncio.sleep(0.25)
            if self.loop.time() - over > REST:
                self.run.breaches.append(f"I9: not at rest after {REST:.0f} s: {self._unsettled()}")
                break
        self.run.rested_after = self.loop.time() - over

    # -- processes ----------------------------------------------------------------------------------

    def _start(self, name: str) -> None:
        process = self.processes[name] = Process(name)
        if name == "web":
            process.context.run(self._open_web, process)
        else:
            self.loop.spawn(process, self._worker(process), name)

    def _open_web(self, process: Process) -> None:
        self.web = SqliteDatabase(":memory:", self.disk.connect)

    async def _worker(self, process: Process) -> None:
        limits = playbooks().limits
        agents = self.broker.group("worker", (PREFIX + "commands", PREFIX + "events"))
        member = Member(agents, process)
        database = SqliteDatabase(":memory:", self.disk.connect)
        database.poll_seconds = 0.25
        worker = Worker(
            Parts(
                database=database,
                journal=self.journal,
                bootstrap_servers="",
                prefix=PREFIX,
                deciders=self.deciders,
                read_models=MODELS,
                window_minutes=limits.feedback_window_minutes,
                urgent=UrgentRule(limits.urgent_transfers, limits.urgent_transfers_minutes),
                alone=self.plan.workers == 1,
                open_producer=self.broker.open_producer,
                open_consumer=partial(self._open_consumer, process),
                end_process=lambda: self._die(process, "it hears no rings and ends itself"),
            )
        )
        self.workers[process.name] = worker
        while True:
            try:
                await worker.prepare()
                break
            except StorageBusy:
                await asyncio.sleep(0.5)
        conductor = Conductor(member, CONCERNS)
        for stream in conductor.streams:
            stream.on_ack = self._watch_ack
            self._task(process, partial(listen, stream, stream.name, worker.ringer), f"agent {stream.name}")
        for number, job in enumerate([*worker.jobs_without_broker(), *worker.command_jobs(), *worker.feedback_jobs()]):
            self._task(process, job, f"job {number}")
        self._task(process, conductor.run, "conductor")
        agents.join(member)

    async def _open_consumer(self, process: Process) -> SimConsumer:
        await asyncio.sleep(0.01)
        if self.broker.away():
            raise OSError("connection refused")
        group = self.broker.group("feedback-counter", (PREFIX + "feedback",))
        member = Member(group, process)
        group.join(member)
        return SimConsumer(member)

    def _task(self, process: Process, job: Callable[[], Awaitable[None]], name: str) -> None:
        async def guarded() -> None:
            try:
                await job()
            except Exception as error:
                if process.alive:
                    self.run.breaches.append(f"{process.name}, {name}: an exception left it: {error!r}")
                    self._die(process, f"{name} ended with {error!r}")

        self.loop.spawn(process, guarded(), name)

    def _die(self, process: Process, why: str) -> None:
        """kill -9 by somebody; raises `Killed` when it is the process itself that stands here."""
        if not process.alive:
            return
        self.run.trace.append(f"{self.loop.time():8.3f} {process.name} dies: {why}")
        self.run.restarts += 1
        itself = here() is process
        process.kill()
        self.disk.release()
        after = self.luck.die("restart").uniform(0.3, 2.0)
        self.loop.call_later(after, self._restart, process, context=world().context)
        if itself:
            raise Killed

    def _restart(self, process: Process) -> None:
        for group in self.broker.groups.values():
            for member in [member for member in group.members if member.process is process]:
                group.leave(member)
        self._start(process.name)

    # -- what goes wrong ----------------------------------------------------------------------------

    def _crash_point(self, name: str) -> None:
        process = here()
        if process is not world() and self.luck.strikes("crash-point", CRASH_POINT_CHANCE):
            self._die(process, f"at {name}")

    def _villains(self) -> list[Callable[[], Any]]:
        every = {
            "crash": (2.0, self._crash),
            "broker-wiped": (4.0, self._wipe),
            "broker-away": (5.0, self._send_broker_away),
            "freeze": (4.0, self._freeze),
            "rebalance": (2.0, self._rebalance),
            "clock-jump": (3.0, self._jump),
            "poison": (4.0, self._poison),
            "foreign": (2.0, self._send_foreign),
        }
        return [
            partial(self._now_and_then, fault, seconds, deed)
            for fault, (seconds, deed) in every.items()
            if fault in self.plan.faults
        ]

    async def _now_and_then(self, fault: str, seconds: float, deed: Callable[[Random], None]) -> None:
        dice = self.luck.die(fault)
        while True:
            await asyncio.sleep(dice.expovariate(1 / seconds))
            deed(dice)

    def _told(self, what: str) -> None:
        self.run.trace.append(f"{self.loop.time():8.3f} {what}")

    def _crash(self, dice: Random) -> None:
        self._die(self.processes[dice.choice(list(self.processes))], "kill -9")

    def _wipe(self, _dice: Random) -> None:
        self._told("the broker is wiped")
        self.broker.wipe()

    def _send_broker_away(self, dice: Random) -> None:
        self.broker.away_until = self.loop.time() + dice.choice((0.5, 3.0, 8.0))
        self._told(f"the broker is away until {self.broker.away_until:.3f}")

    def _freeze(self, dice: Random) -> None:
        process = self.processes[dice.choice(list(self.processes))]
        seconds = dice.choice((0.5, 4.0, 7.0))
        self._told(f"{process.name} stands still for {seconds} s")
        self.loop.freeze(process, seconds)
        if seconds > 3.0:
            self.loop.call_later(3.0, self._expel, process, context=world().context)

    def _expel(self, process: Process) -> None:
        """The group gives a silent member up; it comes back when it stirs, with what it held still in its hands."""
        for group in self.broker.groups.values():
            for member in [member for member in group.members if member.process is process]:
                group.leave(member)
                self.loop.call_later(5.0, self._let_in, group, member, context=world().context)

    def _let_in(self, group: Any, member: Member) -> None:
        if member.process.alive:
            group.join(member)

    def _rebalance(self, _dice: Random) -> None:
        self._told("partitions change hands")
        for group in self.broker.groups.values():
            if group.members:
                group.assign()

    def _jump(self, dice: Random) -> None:
        hours = dice.choice((-1, 1, 1, 2))
        self._told(f"the wall clock jumps {hours:+d} h")
        self.time.wall += hours * 3_600_000_000

    def _poison(self, dice: Random) -> None:
        if not self.accepted or self.disk.real.in_transaction:
            return
        crisis = self.accepted[0].given.crisis_id
        position = self.disk.real.execute("SELECT max(position) FROM messages").fetchone()[0] + 1
        columns = "id, source, subject, time, recorded_at, correlation_id, actor, environment"
        self.disk.real.execute("BEGIN IMMEDIATE")
        self.disk.real.execute(
            f"INSERT INTO messages (position, type, data, {columns}) SELECT ?, 'dk.ddh.beredskab.cast_vote.v1',"
            f" '{{\"nonsense\": 1}}', ?, source, subject, time, recorded_at, correlation_id, actor, environment"
            " FROM messages WHERE subject = ? LIMIT 1".replace("data, id, ", "data, id, "),
            (position, f"00000000-0000-7000-8000-{dice.getrandbits(48):012x}", crisis),
        )
        self.disk.real.execute(
            "INSERT INTO deliveries (position, concern, crisis, committed_at) VALUES (?, 'activation', ?, ?)",
            (position, crisis, self.time.wall_micros()),
        )
        self.disk.real.execute("COMMIT")
        self.disk.commits += 1
        self.poisoned += 1
        self._told(f"poison stands at position {position}")

    def _send_foreign(self, dice: Random) -> None:
        topic = dice.choice(("commands", "events", "feedback"))
        headers = dice.choice(([], [("id", b"\xff")], [("id", b"1"), ("position", b"x")]))
        value = dice.choice((None, b"", b"\xff\xfe", b'{"crisis_id": 1}', b"[" * 2000))
        self.broker.append(PREFIX + topic, b"key", value, headers, dice.randrange(2))
        self.foreign += 1
        self._told(f"a foreign record on {topic}")

    # -- what is sent -------------------------------------------------------------------------------

    async def _send_all(self) -> None:
        waiting: list[asyncio.Task[None]] = []
        for each in self.sent:
            await asyncio.sleep(each.pause)
            self.time.wall += max(0, to_micros(each.wall) - self.time.wall_micros())
            waiting.append(self.loop.spawn(world(), self._send(each), "sender"))
        for task in waiting:
            await task

    async def _send(self, each: Sent) -> None:
        """Send until told "received"; sometimes once more."""
        await self._until_received(each)
        self.accepted.append(each)
        if self.luck.strikes("retries", 0.3):
            self._told(f"input {each.given.index} is sent once more")
            await self._until_received(each)

    async def _until_received(self, each: Sent) -> None:
        while True:
            web = self.processes["web"]
            if web.alive:
                asked = self.loop.spawn(web, self._door(self.web, each), "door")
                done, _ = await asyncio.wait({asked}, timeout=5.0)
                if done and asked.exception() is None:
                    return
                if done and not isinstance(asked.exception(), (StorageBusy, Killed)):
                    self.run.breaches.append(f"a door failed: {asked.exception()!r}")
                    return
            await asyncio.sleep(0.5)

    async def _door(self, database: SqliteDatabase, each: Sent) -> None:
        given = each.given
        towns = surge().agents

        def job(conn: Conn) -> None:
            at = each.wall
            match given.payload:
                case FeedbackItem() as item:
                    accept_feedback(conn, [item])
                case OnShift() as shift:
                    intake.begin_shift(conn, [(a, shift.municipality or towns[a]) for a in shift.agents], at)
                case OffShift() as shift:
                    intake.end_shift(conn, shift.agents, at)
                case Seen() as seen:
                    intake.add_receipts(conn, given.crisis_id, seen.version, [(a, towns[a]) for a in seen.agents], at)
                case _:
                    raise AssertionError(given.kind)

        if isinstance(given.payload, Command):
            await submit(database, self.journal, given.payload, given.crisis_id, given.actor, id_=given.id)
        else:
            await database.write(job)

    # -- looking ------------------------------------------------------------------------------------

    def _watch_ack(self, concern: str, event: Event) -> None:
        """An acknowledgement comes strictly after the commit of what the doorbell rang for."""
        try:
            bell = doorbell.read(event.headers)
        except doorbell.NotADoorbell:
            return
        if concern in bell.concerns:
            open_ = self.disk.real.execute(
                "SELECT 1 FROM deliveries WHERE concern = ? AND crisis = ? AND position <= ? AND done_at IS NULL",
                (concern, bell.crisis, bell.position),
            ).fetchone()
            if open_ is not None:
                self.run.breaches.append(f"{concern} acknowledged position {bell.position} before it was done")

    def conn(self) -> Conn:
        """The journal as it stands, for the verdict."""
        return Conn(self.disk.real.cursor(), "sqlite")

    def load(self, stream: str, remembered: Loaded | None) -> Loaded:
        """A stream's state, from what is remembered or from its first event."""
        decider = self.deciders.get(stream.partition("-")[0])
        if decider is None:
            return load_person(self.conn(), stream, remembered)
        return load(self.conn(), stream, decider, remembered)

    def now(self) -> datetime:
        """The wall clock."""
        return from_micros(self.time.wall_micros())

    def _settled(self) -> bool:
        if self.disk.real.in_transaction:
            return False
        conn = self.conn()
        return (
            deliveries.oldest_position(conn) is None
            and intake.oldest_uncounted(conn) is None
            and timer_counts(conn, self.now())[2] == 0
            and runner.behind(conn, MODELS) == 0
            and all(process.alive for process in self.processes.values())
        )

    def _unsettled(self) -> str:
        conn = self.conn()
        return (
            f"{deliveries.count_undone(conn)} deliveries undone {deliveries.oldest_undone(conn)[:3]},"
            f" oldest uncounted {intake.oldest_uncounted(conn)}, {timer_counts(conn, self.now())[2]} timers late,"
            f" read models {runner.behind(conn, MODELS)} behind"
        )

    def journal_sha256(self) -> str:
        """Every column of every message, in order."""
        digest = hashlib.sha256()
        for row in self.disk.real.execute("SELECT * FROM messages ORDER BY position"):
            digest.update(repr(row).encode())
        return digest.hexdigest()
