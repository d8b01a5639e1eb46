"""The year's drills: for each role (and municipality, where it is held for one) the month its next drill is due.

Rules kept: the one who is due first decides; whoever is overdue is due now; asked the same day it is the same plan.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from ddh_beredskab.people.identity import BY_MUNICIPALITY
from ddh_beredskab.people.training_due import Line

MONTHS_AHEAD = 12


@dataclass(frozen=True, slots=True)
class PlannedDrill:
    """One drill to be held in a month."""

    role: str
    municipality: str
    """Empty: the role is held for DDH."""
    on: date
    """The month's first weekday, or the next weekday in the month that has begun."""
    people: int
    overdue: int


def yearly_plan(lines: Iterable[Line], today: date) -> list[PlannedDrill]:
    """The next twelve months, in order."""
    groups: dict[tuple[str, str], list[Line]] = {}
    for line in lines:
        if line.what == "drill":
            where = line.municipality if line.role in BY_MUNICIPALITY else ""
            groups.setdefault((line.role, where), []).append(line)
    last = date(today.year + 1, today.month, 1)
    found: list[PlannedDrill] = []
    for (role, where), group in groups.items():
        due = max(min(line.due_on or today for line in group), today)
        if due < last:
            people = len({line.person for line in group})
            found.append(PlannedDrill(role, where, _weekday(due, today), people, sum(line.overdue for line in group)))
    return sorted(found, key=lambda each: (each.on, each.role, each.municipality))


def _weekday(due: date, today: date) -> date:
    day = max(due.replace(day=1), today)
    while day.weekday() >= 5:
        day += timedelta(days=1)
    return day if day <= due or day.month == due.month else due
