"""Schemathesis holds the HTTP door against its own OpenAPI document: every check, valid and invalid input, and links.

Short here; DDH_SCHEMATHESIS=full adds every boundary of every field and more examples (ten minutes). Whatever was
let in is decided by the real deciders beside it, and none of it may end in quarantine.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ddh_beredskab.journal import quarantine
from ddh_beredskab.journal.connection import Statement
from ddh_beredskab.journal.database import SqliteDatabase, sqlite_path
from tests.bad_input.site import served
from tests.web.site import TOKEN

ROOT = Path(__file__).parents[2]
FULL = os.environ.get("DDH_SCHEMATHESIS") == "full"
HOW = (
    ["--phases", "examples,coverage,fuzzing,stateful", "--max-examples", "2000", "--max-time", "600"]
    if FULL
    else ["--phases", "examples,fuzzing,stateful", "--max-examples", "25", "--seed", "20231020"]
)
_PHASES = re.compile(r"(\d+) generated")


@pytest.mark.timeout(900)
def test_every_answer_is_as_described_and_nothing_let_in_is_poison(tmp_path: Path) -> None:
    with served(tmp_path) as address:
        command = [
            *(sys.executable, "-m", "schemathesis.cli", "run", f"{address}/api/openapi.json"),
            *("--origin", address, "--checks", "all", "--header", f"Authorization: Bearer {TOKEN}", "--no-color", *HOW),
        ]
        env = {**os.environ, "SCHEMATHESIS_HOOKS": "tests.bad_input.formats", "PYTHONPATH": str(ROOT)}
        ran = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-2000:]
    cases = _PHASES.search(ran.stdout)
    assert cases
    assert int(cases[1]) > 200
    database = SqliteDatabase(sqlite_path(tmp_path, "drift"))
    try:
        assert database.read_now(quarantine.listing) == []
        ((commands,),) = database.read_now(lambda conn: conn.all(Statement("SELECT count(*) FROM deliveries")))
        ((questions,),) = database.read_now(lambda conn: conn.all(Statement("SELECT count(*) FROM feedback_items")))
    finally:
        database.close_now()
    sys.stdout.write(f"schemathesis: {cases[0]}, {commands} deliveries decided, {questions} questions stored\n")
    assert commands > 20
    assert questions > 5
