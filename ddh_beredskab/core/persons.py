"""The state of one person's shared stream: in which crises the person works now, and until when he rests.

Rule: nobody works in two crises without a logged reason (domain rules, crisis_staff).
"""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from schemas.base import Event
from schemas.crisis_staff import PersonReleased, PersonTaken


class PersonState(BaseModel):
    """Roles held now, as (crisis id, role) pairs in the order taken."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    holding: tuple[tuple[str, str], ...] = ()
    rest_until: datetime | None = None

    def busy_elsewhere(self, crisis_id: str) -> str | None:
        """The other crisis the person works in, or null."""
        return next((crisis for crisis, _ in self.holding if crisis != crisis_id), None)


def evolve_person(state: PersonState, event: Event) -> PersonState:
    """Fold one event of a person's stream."""
    match event:
        case PersonTaken():
            return PersonState(holding=(*state.holding, (event.crisis_id, event.role)), rest_until=None)
        case PersonReleased():
            left = tuple(held for held in state.holding if held != (event.crisis_id, event.role))
            return PersonState(holding=left, rest_until=event.rest_until)
        case _:
            return state
