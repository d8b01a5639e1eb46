"""Who is called, who may vote, who may act: the steering group's list and the roles people hold now.

Rules: vagthavende first, then the list's order, absent ones skipped; members of an affected municipality and the one
who asked inform but never vote, and never type another's vote; what a member says on the phone is typed by another
member, the project leader or the secretariat, and counts as the member's; a staff role acts through its holder, or a
deputy who says for whom.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from ddh_beredskab.core.activation.states import Case
from ddh_beredskab.core.decider import Refused
from ddh_beredskab.core.playbook import Limits
from schemas.activation import Directory, SteeringMember
from schemas.base import Actor, Ref, Role, StaffRole

Barred = Literal["own_municipality", "asker"]
ActingRole = StaffRole | Literal["strategic_leadership"]

AUTHORITY_ROLES: tuple[Role, ...] = ("local_leader", "municipal_leader")
WRITES_FOR_OTHERS: tuple[Role, ...] = ("secretariat", "log_keeper")
"""Who enters what somebody says on the phone, på vegne af."""
DESK: tuple[Role, ...] = ("secretariat", "project_leader", "steering_group")
"""Who keeps the calling going: rings back, starts the list again, and types what a member says on the phone."""


def on_list(directory: Directory, person: Ref) -> SteeringMember | None:
    """The person's line on the phone list."""
    return next((member for member in directory.steering_group if member.person == person), None)


def call_order(directory: Directory) -> tuple[SteeringMember, ...]:
    """In the order they are called; one who stands there twice is called once."""
    once: dict[Ref, SteeringMember] = {}
    for member in directory.steering_group:
        if not member.absent:
            once.setdefault(member.person, member)
    return tuple(sorted(once.values(), key=lambda member: not member.on_duty))


def barred(case: Case, member: SteeringMember, limits: Limits) -> Barred | None:
    """Why the member may not vote, or null."""
    if member.person == case.asked_by:
        return "asker"
    if member.municipality in case.authority.affected and _few_are_affected(case, limits):
        return "own_municipality"
    return None


def entitled(case: Case, limits: Limits) -> tuple[Ref, ...]:
    """Members who may vote, absent ones too: they can be reached."""
    members = dict.fromkeys(m.person for m in case.directory.steering_group if not barred(case, m, limits))
    return tuple(members)


def quorum(case: Case, limits: Limits) -> int:
    """How many votes make the group beslutningsdygtig.

    More than the share of those who may vote and are not marked absent, though not fewer than `quorum_at_least`;
    where fewer than that may vote at all, all of them. With nobody entitled it cannot be met.
    """
    may_vote = entitled(case, limits)
    present = [member.person for member in call_order(case.directory) if member.person in may_vote]
    wanted = max(limits.quorum_at_least, math.floor(len(present) * limits.quorum_more_than_share) + 1)
    return min(wanted, len(may_vote)) or wanted


def quorum_reached(case: Case, persons: Sequence[Ref], limits: Limits) -> bool:
    """Are enough of those who may vote among these persons?"""
    may_vote = entitled(case, limits)
    return sum(person in may_vote for person in persons) >= quorum(case, limits)


def member_who_may_vote(case: Case, actor: Actor, limits: Limits) -> SteeringMember:
    """The acting member of the steering group; refuses anybody else, and those who are barred."""
    if actor.role != "steering_group":
        raise Refused("only_steering_group", role=actor.role)
    if (member := on_list(case.directory, actor.person)) is None:
        raise Refused("not_on_phone_list", person=actor.person)
    if (reason := barred(case, member, limits)) is not None:
        raise Refused(f"{reason}_may_not_vote", person=actor.person)
    return member


def member_behind(case: Case, actor: Actor, limits: Limits) -> Ref:
    """The member who decides in what the actor does: he himself, or the one he types for; refuses both when barred."""
    voter = actor.on_behalf_of
    if voter is None or voter == actor.person:
        return member_who_may_vote(case, actor, limits).person
    if actor.role not in DESK:
        raise Refused("only_steering_group", role=actor.role)
    if actor.person == case.asked_by:
        raise Refused("asker_may_not_vote", person=actor.person)
    if actor.role == "steering_group":
        member_who_may_vote(case, actor, limits)
    return member_who_may_vote(case, Actor(person=voter, role="steering_group"), limits).person


def require_desk(case: Case, actor: Actor) -> None:
    """Refuses an actor who does not keep the calling going; a member who cannot vote may."""
    if actor.role not in DESK:
        raise Refused("role_may_not", role=actor.role, needed="secretariat")
    if actor.role == "steering_group" and on_list(case.directory, actor.person) is None:
        raise Refused("not_on_phone_list", person=actor.person)


def holds(case: Case, actor: Actor, role: ActingRole) -> bool:
    """Does the actor act in the role, and is it his (or does he stand in for the one whose it is)?"""
    if actor.role != role:
        return False
    if role == "strategic_leadership":
        body = case.directory.strategic_leadership
        return actor.person in body or (not body and on_list(case.directory, actor.person) is not None)
    holder = case.holders.get(role)
    if holder is None:
        return False
    stands_in = actor.deputy and actor.on_behalf_of == holder and candidate_for(case, role, actor.person)
    return actor.person == holder or stands_in


def authority_speaker(actor: Actor) -> Ref | None:
    """Who speaks for the authority in what the actor does: he himself, or the one he writes for; null: nobody."""
    if actor.role in AUTHORITY_ROLES:
        return actor.person
    if actor.role in WRITES_FOR_OTHERS and not actor.deputy:
        return actor.on_behalf_of
    return None


def candidate_for(case: Case, role: StaffRole, person: Ref) -> bool:
    """Is the person named for the role in the directory?"""
    return any(each.role == role and each.person == person for each in case.directory.candidates)


def require(case: Case, actor: Actor, *roles: ActingRole) -> None:
    """Refuses an actor who holds none of the roles now."""
    if any(holds(case, actor, role) for role in roles):
        return
    if actor.role in roles:
        raise Refused("not_the_role_holder", person=actor.person, role=actor.role)
    raise Refused("role_may_not", role=actor.role, needed=roles[0])


def _few_are_affected(case: Case, limits: Limits) -> bool:
    """The bars hold only while fewer than the share of the contact centre's members are affected."""
    if case.authority.scope == "country":
        return False
    members, codes = case.directory.contact_centre_members, dict.fromkeys(case.authority.affected)
    affected = [code for code in codes if not members or code in members]
    total = len(dict.fromkeys(members)) or case.directory.member_municipalities
    return len(affected) < total * limits.own_municipality_barred_below_share
