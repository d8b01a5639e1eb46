"""Ringing back: a report from the open form counts when somebody has called a number we knew beforehand.

Rules: the steering group is called at once all the same, since time counts; until it is confirmed the case can be
warned of but not activated. Whoever asked does not confirm himself. A false report ends the case; when that was a
mistake, it can still be confirmed, and a member may then take it up again.
"""

from __future__ import annotations

from ddh_beredskab.core.activation.members import require_desk
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
from schemas.activation import ConfirmIncident, IncidentConfirmed, IncidentRejected, RejectIncident
from schemas.base import Event, Message


def confirm(state: ActivationState, command: ConfirmIncident, given: Recorded[Message]) -> list[Event]:
    """ConfirmIncident."""
    if isinstance(state, (NotReported, PlannedPeak)):
        raise wrong_phase(state)
    _awaited(state.case, given)
    if not command.reached.strip() or not command.number_called.strip():
        raise Refused("call_back_missing")
    return [IncidentConfirmed(reached=command.reached, number_called=command.number_called, note=command.note)]


def reject(state: ActivationState, command: RejectIncident, given: Recorded[Message]) -> list[Event]:
    """RejectIncident."""
    if isinstance(state, (NotReported, PlannedPeak)):
        raise wrong_phase(state)
    _awaited(state.case, given)
    if not isinstance(state, (Assessing, Warned)):
        raise wrong_phase(state)
    if not command.reason.strip():
        raise Refused("reason_missing")
    stop = cancelled("activation", state.case.deadlines, [*ROUND, FOREWARNING_LAPSE], given.time)
    return [IncidentRejected(reason=command.reason), *stop]


def _awaited(case: Case, given: Recorded[Message]) -> None:
    require_desk(case, given.actor)
    if given.actor.person == case.asked_by:
        raise Refused("asker_may_not_confirm", person=given.actor.person)
    if not case.unconfirmed:
        raise Refused("no_call_back_awaited")
