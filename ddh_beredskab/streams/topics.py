"""The topics, their names and their partitions, and what the broker at hand can do.

Rules kept: `drift.` and each drill's `oevelse.<id>.` share nothing; every topic has the same, never changed
number of partitions, so that all messages of one crisis meet in one worker; and every topic says how long it
keeps, explicitly, because Tansu does not report a default and readers fail on that.
"""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# aiokafka annotates parts of its client only.

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError
from aiokafka.protocol.transaction import InitProducerIdRequest

from ddh_beredskab.errors import UserError

PARTITIONS = 4
OPERATION = "drift."

_DAY_MS = 24 * 3600 * 1000
RETENTION_MS: Mapping[str, int] = {
    "commands": _DAY_MS,  # a doorbell older than a day rings for nothing: the sweeper has rung long since
    "events": 7 * _DAY_MS,
    "feedback": _DAY_MS,
    "guides": 30 * _DAY_MS,
    "reports": 30 * _DAY_MS,
    "deadletter": 7 * _DAY_MS,
}
TOPICS = tuple(RETENTION_MS)

_ALREADY_EXISTS = 36
_MAX_REPLICAS = 3
_ASK_AGAIN = {14, 15}  # coordinator loading or not there yet: a Kafka that is starting
_UNKNOWN_SERVER_ERROR = -1

BrokerKind = Literal["tansu", "kafka"]


class TopicSetupFailed(UserError):
    """The broker would not make a topic, or has it with another number of partitions."""


class BrokerUnreachable(UserError):
    """The broker did not answer what we must know before using it."""


@dataclass(frozen=True, slots=True)
class BrokerTraits:
    """What we do differently for this broker, decided by what it can do and not by what it calls itself."""

    kind: BrokerKind
    fetch_wait_ms: int
    """Tansu does not wake a waiting fetch on produce, so we wait briefly; Apache Kafka does."""
    idempotent: bool
    """Whether the relay's producer may ask for idempotence."""


TRAITS: Mapping[BrokerKind, BrokerTraits] = {
    "tansu": BrokerTraits(kind="tansu", fetch_wait_ms=5, idempotent=False),
    "kafka": BrokerTraits(kind="kafka", fetch_wait_ms=500, idempotent=True),
}


def drill_prefix(drill_id: str) -> str:
    """The prefix of everything that belongs to one drill."""
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,100}", drill_id):
        raise ValueError(f"a drill id in a topic name holds letters, digits, - and _ only, not {drill_id!r}")
    return f"oevelse.{drill_id}."


def topic_name(prefix: str, topic: str) -> str:
    if topic not in TOPICS:
        raise ValueError(f"there is no topic {topic!r}; known are {', '.join(TOPICS)}")
    return prefix + topic


def topic_names(prefix: str) -> tuple[str, ...]:
    return tuple(prefix + topic for topic in TOPICS)


async def ensure_topics(bootstrap: str, prefix: str, *, within: float = 10.0) -> list[str]:
    """Make the environment's topics that are missing; returns the names made. Safe at any time.

    Raises `TopicSetupFailed` when the broker refuses one or holds one with another number of partitions:
    growing it would move crises between partitions in mid-flight, so a person has to decide.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=int(within * 1000))
    try:
        async with asyncio.timeout(within):
            await admin.start()
            made = await _create_missing(admin, prefix)
            await _check_partitions(admin, prefix)
    except (KafkaError, OSError, TimeoutError) as error:
        raise BrokerUnreachable("broker_unreachable", address=bootstrap, why=repr(error)) from error
    finally:
        await admin.close()
    return made


async def broker_traits(bootstrap: str, *, within: float = 10.0) -> BrokerTraits:
    """What this broker can do, found by asking it for a producer id as an idempotent producer would."""
    return TRAITS[await broker_kind(bootstrap, within=within)]


async def broker_kind(bootstrap: str, *, within: float = 10.0) -> BrokerKind:
    """`tansu` when the broker fails at InitProducerId without a reason, as Tansu's memory store does.

    One round trip, no topic, nothing written. A Kafka that forbids it by access rules still is a Kafka.
    """
    client = AIOKafkaClient(bootstrap_servers=bootstrap, request_timeout_ms=int(within * 1000))
    try:
        async with asyncio.timeout(within):
            await client.bootstrap()
            while True:
                answer: Any = await client.send(client.get_random_node(), _for_an_idempotent_producer())
                code: int = answer.error_code
                if code not in _ASK_AGAIN:
                    return "tansu" if code == _UNKNOWN_SERVER_ERROR else "kafka"
                await asyncio.sleep(0.1)
    except (KafkaError, OSError, TimeoutError) as error:
        raise BrokerUnreachable("broker_unreachable", address=bootstrap, why=repr(error)) from error
    finally:
        await client.close()


def _for_an_idempotent_producer() -> InitProducerIdRequest:
    no_transaction: Any = None  # what aiokafka's own producer passes, though it declares a str
    return InitProducerIdRequest(transactional_id=no_transaction, transaction_timeout_ms=0)


async def _create_missing(admin: AIOKafkaAdminClient, prefix: str) -> list[str]:
    cluster: Any = await admin.describe_cluster()
    replicas = min(_MAX_REPLICAS, len(cluster["brokers"]))
    wanted = [
        NewTopic(prefix + topic, PARTITIONS, replicas, topic_configs={"retention.ms": str(kept)})
        for topic, kept in RETENTION_MS.items()
    ]
    answer: Any = await admin.create_topics(wanted)
    made: list[str] = []
    for name, code, *message in answer.topic_errors:
        if code == 0:
            made.append(name)
        elif code != _ALREADY_EXISTS:
            reason = message[0] if message and message[0] else f"error {code}"
            raise TopicSetupFailed("topic_refused", topic=name, why=reason)
    return made


async def _check_partitions(admin: AIOKafkaAdminClient, prefix: str) -> None:
    described: Any = await admin.describe_topics(list(topic_names(prefix)))
    for topic in described:
        count = len(topic["partitions"])
        if topic["error_code"] == 0 and count != PARTITIONS:
            raise TopicSetupFailed("topic_partitions", topic=topic["topic"], found=count, wanted=PARTITIONS)
