"""What all requests share, and what a page is: one door with its place in the table of rights.

Rule kept: a door that the table does not know cannot be registered; so nothing is open by being forgotten.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from starlette.responses import Response

from ddh_beredskab.core.decider import Decider
from ddh_beredskab.core.playbook import Playbooks
from ddh_beredskab.drills.starting import Stage
from ddh_beredskab.people.rights import Rights
from ddh_beredskab.playbooks.imports import Profiles
from ddh_beredskab.playbooks.municipalities import Municipalities
from ddh_beredskab.playbooks.readiness import Readiness
from ddh_beredskab.playbooks.targets import Targets
from ddh_beredskab.playbooks.training import TrainingRules
from ddh_beredskab.web.environments import Environments
from ddh_beredskab.web.hub import Hub
from ddh_beredskab.web.moves import Moves
from ddh_beredskab.web.paper_keeper import PaperKeeper
from ddh_beredskab.web.people_door import People
from ddh_beredskab.web.tries import Tries

if TYPE_CHECKING:
    from ddh_beredskab.web.visit import Visit

Handler = Callable[["Visit"], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Page:
    """One door. `nav` and `tab` are keys of the words it has in the menu of the site, or of a crisis."""

    method: Literal["GET", "POST"]
    path: str
    handle: Handler
    nav: str | None = None
    tab: str | None = None
    order: int = 50
    """Its place in the menu."""

    @property
    def route(self) -> str:
        """As the table of rights writes it."""
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Site:
    """The parts of the web application."""

    environments: Environments
    playbooks: Playbooks
    deciders: Mapping[str, Decider[Any]]
    rights: Rights
    municipalities: Municipalities
    readiness: Readiness
    profiles: Profiles
    training: TrainingRules
    targets: Targets
    hub: Hub
    people: People
    moves: Moves
    tries: Tries
    papers: PaperKeeper
    data: Path | None
    api_token: str | None
    drills: Stage | None = None
    """What it takes to make a drill ready; null: drills are planned elsewhere."""
    demo: bool = False
    """Fictional people whom everybody may be with one click."""
    demo_order: tuple[str, ...] = (
        "municipal_leader", "steering_group", "project_leader", "secretariat", "strategic_leadership",
        "crisis_leader", "log_keeper", "communications_lead", "process_lead", "personnel_lead",
        "local_leader", "local_information_lead", "call_agent", "drill_leader", "evaluator", "observer", "operator",
    )  # fmt: skip
    pages: list[Page] = field(default_factory=list[Page])
