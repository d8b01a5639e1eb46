"""Completed courses from a file: a table of a learning system, or xAPI statements.

Rules kept: nobody is guessed at (a name that two people have, and a person nobody knows, is told by line); only what is
completed or passed counts, and what was taken back never; the same file twice changes nothing, since the register of
training holds nothing twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from ddh_beredskab.errors import UserError
from ddh_beredskab.i18n import say
from ddh_beredskab.imports.bad_rows import BadRow, short
from ddh_beredskab.imports.sheets import Sheet, Unreadable, sheet_of
from ddh_beredskab.imports.xapi import WrongStatement, statements_of
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.people.register import channels, persons
from ddh_beredskab.people.training import Done, Source, note_training
from ddh_beredskab.playbooks.training import CourseField, TrainingRules

REQUIRED: tuple[CourseField, ...] = ("person", "course", "day")


@dataclass(frozen=True, slots=True)
class Known:
    """Who there is. Keys are in small letters."""

    exact: Mapping[str, frozenset[str]]
    """Log-in, ref or mail -> refs."""
    names: Mapping[str, frozenset[str]]


@dataclass(slots=True)
class Courses:
    """What a file says."""

    source: Source
    done: list[Done] = field(default_factory=list[Done])
    bad: list[BadRow] = field(default_factory=list[BadRow])
    not_passed: int = 0
    """Begun, failed or taken back."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What it changed."""

    new: int
    known: int


class _Bad(Exception):
    def __init__(self, key: str, column: str = "", value: str = "", **facts: object) -> None:
        super().__init__(key)
        self.column, self.value = column, short(value)
        self.why = say(f"course_file.{key}", column=column, value=self.value, **facts)


def known_people(conn: Conn) -> Known:
    """The register as files name it."""
    exact: dict[str, set[str]] = {}
    names: dict[str, set[str]] = {}
    for each in persons(conn):
        names.setdefault(each.name.casefold(), set()).add(each.ref)
        for word in filter(None, (each.ref, each.login)):
            exact.setdefault(word.casefold(), set()).add(each.ref)
    for channel in channels(conn):
        if channel.channel == "mail":
            exact.setdefault(channel.value.casefold(), set()).add(channel.person)
    return Known({k: frozenset(v) for k, v in exact.items()}, {k: frozenset(v) for k, v in names.items()})


def read_courses(raw: bytes, name: str, known: Known, rules: TrainingRules, today: date) -> Courses:
    """The courses in a file. Raises `UserError` when the file as a whole cannot be used."""
    if raw.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"[", b"{"):
        return _statements(raw, name, known, rules, today)
    return _table(_sheet(raw, name), known, rules, today)


def store(conn: Conn, found: Courses, *, by: str) -> Stored:
    """Note them; what stands there already is left."""
    new = sum(note_training(conn, each, found.source, by=by) for each in found.done)
    return Stored(new, len(found.done) - new)


# -- tables ---------------------------------------------------------------------------------------


def _table(sheet: Sheet, known: Known, rules: TrainingRules, today: date) -> Courses:
    at = _columns(sheet, rules)
    passed = {word.casefold() for word in rules.files.passed}
    found = Courses("csv")
    for line, cells in sheet.rows():
        if isinstance(cells, Unreadable):
            found.bad.append(BadRow(line, "", "", say("course_file.unreadable", why=cells.why)))
            continue
        if not any(cell.strip() for cell in cells):
            continue
        row = {key: cells[column].strip() if column < len(cells) else "" for key, column in at.items()}
        if "status" in at and row["status"].casefold() not in passed:
            found.not_passed += 1
            continue
        try:
            found.done.append(_row(row, {key: sheet.header[column] for key, column in at.items()}, known, rules, today))
        except _Bad as wrong:
            found.bad.append(BadRow(line, wrong.column, wrong.value, wrong.why))
    return found


