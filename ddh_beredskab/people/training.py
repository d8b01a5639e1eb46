"""The register of training: who was trained in what and when, and where it is known from.

Rules kept: nothing stands twice; who noted it stands in `people_log`; a drill in a role moves the role's own mark
("sidst øvet") forward, and back only when a line that was wrong is taken back, with a reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, cast
from uuid import uuid4

from ddh_beredskab.clock import from_micros, to_micros, wall_micros
from ddh_beredskab.danish_time import COPENHAGEN, local
from ddh_beredskab.journal.connection import Conn, Row, Statement
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

_ONE = Statement(f"{_COLUMNS} WHERE id = :id")
_NEWEST = Statement(f"{_COLUMNS} WHERE noted_by <> 'demo' ORDER BY noted_at DESC, id LIMIT :limit")
_TAKE_BACK = Statement("DELETE FROM trainings WHERE id = :id")
_MOVE_BACK = Statement(
    "UPDATE positions SET trained_at = :at WHERE person = :person AND role = :role AND ended_at IS NULL"
    " AND trained_at = :was"
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


def take_back(conn: Conn, id_: str, why: str, *, by: str) -> bool:
    """A line that was wrong goes; what it said and why it went stay in `people_log`. False: it is not there.

    Where it had moved the role's mark, the mark goes back to the last drill in the role that still stands, or to none.
    """
    found = _lines(conn.all(_ONE, id=id_))
    if not found or conn.run(_TAKE_BACK, id=id_) != 1:
        return False
    wrong = found[0].done
    note(
        conn, by, "training_taken_back", wrong.person, training=wrong.what, role=wrong.role,
        municipality=wrong.municipality, done_on=wrong.done_on.isoformat(), reference=wrong.reference, reason=why,
    )  # fmt: skip
    if wrong.what == "drill" and wrong.role:
        left = [
            each.done.done_on
            for each in trainings(conn, wrong.person)
            if each.done.what == "drill" and each.done.role == wrong.role
        ]
        at = noon(max(left)) if left else None
        conn.run(_MOVE_BACK, at=at, person=wrong.person, role=wrong.role, was=noon(wrong.done_on))
    return True


def trainings(conn: Conn, person: str | None = None) -> list[Training]:
    """The register, newest first; one person's or everybody's."""
    return _lines(conn.all(_ALL) if person is None else conn.all(_OF, person=person))


def newest(conn: Conn, limit: int) -> list[Training]:
    """What people noted last, the last first."""
    return _lines(conn.all(_NEWEST, limit=limit))


def _lines(rows: Iterable[Row]) -> list[Training]:
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
