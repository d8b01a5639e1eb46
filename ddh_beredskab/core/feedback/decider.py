"""Feedback, decide: opening, closing, the authority's answers and urgent notices; all inputs on one screen.

The rule kept here: a gap is closed by the version that answers it, and an urgent notice goes out once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import assert_never, cast

from ddh_beredskab.core import role_holders
from ddh_beredskab.core.decider import Decider, Emit, Found, Need, Recorded, Refused
from ddh_beredskab.core.feedback import chase, reports
from ddh_beredskab.core.feedback.reports import now
from ddh_beredskab.core.feedback.states import REPORT, AnyState, FeedbackState, NotOpened, Open, evolve
from ddh_beredskab.core.playbook import Playbooks
from ddh_beredskab.core.role_holders import DDH_ROLES, require, require_speaking_for_authority
from ddh_beredskab.core.windows import on_or_after
from schemas.activation import (
    ActivationReversed,
    AuthorityScopeChanged,
    CrisisActivated,
    CrisisDeactivated,
    CrisisProvisionallyActivated,
    CrisisReopened,
)
from schemas.base import AffectedNoted, DeadlineCancelled, DeadlineSet, Event, Message, TimerFired
from schemas.crisis_staff import RoleAssumed, RoleHandedOver, StaffStoodDown
from schemas.feedback import (
    AcknowledgeReport,
    FeedbackClosed,
    FeedbackOpened,
    NoteUrgentTransfers,
    ReportAcknowledged,
    ReportIntervalSet,
    ReportIssued,
    SetReportInterval,
    UrgentNoticeRaised,
)
from schemas.guides import GuideReleased

_Activation = CrisisProvisionallyActivated | CrisisActivated | CrisisReopened

# -- opening and closing --------------------------------------------------------------------------


def open_feedback(state: AnyState, input: Recorded[_Activation], playbooks: Playbooks) -> list[Event]:
    """The first activation opens; a confirmation changes nothing."""
    if isinstance(state, Open):
        return []
    limits, activation = playbooks.limits, input.message
    first = on_or_after(now(input) + timedelta(minutes=limits.report_offset_minutes), limits.feedback_window_minutes)
    opened = FeedbackOpened(
        kind=activation.kind,
        authority=activation.authority,
        interval_minutes=(limits.report_interval_minutes if isinstance(state, NotOpened) else state.interval_minutes),
        first_report_at=first,
        counted_from=_reported_at(input),
    )
    return [opened, DeadlineSet(concern="feedback", name=REPORT, due_at=first)]


def _reported_at(input: Recorded[_Activation]) -> datetime:
    """Citizens do not wait for the decision: the wave after a siren comes while the phone list is being called."""
    match input.message:
        case CrisisProvisionallyActivated() | CrisisActivated():
            return input.time - timedelta(minutes=input.message.minutes)
        case CrisisReopened():
            return input.time
        case _:
            assert_never(input.message)


def note_affected(state: AnyState, changed: AuthorityScopeChanged) -> list[Event]:
    """Whoever speaks for a municipality that was hit since may answer the reports too."""
    if isinstance(state, NotOpened) or state.affected == changed.authority.affected:
        return []
    return [AffectedNoted(concern="feedback", affected=changed.authority.affected)]


def close_feedback(state: AnyState, input: Recorded[Message], found: Found, playbooks: Playbooks) -> list[Event]:
    """The crisis ended or was reversed: one last report, up to the end of the window that runs."""
    if not isinstance(state, Open):
        return []
    events = reports.report(state, reports.end(input, playbooks), found, playbooks, at=now(input), final=True)
    issued = next(event for event in events if isinstance(event, ReportIssued))
    total = state.book.reported + issued.total + issued.late
    return [
        *_cancelled(state),
        *chase.all_cancelled(state),
        *events,
        FeedbackClosed(reports=issued.number, total=total),
    ]


def _cancelled(state: Open) -> list[Event]:
    if state.deadline is None:
        return []
    return [DeadlineCancelled(concern="feedback", name=REPORT, deadline_id=state.deadline)]


# -- commands -------------------------------------------------------------------------------------


def set_interval(state: AnyState, input: Recorded[SetReportInterval], playbooks: Playbooks) -> list[Event]:
    """The interval agreed with the authority; the next report moves with it."""
    if not isinstance(state, Open):
        raise Refused("feedback_not_open")
    limits, minutes = playbooks.limits, input.message.minutes
    require(input.actor, ("crisis_leader", "communications_lead"), state.holders, state.affected)
    least, most = limits.report_interval_least_minutes, limits.report_interval_most_minutes
    if not least <= minutes <= most:
        raise Refused("report_interval_out_of_range", least=least, most=most)
    if minutes % limits.feedback_window_minutes:
        raise Refused("report_interval_not_whole_windows", window=limits.feedback_window_minutes)
    if minutes == state.interval_minutes:
        raise Refused("report_interval_unchanged", minutes=minutes)
    due = max(state.book.reported_to + timedelta(minutes=minutes), now(input))
    return [
        ReportIntervalSet(minutes=minutes, previous=state.interval_minutes, reason=input.message.reason),
        *_cancelled(state),
        DeadlineSet(concern="feedback", name=REPORT, due_at=on_or_after(due, limits.feedback_window_minutes)),
    ]


def acknowledge(state: AnyState, input: Recorded[AcknowledgeReport], playbooks: Playbooks) -> list[Event]:
    """The authority has the report and says what it did with the proposals; also after the crisis has ended."""
    if isinstance(state, NotOpened):
        raise Refused("feedback_not_open")
    command, actor = input.message, input.actor
    by_phone = (*DDH_ROLES, "secretariat")
    require_speaking_for_authority(actor, by_phone, state.holders, state.affected)
    if command.number > len(state.book.proposals):
        raise Refused("report_unknown", number=command.number)
    proposed, answered = state.book.proposals[command.number - 1], set[int]()
    for answer in command.answers:
        if not 1 <= answer.number <= proposed:
            raise Refused("proposal_unknown", proposal=answer.number, number=command.number)
        if answer.number in answered:
            raise Refused("proposal_answered_twice", proposal=answer.number)
        if answer.status == "rejected" and not answer.because.strip():
            raise Refused("rejected_without_reason", proposal=answer.number)
        answered.add(answer.number)
    return [ReportAcknowledged(number=command.number, by=actor.person, answers=command.answers)]


def note_urgent(state: AnyState, input: Recorded[NoteUrgentTransfers], playbooks: Playbooks) -> list[Event]:
    """The counter saw several urgent transfers on one topic; the notice goes out once for their stretch of time."""
    command, limits = input.message, playbooks.limits
    if input.actor.role != "system":
        raise Refused("role_may_not", role=input.actor.role)
    if not isinstance(state, Open) or command.count < limits.urgent_transfers:
        return []
    near = timedelta(minutes=limits.urgent_transfers_minutes)
    if any(abs(command.window_start - raised) < near for raised in state.book.urgent.get(command.topic, ())):
        return []
    return [UrgentNoticeRaised(topic=command.topic, count=command.count, window_start=command.window_start)]


# -- decide ---------------------------------------------------------------------------------------


def _fired(state: Open, fired: TimerFired, found: Found, playbooks: Playbooks) -> list[Event]:
    if fired.name == REPORT:
        return reports.report_due(state, fired, found, playbooks)
    return chase.fired(state, fired, playbooks)


def _events(state: AnyState, input: Recorded[Message], found: Found, playbooks: Playbooks) -> list[Event]:
    message = input.message
    if not isinstance(message, _Input):
        return []
    match message:
        case CrisisProvisionallyActivated() | CrisisActivated() | CrisisReopened():
            return open_feedback(state, cast("Recorded[_Activation]", input), playbooks)
        case CrisisDeactivated() | ActivationReversed():
            return close_feedback(state, input, found, playbooks)
        case AuthorityScopeChanged():
            return note_affected(state, message)
        case RoleAssumed() | RoleHandedOver() | StaffStoodDown():
            return [*role_holders.notes("feedback", state.holders, message)]
        case GuideReleased():
            return reports.close_gaps(state, message)
        case TimerFired():
            return _fired(state, message, found, playbooks) if isinstance(state, Open) else []
        case SetReportInterval():
            return set_interval(state, cast("Recorded[SetReportInterval]", input), playbooks)
        case AcknowledgeReport():
            return acknowledge(state, cast("Recorded[AcknowledgeReport]", input), playbooks)
        case NoteUrgentTransfers():
            return note_urgent(state, cast("Recorded[NoteUrgentTransfers]", input), playbooks)
        case _:
            assert_never(message)


_Input = (
    _Activation
    | CrisisDeactivated
    | ActivationReversed
    | AuthorityScopeChanged
    | RoleAssumed
    | RoleHandedOver
    | StaffStoodDown
    | GuideReleased
    | TimerFired
    | SetReportInterval
    | AcknowledgeReport
    | NoteUrgentTransfers
)


def feedback_decider(playbooks: Playbooks) -> Decider[FeedbackState]:
    """The feedback concern with these playbooks."""

    def needs(state: FeedbackState, input: Recorded[Message]) -> tuple[Need, ...]:
        return reports.needs(state, input, playbooks)

    def decide(state: FeedbackState, input: Recorded[Message], found: Found) -> Sequence[Emit]:
        events, after = _events(state, input, found, playbooks), state
        for event in events:
            after = evolve(after, Recorded(input.id, input.time, input.actor, input.subject, event))
        if isinstance(after, Open):
            events = [*events, *chase.deadlines(after, playbooks, now(input))]
        return [Emit(event) for event in events]

    return Decider("feedback", NotOpened(), FeedbackState, decide, evolve, needs)


REFUSALS: tuple[str, ...] = (
    *role_holders.REFUSALS,
    "feedback_not_open",
    "report_interval_out_of_range",
    "report_interval_not_whole_windows",
    "report_interval_unchanged",
    "report_unknown",
    "proposal_unknown",
    "proposal_answered_twice",
    "rejected_without_reason",
)
"""Every code a command to this concern can be refused with; the sentences stand in `playbooks/texts.yaml`."""
