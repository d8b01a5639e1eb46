"""The web as a process: it says in Danish why it cannot start, beats, and stops at once though streams are open."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from ddh_beredskab.streams.child_process import CONFIGURATION_ERROR
from ddh_beredskab.web.server import hosts_of
from tests.services import free_port


def start(data: Path, port: int, **env: str) -> subprocess.Popen[str]:
    settings = {"DDH_DATA": str(data), "DDH_PORT": str(port), **env}
    return subprocess.Popen(
        [sys.executable, "-m", "ddh_beredskab.web"],
        env={**os.environ, **settings},
        stderr=subprocess.PIPE,
        text=True,
        pass_fds=[int(env["DDH_HEARTBEAT_FD"])] if "DDH_HEARTBEAT_FD" in env else [],
    )


def wait_until_it_answers(port: int) -> None:
    for _ in range(300):
        try:
            httpx.get(f"http://127.0.0.1:{port}/health/live", timeout=5)
            return
        except httpx.TransportError:
            time.sleep(0.1)
    pytest.fail("the web did not answer within 30 s")


def test_a_port_in_use_is_one_clear_sentence_and_exit_code_78(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = start(tmp_path, port)
        _, said = process.communicate(timeout=60)
    assert process.returncode == CONFIGURATION_ERROR == 78
    assert said.strip() == (
        f"Port {port} på 127.0.0.1 er optaget af et andet program. Luk det, eller vælg en anden port med --port."
    )


def test_an_address_that_is_not_ours_is_told(tmp_path: Path) -> None:
    process = start(tmp_path, free_port(), DDH_HOST="192.0.2.1")
    _, said = process.communicate(timeout=60)
    assert process.returncode == 78
    assert said.startswith("Adressen 192.0.2.1 findes ikke på denne maskine.")


def test_it_beats_and_stops_within_its_grace_though_a_stream_is_open(tmp_path: Path) -> None:
    beats, given = os.pipe()
    port = free_port()
    token = "et-token-til-proever-0123456789"
    process = start(tmp_path, port, DDH_HEARTBEAT_FD=str(given), DDH_API_TOKEN=token)
    os.close(given)
    operator = {"Authorization": f"Bearer {token}"}
    try:
        wait_until_it_answers(port)
        assert os.read(beats, 1) == b"."
        address = f"http://127.0.0.1:{port}/live?topic=list"
        with httpx.stream("GET", address, headers=operator, timeout=30) as stream:
            chunks = stream.iter_bytes()
            assert next(chunks).startswith(b"retry: ")
            before = time.monotonic()
            process.send_signal(signal.SIGTERM)
            assert process.wait(15) in (0, -signal.SIGTERM)
            assert time.monotonic() - before < 8
    finally:
        process.kill()
        process.communicate()
        os.close(beats)


def test_at_home_only_home_names_are_answered() -> None:
    assert hosts_of("0.0.0.0") == ("*",)
    assert "*" not in hosts_of("127.0.0.1")
