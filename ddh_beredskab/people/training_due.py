"""Who is trained, who is due, who is overdue: by person, role and municipality, the worst first.

Rules kept: never trained is overdue; a light always comes with its word; whoever holds a role twice is one line for
each; what is asked here is pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.people.register import Person, PositionHeld, persons, positions
from ddh_beredskab.people.training import Training, last_drills, trainings
from ddh_beredskab.playbooks.training import TrainingRules, What

State = Literal["never", "overdue", "soon", "trained"]
_WORST_FIRST: tuple[State, ...] = ("never", "overdue", "soon", "trained")
AGENT = "call_agent"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing one person is to be trained in."""

    person: str
    name: str
    municipality: str
    what: What
    """`drill` in the role, else what a shift takes."""
    role: str
    position: str
    done_on: date | None
    due_on: date | None
    """Null: once is for ever, or never done (then it is due at once)."""
    state: State

    @property
    def overdue(self) -> bool:
        return self.state in ("never", "overdue")


@dataclass(frozen=True, slots=True)
class Ground:
    """Everything the lines are made of, read in one go."""

    persons: Mapping[str, Person]
    positions: Sequence[PositionHeld]
    drills: Mapping[tuple[str, str], date]
    courses: Mapping[tuple[str, str], date]
    """(person, what) -> the last day."""


def read_ground(conn: Conn) -> Ground:
    """The register as it stands."""
    return Ground(
        {each.ref: each for each in persons(conn)}, positions(conn), last_drills(conn), courses_of(trainings(conn))
    )


def courses_of(noted: Iterable[Training]) -> Mapping[tuple[str, str], date]:
    """(person, what) -> the last day, of all that is no drill."""
    found: dict[tuple[str, str], date] = {}
    for each in noted:
        if each.done.what != "drill":
            key = (each.done.person, each.done.what)
            found[key] = max(found.get(key, each.done.done_on), each.done.done_on)
    return found


def lines(ground: Ground, rules: TrainingRules, valid_days: int, today: date) -> list[Line]:
    """Everybody's, the worst first. A crisis' brief is read in the crisis and is no line."""
    found: list[Line] = []
    for held in ground.positions:
        person = ground.persons.get(held.person)
        if person is None or person.disabled:
            continue
        if held.role in rules.roles:
            done = ground.drills.get((held.person, held.role))
            due = None if done is None else done + timedelta(days=valid_days)
            found.append(_line(person, held, "drill", done, due, rules, today))
        if held.role == AGENT:
            for need in rules.shift:
                if need.what != "crisis_brief":
                    done = ground.courses.get((held.person, need.what))
                    due = None if done is None else need.counts_until(done)
                    found.append(_line(person, held, need.what, done, due, rules, today))
    return sorted(found, key=_rank)


def _line(
    person: Person,
    held: PositionHeld,
    what: What,
    done: date | None,
    due: date | None,
    rules: TrainingRules,
    today: date,
) -> Line:
    municipality = held.municipality or person.municipality
    state = state_of(done, due, rules.soon_days, today)
    return Line(person.ref, person.name, municipality, what, held.role, held.position, done, due, state)


def state_of(done: date | None, due: date | None, soon_days: int, today: date) -> State:
    """On the due day itself it still counts."""
    if done is None:
        return "never"
    if due is None or due > today + timedelta(days=soon_days):
        return "trained"
    return "soon" if due >= today else "overdue"


def _rank(line: Line) -> tuple[int, date, str, str, str]:
    return (_WORST_FIRST.index(line.state), line.due_on or date.max, line.name, line.role, line.what)
