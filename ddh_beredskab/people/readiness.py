"""Klar-tjek: how ready a municipality is today, from the register and from what was written about it.

Rules kept: what the register knows is looked up and never typed twice; what was written grows old; who wrote it and
when stands beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from ddh_beredskab.clock import from_micros, wall_micros
from ddh_beredskab.danish_time import COPENHAGEN
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.people.identity import BY_MUNICIPALITY
from ddh_beredskab.people.open_forms import good_sheets
from ddh_beredskab.people.phone_list import CONTACT_ROLES
from ddh_beredskab.people.register import Channel, Person, PositionHeld, channels, note, persons, positions
from ddh_beredskab.playbooks.readiness import Readiness, ReadyItem
from schemas.base import Role

DAY = 24 * 3600 * 1_000_000

_MARK = Statement(
    "INSERT INTO ready_marks (municipality, item, value, at, who) VALUES (:municipality, :item, :value, :at, :who)"
    " ON CONFLICT (municipality, item) DO UPDATE SET value = excluded.value, at = excluded.at, who = excluded.who"
)
_NO_MARK = Statement("DELETE FROM ready_marks WHERE municipality = :municipality AND item = :item")
_MARKS = Statement("SELECT municipality, item, value, at, who FROM ready_marks")
State = Literal["ready", "old", "missing"]


@dataclass(frozen=True, slots=True)
class Mark:
    """What somebody wrote about a point."""

    value: str
    at: int
    who: str


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a municipality's list, as it stands."""

    item: ReadyItem
    state: State
    value: str = ""
    """A name, a number, a text or a day, to be shown as it is."""
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class Unreached:
    """Somebody with a role whom nothing is known to reach."""

    person: str
    name: str
    roles: tuple[Role, ...]
    municipality: str
    never: bool
    """True: no channel at all; false: none that was tested in time."""


@dataclass(frozen=True, slots=True)
class Ground:
    """Everything the answer is made of, read in one go."""

    persons: Mapping[str, Person]
    positions: Sequence[PositionHeld]
    channels: Sequence[Channel]
    marks: Mapping[tuple[str, str], Mark]
    sheets: frozenset[str]
    now: int


def read_ground(conn: Conn) -> Ground:
    """The register and the marks."""
    now = wall_micros()
    return Ground(
        {each.ref: each for each in persons(conn)},
        positions(conn),
        channels(conn),
        {(code, item): Mark(value, int(at), who) for code, item, value, at, who in conn.all(_MARKS)},
        frozenset(good_sheets(conn)),
        now,
    )


def write_mark(conn: Conn, municipality: str, item: str, value: str, *, by: str) -> None:
    """What a municipality says about a point; empty takes it away. The same again is a new date: it was looked at."""
    if value:
        conn.run(_MARK, municipality=municipality, item=item, value=value, at=wall_micros(), who=by)
    else:
        conn.run(_NO_MARK, municipality=municipality, item=item)
    note(conn, by, "ready", "", municipality=municipality, item=item)


def points(ground: Ground, readiness: Readiness, municipality: str) -> list[Point]:
    """Every point of one municipality."""
    return [
        _looked_up(ground, item, municipality) if item.looked_up else _written(ground, item, municipality)
        for item in readiness.items
    ]


def unreached(ground: Ground, readiness: Readiness, municipality: str | None = None) -> list[Unreached]:
    """Who has a role and no channel that is known to work; of one municipality, or of all."""
    tested_after = ground.now - readiness.channel_valid_days * DAY
    found: list[Unreached] = []
    for ref, person in ground.persons.items():
        held = [each for each in ground.positions if each.person == ref and each.role not in ("operator", "call_agent")]
        places = {each.municipality or person.municipality for each in held}
        if not held or person.disabled or (municipality is not None and municipality not in places):
            continue
        mine = [each for each in ground.channels if each.person == ref]
        if any(each.tested_at is not None and each.tested_at > tested_after for each in mine):
            continue
        roles: tuple[Role, ...] = tuple({each.role: None for each in held})
        place = next((each.municipality for each in held if each.municipality), person.municipality)
        found.append(Unreached(ref, person.name, roles, place, never=not mine))
    return sorted(found, key=lambda each: (not each.never, each.name))


def known_municipalities(ground: Ground) -> set[str]:
    """The municipalities somebody has a municipal role for, or something was written about."""
    roles = {each.municipality for each in ground.positions if each.role in BY_MUNICIPALITY and each.municipality}
    return roles | {code for code, _ in ground.marks}


def _looked_up(ground: Ground, item: ReadyItem, code: str) -> Point:
    there = [each for each in ground.positions if _place(ground, each) == code and not each.absent]
    match item.key:
        case "contact_1" | "contact_2":
            found = _contacts(ground, there)
            at = 0 if item.key == "contact_1" else 1
            return _found(item, found[at : at + 1])
        case "local_leader" | "information_lead" | "local_leader_deputy" | "information_lead_deputy":
            role = "local_leader" if item.key.startswith("local_leader") else "local_information_lead"
            deputy = item.key.endswith("_deputy")
            return _found(
                item, _names(ground, (p for p in there if p.role == role and (p.position != "holder") is deputy))
            )
        case "may_report":
            leaders = [p for p in there if p.role in BY_MUNICIPALITY]
            let_in = (p for p in leaders if (who := ground.persons[p.person]).has_password or who.demo)
            return _found(item, _names(ground, let_in))
        case "sheet":
            return Point(item, "ready" if code in ground.sheets else "missing")
        case _:
            return Point(item, "missing")


def _place(ground: Ground, held: PositionHeld) -> str:
    person = ground.persons.get(held.person)
    return held.municipality or (person.municipality if person and not person.disabled else "")


def _names(ground: Ground, held: Iterable[PositionHeld]) -> list[str]:
    return list(dict.fromkeys(ground.persons[each.person].name for each in held if each.person in ground.persons))


def _contacts(ground: Ground, there: list[PositionHeld]) -> list[str]:
    """Those whom DDH rings, in order, with a phone."""
    phones = {each.person for each in ground.channels if each.channel == "phone"}
    roles = [each for each in there if each.role in CONTACT_ROLES and each.person in phones]
    roles.sort(key=lambda each: (CONTACT_ROLES.index(each.role), each.call_order))
    return _names(ground, roles)


def _found(item: ReadyItem, names: list[str]) -> Point:
    return Point(item, "ready" if names else "missing", ", ".join(names))


def _written(ground: Ground, item: ReadyItem, code: str) -> Point:
    mark = ground.marks.get((code, item.key))
    if mark is None:
        return Point(item, "missing")
    since = mark.at
    if item.kind == "date":
        day = date.fromisoformat(mark.value)
        age = (from_micros(ground.now).astimezone(COPENHAGEN).date() - day).days
    else:
        age = (ground.now - since) // DAY
    old = item.valid_days is not None and age > item.valid_days
    return Point(item, "old" if old else "ready", mark.value, mark)
