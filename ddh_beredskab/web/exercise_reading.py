"""A drill for people as the pages need it: its plan, its controls, how far it is, who plays what, what has come in.

Rule kept: one reading of one environment; an environment without a plan, or one that cannot be read, is no exercise.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ddh_beredskab.clock import from_micros
from ddh_beredskab.drills import environment as drill_environment
from ddh_beredskab.drills.controls import Control, control
from ddh_beredskab.drills.injects import Held, all_injects
from ddh_beredskab.drills.plan import Plan, planned
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.people.register import positions
from ddh_beredskab.projections.read_model import Json
from ddh_beredskab.web.environments import Environment, Unreadable
from ddh_beredskab.web.reading import ClockReading, read_clock, read_crises
from ddh_beredskab.web.visit import Visit
from schemas.base import Role

Phase = Literal["waiting", "running", "paused", "ended"]

_SEEN = Statement("SELECT person, max(seen_at) FROM sessions WHERE seen_at >= :since GROUP BY person")


@dataclass(frozen=True, slots=True)
class Exercise:
    """One drill for people. Times of the drill are the drill's; `begun_at` is the wall's."""

    environment: str
    plan: Plan
    control: Control | None
    next_input: int
    begun_at: datetime | None
    finished: bool
    clock: ClockReading
    injects: tuple[Held, ...]
    crises: tuple[Json, ...]
    roles: dict[str, tuple[Role, ...]]
    """Participant -> the roles of the part in this drill."""

    @property
    def phase(self) -> Phase:
        """Over is over, whatever the leader last turned."""
        if self.finished or self.control is None:
            return "ended"
        return self.control.state

    def is_in_it(self, person: str) -> bool:
        return person in self.plan.participants

    def reached(self, person: str) -> list[Held]:
        """What has come in to somebody's part, newest first."""
        mine = set(self.roles.get(person, ()))
        came = [each for each in self.injects if each.state == "delivered" and mine & set(each.inject.to)]
        return sorted(came, key=lambda each: each.delivered_at or self.clock.now, reverse=True)


def read_exercise(conn: Conn, environment: str, *, of: str | None = None) -> Exercise | None:
    """Null where nothing is planned, or nothing that `of` takes part in, leads or watches."""
    plan = planned(conn)
    if plan is None or not (of is None or of in plan.participants or plan.is_watched_by(of)):
        return None
    progress = drill_environment.progress(conn)
    roles: dict[str, list[Role]] = {}
    for each in positions(conn):
        if each.person in plan.participants:
            roles.setdefault(each.person, []).append(each.role)
    return Exercise(
        environment=environment,
        plan=plan,
        control=control(conn),
        next_input=progress.next_input if progress else 0,
        begun_at=from_micros(progress.started_at) if progress else None,
        finished=bool(progress and progress.finished_at),
        clock=read_clock(conn),
        injects=tuple(all_injects(conn)),
        crises=tuple(read_crises(conn)),
        roles={person: tuple(dict.fromkeys(held)) for person, held in roles.items()},
    )


async def exercise_in(environment: Environment, *, of: str | None = None) -> Exercise | None:
    """The exercise of an environment; null also when it cannot be read now, and when `of` has nothing to do with it."""
    if environment.name == "drift":
        return None
    try:
        return await environment.read(lambda conn: read_exercise(conn, environment.name, of=of))
    except Unreadable:
        return None  # it is named where the environments are listed


async def exercises(visit: Visit) -> list[Exercise]:
    """Every exercise there is, those that go on first, then the newest."""
    return _in_order([await exercise_in(each) for each in visit.site.environments.all()])


def _in_order(found: Iterable[Exercise | None]) -> list[Exercise]:
    there = [each for each in found if each is not None]
    order = {"running": 0, "paused": 0, "waiting": 1, "ended": 2}
    newest = sorted(there, key=lambda each: each.begun_at.timestamp() if each.begun_at else 0, reverse=True)
    return sorted(newest, key=lambda each: order[each.phase])


async def mine_now(visit: Visit) -> list[Exercise]:
    """The exercises that are not over and that whoever looks takes part in, leads or watches.

    Of the others no more than the plan is read: every log-in comes by here, and drills of years lie there.
    """
    if visit.who is None:
        return []
    found = [await exercise_in(each, of=visit.who.person) for each in visit.site.environments.all()]
    return [each for each in _in_order(found) if each.phase != "ended"]


def seen_since(conn: Conn, since: int) -> dict[str, datetime]:
    """Person -> when their browser was last heard of, since a moment (the operation's journal)."""
    return {str(person): from_micros(int(at)) for person, at in conn.all(_SEEN, since=since)}
