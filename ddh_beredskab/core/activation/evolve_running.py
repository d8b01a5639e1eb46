"""The fold while the crisis runs and when it is reopened: level, channels, steps of nedtrapning.

Rule: as in `evolve`: total and pure, and an event that does not fit changes nothing.
"""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

from ddh_beredskab.core.activation.members import authority_speaker
from ddh_beredskab.core.activation.states import (
    SUSTAINED,
    ActivationState,
    Active,
    Closed,
    Provisional,
    Running,
    Step,
    SteppingDown,
    WithCase,
)
from ddh_beredskab.core.deadlines import without
from ddh_beredskab.core.decider import Recorded
from schemas import activation as a
from schemas.base import Event

C = TypeVar("C", bound=WithCase)
R = TypeVar("R", bound=Provisional | Active | SteppingDown)


def with_case(state: C, **changes: object) -> C:
    return state.model_copy(update={"case": state.case.model_copy(update=changes)})


def fired(state: C, name: str) -> C:
    """The deadline has said what it had to say."""
    return with_case(state, deadlines=without(state.case.deadlines, name))


def while_running(
    state: Provisional | Active | SteppingDown, event: Event, recorded: Recorded[Event]
) -> ActivationState:
    running = state.running
    match event:
        case a.LevelChanged():
            return _on_terms(state, level=event.level)
        case a.ServiceTargetSet():
            return _on_terms(state, service_target=event.target)
        case a.ChannelsChanged():
            return _on_terms(state, channels=event.channels)
        case a.OpeningDecided():
            return _on_terms(state, opening=(*running.terms.opening, event.opening))
        case a.SustainedOperationEntered():
            kept = running.model_copy(update={"sustained": True})
            return fired(state, SUSTAINED).model_copy(update={"running": kept})
        case a.StepDownProposed():
            step = Step(
                number=event.number,
                effective_at=event.effective_at,
                final=event.final,
                proposed_by=event.proposed_by,
                side="ddh" if authority_speaker(recorded.actor) is None else "authority",
            )
            kept = running.model_copy(update={"pending": step, "steps_proposed": event.number})
            return state.model_copy(update={"running": kept})
        case a.StepDownAgreed() if running.pending is not None:
            kept = running.model_copy(update={"pending": None, "agreed": (*running.agreed, running.pending)})
            return SteppingDown(case=state.case, running=kept)
        case a.StepDownReversed():
            kept = running.model_copy(update={"pending": None, "agreed": ()})
            return Active(case=state.case, running=kept)
        case a.CrisisDeactivated():
            return Closed(
                case=state.case,
                running=running,
                hours_active=event.hours_active,
                led_by=state.case.holders.get("crisis_leader"),
            )
        case _:
            return state


def _on_terms(state: R, **changes: object) -> R:
    terms = state.running.terms.model_copy(update=changes)
    return state.model_copy(update={"running": state.running.model_copy(update={"terms": terms})})


def reopened(state: Closed, event: a.CrisisReopened, at: datetime) -> Active:
    running = Running(
        terms=event.terms,
        activated_at=at,
        hours_before=state.hours_active,
        steps_proposed=state.running.steps_proposed,
    )
    return Active(case=state.case.model_copy(update={"voted": ()}), running=running)
