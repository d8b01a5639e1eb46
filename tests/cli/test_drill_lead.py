"""A drill for people led from the command line: planned from a file, started, paused, hurried, shown, ended."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from ddh_beredskab import bootstrap
from ddh_beredskab.drills.demo_people import add_demo_people
from ddh_beredskab.settings import Settings
from tests.chaos.stage import whole
from tests.cli.conftest import Cli

ID = "stormflod-2023-1"
PLAN = """\
title: "Prøveøvelse"
template: crisis_management
recording: stormflod-2023
starts_at: 2023-10-21T00:21+02:00
ends_at: 2023-10-21T00:52+02:00
speed: 30
leader: rikke-klitroe
cast:
  asta-klitvang: asta-klitvang
injects:
  - {key: rygte, title: "Rygte", text: "Diget er brudt", to: [crisis_leader], at: 2023-10-21T00:25+02:00}
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with the demo's people in the register, and a plan."""

    async def fill() -> None:
        operation = await bootstrap.open_journal(Settings(data=tmp_path), "drift")
        await operation.write(lambda conn: add_demo_people(conn, whole()))
        await operation.close()

    asyncio.run(fill())
    (tmp_path / "plan.yaml").write_text(PLAN, encoding="utf-8")
    return tmp_path


def test_a_drill_is_planned_led_and_shown(cli: Cli, data: Path) -> None:
    def status() -> dict[str, object]:
        return cli("drill", "status", ID, "--data", data, "--json").json

    made = cli("drill", "plan", data / "plan.yaml", "--data", data, "--json")
    assert (made.code, made.json["drill"], made.json["state"]) == (0, ID, "waiting")
    assert cli("drill", "go", ID, "--data", data).code == 0
    assert (status()["state"], status()["speed"]) == ("running", 30.0)
    assert cli("drill", "speed", ID, "fast", "--data", data).code == 0
    assert (status()["state"], status()["speed"]) == ("running", None)
    assert cli("drill", "pause", f"oevelse.{ID}", "--data", data).code == 0
    assert status()["state"] == "paused"
    assert cli("drill", "jump", ID, "--data", data).code == 0
    assert str(status()["jump_to"]).startswith("2023-10-20 22:25"), "to the next inject"
    told = cli("drill", "status", ID, "--data", data).out
    assert "på pause" in told
    assert "rygte" in told
    assert cli("drill", "inject", ID, "rygte", "--skip", "--data", data).code == 0
    again = cli("drill", "inject", ID, "rygte", "--later", "10", "--data", data)
    assert (again.code, "rygte" in again.err) == (1, True)
    new = ("drill", "inject", ID, "nyt", "--text", "Strømmen går", "--to", "log_keeper", "--data", data)
    assert cli(*new).code == 0
    third = cli(
        "drill", "inject", ID, "tre", "--text", "Strømmen går", "--to", "log_keeper", "--crisis", "3", "--data", data
    )
    assert (third.code, "Antal kriser i den: 1" in third.err) == (1, True)
    assert {each["key"]: each["improvised"] for each in status()["injects"]} == {"rygte": False, "nyt": True}  # type: ignore[union-attr, index]
    assert cli("drill", "end", ID, "--data", data).code == 0
    assert status()["state"] == "ended"


def test_the_plan_that_is_shown_to_others_can_be_made_ready(cli: Cli, data: Path) -> None:
    shown = Path(__file__).parents[2] / "docs" / "oevelser" / "plan-eksempel.yaml"
    made = cli("drill", "plan", shown, "--data", data, "--json")
    assert (made.code, made.json["drill"]) == (0, ID), made.err
    injects = cli("drill", "status", ID, "--data", data, "--json").json["injects"]
    assert {each["key"] for each in injects} == {"borgmester", "forkert-link", "journalist"}


def test_mistakes_are_told_in_one_sentence_each(cli: Cli, data: Path) -> None:
    (data / "bad.yaml").write_text(
        PLAN.replace("asta-klitvang: asta", "ingen: asta").replace("template: c", "template: k")
    )
    bad = cli("drill", "plan", data / "bad.yaml", "--data", data)
    assert bad.code == 1
    assert "bad.yaml:2" in bad.err
    (data / "bad.yaml").write_text(PLAN.replace("asta-klitvang: asta-klitvang", "ingen: rikke-klitroe"))
    assert "ingen er ikke med i optagelsen" in cli("drill", "plan", data / "bad.yaml", "--data", data).err
    assert cli("drill", "go", ID, "--data", data).code == 1
    assert cli("drill", "run", "--data", data).code in (1, 2)
    cli("drill", "plan", data / "plan.yaml", "--data", data)
    assert "mellem 1 og 60" in cli("drill", "speed", ID, "90", "--data", data).err
    assert "kan ikke læses" in cli("drill", "jump", ID, "--to", "i morgen", "--data", data).err