def _sheet(raw: bytes, name: str) -> Sheet:
    """Excel writes UTF-8 with a mark, or what Danish Windows has always written."""
    try:
        return sheet_of(raw, name)
    except UserError as error:
        if error.code != "csv_encoding":
            raise
        return sheet_of(raw, name, "cp1252")


def _columns(sheet: Sheet, rules: TrainingRules) -> dict[CourseField, int]:
    low = [cell.casefold() for cell in sheet.header]
    at: dict[CourseField, int] = {}
    for key, words in rules.files.columns.items():
        called = (*(word.casefold() for word in words), key)
        if (column := next((low.index(word) for word in called if word in low), None)) is not None:
            at[key] = column
    for key in REQUIRED:
        if key not in at:
            called = next(iter(rules.files.columns.get(key, ())), key)
            raise UserError("course_columns", place=f"{sheet.name}:1", name=called, known=", ".join(sheet.header))
    return at


def _row(row: Mapping[str, str], called: Mapping[str, str], known: Known, rules: TrainingRules, today: date) -> Done:
    who, course = row["person"], rules.course(row["course"])
    if not who:
        raise _Bad("empty", called["person"])
    refs = known.exact.get(who.casefold()) or known.names.get(who.casefold(), frozenset())
    person = _one(refs, called["person"], who)
    if course is None:
        raise _Bad("course", called["course"], row["course"], names=", ".join(each.label for each in rules.courses))
    day = _day(row["day"])
    if day is None:
        raise _Bad("day", called["day"], row["day"])
    if day > today:
        raise _Bad("future", called["day"], row["day"])
    return Done(person, course.what, day, reference=course.key)


def _one(refs: frozenset[str], column: str, value: str) -> str:
    if not refs:
        raise _Bad("unknown", column, value)
    if len(refs) > 1:
        raise _Bad("several", column, value)
    return next(iter(refs))


def _day(text: str) -> date | None:
    """20-10-2023, 20.10.2023, 20/10/2023 or 2023-10-20, with or without a time after it."""
    first = text.split(" ")[0].split("T")[0]
    parts = first.replace(".", "-").replace("/", "-").split("-")
    if len(parts) != 3 or not all(part.isascii() and part.isdecimal() for part in parts):
        return None
    year, month, day = parts if len(parts[0]) == 4 else reversed(parts)
    try:
        return date(int(year), int(month), int(day)) if len(year) == 4 else None
    except ValueError:
        return None


# -- statements -----------------------------------------------------------------------------------


def _statements(raw: bytes, name: str, known: Known, rules: TrainingRules, today: date) -> Courses:
    read = statements_of(raw, name)
    found, seen = Courses("xapi"), set[str]()
    voided = {each.target.lower() for each in read.good if each.verb == rules.xapi.voided}
    found.bad += [_told(each) for each in read.bad]
    for each in read.good:
        if each.verb == rules.xapi.voided or each.id in seen:
            continue
        seen |= {each.id} if each.id else set()
        if each.verb not in rules.xapi.verbs or each.failed or each.id in voided:
            found.not_passed += 1
            continue
        try:
            refs = frozenset(ref for who in each.actors for ref in known.exact.get(who.casefold(), ()))
            person = _one(refs, "actor", ", ".join(each.actors))
            course = rules.course(each.target)
            if course is None:
                raise _Bad("course", "object", each.target, names=", ".join(one.label for one in rules.courses))
            if each.day > today:
                raise _Bad("future", "timestamp", each.day.isoformat())
            found.done.append(Done(person, course.what, each.day, reference=course.key))
        except _Bad as wrong:
            found.bad.append(BadRow(each.line, wrong.column, wrong.value, wrong.why))
    found.bad.sort(key=lambda bad: bad.line)
    return found


def _told(wrong: WrongStatement) -> BadRow:
    return BadRow(wrong.line, wrong.where, "", say(f"course_file.{wrong.key}", column=wrong.where, value=""))
