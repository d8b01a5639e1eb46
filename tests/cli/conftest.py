"""The command line in this process, data folders with real journals, and the surge played up to the evening."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from ddh_beredskab.cli.edge import run
from tests.projections.stage import Stage, storm_surge

EVENING = datetime.fromisoformat("2023-10-20T21:30:00+02:00")
ENVIRONMENT = "oevelse.surge"


@dataclass(frozen=True)
class Said:
    """What a command gave: exit code, stdout, stderr."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """stdout as the one object it must be."""
        found: dict[str, Any] = json.loads(self.out)
        return found


Cli = Callable[..., Said]


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    """`cli("crisis", "list", "--json")`; every argument as text, the environment without DDH_..."""
    for name in ("DDH_DATA", "DDH_BROKER", "DDH_DATABASE", "DDH_PLAYBOOKS", "DDH_PORT", "DDH_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)

    def call(*words: object) -> Said:
        capsys.readouterr()
        code = run([str(word) for word in words])
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return Said(code, said.out, said.err)

    return call


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A data folder in which the surge has been played up to the evening, and the crisis' id. Tests copy it."""
    folder = tmp_path_factory.mktemp("played")
    stage = Stage(folder / "oevelse" / "surge" / "journal.db", ENVIRONMENT, storm_surge())
    stage.play(EVENING)
    stage.database.close_now()
    return folder, stage.crisis


@pytest.fixture
def data(played: tuple[Path, str], tmp_path: Path) -> Path:
    """A copy of that folder, for this test alone."""
    return Path(shutil.copytree(played[0], tmp_path / "data"))


@pytest.fixture
def crisis(played: tuple[Path, str]) -> str:
    return played[1]


@pytest.fixture
def playbooks(tmp_path: Path) -> Path:
    """A copy of the playbooks that a test may spoil."""
    root = Path(__file__).parents[2]
    return Path(shutil.copytree(root / "playbooks", tmp_path / "playbooks"))


def spoil(path: Path, old: str, new: str) -> int:
    """Replace the first occurrence; returns the line it stood on."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text.count("\n", 0, text.index(old)) + 1
