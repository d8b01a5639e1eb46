"""Training as one viewer may see it: which municipalities, and what a filter leaves.

Rule kept: who answers for DDH's training sees all, a municipality's own people see their own municipality, everybody
else sees himself only (on Det registrerer vi om dig).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from ddh_beredskab.danish_time import local
from ddh_beredskab.people.identity import BY_MUNICIPALITY
from ddh_beredskab.people.training_due import Line, State, lines, read_ground
from ddh_beredskab.playbooks.training import What
from ddh_beredskab.web.places import municipality_names
from ddh_beredskab.web.views import role_name
from ddh_beredskab.web.visit import Visit

SEE_ALL = frozenset({"secretariat", "operator", "project_leader", "drill_leader"})
LIGHTS: Mapping[State, str] = {"never": "wrong", "overdue": "wrong", "soon": "warning", "trained": "well"}
LACKING = "mangler"


@dataclass(frozen=True, slots=True)
class Shown:
    """The lines one may see, and those a filter leaves."""

    every: list[Line]
    lines: list[Line]
    municipalities: dict[str, str]
    today: date
    filtered: bool

    def count(self, state: State) -> int:
        return sum(each.state == state for each in self.every)


def today() -> date:
    """The Danish day."""
    return local(datetime.now(UTC)).date()


def sees_all(visit: Visit) -> bool:
    """Who answers for DDH's training."""
    return bool(visit.standings & SEE_ALL)


def own_municipalities(visit: Visit) -> frozenset[str]:
    """The municipalities one has people in: by a role for it, or as their own leader."""
    held = visit.who.held if visit.who else ()
    return frozenset(each.municipality for each in held if each.role in BY_MUNICIPALITY or each.role == "own_leader")


async def all_lines(visit: Visit) -> list[Line]:
    """Everybody's, the worst first."""
    ground = await visit.site.people.read(read_ground)
    return lines(ground, visit.site.training, visit.site.playbooks.limits.training_valid_days, today())


async def shown(visit: Visit) -> Shown:
    """What this viewer sees of it under the filter in the address."""
    names = await municipality_names(visit)
    own = own_municipalities(visit)
    every = [each for each in await all_lines(visit) if sees_all(visit) or each.municipality in own]
    query = visit.query
    text, role, code, what, state = (
        query.get(name, "").strip() for name in ("q", "rolle", "kommune", "hvad", "status")
    )
    kept = [
        each
        for each in every
        if text.casefold() in each.name.casefold()
        and role in ("", each.role)
        and code in ("", each.municipality)
        and what in ("", each.what)
        and (state in ("", each.state) or (state == LACKING and each.overdue))
    ]
    here = {each.municipality for each in every}
    municipalities = {code: name for code, name in names.items() if code in here}
    return Shown(every, kept, municipalities, today(), bool(text or role or code or what or state))


def roles_in(visit: Visit, found: list[Line]) -> list[tuple[str, str]]:
    """The roles there are lines for, by name."""
    playbooks = visit.site.playbooks
    return sorted({(each.role, role_name(playbooks, each.role)) for each in found}, key=lambda each: each[1])


def whats_in(visit: Visit, found: list[Line]) -> list[tuple[What, str]]:
    """What there are lines for."""
    return sorted({(each.what, visit.words.t(f"training.what.{each.what}")) for each in found}, key=lambda e: e[1])
