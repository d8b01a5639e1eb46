"""Afløsning and stand-down: nobody works past the limit, and everybody is released in the end.

Rules: relief is due after ten hours and done by twelve, with overlap and an overleveringsnotat, then rest. The rest
counts from the end of the overlap; who still holds another role in the crisis is not at rest yet. Whoever had worked
until relief was due when the staff stood down rests as well (ours): the next crisis must not call him at once.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from ddh_beredskab.core.crisis_staff.filling import (
    acts_as,
    refusal_of,
    released,
    relief_deadlines,
    taken,
)
from ddh_beredskab.core.crisis_staff.search import Desk, obstacles
from ddh_beredskab.core.crisis_staff.states import RELIEF_DUE, RELIEF_OVERDUE, of_role
from ddh_beredskab.core.deadlines import cancelled
from ddh_beredskab.core.decider import Emit, Refused
from schemas import crisis_staff as s
from schemas.base import Actor, Event, Ref, StaffRole


def hand_over(desk: Desk, command: s.HandOverRole, actor: Actor) -> list[Emit]:
    """HandOverRole, by the leaving holder or the crisis leader."""
    role, person, work = command.role, command.to, desk.work
    if (leaving := work.holder(role)) is None:
        raise Refused("role_has_no_holder", role=role)
    if not (acts_as(desk.pool, work, actor, role) or acts_as(desk.pool, work, actor, "crisis_leader")):
        raise Refused("not_the_role_holder", person=actor.person, role=role)
    if person == leaving:
        raise Refused("already_holds_role", role=role, person=person)
    if not command.note.strip():
        raise Refused("note_missing")
    if found := obstacles(desk, role, person):
        raise refusal_of(found[0], person)
    stays = work.roles_of(leaving) != (role,)
    end = desk.at + timedelta(minutes=command.overlap_minutes)
    rest_until = end if stays else end + timedelta(hours=desk.limits.rest_hours)
    names = [of_role(RELIEF_DUE, role), of_role(RELIEF_OVERDUE, role)]
    own: list[Event] = [
        s.RoleHandedOver(
            role=role,
            from_person=leaving,
            to_person=person,
            note=command.note,
            overlap_minutes=command.overlap_minutes,
            rest_until=rest_until,
        ),
        *cancelled("crisis_staff", work.deadlines, names, desk.at),
        *relief_deadlines(role, desk.at, desk.limits),
    ]
    return [
        *(Emit(event) for event in own),
        released(desk.crisis, role, leaving, None if stays else rest_until),
        taken(desk.crisis, role, person),
    ]


def relief_due(desk: Desk, role: StaffRole, *, overdue: bool) -> list[Event]:
    """The holder has worked too long."""
    holder, since = desk.work.holder(role), desk.work.search(role).held_since or desk.at
    hours = round((desk.at - since).total_seconds() / 3600, 2)
    late = s.ReliefOverdue if overdue else s.ReliefDue
    return [] if holder is None else [late(role=role, person=holder, hours=hours)]


def stand_down(desk: Desk) -> list[Emit]:
    """The crisis ended or was reversed: all are released, no deadline is waited for."""
    work = desk.work
    return [
        Emit(s.StaffStoodDown(holders=work.holders())),
        *(Emit(each) for each in cancelled("crisis_staff", work.deadlines, sorted(work.deadlines), desk.at)),
        *(released(desk.crisis, role, person, _rests_after(desk, person)) for role, person in work.holders().items()),
    ]


def _rests_after(desk: Desk, person: Ref) -> datetime | None:
    """Until when somebody rests who had worked so long that relief was due; null: not so long."""
    since = min(desk.work.search(role).held_since or desk.at for role in desk.work.roles_of(person))
    if desk.at - since < timedelta(hours=desk.limits.relief_due_hours):
        return None
    return desk.at + timedelta(hours=desk.limits.rest_hours)
