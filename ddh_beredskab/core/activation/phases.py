"""Refusing what the phase does not allow: one code for each phase.

Rule: a refusal says where the crisis stands, so that the person knows what to do instead.
"""

from __future__ import annotations

from ddh_beredskab.core.activation.states import ActivationState
from ddh_beredskab.core.decider import Refused

PHASE_CODES: dict[str, str] = {
    "not_reported": "not_reported",
    "planned": "planned_peak_is_no_crisis",
    "assessing": "not_decided_yet",
    "warned": "only_warned",
    "provisional": "only_provisional",
    "active": "already_active",
    "stepping_down": "is_stepping_down",
    "not_activated": "not_activated",
    "closed": "crisis_is_closed",
    "evaluated": "crisis_is_evaluated",
}


def wrong_phase(state: ActivationState) -> Refused:
    """The refusal that names the phase."""
    return Refused(PHASE_CODES[state.kind])
