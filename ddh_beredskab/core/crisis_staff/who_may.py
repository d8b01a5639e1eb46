"""Who may do what at the staff's table.

Rule: a staff role is acted in by the person who holds it, or by a deputy who says for whom; around the table sit the
authority's people, the secretariat and the bodies above, who may do what needs no staff role.
"""

from __future__ import annotations

from ddh_beredskab.core.crisis_staff.filling import acts_as
from ddh_beredskab.core.crisis_staff.search import Desk
from ddh_beredskab.core.decider import Refused
from schemas.base import Actor, Role, StaffRole

STAFF: tuple[StaffRole, ...] = (
    "crisis_leader",
    "log_keeper",
    "process_lead",
    "personnel_lead",
    "communications_lead",
)
AUTHORITY: tuple[Role, ...] = ("local_leader", "local_information_lead", "municipal_leader")
AROUND: tuple[Role, ...] = ("secretariat", "project_leader", "strategic_leadership", "steering_group", "operator")


def of_the_staff(desk: Desk, actor: Actor) -> None:
    """Refuse unless the actor holds one of the five staff roles."""
    if actor.role not in STAFF:
        raise Refused("role_may_not", role=actor.role, needed="log_keeper")
    if not acts_as(desk.pool, desk.work, actor, actor.role):
        raise Refused("not_the_role_holder", person=actor.person, role=actor.role)


def staff_or_secretariat(desk: Desk, actor: Actor) -> None:
    """Refuse unless the actor is of the staff, or of the secretariat that helps it."""
    if actor.role != "secretariat":
        of_the_staff(desk, actor)


def of_the_crisis(actor: Actor) -> None:
    """Refuse those who have nothing to do with the crisis."""
    if actor.role not in (*STAFF, *AUTHORITY, *AROUND):
        raise Refused("role_may_not", role=actor.role, needed="log_keeper")


def crisis_leader(desk: Desk, actor: Actor) -> bool:
    """Is it the crisis leader, or his deputy in his place?"""
    return acts_as(desk.pool, desk.work, actor, "crisis_leader")
