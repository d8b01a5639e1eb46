"""Apache Kafka as a fixture: one node or three, started once for all tests that ask; skipped aloud where it is missing.

DDH_REQUIRE_SERVICES=1 forbids the skip, as for every other server. DDH_KAFKA_FULL=1 plays the full lengths.
"""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator

import pytest

from ddh_beredskab.bootstrap import configure_logging
from tests.kafka import apache
from tests.kafka.apache import ApacheKafka


def pytest_report_header() -> str:
    """What will be met; nothing is fetched for a line at the top."""
    try:
        return f"Apache Kafka: {apache.VERSION} in {apache.java()}, {apache.where()}"
    except apache.NoKafka as missing:
        return f"Apache Kafka: {missing}"


@pytest.fixture(autouse=True)
def _quiet() -> None:  # pyright: ignore[reportUnusedFunction] - pytest finds it
    """Figures are for people here; the processes' own lines are in their logs, and dead brokers are no news."""
    configure_logging("ERROR")
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)


def _started(nodes: int) -> Generator[ApacheKafka]:
    try:
        kafka = ApacheKafka(nodes)
    except apache.NoKafka as missing:
        pytest.skip(str(missing))
    try:
        kafka.start()
        yield kafka
    finally:
        kafka.close()


@pytest.fixture(scope="session")
def apache_node() -> Iterator[ApacheKafka]:
    """A single node; every test has topics of its own in it."""
    yield from _started(1)


@pytest.fixture(scope="session")
def apache_cluster() -> Iterator[ApacheKafka]:
    """Three nodes; who kills one brings it back."""
    yield from _started(3)
