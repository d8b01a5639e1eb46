"""The Faust app of one worker: settings that lose nothing, one agent per concern, the worker's jobs as tasks.

Settings and reasons: acknowledge by hand (`stream_wait_empty` off), crash instead of skipping a message, no tables, no
leader, no web server. Kafka carries, SQL remembers.
"""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingTypeStubs=false

from __future__ import annotations

import asyncio
import logging
import os
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from signal import Signals
from typing import Any

import faust
import mode

from agents import activation, crisis_staff, feedback, guides, logbook
from ddh_beredskab.streams.faust_patch import set_fetch_wait
from ddh_beredskab.streams.topics import PARTITIONS
from ddh_beredskab.streams.worker import Worker

CONCERNS = (activation, crisis_staff, guides, feedback, logbook)
STOP_WITHIN = 8.0
"""Seconds; less than the supervisor's patience, so that an end of our own comes first."""


def build(worker: Worker, jobs: Sequence[Callable[[], Awaitable[None]]]) -> Any:
    """The app: agents on `commands` and `events`, and the jobs as tasks on the same loop."""
    parts = worker.parts
    set_fetch_wait(parts.fetch_wait_ms)
    embedded = parts.embedded_broker
    app: Any = faust.App(
        parts.prefix + "worker",
        broker=[f"kafka://{server}" for server in parts.bootstrap_servers.split(",")],
        store="memory://",
        datadir=tempfile.mkdtemp(prefix="ddh-faust-"),
        topic_partitions=PARTITIONS,
        topic_disable_leader=True,
        topic_allow_declare=False,
        web_enabled=False,
        stream_wait_empty=False,
        agent_supervisor=mode.CrashingSupervisor,
        broker_commit_interval=0.5,
        broker_session_timeout=3.0 if embedded else 6.0,
        broker_heartbeat_interval=0.5 if embedded else 1.5,
        broker_rebalance_timeout=3.0 if embedded else 10.0,
        consumer_auto_offset_reset="earliest",
        worker_redirect_stdouts=False,
        broker_check_crcs=False,
    )
    topic = app.topic(
        parts.prefix + "commands",
        parts.prefix + "events",
        key_type=bytes,
        value_type=bytes,
        key_serializer="raw",
        value_serializer="raw",
        partitions=PARTITIONS,
    )
    worker.consumer = lambda: app.consumer
    for concern in CONCERNS:
        concern.attach(app, topic, worker.ringer)
    for job in jobs:
        app.task(_task(job))
    return app


def run(app: Any, loop: asyncio.AbstractEventLoop) -> None:
    """Run the app until it is told to stop; the process ends with Faust's exit code."""
    _Worker(app, loop=loop, loglevel="WARNING", quiet=True, logging_config=_LOGGING).execute_from_commandline()


class _Worker(faust.Worker):
    """Faust's worker, which never ends when it is told to stop while the broker is away: after a while it is ended.

    What it holds then is as durable as after kill -9; the supervisor would kill it soon after.
    """

    def _schedule_shutdown(self, signal: Signals) -> None:
        last_resort = threading.Timer(STOP_WITHIN, os._exit, (1,))
        last_resort.daemon = True
        last_resort.start()
        super()._schedule_shutdown(signal)

    def on_setup_root_logger(self, logger: logging.Logger, level: int) -> None:
        """Without Faust's spinner: for its sake the root logger would let everything of every library through."""
        self.spinner = None


def _task(job: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
    async def task() -> None:
        await job()

    return task


class Seldom(logging.Filter):
    """The same complaint once in a while: with a broker away the Kafka client writes some thirty lines a second."""

    def __init__(self, every: float = 10.0) -> None:
        super().__init__()
        self._every = every
        self._told: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        key, now = (record.name, str(record.msg)), time.monotonic()
        if now - self._told.get(key, float("-inf")) < self._every:
            return False
        self._told[key] = now
        return True


_LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"seldom": {"()": Seldom}},
    "formatters": {"default": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {
        "default": {
            "class": "logging.StreamHandler",
            "formatter": "default",
            "filters": ["seldom"],
            "stream": "ext://sys.stderr",
        }
    },
    "root": {"handlers": ["default"], "level": "WARNING"},
}
