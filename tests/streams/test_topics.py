"""Topics and broker traits against the real embedded broker."""

import asyncio
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from ddh_beredskab.streams.embedded_broker import free_port
from ddh_beredskab.streams.topics import (
    OPERATION,
    PARTITIONS,
    RETENTION_MS,
    TOPICS,
    BrokerUnreachable,
    TopicSetupFailed,
    broker_kind,
    broker_traits,
    drill_prefix,
    ensure_topics,
    topic_name,
    topic_names,
)
from tests.services import Tansu


def test_every_environment_has_names_of_its_own() -> None:
    assert topic_name(OPERATION, "commands") == "drift.commands"
    assert topic_name(drill_prefix("stormflod-1"), "events") == "oevelse.stormflod-1.events"
    assert set(TOPICS) == {"commands", "events", "feedback", "guides", "reports", "deadletter"}
    assert not set(topic_names(OPERATION)) & set(topic_names(drill_prefix("drift")))


@pytest.mark.parametrize("drill_id", ["", "a.b", "storm flod", "æ", "x" * 101])
def test_a_drill_id_that_would_break_a_topic_name_is_refused(drill_id: str) -> None:
    with pytest.raises(ValueError, match="drill id"):
        drill_prefix(drill_id)


def test_a_misspelt_topic_is_refused() -> None:
    with pytest.raises(ValueError, match="no topic 'comands'"):
        topic_name(OPERATION, "comands")


async def test_topics_are_made_once_with_their_partitions_and_an_explicit_retention(tansu: Tansu) -> None:
    assert await ensure_topics(tansu.address, OPERATION) == list(topic_names(OPERATION))
    assert await ensure_topics(tansu.address, OPERATION) == []
    assert await ensure_topics(tansu.address, drill_prefix("d1")) == list(topic_names("oevelse.d1."))
    admin = AIOKafkaAdminClient(bootstrap_servers=tansu.address)
    await admin.start()
    try:
        described: Any = await admin.describe_topics(list(topic_names(OPERATION)))
        assert {len(topic["partitions"]) for topic in described} == {PARTITIONS}
        from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

        asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in topic_names(OPERATION)]
        answers: Any = await admin.describe_configs(asked)
        kept = {
            resource[3].removeprefix(OPERATION): {entry[0]: entry[1] for entry in resource[4]}["retention.ms"]
            for answer in answers
            for resource in answer.resources
        }
        assert kept == {topic: str(ms) for topic, ms in RETENTION_MS.items()}
    finally:
        await admin.close()


async def test_topics_are_made_anew_on_a_wiped_broker(tansu: Tansu) -> None:
    await ensure_topics(tansu.address, OPERATION)
    tansu.kill()
    tansu.start()
    assert await ensure_topics(tansu.address, OPERATION) == list(topic_names(OPERATION))


async def test_a_topic_with_another_number_of_partitions_is_left_to_a_person(tansu: Tansu) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=tansu.address)
    await admin.start()
    await admin.create_topics([NewTopic("drift.events", 7, 1)])
    await admin.close()
    with pytest.raises(TopicSetupFailed, match=r"drift\.events har 7 partitioner og skal have 4"):
        await ensure_topics(tansu.address, OPERATION)


async def test_tansu_is_known_by_what_it_cannot_do(tansu: Tansu) -> None:
    traits = await broker_traits(tansu.address)
    assert await broker_kind(tansu.address) == "tansu"
    assert (traits.kind, traits.fetch_wait_ms, traits.idempotent, traits.compacts) == ("tansu", 5, False, False)


async def test_a_dead_address_beside_a_live_one_is_passed_over(tansu: Tansu) -> None:
    both = f"127.0.0.1:{free_port()},{tansu.address}"
    assert await broker_kind(both) == "tansu"
    assert await ensure_topics(both, OPERATION) == list(topic_names(OPERATION))


async def test_asking_for_the_traits_makes_no_topic(tansu: Tansu) -> None:
    await broker_traits(tansu.address)
    admin = AIOKafkaAdminClient(bootstrap_servers=tansu.address)
    await admin.start()
    assert await admin.list_topics() == []
    await admin.close()


async def test_no_broker_is_an_answer_of_its_own() -> None:
    address = f"127.0.0.1:{free_port()}"
    for asking in (broker_kind(address, within=0.5), ensure_topics(address, OPERATION, within=0.5)):
        with pytest.raises(BrokerUnreachable, match=address):
            await asyncio.wait_for(asking, 5)
