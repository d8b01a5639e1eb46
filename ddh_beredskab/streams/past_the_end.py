"""A reader that stands past the end of its partition hears nothing: it is found, and put back to the beginning.

A broker that was wiped begins its offsets anew. What was read before and is committed after lies past the new end, and
Tansu answers a fetch from there with silence, not with OFFSET_OUT_OF_RANGE as Apache Kafka does: the partition would be
deaf until its end has passed that offset, also to every fresh worker. The rule kept: reading again is harmless, since
SQL knows what is done, so in doubt everything is read from the beginning.
"""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# aiokafka and Faust annotate parts of their clients only.

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer

log = structlog.stdlib.get_logger(__name__)

LOOK_EVERY = 1.0
SURE_AFTER = 5
"""Looks in a row. Where a broker has just come back, a reader stands past the new end until it has joined again, some
two or three seconds; that heals by itself."""
ANSWER_WITHIN = 2.0


class PastTheEnd(Exception):
    """A Faust consumer stood past the end; its offsets are forgotten, and its process must be replaced."""


class StartsOver(AIOKafkaConsumer):
    """A consumer that goes back to the beginning of a partition when it finds itself past its end."""

    async def getmany(self, *partitions: Any, timeout_ms: int = 0, max_records: int | None = None) -> dict[Any, Any]:
        """As aiokafka's; it looks where it stands whenever nothing came."""
        found = await super().getmany(*partitions, timeout_ms=timeout_ms, max_records=max_records)
        if not found:
            for partition in await beyond(self):
                log.warning("past the end of the partition; reading from its beginning", partition=str(partition))
                self.seek(partition, 0)
        return found


async def watch(consumer: Callable[[], Any]) -> None:
    """Look every second at a Faust consumer (null while there is none), for ever.

    Raises `PastTheEnd` when it stood there at so many looks in a row: Faust would drop what it reads again, so its
    process ends, and the next one finds the offsets forgotten.
    """
    looks: dict[Any, int] = {}
    while True:
        await asyncio.sleep(LOOK_EVERY)
        reader = consumer()
        if reader is None:
            continue
        looks = {each: looks.get(each, 0) + 1 for each in await beyond(reader)}
        if sure := [each for each, times in looks.items() if times >= SURE_AFTER]:
            with contextlib.suppress(Exception):  # away again: then these offsets are gone with the broker
                async with asyncio.timeout(ANSWER_WITHIN):
                    await reader._commit(dict.fromkeys(sure, 0))
            raise PastTheEnd(", ".join(sorted(f"{each.topic}/{each.partition}" for each in sure)))


async def beyond(consumer: Any) -> set[Any]:
    """The partitions in which it stands past the end, as it was last told; none while the group is being joined."""
    found: set[Any] = set()
    with contextlib.suppress(Exception):  # an assignment that changes under our hands: the next look will tell
        for partition in consumer.assignment():
            end = consumer.highwater(partition)
            if end is None:
                continue
            async with asyncio.timeout(ANSWER_WITHIN):
                position = await consumer.position(partition)
            if position is not None and position > end:
                found.add(partition)
    return found
