"""All colours have names, by day and by night, and every pair that is read can be read (4.5:1)."""

from __future__ import annotations

import re
from importlib import resources

import pytest

STATIC = resources.files("ddh_beredskab.web").joinpath("static")
SHEETS = {file.name: file.read_text(encoding="utf-8") for file in STATIC.iterdir() if file.name.endswith(".css")}
THEME = SHEETS["theme.css"]
_COLOUR = re.compile(r"--([a-z0-9-]+): (#[0-9a-f]{3,6})\b")
DAY = dict(_COLOUR.findall(THEME[: THEME.index("@media")]))
NIGHT = dict(_COLOUR.findall(THEME[THEME.index(':root[data-theme="dark"]') : THEME.index("@media print")]))
BY_ITSELF = dict(_COLOUR.findall(THEME[THEME.index("@media") : THEME.index('\n:root[data-theme="dark"]')]))
"""The night that the machine asks for."""

READ = [
    "ink/paper", "ink/ground", "hint/paper", "hint/ground", "link/paper", "link/ground", "blue/paper",
    "on-blue/blue", "on-blue/blue-dark", "blue-dark/blue-pale", "ink/blue-pale", "link/blue-pale", "hint/blue-pale",
    "on-green/green", "green/paper", "green-dark/green-pale", "ink/green-pale", "on-yellow/yellow", "on-red/red",
    "on-red/red-dark", "red/paper", "red/red-pale", "ink/red-pale", "hint/red-pale", "drill/ground", "drill/paper",
    "on-band/band-1", "on-band/band-2", "on-header/header", "on-demo/demo", "ink/fresh", "hint/fresh",
]  # fmt: skip


def _light(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("pair", READ)
@pytest.mark.parametrize("theme", ["day", "night"])
def test_what_is_read_stands_out(theme: str, pair: str) -> None:
    colours = DAY if theme == "day" else NIGHT
    dark, light = sorted(_light(colours[name]) for name in pair.split("/"))
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_the_night_is_the_same_whether_chosen_or_the_machines_and_names_every_colour() -> None:
    assert NIGHT == BY_ITSELF
    assert NIGHT.keys() == DAY.keys()


@pytest.mark.parametrize("sheet", sorted(SHEETS))
def test_sheets_use_names_that_exist(sheet: str) -> None:
    named = {name for text in SHEETS.values() for name in re.findall(r"--([a-z0-9-]+):", text)}
    assert set(re.findall(r"var\(--([a-z0-9-]+)", SHEETS[sheet])) <= named


@pytest.mark.parametrize("sheet", ["style.css", "forms.css", "logbook.css"])
def test_the_sheets_of_the_frame_hold_no_colour_of_their_own_on_the_screen(sheet: str) -> None:
    screen = SHEETS[sheet].partition("@media print")[0]
    assert not re.findall(r"#[0-9a-f]{3,6}\b(?![^{]*\{)", screen)
