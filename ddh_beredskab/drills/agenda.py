"""What comes next in a drill for people: injects and their questions, and what has happened of what they wait for.

Rules kept: an inject that waits for an event counts the events of its crisis since the participants took over; once its
time is known it stands in its row, so that the drill leader sees it coming.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ddh_beredskab.clock import from_micros, to_micros
from ddh_beredskab.drills import injects
from ddh_beredskab.drills.inject_questions import Asking, ask, asking
from ddh_beredskab.drills.injects import Held
from ddh_beredskab.drills.plan import Plan
from ddh_beredskab.drills.recording_model import Recording
from ddh_beredskab.journal.connection import Conn, Statement
from schemas.base import TYPE_PREFIX

_EVENTS = Statement(
    "SELECT position, type, recorded_at, subject FROM messages WHERE position > :position AND stream IS NOT NULL"
    " AND recorded_at >= :since ORDER BY position LIMIT 5000"
)


@dataclass(frozen=True, slots=True)
class Agenda:
    """At one moment of the drill's clock."""

    due: tuple[Held, ...]
    """Injects whose time has come."""
    asking: tuple[Asking, ...]
    """Injects with questions that are due now."""
    known: tuple[tuple[str, datetime], ...]
    """(key, time) of injects whose event has happened and whose time is not in their row yet."""
    next_at: datetime | None
    """When there is something next; null: nothing that is known."""
    expected_until: datetime | None
    """So long the participants have for what delivered injects expect of them."""

    @property
    def now(self) -> bool:
        """Whether there is something to do at once."""
        return bool(self.due or self.asking or self.known)


@dataclass
class Watch:
    """Follows the journal's events, so that conditional injects find theirs; starts anew with each driver."""

    since: datetime
    crisis_of: Callable[[int], str] | None = None
    """The id of the recording's crisis 1, 2, ...; null: there is but one, whatever id the participants gave it."""
    _position: int = 0
    _times: dict[tuple[str, str], list[datetime]] = field(default_factory=dict[tuple[str, str], list[datetime]])

    def look(self, conn: Conn, now: datetime) -> Agenda:
        """The agenda as it stands. Only reads."""
        self._follow(conn)
        due: list[Held] = []
        known: list[tuple[str, datetime]] = []
        coming: list[datetime] = []
        expected: list[datetime] = []
        for each in injects.all_injects(conn):
            expect = each.inject.expect
            if each.delivered_at is not None and expect is not None and each.verdict is None:
                expected.append(each.delivered_at + timedelta(minutes=expect.within_minutes))
            if each.state != "planned":
                continue
            at = each.due_at
            if at is None and (at := self._after(each)) is not None:
                known.append((each.inject.key, at))
            if at is None:
                continue
            if at <= now:
                due.append(each)
            else:
                coming.append(at)
        still = asking(conn)
        at_once = tuple(each for each in still if each.due(now) > each.asked)
        coming += [each.next_at(now) for each in still if each not in at_once]
        return Agenda(tuple(due), at_once, tuple(known), min(coming, default=None), max(expected, default=None))

    def _follow(self, conn: Conn) -> None:
        while rows := conn.all(_EVENTS, position=self._position, since=to_micros(self.since)):
            for position, type_, at, crisis in rows:
                short = str(type_).removeprefix(TYPE_PREFIX).rpartition(".")[0]
                where = str(crisis) if self.crisis_of is not None else ""
                self._times.setdefault((short, where), []).append(from_micros(int(at)))
                self._position = int(position)

    def _after(self, each: Held) -> datetime | None:
        after = each.inject.after
        if after is None:
            return None
        where = self.crisis_of(each.inject.crisis) if self.crisis_of is not None else ""
        times = self._times.get((after.event, where), [])
        if len(times) < after.nth:
            return None
        return times[after.nth - 1] + timedelta(minutes=after.minutes)


def carry_out(conn: Conn, agenda: Agenda, now: datetime, recording: Recording, plan: Plan) -> list[str]:
    """Everything that is due, in the caller's transaction; the keys of the injects delivered."""
    for key, at in agenda.known:
        injects.put_off(conn, key, max(at, now))
    delivered = [each.inject.key for each in agenda.due if injects.deliver(conn, each.inject.key, now)]
    for each in asking(conn):
        ask(conn, each, now, recording, plan.participants)
    return delivered
