"""Who has to do with a crisis, to be chosen from in a form: the staff, those asked, the authority, the bodies around.

Rule kept: names come from the register and the crisis as they are now; nobody is typed in as text.
"""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakKeyDictionary

from ddh_beredskab.people.identity import BY_MUNICIPALITY
from ddh_beredskab.people.register import PositionHeld, positions
from ddh_beredskab.web.views import role_name
from ddh_beredskab.web.visit import Visit

AUTHORITY = ("local_leader", "local_information_lead")
_AROUND = ("strategic_leadership", "project_leader", "secretariat", "steering_group")
"""In the order they are shown."""
_READ: WeakKeyDictionary[Visit, list[PositionHeld]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person, and what that person is here."""

    ref: str
    name: str
    roles: tuple[str, ...]
    """Names of roles, as on the screen."""
    holds: bool = False
    """Holds a role in the crisis now."""

    @property
    def label(self) -> str:
        return f"{self.name} ({', '.join(self.roles)})" if self.roles else self.name


async def people_here(visit: Visit) -> list[Somebody]:
    """The holders first, as the roles are filled; then those asked, the authority's people, the bodies around."""
    found: dict[str, list[str]] = {}
    holders = _holders(visit)
    for role in visit.site.playbooks.roles.to_fill():
        if person := holders.get(role):
            found.setdefault(person, []).append(role)
    if visit.in_crisis:
        for person, roles in visit.in_crisis.asked.items():
            found.setdefault(person, []).extend(roles)
    register = await _register(visit)
    for held in register:
        if held.role in BY_MUNICIPALITY and _affected(visit, held):
            _add(found, held.person, held.role)
    for role in _AROUND:
        for held in register:
            if held.role == role:
                _add(found, held.person, role)
    return [_somebody(visit, person, roles, holds=person in holders.values()) for person, roles in found.items()]


async def authority_people(visit: Visit) -> list[Somebody]:
    """Who can speak for the authority: whoever holds its roles here, else whoever is there to hold them."""
    holders = _holders(visit)
    held = {holders[role]: [role] for role in AUTHORITY if role in holders}
    if held:
        return [_somebody(visit, person, roles, holds=True) for person, roles in held.items()]
    return await authority_register(visit)


async def authority_register(visit: Visit) -> list[Somebody]:
    """Everybody of the affected authority whom we know, those who hold its roles here first."""
    holders = _holders(visit)
    found: dict[str, list[str]] = {holders[role]: [role] for role in AUTHORITY if role in holders}
    for held in await _register(visit):
        if held.role in BY_MUNICIPALITY and _affected(visit, held):
            _add(found, held.person, held.role)
    asker = visit.in_crisis.asked_by if visit.in_crisis else None
    if asker and asker not in found:
        found[asker] = ["municipal_leader"]
    return [_somebody(visit, person, roles, holds=person in holders.values()) for person, roles in found.items()]


def _holders(visit: Visit) -> dict[str, str]:
    return dict(visit.in_crisis.holders) if visit.in_crisis else {}


def _affected(visit: Visit, held: PositionHeld) -> bool:
    return bool(visit.in_crisis and held.municipality in visit.in_crisis.affected)


async def _register(visit: Visit) -> list[PositionHeld]:
    """The register's roles, read once a visit."""
    if visit not in _READ:
        _READ[visit] = await visit.site.people.read(positions)
    return _READ[visit]


def _add(found: dict[str, list[str]], person: str, role: str) -> None:
    roles = found.setdefault(person, [])
    if role not in roles:
        roles.append(role)


def _somebody(visit: Visit, person: str, roles: list[str], *, holds: bool) -> Somebody:
    names = tuple(role_name(visit.site.playbooks, role) for role in roles)
    return Somebody(person, visit.setting.names.person(person), names, holds)
