"""`drill record`: a crisis becomes a drill that decides the same, and nothing about anybody is left in it."""

from __future__ import annotations

import random
from pathlib import Path
from uuid import uuid4

import pytest

from ddh_beredskab.drills.record import look_through
from ddh_beredskab.drills.recording_model import RecordedInput
from schemas.base import Actor
from schemas.logbook import WriteLogEntry
from tests.cli.conftest import ENVIRONMENT, EVENING, Cli
from tests.projections.stage import Stage, storm_surge

NAMES = ["Ragnhild Prøvesten", "Mogens Markør", "Tyra Plantholm", "Esbern Skjultved", "Ingefær Sporholt"]
PHONES = ["00 00 12 34", "+45 00 00 56 78", "00004321", "00-00-98-76", "00 00 11 22"]
NUMBERS = ["010190-0021", "2411410007", "030538 0004", "150662-0003", "311299-0025"]
ADDRESSES = ["Markørvej 14", "Plantagegade 3, 2. tv", "Sporalle 7", "Prøvestien 22", "Skjultvænget 9, 9001 Strandby"]
PLANTED = [*NAMES, *PHONES, *NUMBERS, *ADDRESSES]


@pytest.fixture
def planted(played: tuple[Path, str], data: Path) -> tuple[Path, str]:
    """The surge up to the evening, with twenty things in its texts that name somebody."""
    _, crisis = played
    stage = Stage(data / "oevelse" / "surge" / "journal.db", ENVIRONMENT, storm_surge())
    chance = random.Random(7)
    actor = Actor(person="rikke-klitroe", role="secretariat")
    for each in PLANTED:
        text = f"{chance.choice(['Borger', 'Nabo', 'Far'])} oplyser {each} til agenten."
        entry = WriteLogEntry.model_validate(
            {"kind": "information_in", "text": text, "happened_at": EVENING.isoformat(), "from": each}
        )
        stage.take(RecordedInput(-1, uuid4(), EVENING, 1, crisis, "command", actor, entry))
    stage.database.close_now()
    return data, crisis


def test_a_crisis_is_recorded_without_a_trace_of_anybody_and_decides_the_same(
    cli: Cli, planted: tuple[Path, str], tmp_path: Path
) -> None:
    data, crisis = planted
    out = tmp_path / "krise-2026"
    markers = tmp_path / "markers.txt"
    markers.write_text("\n".join([*PLANTED, "Strandby"]), encoding="utf-8")
    said = cli("drill", "record", crisis, "--out", out, "--markers", markers, "--data", data)
    assert (said.code, said.err) == (0, "")
    assert "Optagelsen afgør det samme som krisen" in said.out
    text = (out / "recording.yaml").read_text("utf-8") + (out / "questions.csv").read_text("utf-8")
    people = [person.name for person in storm_surge().people.values()]
    traces = [*PLANTED, *people, "Strandby", *storm_surge().people]
    assert [each for each in traces if each.lower() in text.lower()] == []
    again = cli("drill", "replay", out, "--keep")
    assert again.code == 0
    assert cli("drill", "replay", out, "--verify").code == 0


def test_what_could_name_somebody_is_told_with_its_line_and_nothing_is_written(
    cli: Cli, played: tuple[Path, str], data: Path, tmp_path: Path
) -> None:
    markers = tmp_path / "markers.txt"
    markers.write_text("sandsaekke\n", encoding="utf-8")  # a topic: it must stay, so it cannot be struck
    out = tmp_path / "krise-2026"
    said = cli("drill", "record", played[1], "--out", out, "--markers", markers, "--data", data)
    assert said.code == 1
    assert "linje " in said.err
    assert "sandsaekke" in said.err
    assert "Intet er skrevet" in said.err
    assert not out.exists()


def test_a_folder_in_use_a_bad_name_and_an_unknown_crisis_are_told(
    cli: Cli, played: tuple[Path, str], data: Path, tmp_path: Path
) -> None:
    (tmp_path / "fuld").mkdir()
    (tmp_path / "fuld" / "noget").touch()
    record = ("drill", "record", played[1], "--data", data, "--out")
    assert "findes allerede" in cli(*record, tmp_path / "fuld").err
    assert "En øvelse kan ikke hedde" in cli(*record, tmp_path / "Årets Øvelse").err
    assert cli("drill", "record", "findes-ikke", "--data", data, "--out", tmp_path / "ny").code == 1


@pytest.mark.parametrize(
    "text", ["Ring til 00 00 12 34", "cpr 010190-0021", "a@eksempel.dk", "Bor Engvej 14", "mogens MARKØR"]
)
def test_every_kind_of_trace_is_seen(text: str) -> None:
    assert [leak.line for leak in look_through(f"at: 2026-01-21T10:16:00+01:00\nx: {text}\n", ["Mogens Markør"])] == [2]
