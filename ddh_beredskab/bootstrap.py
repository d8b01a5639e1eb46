"""Where concrete parts are chosen and wired: settings in, a journal, deciders and workers out.

Tests, drills and production differ in one call here; nothing in `core/` or `agents/` knows which.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
import sys
from collections.abc import Callable, Mapping
from importlib import metadata
from typing import Any, Literal, TextIO, cast

import structlog

from ddh_beredskab.core.activation import activation_decider
from ddh_beredskab.core.crisis_staff import crisis_staff_decider
from ddh_beredskab.core.decider import Decider
from ddh_beredskab.core.feedback import feedback_decider
from ddh_beredskab.core.guides import guides_decider
from ddh_beredskab.core.logbook import logbook_decider
from ddh_beredskab.core.playbook import Playbooks
from ddh_beredskab.crash import check_crash_setting
from ddh_beredskab.drills.starting import Stage
from ddh_beredskab.errors import UserError
from ddh_beredskab.journal.database import (
    Database,
    PostgresDatabase,
    SqliteDatabase,
    environments_in,
    schema_name,
    sqlite_path,
)
from ddh_beredskab.journal.generation import read_generation, topic_prefix
from ddh_beredskab.journal.intake import UrgentRule
from ddh_beredskab.journal.messages import Journal
from ddh_beredskab.journal.migrate import check_sqlite, postgres_environments, prepare_postgres, prepare_sqlite
from ddh_beredskab.ops.auditor import Auditor
from ddh_beredskab.ops.clean_log import clean
from ddh_beredskab.ops.vitals import Vitals, unhindered, worker_name
from ddh_beredskab.pauses import set_aside_what_is_loaded
from ddh_beredskab.playbooks import find_playbooks, load_playbooks
from ddh_beredskab.projections import MODELS
from ddh_beredskab.settings import Settings
from ddh_beredskab.streams.worker import Job, Parts, Worker

Only = Literal["commands", "feedback", "all"]


def deciders(playbooks: Playbooks) -> Mapping[str, Decider[Any]]:
    """The concerns that are decided here, by name."""
    made: list[Decider[Any]] = [
        activation_decider(playbooks),
        crisis_staff_decider(playbooks),
        guides_decider(playbooks),
        feedback_decider(playbooks),
        logbook_decider(playbooks),
    ]
    return {each.concern: each for each in made}


def rules(settings: Settings) -> Playbooks:
    """The playbooks in use. Raises `PlaybookError` with every mistake's file and line."""
    return load_playbooks(settings.playbooks)


async def open_journal(settings: Settings, environment: str | None = None, *, migrate: bool = True) -> Database:
    """The journal of an environment; made or migrated first unless `migrate` is false.

    Raises `UserError` when it cannot be opened or a newer program wrote it.
    """
    name = environment or settings.environment
    if settings.database:
        schema = schema_name(name)
        await prepare_postgres(settings.database, schema, migrate=migrate)
        return PostgresDatabase(settings.database, schema)
    path = sqlite_path(settings.data, name)
    if migrate:
        prepare_sqlite(path)
    else:
        check_sqlite(path)
    return SqliteDatabase(path)


def drill_stage(settings: Settings) -> Stage:
    """What it takes to make a drill ready (`drills/starting.py`)."""

    async def names() -> list[str]:
        return await environments(settings)

    async def open_one(name: str) -> Database:
        return await open_journal(settings, name)

    return Stage(names, open_one, rules(settings), (find_playbooks(settings.playbooks) / "drills",))


async def environments(settings: Settings) -> list[str]:
    """The environments that have a journal; drift first."""
    if settings.database:
        return await postgres_environments(settings.database)
    return environments_in(settings.data)


async def prefix_of(settings: Settings, environment: str) -> str:
    """What the topics of an environment begin with: its name, and after a restore the name of its new life."""
    database = await open_journal(settings, environment)
    try:
        return topic_prefix(environment, await database.read(read_generation))
    finally:
        await database.close()


