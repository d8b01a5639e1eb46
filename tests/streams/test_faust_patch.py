"""The fetch wait: only Faust's own group consumer gets it."""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportPrivateUsage=false
# pyright: reportAttributeAccessIssue=false
# The patch is about what Faust and aiokafka keep inside; neither annotates it.

from pathlib import Path
from typing import Any

import aiokafka
import faust
import pytest
from faust.transport.drivers import aiokafka as driver

from ddh_beredskab.streams.faust_patch import FaustChanged, check_faust, set_fetch_wait


@pytest.fixture(autouse=True)
def as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    inside: Any = driver
    monkeypatch.setattr(inside, "aiokafka", inside.aiokafka)


async def test_fausts_worker_consumer_waits_as_long_as_we_say(tmp_path: Path) -> None:
    set_fetch_wait(5)
    set_fetch_wait(7)  # the last word holds
    app: Any = faust.App("patched", broker="kafka://127.0.0.1:1", store="memory://", datadir=tmp_path)
    thread = app.consumer._thread
    consumer = thread._create_worker_consumer(app.transport)
    assert type(consumer) is aiokafka.AIOKafkaConsumer
    assert consumer._fetch_max_wait_ms == 7
    assert [each.name for each in consumer._partition_assignment_strategy] == ["range"], "a crisis stays in one worker"


async def test_a_consumer_of_our_own_is_left_alone() -> None:
    set_fetch_wait(5)
    consumer: Any = aiokafka.AIOKafkaConsumer(group_id="own", fetch_max_wait_ms=250)
    assert consumer._fetch_max_wait_ms == 250


def test_a_wait_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1 ms"):
        set_fetch_wait(0)


def test_a_faust_that_makes_its_consumer_elsewhere_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    check_faust()

    def makes_it_elsewhere(self: object) -> None:
        return None

    inside: Any = driver
    monkeypatch.setattr(inside.AIOKafkaConsumerThread, "_create_worker_consumer", makes_it_elsewhere)
    with pytest.raises(FaustChanged, match=r"anderledes end 0\.15\.3"):
        set_fetch_wait(5)
