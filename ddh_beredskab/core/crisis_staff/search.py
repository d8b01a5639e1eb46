"""Finding somebody for a role: by position, then deputies, then the pool, one at a time; in each the trained first.

Rules: whoever cannot be reached, works in another crisis, rests after relief, or has a role that must be kept apart is
passed over, and the log says so; an offer to somebody who is not trained says so too. An offer takes nobody; taking the
role does. When nobody is left the role stands uncovered until somebody is assigned or a late answer comes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from ddh_beredskab.core.crisis_staff.states import ROLE_ANSWER, Pool, Work, of_role
from ddh_beredskab.core.decider import PersonNeeded
from ddh_beredskab.core.persons import PersonState
from ddh_beredskab.core.playbook import Limits, Roles
from schemas.activation import Position, StaffCandidate
from schemas.base import DeadlineSet, Event, Ref, StaffRole
from schemas.crisis_staff import RoleEscalated, RoleOffered, RoleUncovered

Because = Literal["cannot", "no_answer", "busy_elsewhere", "unreachable", "kept_apart", "resting"]

_POSITIONS: tuple[Position, ...] = ("holder", "deputy", "pool")


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a person cannot take a role now."""

    because: Because
    other_crisis: str | None = None


@dataclass(slots=True)
class Desk:
    """What a search looks at; `offered` grows while several roles are searched in one decision."""

    crisis: str
    at: datetime
    pool: Pool
    work: Work
    roles: Roles
    limits: Limits
    persons: Mapping[str, PersonState]
    offered: dict[StaffRole, Ref] = field(default_factory=dict[StaffRole, Ref])


def candidates_for(pool: Pool, role: StaffRole) -> tuple[StaffCandidate, ...]:
    """In the order they are asked: the plan's, and in each of its steps the trained first. Nobody is asked twice."""
    of_the_role = [each for each in pool.candidates if each.role == role]
    of_the_role.sort(key=lambda each: (_POSITIONS.index(each.position), not each.trained, each.order))
    return tuple({each.person: each for each in reversed(of_the_role)}[person] for person in _persons(of_the_role))


def persons_needed(pool: Pool, roles: Iterable[StaffRole], *others: Ref | None) -> tuple[PersonNeeded, ...]:
    """The shared streams of everybody who may be asked for these roles, and of the others named."""
    named = [each for each in others if each is not None]
    asked = [each.person for role in roles for each in candidates_for(pool, role)]
    return tuple(PersonNeeded(person) for person in dict.fromkeys([*named, *asked]))


def find(desk: Desk, role: StaffRole, after: tuple[Ref, Obstacle] | None = None) -> list[Event]:
    """The next offer for the role, or that it is uncovered; `after` is whom the search goes on past, and why."""
    search = desk.work.search(role)
    tried = [*search.passed, *([after[0]] if after else [])]
    left = [each for each in candidates_for(desk.pool, role) if each.person not in tried]
    events: list[Event] = []
    if after is not None:
        events.append(_escalated(role, *after, left))
    while left:
        candidate = left.pop(0)
        found = _in_the_way(desk, role, candidate)
        if not found:
            return [*events, *_offer(desk, role, candidate)]
        events.append(_escalated(role, candidate.person, found[0], left))
        tried.append(candidate.person)
    return [*events, RoleUncovered(role=role, tried=tuple(tried))]


def obstacles(desk: Desk, role: StaffRole, person: Ref) -> list[Obstacle]:
    """Why the person cannot take the role now; the weightiest reason first."""
    found: list[Obstacle] = []
    if any(desk.work.holder(other) == person for other in desk.roles.kept_apart_from(role)):
        found.append(Obstacle("kept_apart"))
    known = desk.persons[person]
    if (other_crisis := known.busy_elsewhere(desk.crisis)) is not None:
        found.append(Obstacle("busy_elsewhere", other_crisis))
    if known.rest_until is not None and known.rest_until > desk.at:
        found.append(Obstacle("resting"))
    return found


def _in_the_way(desk: Desk, role: StaffRole, candidate: StaffCandidate) -> list[Obstacle]:
    """Why the person is not asked: besides all obstacles, no channel, or an open offer of a role to be kept apart."""
    if not candidate.reachable:
        return [Obstacle("unreachable")]
    asked = [_asked(desk, other) for other in desk.roles.kept_apart_from(role)]
    return [Obstacle("kept_apart")] if candidate.person in asked else obstacles(desk, role, candidate.person)


def _asked(desk: Desk, role: StaffRole) -> Ref | None:
    """Whom we wait for in this role."""
    offer = desk.work.search(role).open_offer
    return offer.person if offer else desk.offered.get(role)


def _offer(desk: Desk, role: StaffRole, candidate: StaffCandidate) -> list[Event]:
    desk.offered[role] = candidate.person
    answer_before = desk.at + timedelta(minutes=desk.limits.role_answer_minutes)
    return [
        RoleOffered(
            role=role,
            person=candidate.person,
            position=candidate.position,
            attempt=len(desk.work.search(role).offers) + 1,
            answer_before=answer_before,
            trained=candidate.trained,
        ),
        DeadlineSet(concern="crisis_staff", name=of_role(ROLE_ANSWER, role), due_at=answer_before),
    ]


def _escalated(role: StaffRole, person: Ref, found: Obstacle, left: list[StaffCandidate]) -> RoleEscalated:
    return RoleEscalated(
        role=role,
        person=person,
        because=found.because,
        other_crisis=found.other_crisis,
        next_person=left[0].person if left else None,
    )


def _persons(candidates: Iterable[StaffCandidate]) -> tuple[Ref, ...]:
    return tuple(dict.fromkeys(each.person for each in candidates))
