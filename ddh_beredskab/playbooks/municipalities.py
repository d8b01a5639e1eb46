"""The Danish municipalities: codes, names, regions and who takes part, from `playbooks/municipalities.csv`.

Rule kept: membership is data; a deployment adds to it and corrects it in the register, which wins over this file.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from ddh_beredskab.playbooks.problems import PlaybookError, Problem, say

FILE = "municipalities.csv"
COLUMNS = ("code", "name", "region", "population", "population_year", "ddh_network")
HEAD = ("date", "source", "responsible", "contact_centre_members")


@dataclass(frozen=True, slots=True)
class Municipality:
    """One municipality. `member`: it takes part in the shared contact centre, as far as we know."""

    code: str
    name: str
    region: str = ""
    population: int = 0
    member: bool = False
    fictional: bool = False


@dataclass(frozen=True, slots=True)
class Municipalities:
    """The file: when and whence, and its lines by code."""

    date: str
    source: str
    responsible: str
    contact_centre_members: int
    """How many there are in all, also those whose names we do not know."""
    lines: tuple[Municipality, ...]


def load_municipalities(folder: Path) -> Municipalities:
    """The file of a playbook folder. Raises `PlaybookError` with every mistake and its line."""
    path = folder / FILE
    problems: list[Problem] = []

    def wrong(line: int, key: str, **facts: object) -> None:
        problems.append(Problem(FILE, line, say(key, **facts)))

    try:
        rows = path.read_bytes().decode("utf-8-sig").splitlines()
    except FileNotFoundError:
        raise PlaybookError([Problem(FILE, 0, say("no_file"))]) from None
    except UnicodeDecodeError:
        raise PlaybookError([Problem(FILE, 0, say("not_utf8"))]) from None
    except OSError as error:
        raise PlaybookError([Problem(FILE, 0, say("unreadable", reason=error.strerror or ""))]) from None
    head = _head(rows)
    for name in HEAD:
        if not head.get(name):
            wrong(1, "csv_head", name=name)
    found: dict[str, Municipality] = {}
    numbered = [(number, row) for number, row in enumerate(rows, 1) if row.strip() and not row.startswith("#")]
    if not numbered or tuple(numbered[0][1].split(",")) != COLUMNS:
        wrong(numbered[0][0] if numbered else 0, "csv_columns", wanted=",".join(COLUMNS))
        raise PlaybookError(problems)
    for number, row in numbered[1:]:
        fields = next(csv.reader([row]))
        if len(fields) != len(COLUMNS):
            wrong(number, "csv_fields", count=len(fields), wanted=len(COLUMNS))
            continue
        code, name, region, population, _year, network = (field.strip() for field in fields)
        if not (len(code) == 4 and code.isascii() and code.isdecimal()):
            wrong(number, "csv_code", value=code)
        elif code in found:
            wrong(number, "csv_twice", value=code)
        elif not (population.isascii() and population.isdecimal()):
            wrong(number, "csv_number", name="population", value=population)
        else:
            found[code] = Municipality(code, name, region, int(population), bool(network))
    members = head.get("contact_centre_members", "")
    if members and not (members.isascii() and members.isdecimal()):
        wrong(1, "csv_number", name="contact_centre_members", value=members)
    if problems:
        raise PlaybookError(problems)
    return Municipalities(head["date"], head["source"], head["responsible"], int(members), tuple(found.values()))


def _head(rows: list[str]) -> dict[str, str]:
    """The `# name: value` lines on top."""
    found: dict[str, str] = {}
    for row in rows:
        if not row.startswith("#"):
            break
        name, sign, value = row.removeprefix("#").partition(":")
        if sign and name.strip() in HEAD:
            found[name.strip()] = value.strip()
    return found
