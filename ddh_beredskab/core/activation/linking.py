"""Crises that belong together: duplicates, relatives, and a municipality's supplement to a region's crisis.

Rules: a duplicate that is not activated ends in the other, so that the steering group is not called twice; a crisis
that runs is only linked, for its staff must step down in order. A link given again with another relation replaces the
first.
"""

from __future__ import annotations

from ddh_beredskab.core.activation.members import on_list, require
from ddh_beredskab.core.activation.phases import wrong_phase
from ddh_beredskab.core.activation.states import (
    FOREWARNING_LAPSE,
    ROUND,
    ActivationState,
    Assessing,
    Case,
    NotReported,
    PlannedPeak,
    Warned,
)
from ddh_beredskab.core.deadlines import cancelled
from ddh_beredskab.core.decider import Recorded, Refused
from schemas.activation import CrisesLinked, LinkCrises
from schemas.base import Actor, Event, Message


def link(state: ActivationState, command: LinkCrises, given: Recorded[Message]) -> list[Event]:
    """LinkCrises."""
    if isinstance(state, (NotReported, PlannedPeak)):
        raise wrong_phase(state)
    case, other = state.case, command.other
    _may_link(case, given.actor)
    if other == given.subject:
        raise Refused("link_to_itself")
    if case.links.get(other) == command.relation:
        raise Refused("already_linked", other=other)
    ended = command.relation == "duplicate_of" and isinstance(state, (Assessing, Warned))
    linked = CrisesLinked(other=other, relation=command.relation, note=command.note, ended=ended)
    stop = cancelled("activation", case.deadlines, [*ROUND, FOREWARNING_LAPSE], given.time) if ended else []
    return [linked, *stop]


def _may_link(case: Case, actor: Actor) -> None:
    if actor.role == "secretariat":
        return
    if actor.role != "steering_group":
        require(case, actor, "crisis_leader", "strategic_leadership")
    elif on_list(case.directory, actor.person) is None:
        raise Refused("not_on_phone_list", person=actor.person)
