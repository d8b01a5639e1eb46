"""Who holds which staff role, as a concern has noted it from crisis_staff, and what that lets a person do.

The rule kept here: a staff role is acted in by the person who holds it. The affected authority's own roles may be
acted in before anybody is noted, since its people work from the first minute, often before the staff is called out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import assert_never

from ddh_beredskab.core.decider import Refused
from ddh_beredskab.core.playbook import STAFF_ROLES
from schemas.base import Actor, Concern, Ref, Role, RoleHolderNoted, StaffRole
from schemas.crisis_staff import RoleAssumed, RoleHandedOver, StaffStoodDown

Holders = Mapping[StaffRole, Ref]

AUTHORITY_ROLES: tuple[StaffRole, ...] = ("local_information_lead", "local_leader")
DDH_ROLES: tuple[StaffRole, ...] = tuple(role for role in STAFF_ROLES if role not in AUTHORITY_ROLES)


def notes(
    concern: Concern, holders: Holders, message: RoleAssumed | RoleHandedOver | StaffStoodDown
) -> list[RoleHolderNoted]:
    """What the concern has to note of crisis_staff's event; nothing when it knows it already."""
    match message:
        case RoleAssumed():
            now: dict[StaffRole, Ref | None] = {message.role: message.person}
        case RoleHandedOver():
            now = {message.role: message.to_person}
        case StaffStoodDown():
            now = dict.fromkeys(sorted(message.holders))
        case _:
            assert_never(message)
    return [
        RoleHolderNoted(concern=concern, role=role, person=person)
        for role, person in now.items()
        if holders.get(role) != person
    ]


def noted(holders: Holders, event: RoleHolderNoted) -> dict[StaffRole, Ref]:
    """The holders after the note."""
    now: dict[StaffRole, Ref] = {role: person for role, person in holders.items() if role != event.role}
    if event.person is not None:
        now[event.role] = event.person
    return now


def require(
    actor: Actor,
    allowed: Sequence[Role],
    holders: Holders,
    affected: Collection[str],
) -> None:
    """Refuse unless the actor's role is one of the allowed and the actor is the one who holds it."""
    if actor.role not in allowed:
        needed = {"needed": allowed[0]} if len(allowed) == 1 else {}
        raise Refused("role_may_not", role=actor.role, **needed)
    if actor.role not in STAFF_ROLES:
        return
    holder = holders.get(actor.role)
    if holder is None and actor.role in AUTHORITY_ROLES:
        if actor.municipality is not None and actor.municipality not in affected:
            raise Refused("role_of_other_authority", role=actor.role)
    elif holder is None:
        raise Refused("role_not_filled", role=actor.role)
    elif holder != actor.person:
        raise Refused("role_held_by_other", role=actor.role, holder=holder)


def require_speaking_for_authority(
    actor: Actor,
    on_behalf: Sequence[Role],
    holders: Holders,
    affected: Collection[str],
) -> None:
    """Refuse unless the affected authority speaks: one of its two roles, or somebody it dictates to by phone.

    Whoever is dictated to acts in his own role (`on_behalf`), names the authority's person, and that person
    must hold one of the authority's roles as far as anybody is noted in them.
    """
    if actor.on_behalf_of is None or actor.role in AUTHORITY_ROLES:
        if actor.role in on_behalf:
            raise Refused("authority_must_be_named", role=actor.role)
        require(actor, AUTHORITY_ROLES, holders, affected)
        return
    require(actor, on_behalf, holders, affected)
    of_authority = {holders[role] for role in AUTHORITY_ROLES if role in holders}
    if of_authority and actor.on_behalf_of not in of_authority:
        raise Refused("not_the_authoritys_person", person=actor.on_behalf_of)


REFUSALS: tuple[str, ...] = (
    "role_may_not",
    "role_of_other_authority",
    "role_not_filled",
    "role_held_by_other",
    "authority_must_be_named",
    "not_the_authoritys_person",
)
"""Codes of this module; their sentences stand in `playbooks/texts.yaml`."""
