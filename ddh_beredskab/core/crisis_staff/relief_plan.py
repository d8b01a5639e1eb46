"""Afløsningsplanen: who is to hold which role from when to when. The handing over itself is `relief.hand_over`.

Rules: nobody is planned for longer than a relief may take, or for two roles that are kept apart at the same time. That
somebody is planned twice, works in another crisis, or gets less rest than the law says gives way to a logged reason
and to nothing else. The present holder's work counts: until the next one is planned in his role, or at the latest
until relief must be done.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from ddh_beredskab.core.crisis_staff.filling import AUTHORITY_ROLES, acts_as
from ddh_beredskab.core.crisis_staff.search import Desk
from ddh_beredskab.core.crisis_staff.states import Planned
from ddh_beredskab.core.crisis_staff.who_may import staff_or_secretariat
from ddh_beredskab.core.decider import Refused
from schemas import crisis_staff as s
from schemas.base import Actor, Event, Ref, StaffRole

Against = Literal["busy_elsewhere", "planned_elsewhere", "too_little_rest"]


def plan_relief(desk: Desk, command: s.PlanRelief, actor: Actor) -> list[Event]:
    """PlanRelief, by the staff or the secretariat; by the local leader for the authority's own roles."""
    _may_plan(desk, command.role, actor)
    _sensible(desk, command)
    against: list[Against] = []
    if (other := _busy_elsewhere(desk, command)) is not None:
        if not command.although_busy:
            raise Refused("person_busy_elsewhere", person=command.person, other_crisis=other)
        against.append("busy_elsewhere")
    if (twice := _same_time(desk, command)) is not None:
        if not command.although_busy:
            facts = {"role": twice.role, "begins_at": twice.begins_at, "ends_at": twice.ends_at}
            raise Refused("relief_planned_twice", person=command.person, **facts)
        against.append("planned_elsewhere")
    if (rested_at := _rested_at(desk, command)) is not None:
        if not command.although_resting:
            facts = {"hours": desk.limits.rest_hours, "rested_at": rested_at}
            raise Refused("relief_without_rest", person=command.person, **facts)
        against.append("too_little_rest")
    if against and not command.note.strip():
        raise Refused("reason_missing")
    planned = s.ReliefPlanned(
        number=len(desk.work.plan) + 1,
        role=command.role,
        person=command.person,
        begins_at=command.begins_at,
        ends_at=command.ends_at,
        note=command.note,
        although=tuple(against),
    )
    return [planned]


def cancel_planned_relief(desk: Desk, command: s.CancelPlannedRelief, actor: Actor) -> list[Event]:
    """CancelPlannedRelief."""
    if command.number > len(desk.work.plan):
        raise Refused("no_such_planned_relief", number=command.number)
    planned = desk.work.plan[command.number - 1]
    _may_plan(desk, planned.role, actor)
    if planned.cancelled:
        raise Refused("relief_already_cancelled", number=command.number)
    gone = s.PlannedReliefCancelled(
        number=command.number,
        role=planned.role,
        person=planned.person,
        begins_at=planned.begins_at,
        note=command.note,
    )
    return [gone]


def _may_plan(desk: Desk, role: StaffRole, actor: Actor) -> None:
    local = actor.role == "local_leader" and role in AUTHORITY_ROLES
    if not (local and acts_as(desk.pool, desk.work, actor, "local_leader")):
        staff_or_secretariat(desk, actor)


def _sensible(desk: Desk, command: s.PlanRelief) -> None:
    if command.ends_at <= command.begins_at:
        raise Refused("relief_ends_before_it_begins")
    if command.ends_at <= desk.at:
        raise Refused("relief_is_over")
    if command.ends_at - command.begins_at > timedelta(hours=desk.limits.relief_done_hours):
        raise Refused("relief_too_long", hours=desk.limits.relief_done_hours)
    apart = desk.roles.kept_apart_from(command.role)
    if any(each.role in apart and _overlap(each, command) for each in _plans_of(desk, command.person)):
        raise Refused("roles_kept_apart", person=command.person)


def _plans_of(desk: Desk, person: Ref) -> list[Planned]:
    return [each for each in desk.work.plan if each.person == person and not each.cancelled]


def _overlap(planned: Planned, command: s.PlanRelief) -> bool:
    return planned.begins_at < command.ends_at and command.begins_at < planned.ends_at


def _busy_elsewhere(desk: Desk, command: s.PlanRelief) -> str | None:
    """The other crisis the person works in, when he can hardly be free of it before the relief begins."""
    soon = command.begins_at < desk.at + timedelta(hours=desk.limits.relief_done_hours)
    return desk.persons[command.person].busy_elsewhere(desk.crisis) if soon else None


def _same_time(desk: Desk, command: s.PlanRelief) -> Planned | None:
    return next((each for each in _plans_of(desk, command.person) if _overlap(each, command)), None)


def _rested_at(desk: Desk, command: s.PlanRelief) -> datetime | None:
    """When the person would be rested, if the relief leaves too little rest; null: it leaves enough.

    What overlaps is planned twice, and that is another reason.
    """
    rest = timedelta(hours=desk.limits.rest_hours)
    found = [
        each.ends_at + rest
        for each in _plans_of(desk, command.person)
        if each.ends_at <= command.begins_at < each.ends_at + rest
    ]
    found += [
        command.ends_at + rest
        for each in _plans_of(desk, command.person)
        if command.ends_at <= each.begins_at < command.ends_at + rest
    ]
    found += [end + rest for end in _works_until(desk, command) if command.begins_at < end + rest]
    resting_until = desk.persons[command.person].rest_until
    if resting_until is not None and command.begins_at < resting_until:
        found.append(resting_until)
    return max(found, default=None)


def _works_until(desk: Desk, command: s.PlanRelief) -> list[datetime]:
    """When the work the person has now ends, for each role; not the one the plan only says the end of."""
    ends: list[datetime] = []
    for role in desk.work.roles_of(command.person):
        since = desk.work.search(role).held_since or desk.at
        latest = since + timedelta(hours=desk.limits.relief_done_hours)
        if role == command.role and command.ends_at <= latest:
            continue
        followers = [
            each.begins_at
            for each in desk.work.plan
            if each.role == role and each.person != command.person and not each.cancelled and each.begins_at > since
        ]
        ends.append(min([*followers, latest]))
    return ends
