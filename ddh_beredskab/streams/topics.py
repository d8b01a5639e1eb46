"""The topics, their names and their partitions, and what the broker at hand can do.

Rules kept: `drift.` and each drill's `oevelse.<id>.` share nothing; every topic has the same, never changed
number of partitions, so that all messages of one crisis meet in one worker; and every topic says how long it
keeps, explicitly, because Tansu does not report a default and readers fail on that. What passes by itself (a broker
of several that has just died, a cluster without a controller) is told from what a person must put right.
"""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# aiokafka annotates parts of its client only.

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import InvalidReplicationFactorError, KafkaError, LeaderNotAvailableError, for_code
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
COMPACTED = frozenset({"guides"})
"""Keyed by crisis, of which an outside reader wants the last record however old it is: the guide in force."""

T = TypeVar("T")

_ALREADY_EXISTS = 36
_MAX_REPLICAS = 3
_ASK_AGAIN_SECONDS = 0.2
_ASK_AGAIN = {14, 15}  # coordinator loading or not there yet: a Kafka that is starting
_UNKNOWN_SERVER_ERROR = -1

BrokerKind = Literal["tansu", "kafka"]


class TopicSetupFailed(UserError):
    """The broker would not make a topic, or has it with another number of partitions."""


class BrokerUnreachable(UserError):
    """The broker did not answer what we must know before using it; it may later."""


@dataclass(frozen=True, slots=True)
class BrokerTraits:
    """What we do differently for this broker, decided by what it can do and not by what it calls itself."""

    kind: BrokerKind
    fetch_wait_ms: int
    """Tansu does not wake a waiting fetch on produce, so we wait briefly; Apache Kafka does."""
    idempotent: bool
    """Whether the relay's producer may ask for idempotence."""
    compacts: bool
    """Whether it keeps the last record of every key where a topic asks for that."""


TRAITS: Mapping[BrokerKind, BrokerTraits] = {
    "tansu": BrokerTraits(kind="tansu", fetch_wait_ms=5, idempotent=False, compacts=False),
    "kafka": BrokerTraits(kind="kafka", fetch_wait_ms=500, idempotent=True, compacts=True),
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

    Raises `BrokerUnreachable` for what may pass, and `TopicSetupFailed` when the broker refuses a topic or holds one
    with another number of partitions: growing it would move crises between partitions in mid-flight, so a person has
    to decide. Topics that are there cost one question, which any broker of a cluster can answer without the others.
    """

    async def look(admin: AIOKafkaAdminClient) -> list[str]:
        missing = await _missing(admin, prefix)
        if not missing:
            return []
        traits = await broker_traits(bootstrap, within=within)
        made = await _create(admin, prefix, missing, traits)
        await _missing(admin, prefix)
        return made

    return await _ask(bootstrap, look, within)


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
                try:
                    answer: Any = await client.send(client.get_random_node(), _for_an_idempotent_producer())
                    code: int = answer.error_code
                    if code not in _ASK_AGAIN:
                        return "tansu" if code == _UNKNOWN_SERVER_ERROR else "kafka"
                except (KafkaError, OSError):  # this one of several brokers is dead; the next question may meet another
                    await client.force_metadata_update()
                await asyncio.sleep(_ASK_AGAIN_SECONDS)
    except (KafkaError, OSError, TimeoutError) as error:
        raise BrokerUnreachable("broker_unreachable", address=bootstrap, why=repr(error)) from error
    finally:
        await client.close()


def _for_an_idempotent_producer() -> InitProducerIdRequest:
    no_transaction: Any = None  # what aiokafka's own producer passes, though it declares a str
    return InitProducerIdRequest(transactional_id=no_transaction, transaction_timeout_ms=0)


async def _ask(bootstrap: str, question: Callable[[AIOKafkaAdminClient], Awaitable[T]], within: float) -> T:
    """Ask until answered or out of time: questions go to any broker of those known, and one of them may be dead.

    Raises `BrokerUnreachable`; at once when nobody at the addresses answers.
    """
    failed: BaseException | None = None
    try:
        async with asyncio.timeout(within):
            while True:
                admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=int(within * 1000))
                try:
                    await admin.start()
                    try:
                        return await question(admin)
                    except (KafkaError, OSError) as error:
                        failed = error
                finally:
                    await admin.close()
                await asyncio.sleep(_ASK_AGAIN_SECONDS)
    except (KafkaError, OSError, TimeoutError) as error:
        raise BrokerUnreachable("broker_unreachable", address=bootstrap, why=repr(failed or error)) from error


async def _missing(admin: AIOKafkaAdminClient, prefix: str) -> list[str]:
    """Our topics that are not there; raises `TopicSetupFailed` for one that is there otherwise than we need it."""
    described: Any = await admin.describe_topics(None)  # all: to ask for a topic by name makes it on Tansu
    there: dict[str, int] = {
        each["topic"]: len(each["partitions"]) if each["error_code"] == 0 else PARTITIONS for each in described
    }
    for name in topic_names(prefix):
        if there.get(name, PARTITIONS) != PARTITIONS:
            raise TopicSetupFailed("topic_partitions", topic=name, found=there[name], wanted=PARTITIONS)
    return [topic for topic in TOPICS if prefix + topic not in there]


async def _create(admin: AIOKafkaAdminClient, prefix: str, missing: list[str], traits: BrokerTraits) -> list[str]:
    cluster: Any = await admin.describe_cluster()
    if cluster["controller_id"] < 0:  # a cluster that has lost its majority makes no topics
        raise LeaderNotAvailableError("no controller")
    replicas = min(_MAX_REPLICAS, len(cluster["brokers"]))
    answer: Any = await admin.create_topics(
        [NewTopic(prefix + topic, PARTITIONS, replicas, topic_configs=_settings(topic, traits)) for topic in missing]
    )
    made: list[str] = []
    for name, code, *message in answer.topic_errors:
        if code == 0:
            made.append(name)
        elif code != _ALREADY_EXISTS:
            kind = for_code(code)
            reason = message[0] if message and message[0] else f"error {code}"
            if kind.retriable or kind is InvalidReplicationFactorError:  # a broker of the count has just died
                raise kind(reason)
            raise TopicSetupFailed("topic_refused", topic=name, why=reason)
    return made


def _settings(topic: str, traits: BrokerTraits) -> dict[str, str]:
    settings = {"retention.ms": str(RETENTION_MS[topic])}
    if traits.compacts and topic in COMPACTED:
        settings["cleanup.policy"] = "compact"
    return settings
