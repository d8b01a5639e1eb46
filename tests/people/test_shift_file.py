"""The plan's file: as Excel and calendars write it, with each bad row told by its line."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ddh_beredskab.errors import UserError
from ddh_beredskab.people.shift_file import Known, PlannedRow, read_plan

KNOWN = Known(
    people={
        "mona-baeklund": ("mona-baeklund",),
        "mona bæklund": ("mona-baeklund",),
        "mona@fjordbakke.example": ("mona-baeklund",),
        "tage enghave": ("tage-enghave", "tage-enghave-2"),
    },
    municipality_of={"mona-baeklund": "9002", "tage-enghave": "9003", "tage-enghave-2": "9004"},
    municipalities={"9002": "9002", "9003": "9003", "fjordbakke kommune": "9002", "fjordbakke": "9002"},
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


MONA = PlannedRow("mona-baeklund", "9002", at("2026-11-23T08:00+01:00"), at("2026-11-23T16:00+01:00"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_excels_file_is_read_in_each_of_its_encodings(encoding: str) -> None:
    text = "Navn;Kommune;Fra;Til\r\nMona Bæklund;Fjordbakke;23-11-2026 08:00;23.11.2026 16.00\r\n"
    plan = read_plan("plan.csv", text.encode(encoding), KNOWN)
    assert (plan.rows, plan.bad) == ([MONA], [])


def test_a_person_is_known_by_log_in_short_name_or_name() -> None:
    for who in ("mona@fjordbakke.example", "MONA-BAEKLUND", "Mona Bæklund"):
        text = f"person,fra,til\n{who},2026-11-23T08:00,2026-11-23T16:00\n"
        assert read_plan("plan.csv", text.encode(), KNOWN).rows == [MONA], who


def test_a_day_of_its_own_and_a_night_shift() -> None:
    text = "Dato;Medarbejder;Fra;Til\n24-10-2026;mona-baeklund;22.00;06.00\n"
    (row,) = read_plan("plan.csv", text.encode(), KNOWN).rows
    assert (row.begins_at, row.ends_at) == (at("2026-10-24T22:00+02:00"), at("2026-10-25T06:00+01:00"))


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ("ukendt;9002;23-11-2026 08:00;23-11-2026 16:00", "kender vi ikke"),
        (";9002;23-11-2026 08:00;23-11-2026 16:00", "hvem"),
        ("tage enghave;;23-11-2026 08:00;23-11-2026 16:00", "tage-enghave, tage-enghave-2"),
        ("mona-baeklund;Atlantis;23-11-2026 08:00;23-11-2026 16:00", "Atlantis"),
        ("mona-baeklund;9002;i morgen;23-11-2026 16:00", "20-10-2023 14:05"),
        ("mona-baeklund;9002;23-11-2026 16:00;23-11-2026 08:00", "slutter"),
        ("mona-baeklund;9002;23-11-2026 08:00;25-11-2026 08:00", "24 timer"),
    ],
)
def test_a_bad_row_is_told_by_its_line_and_the_others_are_read(cells: str, says: str) -> None:
    good = "mona-baeklund;9002;23-11-2026 08:00;23-11-2026 16:00"
    plan = read_plan("plan.csv", f"person;kommune;fra;til\n{cells}\n{good}\n".encode(), KNOWN)
    assert plan.rows == [MONA]
    (bad,) = plan.bad
    assert bad.line == 2
    assert bad.sentence.startswith("Linje 2 i filen er sprunget over:")
    assert says in bad.sentence


def test_two_of_one_name_are_told_apart_by_their_municipality() -> None:
    text = "navn;kommune;fra;til\nTage Enghave;9003;23-11-2026 08:00;23-11-2026 16:00\n"
    assert read_plan("plan.csv", text.encode(), KNOWN).rows[0].agent == "tage-enghave"


def test_a_file_without_the_columns_is_refused_as_a_whole() -> None:
    with pytest.raises(UserError, match="til"):
        read_plan("plan.csv", b"person;fra\nmona-baeklund;23-11-2026 08:00\n", KNOWN)
    with pytest.raises(UserError):
        read_plan("plan.csv", b" \n", KNOWN)


CALENDAR = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//plan//DA
BEGIN:VEVENT
UID:1
SUMMARY:Vagt
ATTENDEE;CN=Mona:mailto:mona@fjordbakke.example
DTSTART;TZID=Europe/Copenhagen:20261123T080000
DTEND;TZID=Europe/Copenhagen:20261123T160000
END:VEVENT
BEGIN:VEVENT
UID:2
SUMMARY:Mona Bæklund
LOCATION:9003
DTSTART:20261124T070000Z
DTEND:20261124T150000Z
END:VEVENT
BEGIN:VEVENT
UID:3
SUMMARY:Mona Bæklund
DTSTART;VALUE=DATE:20261125
DTEND;VALUE=DATE:20261126
END:VEVENT
BEGIN:VEVENT
UID:4
SUMMARY:Mona Bæklund
DTSTART:20261126T070000Z
DTEND:20261126T150000Z
RRULE:FREQ=WEEKLY
END:VEVENT
END:VCALENDAR
"""


def test_a_calendar_is_read_by_who_is_invited_or_by_its_title() -> None:
    plan = read_plan("plan.ics", CALENDAR.replace("\n", "\r\n").encode(), KNOWN)
    second = PlannedRow("mona-baeklund", "9003", at("2026-11-24T08:00+01:00"), at("2026-11-24T16:00+01:00"))
    assert plan.rows == [MONA, second]
    assert [bad.line for bad in plan.bad] == [18, 24], "a whole day, and one that comes again and again"


def test_what_is_no_calendar_is_refused() -> None:
    with pytest.raises(UserError):
        read_plan("plan.ics", b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:x\n", KNOWN)
