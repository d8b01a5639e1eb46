"""Quarantine with a real worker on a real broker, seen through the command line, on both databases."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ddh_beredskab import bootstrap
from ddh_beredskab.doors import accept
from ddh_beredskab.journal.clock_row import clock_now
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.database import Job, T
from ddh_beredskab.journal.messages import head_position
from ddh_beredskab.run_drill import worker_child
from ddh_beredskab.settings import Settings
from ddh_beredskab.streams.relay import Publisher, Record
from schemas.activation import ReportIncident
from schemas.base import Actor
from schemas.logbook import WriteLogEntry
from tests.chaos.stage import whole
from tests.cli.conftest import Cli
from tests.services import Tansu

CRISIS = "proeve-krise"
_SPOIL = Statement(
    "UPDATE messages SET data = replace(data, 'information_in', 'no_such_kind') WHERE position = :position"
)
_MEND = Statement(
    "UPDATE messages SET data = replace(data, 'no_such_kind', 'information_in') WHERE position = :position"
)


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    database: str | None = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    return Settings(data=tmp_path / "data", database=database)


def in_journal(settings: Settings, job: Job[T]) -> T:
    """A transaction of its own, in a loop of its own."""

    async def run() -> T:
        database = await bootstrap.open_journal(settings, "drift")
        try:
            return await database.write(job)
        finally:
            await database.close()

    return asyncio.run(run())


@contextmanager
def a_worker(settings: Settings, broker: Tansu) -> Generator[subprocess.Popen[bytes]]:
    """The worker as the supervisor starts it, killed at the end."""
    child = worker_child(settings, "drift", broker.url)
    env = {name: value for name, value in child.env.items() if value is not None}
    settings.data.mkdir(exist_ok=True)
    with (settings.data / "worker.log").open("ab") as log:
        process = subprocess.Popen(child.argv, env={"PATH": os.environ["PATH"], **env}, stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()


class Operator:
    """Who types, on this database."""

    def __init__(self, cli: Cli, settings: Settings) -> None:
        self._cli = cli
        self._data = settings.data

    def __call__(self, *words: object) -> dict[str, Any]:
        return self._cli(*words, "--data", self._data, "--json").json


@pytest.fixture
def said(cli: Cli, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Operator:
    if settings.database:
        monkeypatch.setenv("DDH_DATABASE", settings.database)
    return Operator(cli, settings)


def until(true: Callable[[], bool], within: float = 25) -> None:
    end = time.monotonic() + within
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.2)


async def _send(broker: Tansu, record: Record) -> None:
    publisher = Publisher(broker.address, "drift.")
    assert await publisher.send_all([record])
    await publisher.close()


@pytest.mark.timeout(150)
def test_poison_on_a_topic_and_poison_in_the_journal_are_judged_by_a_person(
    settings: Settings, said: Operator, tansu: Tansu
) -> None:
    drift = bootstrap.journal_of("drift")

    def report(conn: Conn) -> None:
        first = whole().inputs[0]
        assert isinstance(first.payload, ReportIncident)
        accept(conn, drift, first.payload, CRISIS, first.actor)

    def write_three(conn: Conn) -> int:
        for number in range(3):
            entry = WriteLogEntry(kind="information_in", text=f"Nr. {number}", happened_at=clock_now(conn))
            accept(conn, drift, entry, CRISIS, Actor(person="proeve-person", role="log_keeper"))
        spoiled = head_position(conn) - 1
        conn.run(_SPOIL, position=spoiled)
        return spoiled

    def log_texts() -> list[str]:
        return [each["text"] for each in said("log", "show", CRISIS)["entries"]]

    in_journal(settings, report)
    asyncio.run(_send(tansu, Record("events", CRISIS.encode(), b"\xff\x00 fremmed", [], 0)))
    with a_worker(settings, tansu):
        until(lambda: bool(log_texts()))
        spoiled = in_journal(settings, write_three)
        until(lambda: len(said("quarantine", "list")["quarantine"]) == 2)
        found = {each["concern"]: each for each in said("quarantine", "list")["quarantine"]}
        foreign, own = found[None], found["logbook"]
        assert (foreign["advice"], own["crisis_id"], own["position"]) == ("cannot", CRISIS, spoiled)
        assert "kan ikke læses" in own["reason"]
        assert said("quarantine", "show", foreign["id"])["raw_hex"] == b"\xff\x00 fremmed".hex()

        again = said("quarantine", "retry", own["id"][:10], "--wait", 30)["retried"][0]
        assert again["outcome"] == "quarantined"
        assert again["back_as"] != own["id"]
        back = said("quarantine", "show", again["back_as"])
        assert (back["attempt"], back["resolution"]) == (2, None)

        in_journal(settings, lambda conn: conn.run(_MEND, position=spoiled))
        done = said("quarantine", "retry", "--all", "--wait", 30)
        assert [each["outcome"] for each in done["retried"]] == ["decided"]
        assert done["retried"][0]["handled_late"]
        assert done["retried"][0]["events"] >= 1
        assert done["left"] == [foreign["id"]]
        assert "--why" in said("quarantine", "discard", foreign["id"])["error"]["message"]
        said("quarantine", "discard", foreign["id"], "--why", "Sendt af en prøve")
        assert said("quarantine", "list")["quarantine"] == []
        history = said("quarantine", "list", "--all")["quarantine"]
        assert sorted(each["resolution"] for each in history) == ["discarded", "retried", "retried"]
        assert [text for text in log_texts() if text.startswith("Nr. ")] == ["Nr. 0", "Nr. 2", "Nr. 1"]
