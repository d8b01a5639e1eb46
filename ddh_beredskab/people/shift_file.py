"""The shift plan's file, as Excel or a calendar writes it: good rows become shifts, bad ones sentences with their line.

Rules kept: nobody is guessed at (a name that two people have is a bad row); a file without a day, or a shift that ends
before it begins, is never mended in silence.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

from icalendar import Calendar

from ddh_beredskab.danish_time import COPENHAGEN, day_and_clock, parse_instant
from ddh_beredskab.errors import UserError
from ddh_beredskab.i18n import say

LONGEST = timedelta(hours=24)
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "person": ("person", "brugernavn", "login", "mail", "e-mail", "agent", "medarbejder", "navn", "name"),
    "municipality": ("kommune", "municipality", "kommunekode", "arbejdssted"),
    "day": ("dato", "dag", "date"),
    "begins": ("fra", "from", "start", "begynder", "starttid", "mødetid"),
    "ends": ("til", "to", "slut", "slutter", "sluttid"),
}
REQUIRED = ("person", "begins", "ends")
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True, slots=True)
class Known:
    """Who there is, and which municipalities. Keys are in small letters."""

    people: Mapping[str, tuple[str, ...]]
    """Log-in, ref or name -> refs."""
    municipality_of: Mapping[str, str]
    municipalities: Mapping[str, str]
    """Code or name -> code."""


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """One shift of the file."""

    agent: str
    municipality: str
    begins_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was left out: its line, and what would be right."""

    line: int
    sentence: str


@dataclass(slots=True)
class Plan:
    """What a file says."""

    rows: list[PlannedRow] = field(default_factory=list[PlannedRow])
    bad: list[BadRow] = field(default_factory=list[BadRow])


class _Bad(Exception):
    def __init__(self, key: str, **facts: object) -> None:
        super().__init__(key)
        self.sentence = say(f"shift_file.{key}", **facts)


def read_plan(name: str, raw: bytes, known: Known) -> Plan:
    """The plan in a file. Raises `UserError` when the file as a whole cannot be used."""
    text = _text(raw)
    if not text.strip():
        raise UserError("csv_empty", place=name)
    calendar = text.lstrip().upper().startswith("BEGIN:VCALENDAR")
    plan = Plan()
    seen: dict[tuple[str, datetime], int] = {}
    for line, given in _events(name, text) if calendar else _rows(name, text):
        try:
            row = _row(given, known)
        except _Bad as bad:
            plan.bad.append(BadRow(line, say("feedback_file.skipped", line=line, why=bad.sentence)))
            continue
        if (before := seen.get((row.agent, row.begins_at))) is not None:
            plan.rows[before] = row  # the same shift again: what stands last holds
            continue
        seen[row.agent, row.begins_at] = len(plan.rows)
        plan.rows.append(row)
    return plan


def _text(raw: bytes) -> str:
    """Excel writes UTF-8 with a mark, UTF-16, or what Danish Windows has always written."""
    encoding = next((name for bom, name in _BOMS if raw.startswith(bom)), "utf-8")
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


# -- rows -----------------------------------------------------------------------------------------


