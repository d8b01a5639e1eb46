"""Makes Faust's worker consumer wait as long for a fetch as we say, and keeps a crisis in one worker.

Faust 0.15 hard-codes `fetch_max_wait_ms=1500` and has no setting for it. Tansu does not wake a waiting fetch
when something is produced, so a hop costs 755 ms unpatched and 5.5 ms with a short wait. It also deals partitions out
one by one, so that with three workers the commands of a crisis go to one and its events to another; by ranges, the
partitions of one number stay together. The rule kept: only Faust's own group consumer is touched (`aiokafka` itself
stays as it is), and a Faust whose inside has changed is refused at the start instead of being slow in silence.
"""

import inspect
from typing import Any

from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from faust.transport.drivers import aiokafka as driver

from ddh_beredskab.errors import UserError

MIN_FETCH_WAIT_MS = 1  # with 0 aiokafka never delivers from Tansu


class FaustChanged(UserError):
    """This Faust does not make its consumer where we expect it; the patch must be looked at first."""


def set_fetch_wait(ms: int) -> None:
    """Every worker consumer Faust makes from now on waits at most `ms` for a fetch."""
    if ms < MIN_FETCH_WAIT_MS:
        raise ValueError(f"fetch wait must be at least {MIN_FETCH_WAIT_MS} ms, not {ms}")
    check_faust()
    inside: Any = driver
    real = inside.aiokafka.real if isinstance(inside.aiokafka, _Patched) else inside.aiokafka
    inside.aiokafka = _Patched(real, ms)


def check_faust() -> None:
    """Raises `FaustChanged` unless Faust still makes its group consumer where and how the patch needs it."""
    inside: Any = driver
    consumer = getattr(getattr(inside, "aiokafka", None), "AIOKafkaConsumer", None)
    maker = getattr(getattr(inside, "AIOKafkaConsumerThread", None), "_create_worker_consumer", None)
    source = inspect.getsource(maker) if maker is not None else ""
    needed = ("aiokafka.AIOKafkaConsumer(", "group_id=", "fetch_max_wait_ms=", "partition_assignment_strategy=")
    if consumer is None or not all(part in source for part in needed):
        raise FaustChanged("faust_changed")


class _Patched:
    """Stands where Faust's driver says `aiokafka`: the real module in everything but the group consumer."""

    def __init__(self, real: Any, fetch_wait_ms: int) -> None:
        self.real = real
        self.fetch_wait_ms = fetch_wait_ms

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    def AIOKafkaConsumer(self, *topics: str, **settings: Any) -> Any:
        if "group_id" in settings:
            settings["fetch_max_wait_ms"] = self.fetch_wait_ms
            settings["partition_assignment_strategy"] = [RangePartitionAssignor]
        return self.real.AIOKafkaConsumer(*topics, **settings)
