"""Who is on shift in a crisis and lacks something: for the agent, and for the personnel lead.

Rules kept: outside a crisis nothing is said; whoever the register does not know (a recording's agents) is left alone;
where the register cannot be read the desk works without.
"""

from __future__ import annotations

from dataclasses import dataclass

from ddh_beredskab.journal.clock_row import clock_now
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.people import shifts
from ddh_beredskab.people.briefing import ongoing
from ddh_beredskab.people.register import persons
from ddh_beredskab.people.shift_ready import Approval, approvals, briefed, lacking
from ddh_beredskab.people.training import Training, trainings
from ddh_beredskab.people.training_due import courses_of
from ddh_beredskab.playbooks.training import ShiftNeed
from ddh_beredskab.web.environments import Unreadable
from ddh_beredskab.web.training_view import today
from ddh_beredskab.web.visit import Visit


@dataclass(frozen=True, slots=True)
class OwnLack:
    """What one lacks oneself."""

    needs: tuple[ShiftNeed, ...]
    approval: Approval | None
    crisis: str
    """One that goes on, for its brief."""


@dataclass(frozen=True, slots=True)
class Lacking:
    """Somebody on shift who lacks something."""

    agent: str
    municipality: str
    needs: tuple[ShiftNeed, ...]
    approval: Approval | None


@dataclass(frozen=True, slots=True)
class _Here:
    crises: tuple[str, ...]
    briefed: frozenset[str]
    approvals: dict[str, Approval]
    on_shift: list[shifts.OnShift]


async def own_lack(visit: Visit, *, on_shift: bool) -> OwnLack | None:
    """What the one who asks lacks; null: nothing, or no crisis goes on. The brief is asked for by *På vagt* itself."""
    who = visit.who
    if who is None:
        return None
    here = await visit.environment.read(lambda conn: _here(conn, everybody=False))
    if not here.crises:
        return None
    try:
        noted = await visit.site.people.read(lambda conn: trainings(conn, who.person))
    except Unreadable:
        return None
    read = who.person in here.briefed or not on_shift
    needs = lacking(visit.site.training, courses_of(noted), who.person, briefed=read, today=today())
    return OwnLack(needs, here.approvals.get(who.person), here.crises[0]) if needs else None


async def on_shift_lacking(visit: Visit) -> list[Lacking]:
    """Everybody on shift who lacks something, those nobody has approved first."""
    here = await visit.environment.read(lambda conn: _here(conn, everybody=True))
    if not here.crises:
        return []

    def look(conn: Conn) -> tuple[frozenset[str], list[Training]]:
        return frozenset(each.ref for each in persons(conn)), trainings(conn)

    known, noted = await visit.site.people.read(look)
    courses = courses_of(noted)
    found = [
        Lacking(each.agent, each.municipality, needs, here.approvals.get(each.agent))
        for each in here.on_shift
        if each.agent in known
        and (
            needs := lacking(
                visit.site.training, courses, each.agent, briefed=each.agent in here.briefed, today=today()
            )
        )
    ]
    return sorted(found, key=lambda each: (each.approval is not None, each.municipality, each.agent))


def _here(conn: Conn, *, everybody: bool) -> _Here:
    crises = tuple(sorted(ongoing(conn)))
    if not crises:
        return _Here((), frozenset(), {}, [])
    there = shifts.on_shift_now(conn, clock_now(conn)) if everybody else []
    return _Here(crises, briefed(conn, crises), approvals(conn, crises), there)
