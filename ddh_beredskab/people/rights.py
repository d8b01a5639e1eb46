"""The table of rights: which role may use which door. Default deny.

One file, `playbooks/rights.yaml`: a route, and who may use it. A route that is not in it is closed to everybody, and
the web does not start with such a route. The order of the roles in a line is the order in which one acts: somebody who
is both crisis leader and log keeper writes in the log as whichever stands first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from ddh_beredskab.errors import UserError
from ddh_beredskab.people.identity import ASKED, ROLES, Standing
from ddh_beredskab.playbooks.files import Document, read_document

FILE = "rights.yaml"
EVERYONE: Literal["everyone"] = "everyone"
SIGNED_IN: Literal["signed_in"] = "signed_in"
STANDINGS: tuple[Standing, ...] = (*ROLES, ASKED)

Openness = Literal["everyone", "signed_in"]


@dataclass(frozen=True, slots=True)
class Rights:
    """Route -> who. A route is written as `GET /krise/{environment}/{crisis}`."""

    routes: Mapping[str, Openness | tuple[Standing, ...]]

    def knows(self, route: str) -> bool:
        return route in self.routes

    def is_open(self, route: str) -> bool:
        """Whether nobody has to say who they are."""
        return self.routes.get(route) == EVERYONE

    def may(self, route: str, standings: Iterable[Standing], *, signed_in: bool) -> bool:
        """Whether somebody with these standings may; what is not in the table, nobody may."""
        given = self.routes.get(route)
        if given is None:
            return False
        if given == EVERYONE:
            return True
        if given == SIGNED_IN:
            return signed_in
        return signed_in and any(standing in given for standing in standings)

    def acts_as(self, route: str, standings: Iterable[Standing]) -> Standing | None:
        """In which role somebody acts here: the first of the line's that is held."""
        given, there = self.routes.get(route), set(standings)
        if given is None or isinstance(given, str):
            return next((role for role in STANDINGS if role in there), None)
        return next((role for role in given if role in there), None)

    def allowed(self, route: str) -> tuple[Standing, ...]:
        """Who a line names."""
        given = self.routes.get(route)
        return () if given is None or isinstance(given, str) else given


def load_rights(folder: Path) -> Rights:
    """The table of a playbook folder. Raises `UserError` with every mistake and its line."""
    document = read_document(folder / FILE, FILE)
    groups = _groups(document)
    routes: dict[str, Openness | tuple[Standing, ...]] = {}
    given = document.data.get("routes")
    if not isinstance(given, dict):
        document.add(("routes",), "rights_routes")
        given = {}
    for route, who in cast("dict[str, Any]", given).items():
        if who in (EVERYONE, SIGNED_IN):
            routes[route] = who
        elif isinstance(who, list):
            routes[route] = tuple(dict.fromkeys(_roles(document, ("routes", route), cast("list[Any]", who), groups)))
        else:
            document.add(("routes", route), "rights_line", route=route)
    if document.problems:
        raise UserError("rights", sentence="\n".join(str(problem) for problem in document.problems))
    return Rights(routes)


def _groups(document: Document) -> dict[str, list[Standing]]:
    found: dict[str, list[Standing]] = {}
    given = cast("dict[str, Any]", document.data.get("groups") or {})
    for name, roles in given.items():
        found[name] = _roles(
            document, ("groups", name), cast("list[Any]", roles) if isinstance(roles, list) else [], found
        )
    return found


def _roles(
    document: Document, place: tuple[str, ...], given: list[Any], groups: Mapping[str, list[Standing]]
) -> list[Standing]:
    found: list[Standing] = []
    for index, name in enumerate(given):
        if name in groups:
            found += groups[name]
        elif name in STANDINGS:
            found.append(name)
        else:
            document.add((*place, index), "rights_role", name=str(name))
    return found
