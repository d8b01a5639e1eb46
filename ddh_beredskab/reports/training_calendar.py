"""The year's drills as a calendar file, to be taken into Outlook or any other calendar.

Rules kept: no names in it, since calendars are shared; the same drill has the same id whenever the file is made, so
that taking it in again moves it and does not double it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from icalendar import Calendar, Event

from ddh_beredskab.i18n import say
from ddh_beredskab.people.training_plan import PlannedDrill

ICS = "text/calendar; charset=utf-8"


def training_calendar(
    drills: Iterable[PlannedDrill], role_name: Callable[[str], str], municipalities: Mapping[str, str], today: date
) -> bytes:
    """The file; always in Danish."""
    calendar: Any = Calendar()
    calendar.add("prodid", "-//DDH Beredskab//Øvelser//DA")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", say("training.calendar"))
    for each in drills:
        calendar.add_component(_event(each, role_name, municipalities, today))
    made: bytes = calendar.to_ical()
    return made


def _event(drill: PlannedDrill, role_name: Callable[[str], str], municipalities: Mapping[str, str], today: date) -> Any:
    role, where = role_name(drill.role), drill.municipality
    event: Any = Event()
    event.add("uid", f"{drill.role}.{where or 'ddh'}.{drill.on.year}@ddh-beredskab")
    event.add("dtstamp", datetime.combine(today, time(), UTC))
    event.add("dtstart", drill.on)
    event.add("dtend", drill.on + timedelta(days=1))
    event.add("transp", "TRANSPARENT")
    event.add(
        "summary",
        say("training.event_in", role=role, municipality=municipalities.get(where, where))
        if where
        else say("training.event", role=role),
    )
    event.add("description", say("training.event_text", people=_people(drill.people), overdue=_people(drill.overdue)))
    return event


def _people(count: int) -> str:
    if not count:
        return say("training.nobody")
    return say("training.people_one") if count == 1 else say("training.people_other", n=count)
