"""Apache Kafka for the tests: KRaft nodes from Maven Central's artifacts, without Docker, killed as by a power cut.

The recipe in words is docs/apache-kafka.md. The rule: the jars are fetched once for each user, under a lock, so that
test processes side by side wait for one download; every node dies with the process that started it.
"""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# aiokafka annotates parts of its client only.

from __future__ import annotations

import asyncio
import base64
import contextlib
import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from ddh_beredskab.streams import exec_with_parent
from ddh_beredskab.streams.embedded_broker import wait_ready
from tests.services import free_port, in_a_thread

VERSION = "4.1.1"
OLDEST_JAVA = 17
_NOBODY = -1
"""Who leads a partition that has no leader, in Kafka's protocol."""
FETCH_WITHIN = 300
HINT = (
    "no Apache Kafka: it needs Java 17 or newer and Maven (Debian: apt-get install default-jre-headless maven; macOS:"
    " brew install openjdk maven), or a folder with its jars named in DDH_TEST_KAFKA_LIBS"
)

POM = f"""<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>dk.ddh.beredskab</groupId><artifactId>apache-kafka</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>{VERSION}</version></dependency>
<dependency><groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId><version>2.24.3</version></dependency>
<dependency><groupId>org.apache.logging.log4j</groupId><artifactId>log4j-core</artifactId><version>2.24.3</version></dependency>
</dependencies></project>
"""
"""Kafka's POM brings no log backend, hence log4j; `log4j-slf4j-impl` is the one for the slf4j-api 1.7 in it."""

LOGGING = """rootLogger.level=WARN
rootLogger.appenderRef.out.ref=out
appender.out.type=Console
appender.out.name=out
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=%d{HH:mm:ss.SSS} %p %c{1}: %m%n
"""

