"""Whatever goes wrong: one Danish sentence, an exit code, never a traceback; and one object with --json."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from ddh_beredskab.cli import app
from ddh_beredskab.cli.edge import failure_of, run
from ddh_beredskab.errors import StorageBusy
from ddh_beredskab.i18n import keys, say
from tests.cli.conftest import Cli


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("vis",), "Kommandoen vis findes ikke."),
        (("crisis", "lst"), "Kommandoen lst findes ikke. Mente du list?"),
        (("crisis", "list", "--dta", "x"), "Valget --dta findes ikke. Mente du --data?"),
        (("crisis", "show"), "Du mangler at skrive KRISE."),
        (("up", "--port", "tusind"), "Værdien til --port kan ikke bruges: det skal være et helt tal."),
        (("worker", "--only", "alt"), "vælg en af commands, feedback, all"),
        (("crisis", "list", "alle"), "Der står mere, end kommandoen skal bruge: alle."),
        (("log",), "Du mangler at skrive en kommando."),
    ],
)
def test_wrong_usage_is_told_in_danish_with_exit_code_2(cli: Cli, words: tuple[str, ...], sentence: str) -> None:
    said = cli(*words)
    assert said.code == 2
    assert sentence in said.err
    assert "--help" in said.err


def test_wrong_usage_with_json_is_one_object_on_stdout_alone(cli: Cli) -> None:
    said = cli("crisis", "list", "--jsno", "--json")
    assert (said.code, said.err) == (2, "")
    assert set(said.json) == {"error"}
    assert set(said.json["error"]) == {"code", "message", "place"}
    assert said.json["error"]["code"] == "usage"


def test_every_command_has_danish_help(cli: Cli) -> None:
    for group, name, _function in app.COMMANDS:
        said = cli(*([group] if group else []), name, "--help")
        assert said.code == 0
        assert "Brug: " in said.out
        assert "Show this message" not in said.out


def test_help_comes_within_a_second() -> None:
    """Counted in work, not in waiting: other tests run beside this one."""

    def worked() -> float:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    before = worked()
    done = subprocess.run(
        [sys.executable, "-m", "ddh_beredskab.cli", "--help"], capture_output=True, text=True, check=True
    )
    assert "Kommandoer" in done.stdout
    assert worked() - before < 1.0


def test_help_imports_nothing_heavy() -> None:
    program = "import sys; from ddh_beredskab.cli.app import command; command(); print(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    heavy = {"sqlalchemy", "faust", "aiokafka", "pydantic", "fastapi", "ddh_beredskab.bootstrap"}
    assert not heavy & set(done.stdout.split())


def test_a_setting_that_cannot_be_read_is_named(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DDH_PORT", "mange")
    said = cli("crisis", "list")
    assert said.code == 1
    assert said.err == "DDH_PORT kan ikke være mange. Se hvordan med ddh-beredskab --help.\n"


def test_an_unexpected_fault_leaves_its_traceback_in_a_file(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_settings: object, _environment: object) -> list[dict[str, object]]:
        raise ZeroDivisionError("bug")

    monkeypatch.setattr("ddh_beredskab.cli.crisis._list", broken)
    said = cli("crisis", "list", "--data", tmp_path)
    assert said.code == 1
    (kept,) = (tmp_path / "log").iterdir()
    assert str(kept) in said.err
    assert "ZeroDivisionError: bug" in kept.read_text(encoding="utf-8")


def test_a_busy_or_a_full_journal_is_told_apart() -> None:
    assert failure_of(StorageBusy("database is locked")).code == "storage_busy"
    assert failure_of(StorageBusy("database or disk is full")).code == "disk_full"


def test_ctrl_c_is_no_failure_of_ours(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def interrupted(_settings: object, _environment: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("ddh_beredskab.cli.crisis._list", interrupted)
    assert run(["crisis", "list", "--data", str(tmp_path)]) == 130


def test_every_sentence_can_be_filled_in() -> None:
    """A brace that is no field would break a message at the very moment it is needed."""

    class Anything(dict[str, object]):
        def __missing__(self, key: str) -> str:
            return key

    from ddh_beredskab.i18n import _catalogue  # pyright: ignore[reportPrivateUsage]

    for key in keys():
        _catalogue()[key].format_map(Anything())
    assert say("cli.none") == "ingen"
