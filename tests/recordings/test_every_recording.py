"""Every other recording through the real system by its command line: it ends as meant, decided as the core does.

The surge has its own tests beside this one.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ddh_beredskab.drills.core_replay import replay
from ddh_beredskab.drills.recording import known_recordings, load_recording
from ddh_beredskab.playbooks import load_playbooks
from tests.services import Tansu

ROOT = Path(__file__).parents[2]
DRILLS = ROOT / "playbooks" / "drills"


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", sorted(known_recordings([DRILLS]).keys() - {"stormflod-2023"}))
def test_it_ends_as_meant_and_decides_what_the_core_alone_decides(name: str, tmp_path: Path, tansu: Tansu) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ddh_beredskab.cli", "drill", "run", name, "--fast", "--data", str(tmp_path), "--json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    summary, recording = json.loads(done.stdout), load_recording(name, [DRILLS])
    assert tuple(each["phase"] for each in summary["crises"]) == recording.ends
    assert (summary["lost"], summary["doubled"], summary["quarantined"]) == (0, 0, 0)
    assert all(each["log"]["chain_ok"] for each in summary["crises"])
    assert summary["decisions_sha256"] == replay(recording, load_playbooks(ROOT / "playbooks")).decisions_sha256()