def _rows(name: str, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    first = text.lstrip("\r\n").splitlines()[0]
    separator = max((";", ",", "\t"), key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    header = [cell.strip() for cell in next((row for row in reader if any(row)), list[str]())]
    low, at = [cell.casefold() for cell in header], dict[str, int]()
    for key, words in COLUMNS.items():
        if (found := next((low.index(word) for word in words if word in low), None)) is not None:
            at[key] = found
    for key in REQUIRED:
        if key not in at:
            raise UserError("shift_columns", place=f"{name}:1", name=COLUMNS[key][0], known=", ".join(header))
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, {"error": str(error)}
            continue
        if any(cell.strip() for cell in cells):
            yield line, {key: cells[column].strip() if column < len(cells) else "" for key, column in at.items()}


def _row(given: Mapping[str, Any], known: Known) -> PlannedRow:
    if why := given.get("error"):
        raise _Bad("unreadable", why=why)
    agent = _person(str(given.get("person", "")), str(given.get("municipality", "")), known)
    begins = _instant(given, "begins")
    ends = _instant(given, "ends")
    if ends <= begins and given.get("day") and not _has_day(given["ends"]):
        ends = _local_plus_day(ends)  # a night shift: the time of the next day
    if ends <= begins:
        raise _Bad("backwards", begins=day_and_clock(begins), ends=day_and_clock(ends))
    if ends - begins > LONGEST:
        raise _Bad("too_long", hours=int(LONGEST.total_seconds() // 3600))
    return PlannedRow(agent, _municipality(str(given.get("municipality", "")), agent, known), begins, ends)


def _person(text: str, municipality: str, known: Known) -> str:
    if not text:
        raise _Bad("no_person")
    found = list(known.people.get(text.casefold(), ()))
    if len(found) > 1 and (code := known.municipalities.get(municipality.casefold())):
        found = [ref for ref in found if known.municipality_of.get(ref) == code]
    if not found:
        raise _Bad("unknown_person", value=text[:60])
    if len(found) > 1:
        raise _Bad("several", value=text[:60], logins=", ".join(found))
    return found[0]


def _municipality(text: str, agent: str, known: Known) -> str:
    if not text:
        return known.municipality_of.get(agent, "")
    if (code := known.municipalities.get(text.casefold())) is None:
        raise _Bad("unknown_municipality", value=text[:60])
    return code


def _instant(given: Mapping[str, Any], key: str) -> datetime:
    value = given.get(key, "")
    if isinstance(value, datetime):
        return value
    text = str(value)
    if (day := given.get("day")) and not _has_day(text):
        text = f"{day} {text}"
    if (found := parse_instant(text)) is None:
        raise _Bad("time", column=say(f"shift_file.{key}"), value=text[:40])
    return found


def _has_day(value: object) -> bool:
    return isinstance(value, datetime) or len(str(value).strip()) > len("20:00:00")


def _local_plus_day(at: datetime) -> datetime:
    """The same time on the clock a day later, also when summer time ends in between."""
    there = at.astimezone(COPENHAGEN)
    return (there.replace(tzinfo=None) + timedelta(days=1)).replace(tzinfo=COPENHAGEN).astimezone(UTC)


# -- calendars ------------------------------------------------------------------------------------


def _events(name: str, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    lines = [
        number for number, line in enumerate(text.splitlines(), 1) if line.strip().upper().startswith("BEGIN:VEVENT")
    ]
    try:
        calendar: Any = Calendar.from_ical(text)
        events: list[Any] = calendar.walk("VEVENT")
    except (ValueError, IndexError, KeyError) as error:
        raise UserError("calendar", place=name, why=str(error)[:200]) from error
    for number, event in enumerate(events):
        yield lines[number] if number < len(lines) else 0, _event(event)


def _event(event: Any) -> dict[str, Any]:
    if event.get("RRULE") is not None:
        return {"error": say("shift_file.repeats")}
    given: dict[str, Any] = {"person": _attendee(event), "municipality": str(event.get("LOCATION") or "").strip()}
    for key, name in (("begins", "DTSTART"), ("ends", "DTEND")):
        try:
            value = event.decoded(name)
        except (KeyError, ValueError):
            given[key] = ""
            continue
        given[key] = _aware(value)
    return given


def _attendee(event: Any) -> str:
    """Whose shift it is: the one who is invited, else what the event is called."""
    invited: Any = event.get("ATTENDEE")
    first = next(iter(cast("list[Any]", invited)), None) if isinstance(invited, list) else invited
    text = str(first or event.get("SUMMARY") or "")
    return text.partition(":")[2].strip() if text.lower().startswith("mailto:") else text.strip()


def _aware(value: datetime | date) -> datetime | str:
    if not isinstance(value, datetime):
        return str(value)  # a whole day says no time
    return (value if value.tzinfo else value.replace(tzinfo=COPENHAGEN)).astimezone(UTC)
