"""Guides, a planned change of force: decided now, in force at a set time.

Rules: what is planned has passed the gate and both approvals, as if it were released now; the first version that comes
before it, a recall, or the end of the crisis makes the plan fall away, and says so: nobody decides twice by accident.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from ddh_beredskab.core.decider import Recorded, Refused
from ddh_beredskab.core.guides.gate import check_gate, waiting_draft
from ddh_beredskab.core.guides.states import Open
from ddh_beredskab.core.playbook import Playbooks
from ddh_beredskab.core.role_holders import require
from schemas.base import Event
from schemas.guides import (
    CancelPlannedRelease,
    GuideRecalled,
    GuideReleased,
    GuideReleasePlanned,
    PlanGuideRelease,
    PlannedReleaseCancelled,
    PlannedReleaseLapsed,
)


def plan(state: Open, input: Recorded[PlanGuideRelease], playbooks: Playbooks) -> list[Event]:
    """Communications lead sets the time at which the approved draft comes into force."""
    command, actor = input.message, input.actor
    require(actor, ("communications_lead",), state.holders, state.affected)
    draft = waiting_draft(state, command.draft)
    check_gate(draft.content, playbooks)
    if draft.approved_by is None:
        raise Refused("facts_not_approved", draft=draft.number)
    if actor.person in (draft.approved_by, draft.on_behalf_of):
        raise Refused("released_by_approver", person=actor.person)
    if not command.channels:
        raise Refused("no_channel_chosen")
    if (waiting := state.planned) is not None:
        raise Refused("release_already_planned", draft=waiting.draft, release_at=waiting.release_at)
    at, hours = max(input.time, input.recorded_at or input.time), playbooks.limits.guide_plan_most_hours
    if command.release_at <= at:
        raise Refused("plan_not_ahead")
    if command.release_at > at + timedelta(hours=hours):
        raise Refused("plan_too_far_ahead", hours=hours)
    return [
        GuideReleasePlanned(
            draft=draft.number,
            reason=command.reason,
            channels=command.channels,
            closes_gaps=tuple(dict.fromkeys(command.closes_gaps)),
            planned_by=actor.person,
            release_at=command.release_at,
        )
    ]


def cancel(state: Open, input: Recorded[CancelPlannedRelease]) -> list[Event]:
    """Communications lead or crisis leader calls it off; the draft stays as it is."""
    command, planned = input.message, state.planned
    require(input.actor, ("communications_lead", "crisis_leader"), state.holders, state.affected)
    if planned is None or planned.draft != command.draft:
        raise Refused("plan_not_there", draft=command.draft)
    return [
        PlannedReleaseCancelled(
            draft=planned.draft,
            person=input.actor.person,
            release_at=planned.release_at,
            reason=command.reason,
        )
    ]


def due_release(state: Open) -> GuideReleased:
    """The time has come: the planned draft is the version in force."""
    planned = state.planned
    assert planned is not None, "a planned release came due that nobody had planned"
    draft = state.draft(planned.draft)
    assert draft is not None, "a version in force makes every plan for an older draft fall away"
    return GuideReleased(
        version=state.released + 1,
        draft=draft.number,
        content=draft.content,
        reason=planned.reason,
        channels=planned.channels,
        closes_gaps=planned.closes_gaps,
        released_by=planned.planned_by,
        alone=False,
        duty_number_missing=not draft.content.duty_number.strip(),
        planned=True,
    )


def overtaken(state: object, events: list[Event]) -> list[Event]:
    """The same events, and the plan's end where one of them is why it falls away."""
    for event in events:
        if isinstance(event, GuideReleased) and not event.planned:
            return [*events, *lapsed(state, "newer_version", event.version)]
        if isinstance(event, GuideRecalled):
            return [*events, *lapsed(state, "recalled", event.version)]
    return events


def lapsed(
    state: object, why: Literal["newer_version", "recalled", "closed"], version: int | None = None
) -> list[Event]:
    """The word that a plan, if there is one, has fallen away."""
    planned = state.planned if isinstance(state, Open) else None
    if planned is None:
        return []
    return [PlannedReleaseLapsed(draft=planned.draft, release_at=planned.release_at, why=why, version=version)]


REFUSALS: tuple[str, ...] = ("release_already_planned", "plan_not_ahead", "plan_too_far_ahead", "plan_not_there")
