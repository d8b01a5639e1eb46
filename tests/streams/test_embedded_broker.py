"""The embedded broker: found, started, asked, wiped and measured as the product does it."""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# aiokafka annotates parts of its client only.

import asyncio
import importlib.util
import os
import signal
import socket
import time
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer

from ddh_beredskab.streams import embedded_broker
from ddh_beredskab.streams.child_process import kernel_start_time
from ddh_beredskab.streams.embedded_broker import (
    ENVIRONMENT,
    BrokerNotAvailable,
    BrokerNotReady,
    PortTaken,
    answers,
    broker_argv,
    broker_child,
    check_port_free,
    find_binary,
    free_port,
    resident_mb,
    wait_ready,
)
from ddh_beredskab.streams.supervisor import Child, ChildWontStart, Limits, Supervisor, SupervisorEvent
from ddh_beredskab.streams.topics import OPERATION, ensure_topics, topic_name, topic_names
from tests.streams.test_supervisor import pid_of, running_children, start_supervisor


@pytest.fixture
def binary() -> Path:
    try:
        return find_binary()
    except BrokerNotAvailable as missing:
        pytest.skip(str(missing))


@pytest.mark.usefixtures("binary")
async def test_the_broker_comes_back_on_its_port_with_its_topics_made_anew(tmp_path: Path) -> None:
    port = free_port()
    address = f"127.0.0.1:{port}"
    ready_again = asyncio.Event()
    events: list[SupervisorEvent] = []

    async def make_topics() -> None:
        assert await ensure_topics(address, OPERATION) == list(topic_names(OPERATION)), "a new life is an empty one"
        ready_again.set()

    broker = broker_child(port, then=make_topics)
    supervisor = Supervisor([broker], tmp_path, on_event=events.append, limits=Limits(backoff=0.05, silence=2.5))
    try:
        await supervisor.start()
        ready_again.clear()
        assert [await ring(address), await ring(address)] == [0, 1]
        first = pid_of(supervisor, "broker")
        os.kill(first, signal.SIGKILL)
        await asyncio.wait_for(ready_again.wait(), 5)
        assert await ring(address) == 0, "a wiped broker counts from 0, which is how the relay notices"
        ready_again.clear()
        second = pid_of(supervisor, "broker")
        assert second != first
        os.kill(second, signal.SIGSTOP)  # the port stays open: only asking shows that nobody is there
        await asyncio.wait_for(ready_again.wait(), 8)
        assert [e.kind for e in events if e.kind == "silent"] == ["silent"]
    finally:
        await supervisor.stop()
    assert not await answers(address)


async def ring(address: str) -> int:
    producer = AIOKafkaProducer(bootstrap_servers=address)
    await producer.start()
    try:
        sent: Any = await producer.send_and_wait(topic_name(OPERATION, "commands"), b"ring", partition=0)
        offset: int = sent.offset
        return offset
    finally:
        await producer.stop()


async def test_a_port_that_is_taken_is_said_so(binary: Path, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port: int = taken.getsockname()[1]
        with pytest.raises(PortTaken, match=f"Port {port} på 127.0.0.1 er optaget"):
            check_port_free(port)
        broker = Child(
            name="broker",
            argv=broker_argv(port, binary=binary),
            env=ENVIRONMENT,
            ready=lambda: wait_ready(f"127.0.0.1:{port}"),
        )
        supervisor = Supervisor([broker], tmp_path, limits=Limits(backoff=0.02, first_start_attempts=2))
        with pytest.raises(ChildWontStart, match="Processen broker blev ikke klar efter 2 forsøg"):
            await supervisor.run()
        assert "AddrInUse" in (tmp_path / "log" / "broker.log").read_text()
    check_port_free(port)


@pytest.mark.usefixtures("binary")
async def test_the_broker_dies_with_a_supervisor_killed_with_9(tmp_path: Path) -> None:
    supervisor = start_supervisor(tmp_path, "broker")
    pid = (await running_children(tmp_path, 1))["broker"]
    assert 1 < (resident_mb(pid) or 0) < embedded_broker.MEMORY_LIMIT_MB
    supervisor.kill()
    supervisor.wait()
    deadline = time.monotonic() + 5
    while kernel_start_time(pid) is not None:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


async def test_an_open_port_alone_is_no_broker() -> None:
    async def says_nothing(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(1)
        writer.close()

    server = await asyncio.start_server(says_nothing, "127.0.0.1", 0)
    address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    assert not await answers(address, within=0.1)
    with pytest.raises(BrokerNotReady, match=f"{address} svarer ikke efter 0.2 sekunder"):
        await wait_ready(address, within=0.2)
    server.close()


async def test_something_else_on_the_port_is_no_broker() -> None:
    async def speaks_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(speaks_http, "127.0.0.1", 0)
    assert not await answers(f"127.0.0.1:{server.sockets[0].getsockname()[1]}")
    server.close()


def test_where_there_is_no_build_the_way_out_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def finds_nothing(_name: str) -> None:
        return None

    monkeypatch.setattr(importlib.util, "find_spec", finds_nothing)
    with pytest.raises(BrokerNotAvailable, match="DDH_BROKER=kafka://"):
        find_binary()


def test_it_listens_on_the_loopback_interface_only() -> None:
    with pytest.raises(ValueError, match="loopback"):
        broker_argv(9092, host="0.0.0.0", binary=Path("tansu"))
    assert "--listener-url=tcp://127.0.0.1:9092" in broker_argv(9092, binary=Path("tansu"))
