"""A worker that stands still and goes on when another has gone first: what it then writes is refused, every time.

On PostgreSQL two workers really are in their transactions at once: one is held after it has decided, or before its
COMMIT until the server gives it up, and the second goes through. On SQLite, where one holds the only write lock, the
zombie is the one that stands before BEGIN with an old state. Each race is run a hundred times, for decisions with
events and for empty ones. The last test does it to real workers: SIGSTOP, a real rebalance, no supervisor, SIGCONT.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest

from ddh_beredskab.drills.account import all_messages, doubled_effects
from ddh_beredskab.errors import VersionConflict
from ddh_beredskab.journal import deliveries
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.journal.database import Database, PostgresDatabase, SqliteDatabase
from ddh_beredskab.journal.messages import NewMessage, append_commands, append_events
from ddh_beredskab.journal.migrate import prepare_postgres, prepare_sqlite
from ddh_beredskab.journal.states import load
from ddh_beredskab.journal.verify import verify_journal
from ddh_beredskab.streams.ringing import Ringer
from schemas.base import Message
from schemas.crisis_staff import PersonTaken
from tests.chaos.stage import until
from tests.journal.desk import JOURNAL, T0, entry, new
from tests.journal.notebook import NOTEBOOK

ROUNDS = 100


@dataclass
class Zombie:
    """The process that is held: its gate, its standard input and output."""

    gate: Path
    process: asyncio.subprocess.Process

    async def held_at(self, order: str) -> None:
        """Give an order and wait until it stands still in the middle of it."""
        self.gate.touch()
        self._write(order)
        await until(self.gate.with_name("gate.held").exists, 20)

    async def let_go(self) -> str:
        """Open the gate; what it says then."""
        self.gate.unlink()
        return await self._said()

    async def told(self, order: str) -> str:
        """Give an order while the gate is open; what it says."""
        self._write(order)
        return await self._said()

    def _write(self, order: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{order}\n".encode())

    async def _said(self) -> str:
        assert self.process.stdout is not None
        async with asyncio.timeout(20):
            return (await self.process.stdout.readline()).decode().strip()


@asynccontextmanager
async def a_zombie(place: str, point: str, folder: Path) -> AsyncGenerator[Zombie]:
    gate = folder / "gate"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.chaos.zombie_script", place,
        env={**os.environ, "DDH_HOLD_AT": f"{point}:{gate}"},
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        yield Zombie(gate, process)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


@pytest.fixture(params=["sqlite", "postgresql"])
async def journal(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """A journal on each database."""
    async with _opened(
        tmp_path, request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    ) as db:
        yield db


@asynccontextmanager
async def _opened(folder: Path, url: str | None) -> AsyncGenerator[Database]:
    database: Database
    if url is None:
        path = folder / "drift" / "journal.db"
        prepare_sqlite(path)
        database = SqliteDatabase(path)
    else:
        await prepare_postgres(url, "drift")
        database = PostgresDatabase(url, "drift")
    try:
        yield database
    finally:
        await database.close()


async def _give(database: Database, crisis: str, name: str, message: Message) -> None:
    await database.write(lambda conn: append_commands(conn, JOURNAL, [new(message, name, crisis=crisis)], T0))


async def _must_be_sound(database: Database, outcomes: dict[str, int]) -> None:
    assert await database.read(deliveries.counts_by_outcome) == outcomes
    assert await database.read(lambda conn: doubled_effects(all_messages(conn))) == []
    assert await database.read(verify_journal) == []


async def test_what_was_decided_on_an_old_state_is_refused_a_hundred_times_of_a_hundred(journal: Database) -> None:
    """The plain case, on both databases: the head row is the fence, for events and for an empty decision alike."""
    second = Ringer(journal, JOURNAL, {"logbook": NOTEBOOK})
    stream, refused = "logbook-k1", Counter[str]()
    for number in range(ROUNDS):
        old = await journal.read(lambda conn: load(conn, stream, NOTEBOOK, None))
        await _give(journal, "k1", f"a{number}", entry(f"Melding {number}"))
        assert await second.handle_all("logbook", "k1") == 1
        late = new(PersonTaken(person="p", role="log_keeper", crisis_id="k1"), f"late{number}")
        with_events = [NewMessage(late.id, late.message, "k1", T0, late.actor, late.id, late.id, stream)]
        for what, events in (("append", with_events), ("empty", [])):

            def write(
                conn: Conn, events: list[NewMessage] = events, old: tuple[int, str] = (old.version, old.hash)
            ) -> None:
                append_events(conn, JOURNAL, {stream: old}, events, T0)

            with contextlib.suppress(VersionConflict):
                await journal.write(write)
                continue
            refused[what] += 1
    print(f"\nrefused: {dict(refused)} of {ROUNDS} each")  # noqa: T201 - the figures of this run
    assert refused == {"append": ROUNDS, "empty": ROUNDS}
    await _must_be_sound(journal, {"decided": ROUNDS})


@pytest.mark.parametrize("channel", ["", "silent"], ids=["append", "empty"])
async def test_a_decision_held_on_postgresql_while_a_second_worker_goes_first_is_refused(
    tmp_path: Path, postgres_url: str, channel: str
) -> None:
    """Both want the same person, for two crises, at the same moment; the first has decided and stands still."""
    said: Counter[str] = Counter()
    async with _opened(tmp_path, postgres_url) as database, a_zombie(postgres_url, "after-decide", tmp_path) as zombie:
        second = Ringer(database, JOURNAL, {"logbook": NOTEBOOK})
        for number in range(ROUNDS):
            here, there, person = f"hav-{number}", f"fjord-{number}", f"person-{number}"
            await _give(database, here, f"h{number}", entry(owner=person, channel=channel))
            await _give(database, there, f"f{number}", entry(owner=person))
            await zombie.held_at(f"step {here}")
            assert await second.handle_all("logbook", there) == 1
            said[await zombie.let_go()] += 1
            assert await zombie.told(f"ring {here}") == "rang 1", "and then it decides on what is true now"
        print(f"\nwhat became of the held decisions: {dict(said)}")  # noqa: T201 - the figures of this run
        assert said == {"refused": ROUNDS}
        await _must_be_sound(database, {"decided": ROUNDS, ("nothing" if channel else "refused"): ROUNDS})


@pytest.mark.parametrize("channel", ["", "silent"], ids=["append", "empty"])
async def test_a_worker_held_before_commit_until_the_server_gives_it_up_cannot_commit_after_the_second(
    tmp_path: Path, postgres_url: str, channel: str
) -> None:
    """While it lives its rows are locked; so the server ends its session, as it does after 5 s by itself."""
    said: Counter[str] = Counter()
    server = await asyncpg.connect(postgres_url.replace("+asyncpg", ""))
    try:
        async with (
            _opened(tmp_path, postgres_url) as database,
            a_zombie(postgres_url, "before-commit", tmp_path) as zombie,
        ):
            second = Ringer(database, JOURNAL, {"logbook": NOTEBOOK})
            for number in range(ROUNDS):
                await _give(database, "k1", f"a{number}", entry(f"Melding {number}", channel=channel))
                await zombie.held_at("step k1")
                given_up = await server.fetchval(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database()"
                    " AND state = 'idle in transaction'"
                )
                assert given_up == 1
                assert await second.handle_all("logbook", "k1") == 1
                said[await zombie.let_go()] += 1
                assert await zombie.told("ring k1") == "rang 0"
            print(f"\nwhat became of the held commits: {dict(said)}")  # noqa: T201 - the figures of this run
            assert said == {"busy": ROUNDS}
            await _must_be_sound(database, {("nothing" if channel else "decided"): ROUNDS})
    finally:
        await server.close()


@pytest.mark.parametrize("channel", ["", "silent"], ids=["append", "empty"])
async def test_a_worker_held_before_begin_on_sqlite_finds_its_work_done_and_its_old_state_harmless(
    tmp_path: Path, channel: str
) -> None:
    said: Counter[str] = Counter()
    place = str(tmp_path / "drift" / "journal.db")
    async with _opened(tmp_path, None) as database, a_zombie(place, "before-begin", tmp_path) as zombie:
        second = Ringer(database, JOURNAL, {"logbook": NOTEBOOK})
        await _give(database, "k1", "first", entry())
        assert await zombie.told("step k1") == "done 1", "from now on it has a state of its own"
        for number in range(ROUNDS):
            await _give(database, "k1", f"a{number}", entry(f"Melding {number}", channel=channel))
            await zombie.held_at("step k1")
            assert await second.handle_all("logbook", "k1") == 1
            await _give(database, "k1", f"b{number}", entry(f"Og {number}"))
            assert await second.handle_all("logbook", "k1") == 1, "its state is old now"
            said[await zombie.let_go()] += 1
            await _give(database, "k1", f"c{number}", entry(f"Videre {number}"))
            assert await zombie.told("step k1") == "done 1"
        print(f"\nwhat became of the held work: {dict(said)}")  # noqa: T201 - the figures of this run
        assert said == {"done 0": ROUNDS}
        silent = {"nothing": ROUNDS} if channel else {}
        await _must_be_sound(database, {"decided": 1 + ROUNDS * (2 if channel else 3), **silent})
