"""Døgnets overblik: of a Danish day, by what happened then, and out of what the reader was given."""

from __future__ import annotations

from datetime import date

from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.projections.daily_summary import Relief, daily_summary, days_of
from ddh_beredskab.projections.documents import document
from ddh_beredskab.projections.guide_in_force import GUIDE_IN_FORCE
from ddh_beredskab.projections.read_model import Json
from ddh_beredskab.projections.roster import ROSTER
from ddh_beredskab.projections.staff_room import staff_room
from ddh_beredskab.web.reading import read_entries
from tests.projections.stage import Stage

FRIDAY, SATURDAY = date(2023, 10, 20), date(2023, 10, 21)


def line(number: int, at: str, kind: str = "information_in", **more: object) -> Json:
    empty: Json = {"late": False, "corrected_by": None, "pinned": None}
    return {"number": number, "happened_at": at, "kind": kind} | empty | more


def test_a_day_is_danish_and_an_entry_belongs_to_the_day_it_happened_on() -> None:
    before, after = line(1, "2023-10-20T21:59:00Z"), line(2, "2023-10-20T22:00:00Z")
    assert days_of([after, before]) == [FRIDAY, SATURDAY]
    assert [daily_summary([before, after], day).entries for day in (FRIDAY, SATURDAY, date(2023, 10, 22))] == [1, 1, 0]


def test_the_night_the_clock_goes_back_is_one_day() -> None:
    entries = [line(1, "2023-10-28T22:30:00Z"), line(2, "2023-10-29T22:59:00Z"), line(3, "2023-10-29T23:00:00Z")]
    assert daily_summary(entries, date(2023, 10, 29)).entries == 2


def test_kinds_are_counted_and_what_matters_is_listed_in_order_of_time() -> None:
    entries = [
        line(1, "2023-10-21T10:00:00Z", "decision"),
        line(2, "2023-10-21T11:00:00Z", "omission", pinned={"by": "jonas", "at": "2023-10-21T11:05:00Z"}),
        line(3, "2023-10-21T09:00:00Z", "decision", late=True, corrected_by=4),
        line(4, "2023-10-21T11:00:00Z", "urgent"),
    ]
    day = daily_summary(entries, SATURDAY)
    assert day.by_kind == {"decision": 2, "omission": 1, "urgent": 1}
    assert [each["number"] for each in day.decisions] == [3, 1]
    assert [each["number"] for each in (*day.omissions, *day.pinned, *day.urgent)] == [2, 2, 4]
    assert (day.late, day.corrected) == (1, 1)


def test_a_relief_is_where_one_holders_time_ended_as_the_nexts_began() -> None:
    first, second = "2023-10-21T09:00:00Z", "2023-10-21T19:00:00Z"
    held: Json = {
        "history": [
            {"person": "a", "since": "2023-10-20T20:00:00Z", "until": first},
            {"person": "b", "since": first, "until": second},
        ],
        "holder": {"person": "c", "since": "2023-10-22T08:00:00Z"},  # after the staff had stood down in between
    }
    empty: Json = {"history": [], "holder": None}
    day = daily_summary([], SATURDAY, roster={"roles": {"log_keeper": held, "process_lead": empty}})
    assert day.reliefs == [Relief("log_keeper", "a", "b", first)]


def test_the_surge_in_days(surge: Stage) -> None:
    def read(conn: Conn) -> tuple[list[Json], dict[str, Json | None]]:
        room = staff_room(conn, surge.crisis)
        told = {"meetings": room["meetings"], "statuses": room["statuses"], "pictures": room["pictures"]}
        told["guide"] = document(conn, GUIDE_IN_FORCE, surge.crisis)
        told["roster"] = document(conn, ROSTER, surge.crisis)
        return read_entries(conn, surge.crisis, 1, 10_000), told

    entries, told = surge.read(read)
    days = {day: daily_summary(entries, day, **told) for day in days_of(entries)}
    assert sum(day.entries for day in days.values()) == len(entries)
    saturday = days[SATURDAY]
    assert [meeting["number"] for meeting in saturday.meetings] == [1, 2, 3, 4, 5]
    assert len(saturday.guide_versions) >= 5
    assert {relief.role for relief in saturday.reliefs} >= {"crisis_leader"}
    assert saturday.pictures
    assert saturday.by_kind["decision"] == len(saturday.decisions)
