"""The recorded storm surge through the whole real system by its command line: Kafka, SQL, Faust, twice the same."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from ddh_beredskab.drills.core_replay import replay
from ddh_beredskab.drills.recording import load_recording
from ddh_beredskab.playbooks import load_playbooks
from tests.services import Tansu

pytestmark = pytest.mark.timeout(420)

ROOT = Path(__file__).parents[2]
DRILLS = ROOT / "playbooks" / "drills"


def run(arguments: Sequence[str], *, cwd: Path, python: str = sys.executable) -> subprocess.CompletedProcess[str]:
    """The command line in a process of its own."""
    return subprocess.run(
        [python, "-m", "ddh_beredskab.cli", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )


@pytest.fixture(scope="module")
def surge(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    """The surge, played once in a fresh folder; its summary and the folder."""
    data = tmp_path_factory.mktemp("data")
    done = run(["drill", "run", "stormflod-2023", "--fast", "--data", str(data), "--json"], cwd=data)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), data


def test_the_surge_ends_deactivated_with_nothing_lost_and_nothing_doubled(
    surge: tuple[dict[str, Any], Path], tansu: Tansu
) -> None:
    summary, _ = surge
    schema = json.loads((ROOT / "schemas" / "published" / "drill-summary.v1.json").read_text(encoding="utf-8"))
    jsonschema.validate(summary, schema)
    assert summary["phase"] == "deactivated"
    assert (summary["lost"], summary["doubled"], summary["quarantined"]) == (0, 0, 0)
    assert summary["log"]["chain_ok"]
    assert summary["feedback"]["unique"] >= 1_400
    assert summary["feedback"]["received"] > summary["feedback"]["unique"]
    assert summary["feedback"]["redacted"] > 0
    assert summary["guide"]["longest_gap_minutes"] <= summary["guide"]["interval_minutes"]
    assert summary["reports"]["issued"] >= 10
    assert summary["staff"]["escalations"] >= 2
    assert summary["crises"][0]["crisis_id"] == summary["crisis_id"]


def test_the_real_run_decides_what_the_core_alone_decides(surge: tuple[dict[str, Any], Path]) -> None:
    summary, _ = surge
    recording = load_recording("stormflod-2023", [DRILLS])
    assert summary["decisions_sha256"] == replay(recording, load_playbooks(ROOT / "playbooks")).decisions_sha256()


def test_an_exported_log_is_verified_and_one_changed_byte_is_named(surge: tuple[dict[str, Any], Path]) -> None:
    summary, data = surge
    crisis = summary["crisis_id"]
    out = data / "log.ndjson"
    assert run(["log", "export", crisis, "--out", str(out), "--data", str(data)], cwd=data).returncode == 0
    good = run(["log", "verify", str(out), "--head", summary["log"]["head"]], cwd=data)
    assert good.returncode == 0, good.stderr
    raw = bytearray(out.read_bytes())
    middle = len(raw) // 2
    raw[middle] = raw[middle] ^ 1
    out.write_bytes(bytes(raw))
    bad = run(["log", "verify", str(out)], cwd=data)
    assert bad.returncode == 1
    assert "nr. " in bad.stderr or "post " in bad.stderr.lower()
    assert "Traceback" not in bad.stderr


def test_the_drill_runs_from_the_wheel_in_an_empty_folder(
    surge: tuple[dict[str, Any], Path], tmp_path: Path, tansu: Tansu
) -> None:
    built = tmp_path / "built"
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-q", "-w", str(built), str(ROOT)],
        check=True,
        timeout=300,
    )
    installed = tmp_path / "installed"
    wheel = next(built.glob("*.whl"))
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--no-deps", "-q", "--target", str(installed), str(wheel)],
        check=True,
        timeout=300,
    )
    empty = tmp_path / "empty"
    empty.mkdir()
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "ddh_beredskab.cli",
            "drill",
            "run",
            "stormflod-2023",
            "--fast",
            "--data",
            "d",
            "--json",
        ],
        cwd=empty,
        env={"PYTHONPATH": str(installed), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["decisions_sha256"] == surge[0]["decisions_sha256"]
    where = subprocess.run(
        [sys.executable, "-c", "import ddh_beredskab; print(ddh_beredskab.__file__)"],
        cwd=empty,
        env={"PYTHONPATH": str(installed), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert str(installed) in where.stdout
