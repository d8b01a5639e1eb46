"""The embedded system from its first line to its last: told where to look, everything stopped, nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Cli
from tests.cli.test_playbook_and_drill import shorten

pytestmark = [pytest.mark.usefixtures("tansu"), pytest.mark.timeout(300)]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class System:
    """`ddh-beredskab up` in a process of its own."""

    def __init__(self, data: Path, *words: str) -> None:
        self.data, self.port = data, free_port()
        self.out = data.with_name("up.out")
        argv = [sys.executable, "-m", "ddh_beredskab.cli", "up", "--port", str(self.port), "--data", str(data), *words]
        with self.out.open("w") as out:
            self.process = subprocess.Popen(argv, stdout=out, stderr=subprocess.STDOUT, start_new_session=True)

    @property
    def said(self) -> str:
        return self.out.read_text(encoding="utf-8")

    def until(self, words: str, within: float = 120) -> None:
        """Wait until it has said that."""
        end = time.monotonic() + within
        while words not in self.said:
            assert self.process.poll() is None, self.said
            assert time.monotonic() < end, self.said
            time.sleep(0.1)

    def pids(self) -> dict[str, int]:
        children = json.loads((self.data / "supervisor.json").read_text())["children"]
        return {name: child["pid"] for name, child in children.items() if child["pid"]}

    def page(self, path: str = "/") -> str:
        token = (self.data / "api-token").read_text().strip()
        address = f"http://127.0.0.1:{self.port}{path}"
        operator = urllib.request.Request(address, headers={"Authorization": f"Bearer {token}"})
        with urllib.request.urlopen(operator, timeout=10) as answer:
            return str(answer.read().decode())

    def stop(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(40)


@pytest.fixture
def systems() -> Iterator[list[System]]:
    """Systems a test has started; whatever happens, none outlives it."""
    started: list[System] = []
    yield started
    for each in started:
        if each.process.poll() is None:
            each.process.kill()
            each.process.wait()


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_up_runs_four_processes_and_leaves_none(cli: Cli, tmp_path: Path, systems: list[System]) -> None:
    systems.append(system := System(tmp_path / "data"))
    system.until(f"Åbn http://127.0.0.1:{system.port}/")
    pids = system.pids()
    assert list(pids) == ["broker", "worker", "feedback", "web"]
    assert '<html lang="da">' in system.page()
    second = cli("up", "--data", tmp_path / "data", "--port", free_port())
    assert (second.code, "Systemet kører allerede" in second.err) == (1, True)
    checks = {each["name"]: each for each in cli("doctor", "--data", tmp_path / "data", "--json").json["checks"]}
    assert checks["supervisor"]["state"] in ("ok", "wrong")  # "wrong" while one of them still starts
    assert "web" in checks["supervisor"]["found"]
    assert system.stop(signal.SIGTERM) == 0
    assert system.said.endswith("Stoppet.\n")
    assert "Traceback" not in system.said
    assert all(gone(pid) for pid in pids.values())


def test_a_port_in_use_is_told_before_anything_is_started(cli: Cli, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = cli("up", "--port", port, "--data", tmp_path / "data")
    assert (said.code, said.out) == (1, "")
    assert f"Port {port} på 127.0.0.1 er optaget af et andet program" in said.err
    assert said.err.count("\n") == 1
    assert not (tmp_path / "data").exists()


def test_the_demo_plays_to_its_end_and_the_pages_stay(tmp_path: Path, playbooks: Path, systems: list[System]) -> None:
    shorten(playbooks / "drills" / "stormflod-2023")
    systems.append(system := System(tmp_path / "data", "--demo", "--speed", "300", "--playbooks", str(playbooks)))
    system.until("ØVELSEN er slut.")
    said = system.said
    assert "Alle personer, kommuner og telefonnumre er opdigtede." in said
    assert "Beslutning: Henrik Brisager stemmer for." in said  # by name, as the entry was written
    assert "Øvelsens ur 19-10-2023" in said
    assert "Strandby" in system.page()
    pids = system.pids()
    assert list(pids) == ["broker", "worker", "feedback", "web", "drill"]
    assert system.stop(signal.SIGINT) == 0
    assert all(gone(pid) for pid in pids.values())


def test_a_worker_started_by_hand_needs_a_broker(cli: Cli, tmp_path: Path) -> None:
    said = cli("worker", "--data", tmp_path)
    assert (said.code, "Sæt DDH_BROKER" in said.err) == (1, True)


def test_a_supervised_worker_with_a_wrong_configuration_says_it_last_and_is_not_started_again(tmp_path: Path) -> None:
    read, write = os.pipe()
    done = subprocess.run(
        [sys.executable, "-m", "ddh_beredskab.cli", "worker", "--data", str(tmp_path)],
        env={**os.environ, "DDH_HEARTBEAT_FD": str(write)},
        pass_fds=(write,),
        capture_output=True,
        text=True,
        check=False,
    )
    os.close(read)
    os.close(write)
    assert done.returncode == 78
    assert done.stderr.splitlines()[-1].startswith("En worker skal vide, hvor Kafka er.")