_SMALL_JVM = ["-Xmx384m", "-Xms128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]


class NoKafka(Exception):
    """Apache Kafka cannot be had on this machine; the text says how to get it."""


# -- getting it -------------------------------------------------------------------------------------


def java() -> str:
    """A Java that is new enough. Raises `NoKafka`."""
    found = shutil.which("java")
    if found is None:
        raise NoKafka(HINT)
    told = subprocess.run([found, "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(\d+)', told)
    if version is None or int(version[1]) < OLDEST_JAVA:
        raise NoKafka(f"{HINT}; the Java here says {told.splitlines()[:1]}")
    return found


def libs() -> Path:
    """The folder with Kafka's jars, fetched at the first call on this machine. Raises `NoKafka`."""
    if named := os.environ.get("DDH_TEST_KAFKA_LIBS"):
        return Path(named)
    folder = _cached()
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with folder.with_name(f"{folder.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not folder.is_dir():  # another process may have fetched it while we waited
                _fetch(folder)
    return folder


def where() -> str:
    """Where the jars are or will come from, for people. Raises `NoKafka`."""
    if named := os.environ.get("DDH_TEST_KAFKA_LIBS"):
        return named
    return str(_cached()) if _cached().is_dir() else f"to be fetched with {_maven()}"


def _cached() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ddh-beredskab" / f"kafka-{VERSION}"


def _maven() -> str:
    if (found := shutil.which("mvn")) is None:
        raise NoKafka(HINT)
    return found


def _fetch(folder: Path) -> None:
    """Into a folder beside it first, so that a broken download leaves nothing that looks whole."""
    command = [_maven(), "-q", "-B", "dependency:copy-dependencies", "-DincludeScope=runtime", "-DoutputDirectory=libs"]
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f"{folder.name}-") as work:
        (Path(work) / "pom.xml").write_text(POM)
        try:
            done = subprocess.run(command, cwd=work, capture_output=True, text=True, timeout=FETCH_WITHIN, check=False)
        except subprocess.TimeoutExpired as error:
            raise NoKafka(f"Maven did not fetch Apache Kafka {VERSION} within {FETCH_WITHIN} s") from error
        if done.returncode:
            raise NoKafka(f"Maven could not fetch Apache Kafka {VERSION}: {done.stdout[-1500:]}{done.stderr[-500:]}")
        (Path(work) / "libs").rename(folder)


# -- running it -------------------------------------------------------------------------------------


@dataclass
class _Node:
    """One node, broker and controller in one; its ports and its folder stay over its deaths."""

    number: int
    port: int
    controller_port: int
    folder: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def settings(self) -> Path:
        return self.folder / "server.properties"


class ApacheKafka:
    """One KRaft node or a cluster of three, on free loopback ports, in a folder that goes when it is closed."""

    def __init__(self, nodes: int = 1) -> None:
        self._java, self._libs = java(), libs()
        self._folder = Path(tempfile.mkdtemp(prefix="ddh-kafka-"))
        self.nodes = {n: _Node(n, free_port(), free_port(), self._folder / f"node-{n}") for n in range(1, nodes + 1)}

    @property
    def address(self) -> str:
        """As Kafka clients want it: host:port,..."""
        return ",".join(f"127.0.0.1:{node.port}" for node in self.nodes.values())

    @property
    def url(self) -> str:
        """As DDH_BROKER wants it."""
        return f"kafka://{self.address}"

    @property
    def alive(self) -> list[int]:
        """The nodes that run."""
        return [n for n, node in self.nodes.items() if node.process is not None and node.process.poll() is None]

    def start(self) -> None:
        """Format and start all nodes, and wait until they know each other."""
        cluster = _cluster_id()
        (self._folder / "log4j2.properties").write_text(LOGGING)
        formatting = [self._format(node, cluster) for node in self.nodes.values()]
        for each in formatting:
            out, _ = each.communicate(timeout=60)
            if each.returncode:
                raise RuntimeError(f"the folder of a node could not be formatted: {out.decode()[-2000:]}")
        self.revive(*self.nodes)
        in_a_thread(self.until_whole)

    def revive(self, *numbers: int) -> None:
        """Start these (again), with the folders they had; from the main thread, for they die with their thread."""
        for number in numbers:
            node = self.nodes[number]
            if number not in self.alive:
                node.process = self._run(node)

    def kill(self, *numbers: int) -> None:
        """kill -9, as a power cut would; nobody is told."""
        for number in numbers:
            process = self.nodes[number].process
            assert process is not None, f"node {number} was never started"
            process.send_signal(signal.SIGKILL)
            process.wait(10)

    def close(self) -> None:
        """Without ceremony: nothing in it is worth saving."""
        self.kill(*self.alive)
        shutil.rmtree(self._folder, ignore_errors=True)

    async def until_whole(self, within: float = 120.0) -> None:
        """Until every node answers and all of them are in the cluster."""
        for node in self.nodes.values():
            await wait_ready(f"127.0.0.1:{node.port}", within)
        await self.until_brokers(len(self.nodes), within)

    async def until_brokers(self, count: int, within: float = 120.0) -> None:
        """Until exactly so many brokers are in the cluster, as a client sees it."""
        until = time.monotonic() + within
        while (seen := await self._brokers_seen()) != count:
            if time.monotonic() > until:
                raise RuntimeError(f"{seen} of {count} brokers after {within:g} s: {self.words()}")
            await asyncio.sleep(0.2)

    async def led_by(self, topic: str, *, but_not: int | None = None, within: float = 90.0) -> int:
        """The node that leads the topic's first partition, as soon as one does that is not the dead one named.

        Kafka's own session of 9 s must run out first, and once more when the dead node also led the controllers.
        """
        until = time.monotonic() + within
        while (leader := await self._leader_seen(topic)) in (but_not, _NOBODY):
            if time.monotonic() > until:
                raise RuntimeError(f"{topic} is led by {leader} after {within:g} s, not by another: {self.words()}")
            await asyncio.sleep(0.2)
        return leader

    def words(self) -> str:
        """The last words of every node, for a test that fails."""
        logs = ((node.folder / "output.log") for node in self.nodes.values())
        return "\n".join(f"{log}: {log.read_text(errors='replace')[-1500:]}" for log in logs if log.exists())

    async def _brokers_seen(self) -> int:
        try:
            async with _asking(self.address) as admin:
                cluster: Any = await admin.describe_cluster()
                return len(cluster["brokers"])
        except (KafkaError, OSError, TimeoutError):
            return 0

    async def _leader_seen(self, topic: str) -> int:
        """By whichever node is asked; nobody, when that one is the dead one or has not heard of the topic."""
        with contextlib.suppress(KafkaError, OSError, TimeoutError):
            async with _asking(self.address) as admin:
                described: Any = await admin.describe_topics([topic])
            return next((each["leader"] for each in described[0]["partitions"] if each["partition"] == 0), _NOBODY)
        return _NOBODY

    def _format(self, node: _Node, cluster: str) -> subprocess.Popen[bytes]:
        node.folder.mkdir()
        node.settings.write_text("".join(f"{name}={value}\n" for name, value in self._properties(node).items()))
        arguments = ["kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(node.settings)]
        return subprocess.Popen(self._jvm(arguments), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def _properties(self, node: _Node) -> dict[str, str | int]:
        """Timeouts are Kafka's own; only the sizes of its inner topics are a test's."""
        voters = ",".join(f"{n}@127.0.0.1:{each.controller_port}" for n, each in self.nodes.items())
        replicas = min(3, len(self.nodes))
        in_sync = max(1, replicas - 1)
        listener = f"PLAINTEXT://127.0.0.1:{node.port}"
        return {
            "process.roles": "broker,controller",
            "node.id": node.number,
            "controller.quorum.voters": voters,
            "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": "PLAINTEXT",
            "listeners": f"{listener},CONTROLLER://127.0.0.1:{node.controller_port}",
            "advertised.listeners": listener,
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "log.dirs": str(node.folder / "data"),
            "default.replication.factor": replicas,
            "min.insync.replicas": in_sync,
            "offsets.topic.replication.factor": replicas,
            "offsets.topic.num.partitions": 8,
            "transaction.state.log.replication.factor": replicas,
            "transaction.state.log.min.isr": in_sync,
            "share.coordinator.state.topic.replication.factor": replicas,
            "share.coordinator.state.topic.min.isr": in_sync,
            "group.initial.rebalance.delay.ms": 0,
            "auto.create.topics.enable": "false",
            "unclean.leader.election.enable": "false",
        }

    def _run(self, node: _Node) -> subprocess.Popen[bytes]:
        command = self._jvm(["kafka.Kafka", str(node.settings)])
        with (node.folder / "output.log").open("ab") as out:
            return subprocess.Popen(
                _with_us(command), stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, cwd=node.folder
            )

    def _jvm(self, arguments: Sequence[str]) -> list[str]:
        logging = f"-Dlog4j2.configurationFile={self._folder / 'log4j2.properties'}"
        return [self._java, *_SMALL_JVM, logging, "-cp", f"{self._libs}/*", *arguments]


def _cluster_id() -> str:
    """As Kafka makes them; one with a dash in front would be taken for an option (Kafka itself avoids them too)."""
    while (made := base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")).startswith("-"):
        pass
    return made


def _with_us(command: Sequence[str]) -> list[str]:
    """So that it dies with this process, even when this process is killed -9."""
    script = str(exec_with_parent.__file__)
    return [sys.executable, "-I", "-S", script, str(os.getpid()), str(signal.SIGKILL.value), *command]


@contextlib.asynccontextmanager
async def _asking(address: str) -> AsyncGenerator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=address, request_timeout_ms=3_000)
    try:
        await admin.start()
        yield admin
    finally:
        await admin.close()


def main(nodes: int) -> None:
    """For a developer: run until Ctrl-C, and say what to set."""
    kafka = ApacheKafka(nodes)
    try:
        kafka.start()
        sys.stdout.write(f"export DDH_BROKER={kafka.url}\nApache Kafka {VERSION}, {nodes} node(s); Ctrl-C ends it.\n")
        sys.stdout.flush()
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()
    finally:
        kafka.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
