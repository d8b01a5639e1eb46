"""The register of training: who was trained in what and when, and where it is known from.

Rules kept: nothing stands twice; who noted it stands in `people_log`; a drill in a role moves the role's own mark
("sidst øvet") forward and never back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, cast
from uuid import uuid4

from ddh_beredskab.clock import from_micros, to_micros, wall_micros
from ddh_beredskab.danish_time import COPENHAGEN, local
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.people.register import note, positions
from ddh_beredskab.playbooks.training import What

Source = Literal["by_hand", "csv", "xapi", "drill"]

_NOTE = Statement(
    "INSERT INTO trainings (id, person, what, role, municipality, done_on, source, reference, noted_at, noted_by)"
    " VALUES (:id, :person, :what, :role, :municipality, :done_on, :source, :reference, :at, :by)"
    " ON CONFLICT (person, what, role, done_on, reference) DO NOTHING"
)
_COLUMNS = "SELECT id, person, what, role, municipality, done_on, source, reference, noted_at, noted_by FROM trainings"
_ALL = Statement(f"{_COLUMNS} ORDER BY done_on DESC, person, id")
_OF = Statement(f"{_COLUMNS} WHERE person = :person ORDER BY done_on DESC, id")
_NOTED = Statement("SELECT DISTINCT reference FROM trainings WHERE source = 'drill'")
_MOVE = Statement(
    "UPDATE positions SET trained_at = :at WHERE person = :person AND role = :role AND ended_at IS NULL"
    " AND (trained_at IS NULL OR trained_at < :at)"
)


@dataclass(frozen=True, slots=True)
class Done:
    """What somebody did: a drill in a role, or a course, listening in or a crisis' brief (then no role)."""

    person: str
    what: What
    done_on: date
    role: str = ""
    municipality: str = ""
    reference: str = ""
    """The drill's environment, or the course's key."""


@dataclass(frozen=True, slots=True)
class Training:
    """A line of the register."""

    id: str
    done: Done
    source: Source
    noted_at: int
    noted_by: str


def note_training(conn: Conn, done: Done, source: Source, *, by: str) -> bool:
    """Write it down; false when it stands there already."""
    new = conn.run(
        _NOTE, id=str(uuid4()), person=done.person, what=done.what, role=done.role, municipality=done.municipality,
        done_on=done.done_on.isoformat(), source=source, reference=done.reference, at=wall_micros(), by=by,
    )  # fmt: skip
    if not new:
        return False
    note(
        conn, by, "training", done.person, training=done.what, role=done.role, municipality=done.municipality,
        done_on=done.done_on.isoformat(), reference=done.reference,
    )  # fmt: skip
    if done.what == "drill" and done.role:
        conn.run(_MOVE, at=noon(done.done_on), person=done.person, role=done.role)
    return True


def trainings(conn: Conn, person: str | None = None) -> list[Training]:
    """The register, newest first; one person's or everybody's."""
    rows = conn.all(_ALL) if person is None else conn.all(_OF, person=person)
    return [
        Training(
            str(id_),
            Done(str(who), cast("What", what), date.fromisoformat(day), str(role), str(municipality), str(reference)),
            cast("Source", source),
            int(noted_at),
            str(noted_by),
        )
        for id_, who, what, role, municipality, day, source, reference, noted_at, noted_by in rows
    ]


def noted_drills(conn: Conn) -> frozenset[str]:
    """The drills whose participants stand in the register."""
    return frozenset(str(reference) for (reference,) in conn.all(_NOTED))


def trained_now(conn: Conn, days: int) -> frozenset[tuple[str, str]]:
    """(person, role) of everybody who was in a drill in that role within so many days."""
    since = local(from_micros(wall_micros())).date() - timedelta(days=days)
    return frozenset((person, role) for (person, role), day in last_drills(conn).items() if day >= since)


def last_drills(conn: Conn) -> Mapping[tuple[str, str], date]:
    """(person, role) -> the last day of a drill in it, also where the role was given after the drill."""
    found: dict[tuple[str, str], date] = {}
    for each in positions(conn):
        if each.trained_at is not None:
            _later(found, (each.person, each.role), day_of(each.trained_at))
    for each in trainings(conn):
        if each.done.what == "drill" and each.done.role:
            _later(found, (each.done.person, each.done.role), each.done.done_on)
    return found


def _later(found: dict[tuple[str, str], date], key: tuple[str, str], day: date) -> None:
    found[key] = max(found.get(key, day), day)


def noon(day: date) -> int:
    """A day as the register's marks have it: noon in Denmark, in microseconds."""
    return to_micros(datetime.combine(day, time(12), COPENHAGEN).astimezone(UTC))


def day_of(micros: int) -> date:
    """The Danish day of a mark."""
    return local(from_micros(micros)).date()
