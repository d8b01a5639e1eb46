"""The year's drills: whoever is due first decides the month, and the file is the same each time it is made."""

from __future__ import annotations

from datetime import date
from typing import Any

from icalendar import Calendar

from ddh_beredskab.people.training_due import Line, State
from ddh_beredskab.people.training_plan import PlannedDrill, yearly_plan
from ddh_beredskab.reports.training_calendar import training_calendar

TODAY = date(2026, 11, 22)
"""A Sunday."""


def line(person: str, role: str, due: date | None, municipality: str = "", state: State = "trained") -> Line:
    return Line(person, person.title(), municipality, "drill", role, "holder", None, due, state)


LINES = [
    line("asta", "crisis_leader", date(2027, 3, 17)),
    line("signe", "crisis_leader", date(2027, 8, 1)),
    line("birgit", "local_leader", None, "9001", "never"),
    line("tage", "local_leader", date(2027, 5, 2), "9002"),
    line("lone", "log_keeper", date(2026, 10, 1), "9003", "overdue"),
    line("karin", "steering_group", date(2027, 11, 3)),
    Line("mona", "Mona", "9002", "course", "call_agent", "holder", None, None, "never"),
]


def test_each_role_has_one_month_and_each_municipality_its_own() -> None:
    assert yearly_plan(LINES, TODAY) == [
        PlannedDrill("local_leader", "9001", date(2026, 11, 23), 1, 1),
        PlannedDrill("log_keeper", "", date(2026, 11, 23), 1, 1),
        PlannedDrill("crisis_leader", "", date(2027, 3, 1), 2, 0),
        PlannedDrill("local_leader", "9002", date(2027, 5, 3), 1, 0),
    ]


def test_the_file_is_the_same_each_time_and_names_nobody() -> None:
    plan = yearly_plan(LINES, TODAY)
    made = [training_calendar(plan, lambda role: f"rolle {role}", {"9001": "Klitvang"}, TODAY) for _ in range(2)]
    assert made[0] == made[1]
    calendar: Any = Calendar.from_ical(made[0].decode())
    events: list[Any] = calendar.walk("VEVENT")
    assert [str(each["SUMMARY"]) for each in events[:2]] == [
        "Øvelse: rolle local_leader, Klitvang",
        "Øvelse: rolle log_keeper",
    ]
    uids = [str(each["UID"]) for each in events]
    assert uids[0] == "local_leader.9001.2026@ddh-beredskab"
    assert len(set(uids)) == len(plan)
    assert not any(each.name in made[0].decode() for each in LINES)
