"""Who somebody is, and which roles that gives in a crisis.

A role counts where it is held: the crisis staff's in the crisis they are in, the municipality's in the crises that
affect it, the others everywhere. What is asked here is pure; rights.py says what a role may do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, cast, get_args

from schemas.base import Role, StaffRole

Position = Literal["holder", "deputy", "pool"]
How = Literal["password", "code", "invitation", "demo", "token", "open_form"]

ROLES: tuple[Role, ...] = tuple(role for role in get_args(Role) if role != "system")
STAFF_ROLES: tuple[StaffRole, ...] = get_args(StaffRole)
BY_MUNICIPALITY: frozenset[Role] = frozenset({"municipal_leader", "local_leader", "local_information_lead"})
"""Held for a municipality: they count in the crises that affect it."""

ASKED = "asked"
"""In the table of rights: whoever has been asked to take a role in the crisis and has not begun."""

Standing = Role | Literal["asked"]


@dataclass(frozen=True, slots=True)
class Held:
    """One role a person has been given."""

    role: Role
    municipality: str = ""
    position: Position = "holder"


@dataclass(frozen=True, slots=True)
class Who:
    """Somebody who is logged in."""

    person: str
    name: str
    municipality: str
    held: tuple[Held, ...]
    how: How
    session: str = ""
    demo: bool = False

    def with_parts(self, parts: Iterable[Held]) -> Who:
        """As in a drill: one is what one's part is, beside what one is anyway."""
        return replace(self, held=tuple(dict.fromkeys((*self.held, *parts))))


@dataclass(frozen=True, slots=True)
class InCrisis:
    """What of a crisis decides who is who in it."""

    affected: tuple[str, ...] = ()
    holders: Mapping[str, str] = field(default_factory=dict[str, str])
    """Staff role -> person."""
    deputies: frozenset[str] = frozenset()
    """Staff roles that are held by a deputy now."""
    asked: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """Person -> the roles that person has been asked to take."""
    asked_by: str | None = None
    """Who asked for help: never votes."""


def roles_anywhere(who: Who | None) -> tuple[Role, ...]:
    """The roles that count outside a crisis: those given, as holder or not."""
    return _in_order(held.role for held in who.held) if who else ()


def standings(who: Who | None, crisis: InCrisis | None) -> frozenset[Standing]:
    """Everything somebody is, outside a crisis (null) or in one."""
    if who is None:
        return frozenset()
    if crisis is None:
        return frozenset(roles_anywhere(who))
    found: set[Standing] = set()
    for held in who.held:
        if held.role in STAFF_ROLES and held.role not in BY_MUNICIPALITY:
            continue  # trained for it; it counts for whoever is in it
        if held.role in BY_MUNICIPALITY and held.municipality not in crisis.affected:
            continue
        if held.role in STAFF_ROLES and held.position != "holder" and crisis.holders.get(held.role) != who.person:
            continue  # the municipality's deputy counts when in it
        found.add(held.role)
    found |= {cast("Role", role) for role, person in crisis.holders.items() if person == who.person}
    if crisis.asked.get(who.person):
        found.add(ASKED)
    return frozenset(found)


def _in_order(roles: Iterable[Role]) -> tuple[Role, ...]:
    there = set(roles)
    return tuple(role for role in ROLES if role in there)
