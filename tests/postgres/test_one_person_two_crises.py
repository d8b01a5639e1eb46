"""Nobody works in two crises: when both want the same person at the same moment, one gets him and the other goes on.

The race is run twenty times between two workers' ringers on each database, and once more between two real workers.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ddh_beredskab import bootstrap
from ddh_beredskab.core.subscriptions import CONCERNS
from ddh_beredskab.drills.account import all_messages, doubled_effects
from ddh_beredskab.journal import deliveries
from ddh_beredskab.journal.database import Database
from ddh_beredskab.journal.messages import Journal
from ddh_beredskab.journal.verify import verify_journal
from ddh_beredskab.settings import Settings
from ddh_beredskab.streams.ringing import Ringer
from tests.chaos.stage import playbooks
from tests.postgres.test_two_workers import cluster
from tests.postgres.two_crises import ROLE, call_for_help, must_have_gone_to_one, say_yes
from tests.services import Tansu

ROUNDS = 20


@pytest.fixture(params=["sqlite", "postgresql"])
async def both(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[list[Database]]:
    """One journal, opened twice, as two workers would."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    settings = Settings(data=tmp_path, database=url)
    databases = [await bootstrap.open_journal(settings) for _ in range(2)]
    yield databases
    for each in databases:
        await each.close()


async def _handle_everything(ringer: Ringer, crises: tuple[str, ...]) -> None:
    while sum([await ringer.handle_all(concern, crisis) for concern in CONCERNS for crisis in crises]):
        pass


async def test_of_two_crises_that_want_the_same_person_exactly_one_gets_him(both: list[Database]) -> None:
    journal = Journal()
    first, second = (Ringer(each, journal, bootstrap.deciders(playbooks())) for each in both)
    winners: Counter[str] = Counter()
    for number in range(ROUNDS):
        here, there = crises = (f"hav-{number}", f"fjord-{number}")
        await both[0].write(lambda conn, c=crises, n=number: call_for_help(conn, journal, c, n))
        await _handle_everything(first, crises)
        for crisis in crises:
            await both[1].write(lambda conn, c=crisis, n=number: say_yes(conn, journal, c, n))
        race = [first.handle_all("crisis_staff", here), second.handle_all("crisis_staff", there)]
        await asyncio.gather(*(race if number % 2 else race[::-1]))
        await _handle_everything(second, crises)
        got_him = await both[0].read(lambda conn, c=crises, n=number: must_have_gone_to_one(conn, c, n))
        winners[got_him.partition("-")[0]] += 1
    print(f"\n{ROUNDS} races for the {ROLE}: {dict(winners)}")  # noqa: T201 - the figures of this run
    assert await both[0].read(lambda conn: doubled_effects(all_messages(conn))) == []
    assert await both[0].read(verify_journal) == []


@pytest.mark.timeout(300)
async def test_two_worker_processes_agree_who_gets_the_person(tmp_path: Path, postgres_url: str, tansu: Tansu) -> None:
    settings = Settings(data=tmp_path, database=postgres_url)
    journal = Journal("oevelse.delt-1")
    database = await bootstrap.open_journal(settings, journal.environment)
    pairs = [(f"hav-{number}", f"fjord-{number}") for number in range(2)]  # some of them on one worker each
    try:
        async with cluster(settings, tansu):
            for number, pair in enumerate(pairs):
                await database.write(lambda conn, c=pair, n=number: call_for_help(conn, journal, c, n))
            await _settled(database)
            for number, pair in enumerate(pairs):
                answers = (
                    database.write(lambda conn, c=crisis, n=number: say_yes(conn, journal, c, n)) for crisis in pair
                )
                await asyncio.gather(*answers)
            await _settled(database)
        for number, pair in enumerate(pairs):
            await database.read(lambda conn, c=pair, n=number: must_have_gone_to_one(conn, c, n))
        assert await database.read(lambda conn: doubled_effects(all_messages(conn))) == []
        assert await database.read(verify_journal) == []
    finally:
        await database.close()


async def _settled(database: Database) -> None:
    while await database.read(deliveries.count_undone):
        await database.changed(1.0)
