"""The published shape of a recording takes every recording there is, and refuses one with a slip in it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from ddh_beredskab.drills.lined_yaml import read_lined
from schemas.publish import documents
from tests.projections.stage import ROOT

DRILLS = ROOT / "playbooks" / "drills"
RECORDINGS = sorted(path.parent.name for path in DRILLS.glob("*/recording.yaml"))
INJECTS = sorted(path.parent.name for path in DRILLS.glob("*/injects.yaml"))
DOCUMENTS = documents()


def wrong(schema: str, data: Any) -> list[str]:
    """What a foreign reader finds wrong, as it writes it."""
    check = Draft202012Validator(DOCUMENTS[schema])
    return [each.message for each in check.iter_errors(data)]  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]


def read(name: str, file: str = "recording.yaml") -> Any:
    return read_lined((DRILLS / name / file).read_text(encoding="utf-8")).data


@pytest.mark.parametrize("name", RECORDINGS)
def test_every_recording_fits_its_published_shape(name: str) -> None:
    assert wrong("recording.v1.json", read(name)) == []


@pytest.mark.parametrize("name", INJECTS)
def test_every_file_of_injects_fits_its_published_shape(name: str) -> None:
    assert wrong("injects.v1.json", read(name, "injects.yaml")) == []


Slip = Callable[[dict[str, Any]], object]
SLIPS: list[tuple[Slip, str]] = [
    (lambda data: data.pop("authority"), "'authority' is a required property"),
    (lambda data: data.update(autority={}), "'autority' was unexpected"),
    (lambda data: data["inputs"][0].update(do="report_incidnt"), "'report_incidnt' is not one of"),
    (lambda data: data["inputs"][0]["with"].pop("title"), "'title' is a required property"),
    (lambda data: data["inputs"][0]["with"].update(titel="Vand"), "'titel' is not one of"),
    (lambda data: data.update(kind="vandalisme"), "'vandalisme' is not one of"),
    (lambda data: data["inputs"].clear(), "[] should be non-empty"),
]


@pytest.mark.parametrize(("slip", "told"), SLIPS)
def test_a_slip_in_a_recording_is_refused(slip: Slip, told: str) -> None:
    data = copy.deepcopy(read("laegeskift-2026"))
    slip(data)
    assert any(told in each for each in wrong("recording.v1.json", data)), wrong("recording.v1.json", data)


def test_an_inject_comes_at_a_time_or_after_an_event_and_never_both() -> None:
    inject = {"key": "a", "title": "A", "text": "a", "to": ["log_keeper"], "after": {"event": "guide_released"}}
    head = {"format": 1, "date": "2026-11-22", "source": "prøve", "responsible": "prøve"}
    assert wrong("injects.v1.json", {**head, "injects": [inject]}) == []
    assert wrong("injects.v1.json", {**head, "injects": [{**inject, "at": "2023-10-21T00:40+02:00"}]})
    assert wrong("injects.v1.json", {**head, "injects": [{**inject, "to": ["kaptajn"]}]})
