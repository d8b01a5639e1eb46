"""Who is to hold which role when, and where are the holes in the hours to come?

    {holders: {<role>: {person, since}},
     plan: [{number, role, person, begins_at, ends_at, note, although, by, at, cancelled: {by, at, note} | null}]}

Holes depend on the hour and on limits: `holes`. The present holder counts until he must be relieved.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ddh_beredskab.core.playbook import Limits
from ddh_beredskab.journal.messages import StoredMessage
from ddh_beredskab.projections.read_model import Json, instant, iso, plain
from schemas import crisis_staff as s
from schemas.base import Event, StaffRole

EVENTS: tuple[type[Event], ...] = (
    s.RoleAssumed,
    s.RoleHandedOver,
    s.StaffStoodDown,
    s.ReliefPlanned,
    s.PlannedReliefCancelled,
)


def fold(doc: Json | None, row: StoredMessage) -> Json:
    """The plan after one event."""
    doc, at = doc or {"holders": {}, "plan": []}, iso(row.time)
    match row.message:
        case s.RoleAssumed() as assumed:
            return doc | {"holders": doc["holders"] | {assumed.role: {"person": assumed.person, "since": at}}}
        case s.RoleHandedOver() as over:
            return doc | {"holders": doc["holders"] | {over.role: {"person": over.to_person, "since": at}}}
        case s.StaffStoodDown():
            return doc | {"holders": {}}
        case s.ReliefPlanned() as planned:
            line = plain(planned) | {"by": row.actor.person, "at": at, "cancelled": None}
            return doc | {"plan": [*doc["plan"], line]}
        case s.PlannedReliefCancelled() as gone:
            mark = {"cancelled": {"by": row.actor.person, "at": at, "note": gone.note}}
            return doc | {"plan": [each | mark if each["number"] == gone.number else each for each in doc["plan"]]}
        case _:
            return doc


@dataclass(frozen=True, slots=True)
class Stretch:
    """Somebody who holds a role for a time: now (`number` is null), or by the plan."""

    role: str
    person: str
    begins_at: datetime
    ends_at: datetime
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Hole:
    """A time at which nobody holds the role."""

    role: StaffRole
    begins_at: datetime
    ends_at: datetime


def stretches(doc: Json | None, limits: Limits) -> list[Stretch]:
    """Who holds what when: the holders of now until they must be relieved, and the lines of the plan that hold."""
    if doc is None:
        return []
    longest = timedelta(hours=limits.relief_done_hours)
    now = [
        Stretch(role, held["person"], instant(held["since"]), instant(held["since"]) + longest)
        for role, held in doc["holders"].items()
    ]
    planned = [
        Stretch(x["role"], x["person"], instant(x["begins_at"]), instant(x["ends_at"]), x["number"])
        for x in doc["plan"]
        if not x["cancelled"]
    ]
    return [*now, *planned]


def holes(doc: Json | None, roles: Iterable[StaffRole], limits: Limits, now: datetime) -> list[Hole]:
    """The times in the hours to come at which nobody is there for a role, role by role in the order given."""
    horizon = now + timedelta(hours=limits.round_the_clock_plan_hours)
    covered = stretches(doc, limits)
    found: list[Hole] = []
    for role in roles:
        at = now
        for each in sorted((x for x in covered if x.role == role), key=lambda x: x.begins_at):
            if each.begins_at >= horizon:
                break
            if each.begins_at > at:
                found.append(Hole(role, at, each.begins_at))
            at = max(at, each.ends_at)
        if at < horizon:
            found.append(Hole(role, at, horizon))
    return found
