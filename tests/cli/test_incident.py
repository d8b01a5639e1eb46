"""Reporting and deciding without a browser: received after the commit; then decided, refused or waiting."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter
from ruamel.yaml import YAML

from ddh_beredskab.cli.incident import crisis_id
from ddh_beredskab.doors import new_id
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.database import SqliteDatabase
from schemas.base import CrisisId
from tests.cli.conftest import Cli
from tests.cli.engine import at_work
from tests.projections.stage import storm_surge

_ALL = Statement("SELECT id, actor, time FROM messages ORDER BY position")
_HENRIK = ("--person", "henrik-brisager", "--grounds", "Vandet stiger")
TYPED = (
    "--kind", "stormflod", "--title", "Vandet stiger i Strandby", "--authority-code", "9001",
    "--authority-name", "Strandby Kommune", "--what-happened", "Havnen er oversvømmet", "--where", "Havnegade",
    "--situation", "Telefonerne gløder", "--started", "Watertubes", "--asked-by", "birgit-vesterklit",
)  # fmt: skip


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """The recording's fictional people as DDH's own list."""
    return _yaml(tmp_path / "people.yaml", storm_surge().directory.model_dump(mode="json"))


@pytest.fixture
def incident(tmp_path: Path) -> Path:
    """The report of the recording as a file."""
    given: Any = storm_surge().inputs[0].payload
    return _yaml(tmp_path / "incident.yaml", given.model_dump(mode="json", exclude={"directory"}))


def _yaml(path: Path, data: dict[str, Any]) -> Path:
    text = io.StringIO()
    YAML().dump(data, text)  # pyright: ignore[reportUnknownMemberType]
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


def journal(folder: Path) -> Path:
    return folder / "drift" / "journal.db"


def rows(folder: Path) -> list[tuple[Any, ...]]:
    """Id, actor and time of everything in the journal of the operation."""
    database = SqliteDatabase(journal(folder))

    def all_(conn: Conn) -> list[tuple[Any, ...]]:
        return conn.all(_ALL)

    try:
        return database.read_now(all_)
    finally:
        database.close_now()


def test_a_report_is_stored_and_waits_while_nothing_runs(cli: Cli, tmp_path: Path, directory: Path) -> None:
    report = ("incident", "report", *TYPED, "--directory", directory, "--data", tmp_path, "--wait", "0")
    said = cli(*report)
    assert said.code == 0
    assert said.out.startswith("Modtaget. Krise: strandby-")
    assert "Afventer" in said.out
    said = cli(*report, "--json").json
    assert (said["outcome"], said["environment"]) == ("waiting", "drift")
    assert said["command_id"] in {row[0] for row in rows(tmp_path)}
    assert said["crisis_id"] in cli("crisis", "list", "--data", tmp_path).out
    assert "Afventer" in cli("crisis", "show", said["crisis_id"], "--data", tmp_path).out


def test_the_leader_reports_for_himself_and_others_on_his_behalf(cli: Cli, tmp_path: Path, directory: Path) -> None:
    report = ("incident", "report", *TYPED, "--directory", directory, "--data", tmp_path, "--wait", "0")
    cli(*report)
    cli(*report, "--entered-by", "rikke-klitroe")
    own, other = (json.loads(row[1]) for row in rows(tmp_path))
    assert (own["person"], own["role"], own["on_behalf_of"]) == ("birgit-vesterklit", "municipal_leader", None)
    assert (other["person"], other["role"]) == ("rikke-klitroe", "secretariat")
    assert other["on_behalf_of"] == "birgit-vesterklit"


def test_a_report_is_decided_and_a_barred_vote_is_refused_in_danish(
    cli: Cli, tmp_path: Path, directory: Path, incident: Path
) -> None:
    (tmp_path / "directory.yaml").write_bytes(directory.read_bytes())  # where DDH's own list is looked for
    with at_work(journal(tmp_path)):
        said = cli("incident", "report", "--file", incident, "--data", tmp_path, "--wait", "20", "--json").json
        assert said["outcome"] == "decided"
        assert "incident_reported" in said["events"]
        decide = ("incident", "decide", said["crisis_id"], "--data", tmp_path, "--wait", "20")
        terms = ("--channel", "contact_centre", "--level", "operation")
        opening = ("--opens-at", "21-11-2026 20:00", "--closes-at", "22-11-2026 08:00", "--staffed-by", "16 agenter")
        proposed = cli(*decide, *_HENRIK, "--propose", "activate", *terms, *opening)
        assert "Behandlet" in proposed.out
        assert cli(*decide, *_HENRIK, "--vote", "for", "--json").json["events"] == ["vote_cast"]
        typed = ("--person", "rikke-klitroe", "--role", "secretariat", "--on-behalf-of", "lone-tangholt")
        assert "vote_cast" in cli(*decide, *typed, "--grounds", "Ja", "--vote", "for", "--json").json["events"]
        barred = cli(*decide, "--person", "mads-fjordsand", "--grounds", "Ja", "--vote", "for")
        assert barred.code == 1
        assert "kan ikke stemme: egen kommune er berørt" in barred.err
        error = cli(*decide, "--person", "mads-fjordsand", "--grounds", "Ja", "--vote", "for", "--json").json["error"]
        assert error["code"] == "own_municipality_may_not_vote"
    assert "Henrik" not in cli("log", "show", said["crisis_id"], "--data", tmp_path).err


def test_what_is_typed_stands_before_what_the_file_says(
    cli: Cli, tmp_path: Path, directory: Path, incident: Path
) -> None:
    said = cli(
        "incident", "report", "--file", incident, "--directory", directory, "--title", "Værre end ventet",
        "--answer", "onset=now", "--data", tmp_path, "--wait", "0",
    )  # fmt: skip
    assert said.code == 0
    with at_work(journal(tmp_path)):
        pass
    crisis = re.findall(r"Krise: (\S+)\.", said.out)[0]
    for _ in range(3):
        with at_work(journal(tmp_path)):
            pass
    assert crisis.startswith("strandby-")


def test_a_cpr_number_is_struck_out_before_anything_is_stored(cli: Cli, tmp_path: Path, directory: Path) -> None:
    said = cli(
        "incident", "report", *TYPED, "--directory", directory, "--grounds", "Borgeren 010190-1234 ringede",
        "--data", tmp_path, "--wait", "0",
    )  # fmt: skip
    assert "Vi har fjernet et CPR-nummer fra teksten." in said.out
    assert b"010190" not in journal(tmp_path).read_bytes() + _wal(tmp_path)


def _wal(folder: Path) -> bytes:
    wal = journal(folder).with_name("journal.db-wal")
    return wal.read_bytes() if wal.exists() else b""


def test_mistakes_in_the_file_are_told_with_their_lines(
    cli: Cli, tmp_path: Path, directory: Path, incident: Path
) -> None:
    text = incident.read_text(encoding="utf-8")
    line = text.count("\n", 0, text.index("kind:")) + 1
    incident.write_text(text.replace("kind: stormflod", "kind: stormfloed") + "vejr: dårligt\n", encoding="utf-8")
    said = cli("incident", "report", "--file", incident, "--directory", directory, "--data", tmp_path)
    assert said.code == 1
    assert f"{incident}:{line}: kind kan ikke være stormfloed. Vælg en af: stormflod, " in said.err
    assert "Feltet vejr kendes ikke." in said.err
    assert not (tmp_path / "drift").exists()


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        (b"kind: [stormflod\n", 2, "Filen kan ikke læses herfra"),
        (b"- kind\n", 1, "felter med navn og værdi"),
        ("titel: Vandet går højt\n".encode("latin-1"), None, "ikke skrevet i UTF-8"),
    ],
)
def test_a_file_that_is_no_report_is_told(
    cli: Cli, tmp_path: Path, content: bytes, line: int | None, words: str
) -> None:
    file = tmp_path / "incident.yaml"
    file.write_bytes(content)
    said = cli("incident", "report", "--file", file, "--data", tmp_path)
    assert said.code == 1
    assert words in said.err
    assert (f"{file}:{line}" if line else str(file)) in said.err


def test_what_is_missing_is_named(cli: Cli, tmp_path: Path, directory: Path) -> None:
    said = cli("incident", "report", "--title", "Vand", "--directory", directory, "--data", tmp_path)
    assert (said.code, "Feltet what_happened mangler." in said.err) == (1, True)
    said = cli("incident", "report", *TYPED, "--data", tmp_path)
    assert (said.code, "--directory FIL" in said.err) == (1, True)


def test_a_time_in_the_future_is_refused(cli: Cli, tmp_path: Path, directory: Path) -> None:
    report = ("incident", "report", *TYPED, "--directory", directory, "--data", tmp_path, "--wait", "0", "--time")
    assert "ligger ude i fremtiden" in cli(*report, "01-01-2199 12:00").err
    assert "skal se sådan ud: 20-10-2023 14:05" in cli(*report, "i morgen").err
    assert cli(*report, "21-10-2023 00:06").code == 0
    assert [row[2] for row in rows(tmp_path)] == [1697839560_000000]


@pytest.mark.parametrize("words", [(), ("--vote", "for", "--provisional")])
def test_exactly_one_decision_is_taken_at_a_time(cli: Cli, data: Path, crisis: str, words: tuple[str, ...]) -> None:
    said = cli("incident", "decide", crisis, *_HENRIK, *words, "--data", data)
    assert (said.code, "netop én" in said.err) == (1, True)


def test_a_decision_on_a_crisis_nobody_knows_stores_nothing(cli: Cli, data: Path) -> None:
    said = cli("incident", "decide", "nowhere-1", *_HENRIK, "--vote", "for", "--data", data)
    assert (said.code, "findes ikke her" in said.err) == (1, True)


def test_ids_of_crises_are_readable_and_fit_the_schema() -> None:
    for name in ("Strandby Kommune", "Ærøskøbing-Åbjerg Kommune", "日本", "x" * 300):
        TypeAdapter(CrisisId).validate_python(crisis_id(name, new_id()))
    assert re.fullmatch(r"aeroeskoebingaabjerg-\d{8}-[0-9a-f]{6}", crisis_id("Ærøskøbing-Åbjerg Kommune", new_id()))


def test_a_full_disk_stores_nothing_and_says_so(cli: Cli, tmp_path: Path, directory: Path) -> None:
    """Whatever the size at which it stops: the command is there as a whole, or not at all."""
    cli("migrate", "--data", tmp_path)
    words = ["incident", "report", *TYPED, "--directory", str(directory), "--data", str(tmp_path), "--wait", "0"]
    for limit in (1, 33_000):
        done = subprocess.run(
            [sys.executable, "-m", "tests.cli.limited", str(limit), *words], capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stdout) == (1, "")
        assert "Frigør plads" in done.stderr
        assert "Traceback" not in done.stderr
        assert done.stderr.count("\n") == 1
        assert rows(tmp_path) == []
    assert cli(*words).code == 0
    assert len(rows(tmp_path)) == 1
