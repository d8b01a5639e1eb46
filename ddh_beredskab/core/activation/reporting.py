"""The way in: a leader asks for help, the answers are scored, the steering group is called.

Rules: whoever takes the call enters it på vegne af, the caller counts as the one who asked. A call for help is never
refused for a missing or unknown answer. A chosen peak goes to the shift plan as a varsling and is no crisis.
New answers to a case that was warned of or not activated call the group together again when the advice says so (at
forvarsel when it is to activate, otherwise when it is anything but to decline) and nothing is being voted on; the
decision's minutes count from the latest such call. A false report, and one put together with another, call nobody.
"""

from __future__ import annotations

from ddh_beredskab.core.activation.calling import begin_round, call_next
from ddh_beredskab.core.activation.evolve import first_round
from ddh_beredskab.core.activation.phases import wrong_phase
from ddh_beredskab.core.activation.states import (
    ROUND,
    ActivationState,
    Case,
    Closed,
    Evaluated,
    NotActivated,
    NotReported,
    PlannedPeak,
    Round,
    Warned,
)
from ddh_beredskab.core.deadlines import cancelled
from ddh_beredskab.core.decider import Recorded, Refused
from ddh_beredskab.core.playbook import Playbooks
from ddh_beredskab.core.scoring import assess, is_planned
from schemas.activation import (
    IncidentAssessed,
    IncidentReported,
    PlannedPeakNoted,
    ReportIncident,
    SupplementIncident,
)
from schemas.base import Event, Message, Role

REPORTERS: tuple[Role, ...] = (
    "municipal_leader",
    "local_leader",
    "local_information_lead",
    "steering_group",
    "project_leader",
    "strategic_leadership",
    "secretariat",
    "crisis_leader",
    "log_keeper",
    "operator",
)
"""Who may enter an incident or more about it: the authority's leaders, and those at DDH who take the call."""


def report(
    state: ActivationState, command: ReportIncident, given: Recorded[Message], playbooks: Playbooks
) -> list[Event]:
    """ReportIncident."""
    if not isinstance(state, NotReported):
        raise Refused("already_reported")
    _may_report(given)
    planned = command.planned or is_planned(playbooks.criteria, command.answers)
    reported = IncidentReported(
        kind=command.kind,
        title=command.title,
        authority=command.authority,
        asked_by=command.asked_by,
        entered_by=command.entered_by,
        entry=command.entry,
        planned=planned,
        what_happened=command.what_happened,
        where=command.where,
        situation=command.situation,
        started=command.started,
        grounds=command.grounds,
        expected_at=command.expected_at,
        expected_calls=command.expected_calls,
        directory=command.directory,
    )
    assessed = assess(playbooks.criteria, command.answers, command.grounds)
    if planned:
        noted = PlannedPeakNoted(expected_at=command.expected_at, expected_calls=command.expected_calls)
        return [reported, assessed, noted]
    case, began = first_round(reported, given.time)
    return [
        reported,
        assessed,
        *begin_round(given.time, playbooks.limits),
        *call_next(case, began, given.time, playbooks.limits),
    ]


def supplement(
    state: ActivationState, command: SupplementIncident, given: Recorded[Message], playbooks: Playbooks
) -> list[Event]:
    """SupplementIncident: the new answers are laid over the old ones and everything is scored again."""
    if isinstance(state, (NotReported, PlannedPeak, Closed, Evaluated)):
        raise wrong_phase(state)
    _may_report(given)
    assessed = assess(playbooks.criteria, {**state.case.answers, **command.answers}, command.grounds)
    if not _calls_together(state, assessed):
        return [assessed]
    return [assessed, *call_together(state.case, given, playbooks)]


def call_together(case: Case, given: Recorded[Message], playbooks: Playbooks) -> list[Event]:
    """A new round for a case that was decided once."""
    limits = playbooks.limits
    return [
        *cancelled("activation", case.deadlines, ROUND, given.time),
        *begin_round(given.time, limits),
        *call_next(case, Round(started_at=given.time), given.time, limits),
    ]


def _calls_together(state: ActivationState, assessed: IncidentAssessed) -> bool:
    match state:
        case Warned():
            voting = state.round is not None and state.round.proposal is not None
            return assessed.recommendation == "activate" and not voting
        case NotActivated():
            return assessed.recommendation != "decline" and state.why not in ("rejected", "merged")
        case _:
            return False


def _may_report(given: Recorded[Message]) -> None:
    if given.actor.role not in REPORTERS:
        raise Refused("role_may_not", role=given.actor.role, needed="municipal_leader")
