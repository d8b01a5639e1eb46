"""Bad files and options at the command line: one clear sentence each, exit code 1 or 2, nothing stored, no traceback.

Every kind of file a person hands in is spoilt in every way of the corpus. `unexpected` is the code of a fault that
nobody foresaw; it may never come out.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from ddh_beredskab.journal.connection import Statement
from ddh_beredskab.journal.database import SqliteDatabase, sqlite_path
from ddh_beredskab.journal.migrate import prepare_sqlite
from tests.bad_input.corpus import BODIES, INSTANTS, TEXTS
from tests.cli.conftest import Cli, Said, cli
from tests.core.cast import DIRECTORY, REPORT

__all__ = ["cli"]

ROOT = Path(__file__).parents[2]

FILES: dict[str, bytes] = {
    **{name: body[:6_000] for name, body in BODIES.items()},
    **{f"text: {name}": text.encode("utf-8", "replace") for name, text in TEXTS.items()},
    "aliases without end": b"a: &a [*a, *a]\nb: *a\n",
    "aliases that multiply": b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
        b"%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c]\n" % ((n + 1, n + 1) + (n,) * 8) for n in range(97, 104)
    ),
    "a tag that makes things": b"!!python/object/apply:os.system ['true']\n",
    "an unknown tag": b"kind: !opfundet x\n",
    "two documents": b"a: 1\n---\nb: 2\n",
    "a key twice": b"kind: stormflod\nkind: andet\n",
    "tabs": b"a:\n\tb: 1\n",
    "a list of lists": b"- - - - a\n",
    "keys that are no names": b"1: a\n? [a, b]\n: c\nnull: d\ntrue: e\n",
    "a key that is a date": b"2023-10-20: a\n",
    "a number with 400 digits": b"a: " + b"9" * 400 + b"\n",
    "octal and sexagesimal": b"a: 0o17\nb: 12:30:45\nc: 1_000\n",
    "only a comment": b"# hej\n",
    "binary": bytes(range(256)),
    "very many lines": b"a\n" * 3_000,
    "a very long line": b"a;" * 10_000,
}  # fmt: skip


def refused(said: Said) -> dict[str, Any]:
    """The failure as scripts get it: a sentence, a foreseen code."""
    assert said.code in (1, 2), said
    error: dict[str, Any] = said.json["error"]
    assert error["message"].strip()
    assert error["code"] != "unexpected", error
    assert not re.search(r"Traceback|pydantic|Error:", error["message"]), error
    return error


@pytest.fixture
def spoilt(tmp_path: Path) -> list[Path]:
    """The corpus as files, and beside them what is no file."""
    folder = tmp_path / "spoilt"
    folder.mkdir()
    paths: list[Path] = []
    for number, body in enumerate(FILES.values()):
        paths.append(folder / f"{number}.yaml")
        paths[-1].write_bytes(body)
    (folder / "mappe.yaml").mkdir()
    (folder / "ring.yaml").symlink_to(folder / "ring.yaml")
    return [*paths, folder / "mappe.yaml", folder / "ring.yaml", folder / "findes-ikke.yaml", Path("/dev/null")]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    prepare_sqlite(sqlite_path(tmp_path / "data", "drift"))
    return tmp_path / "data"


def stored(data: Path) -> int:
    database = SqliteDatabase(sqlite_path(data, "drift"))
    sql = "SELECT (SELECT count(*) FROM messages) + (SELECT count(*) FROM feedback_items)"
    ((found,),) = database.read_now(lambda conn: conn.all(Statement(sql)))
    database.close_now()
    return int(found)


def test_an_incident_file_that_is_none_is_refused(cli: Cli, spoilt: list[Path], data: Path) -> None:
    good = data / "directory.yaml"
    good.write_text(json.dumps(DIRECTORY.model_dump(mode="json")))
    for path in spoilt:
        refused(cli("incident", "report", "--file", path, "--data", data, "--wait", 0, "--json"))
    assert stored(data) == 0


def test_a_directory_file_that_is_none_is_refused(cli: Cli, spoilt: list[Path], data: Path, tmp_path: Path) -> None:
    report = tmp_path / "indmelding.yaml"
    fields = REPORT.model_dump(mode="json")
    del fields["directory"]
    report.write_text(json.dumps(fields))
    for path in spoilt:
        words = ("incident", "report", "--file", report, "--directory", path, "--data", data, "--wait", 0, "--json")
        refused(cli(*words))
    assert stored(data) == 0


def test_options_with_hostile_texts_are_refused_or_kept_as_they_are(cli: Cli, data: Path, tmp_path: Path) -> None:
    (data / "directory.yaml").write_text(json.dumps(DIRECTORY.model_dump(mode="json")))
    report = tmp_path / "indmelding.yaml"
    fields = REPORT.model_dump(mode="json")
    del fields["directory"]
    report.write_text(json.dumps(fields))
    base = ("incident", "report", "--file", report, "--data", data, "--wait", 0, "--json")
    texts = [text.replace("\x00", "") for text in TEXTS.values()]
    for text in texts:
        for option in ("--kind", "--asked-by", "--role", "--answer", "--time", "--directory"):
            if (option == "--asked-by" and text == "x") or (option == "--answer" and "=" in text):
                continue  # may be somebody; may be an answer
            refused(cli(*base, f"{option}={text}"))
    for instant in INSTANTS.values():
        if isinstance(instant, str) and instant not in ("year 2200",):
            cli_said = cli(*base, f"--time={instant}")
            assert cli_said.code in (0, 1)
            if cli_said.code:
                refused(cli_said)
    before = stored(data)
    for text in texts:
        said = cli(*base, f"--title={text}", f"--what-happened={text}", f"--authority-name={text}")
        assert said.code == 0, (text, said)
        assert said.json["outcome"] == "waiting"
    assert stored(data) == before + len(texts)


def test_a_csv_file_that_is_none_is_refused_or_its_bad_lines_are_told(cli: Cli, spoilt: list[Path], data: Path) -> None:
    report = cli("feedback", "import", spoilt[0], "--crisis", "k1", "--data", data, "--json")
    refused(report)  # nobody knows the crisis
    for path in spoilt:
        for more in ((), ("--map", "time=a", "--map", "topic=a"), ("--encoding", "utf-16"), ("--encoding", "rot13")):
            refused(cli("feedback", "import", path, "--crisis", "k1", "--data", data, "--json", *more))
    assert stored(data) == 0


def test_a_log_that_is_none_is_no_log(cli: Cli, spoilt: list[Path]) -> None:
    for path in spoilt:
        if path.name not in ("null",):
            refused(cli("log", "verify", path, "--json"))


@pytest.mark.parametrize("name", ["criteria.yaml", "limits.yaml", "stormflod.yaml"])
def test_a_playbook_that_is_none_is_told_with_its_file(cli: Cli, spoilt: list[Path], tmp_path: Path, name: str) -> None:
    folder = Path(shutil.copytree(ROOT / "playbooks", tmp_path / "playbooks"))
    (target,) = folder.rglob(name)
    for path in spoilt[1::6] if name != "limits.yaml" else spoilt:
        target.unlink(missing_ok=True)
        if path.is_file():
            shutil.copy(path, target)
        error = refused(cli("playbook", "check", folder, "--json"))
        assert name in error["message"]


def test_a_recording_that_is_none_is_not_played(cli: Cli, spoilt: list[Path], data: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(ROOT / "playbooks", tmp_path / "playbooks"))
    target = folder / "drills" / "ond.yaml"
    for path in spoilt:
        target.unlink(missing_ok=True)
        if path.is_file():
            shutil.copy(path, target)
        refused(cli("drill", "run", "ond", "--fast", "--playbooks", folder, "--data", data, "--json"))
    assert cli("drill", "list", "--playbooks", folder, "--data", data).code == 0


def test_hostile_words_where_an_id_belongs_are_refused(cli: Cli, data: Path) -> None:
    for text in TEXTS.values():
        word = text.replace("\x00", "")
        if word.startswith("-"):
            continue
        for command in (("crisis", "show"), ("log", "show"), ("quarantine", "show"), ("drill", "report")):
            refused(cli(*command, word, "--data", data, "--json"))
        refused(cli("crisis", "show", "k1", f"--environment={word}", "--data", data, "--json"))