def journal_of(environment: str) -> Journal:
    """What appends write on messages of an environment."""
    return Journal(environment=environment)


def run_worker(settings: Settings, only: Only, *, alone: bool) -> None:
    """Run one worker process until it is told to stop. `alone`: the embedded system's only worker.

    A broker that is away is waited for: screens and timers, which need none, run meanwhile.
    Raises `UserError` before it starts when something is configured wrongly.
    """
    check_crash_setting()
    check_our_names()
    if settings.bootstrap_servers is None:
        raise UserError("worker_needs_broker")
    structlog.contextvars.bind_contextvars(environment=settings.environment, worker=only)
    playbooks = rules(settings)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    worker = loop.run_until_complete(_make_worker(settings, playbooks, only, alone=alone))
    if only == "feedback":
        set_aside_what_is_loaded()
        loop.run_until_complete(worker.run_feedback_only())
        return
    loop.run_until_complete(worker.until_broker_answers())
    jobs = worker.command_jobs() + (worker.feedback_jobs() if only == "all" else [])
    agents: Any = importlib.import_module("agents.app")
    app = agents.build(worker, jobs)
    set_aside_what_is_loaded()
    agents.run(app, loop)


async def _make_worker(settings: Settings, playbooks: Playbooks, only: Only, *, alone: bool) -> Worker:
    servers = settings.bootstrap_servers or ""
    database = await open_journal(settings)
    limits = playbooks.limits
    worker = Worker(
        Parts(
            database=database,
            journal=journal_of(settings.environment),
            bootstrap_servers=servers,
            prefix=topic_prefix(settings.environment, await database.read(read_generation)),
            deciders=deciders(playbooks),
            read_models=MODELS,
            window_minutes=limits.feedback_window_minutes,
            urgent=UrgentRule(limits.urgent_transfers, limits.urgent_transfers_minutes),
            alone=alone,
            quarantine_days=settings.quarantine_days,
            names_days=limits.receipts_delete_days,
            beside=_watch(settings, database, only, alone=alone),
        )
    )
    if only != "feedback":  # it decides nothing, and doors have one to wake
        await worker.prepare()
    return worker


def _watch(settings: Settings, database: Database, only: Only, *, alone: bool) -> Callable[[Worker], list[Job]]:
    """What a worker has beside its work: it tells how it is, and the one that decides audits the journal."""

    def beside(worker: Worker) -> list[Job]:
        vitals = Vitals(database, worker, worker_name(only, alone=alone))
        if only == "feedback":
            return [vitals.run]
        auditor = Auditor(
            database,
            MODELS,
            every=settings.audit_seconds,
            unhindered=unhindered(worker),
            heartbeat_url=settings.heartbeat_url,
        )
        return [vitals.run, auditor.run]

    return beside


def check_our_names() -> None:
    """`agents` and `schemas` are common words: refuse to start when another distribution owns them.

    Raises `UserError` naming the other distribution.
    """
    owners = metadata.packages_distributions()
    for name in ("agents", "schemas"):
        others = [each for each in owners.get(name, []) if each != "ddh-beredskab"]
        if others:
            raise UserError("name_taken", name=name, other=", ".join(sorted(set(others))))


def configure_logging(level: str = "INFO", *, stream: TextIO | None = None) -> None:
    """One JSON object a line on stderr (or the stream); the libraries' own logs from WARNING up."""
    out = stream or cast("TextIO", _Stderr())
    logging.basicConfig(level=logging.WARNING, stream=out, format="%(message)s", force=True)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            clean,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping().get(level.upper(), 20)),
        logger_factory=structlog.PrintLoggerFactory(out),
        cache_logger_on_first_use=True,
    )


class _Stderr:
    """Whatever stderr is when something is written: loggers live longer than a stream somebody put in its place.

    A log that cannot be written (its disk is full) is no reason to stop working.
    """

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError):
            return sys.stderr.write(text)
        return 0

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            sys.stderr.flush()
