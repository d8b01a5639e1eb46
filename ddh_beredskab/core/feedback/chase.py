"""Feedback, what the authority owes: an answer to each gap, and a receipt for each report.

Rules: a gap that no version has answered in time is told once, to the local leader as well; a report that is not
received in time is carried along the authority's names, each try logged, until somebody has it or all have been called.
As in guides, `deadlines` compares what is wanted with what is set, so no input has to remember which timers it touches.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import assert_never

from ddh_beredskab.core.deadlines import cancelled_all, in_line, waits_for
from ddh_beredskab.core.feedback.states import GAP, RECEIPT, Open, Unreceived
from ddh_beredskab.core.playbook import OverdueStep, Playbooks
from schemas.base import Event, Ref, TimerFired
from schemas.feedback import GapOverdue, ReportEscalated

ORDER = (GAP, RECEIPT)


def deadlines(state: Open, playbooks: Playbooks, at: datetime) -> list[Event]:
    """The events that bring the set deadlines in line with what the state waits for."""
    due = {GAP: min(state.book.gap_due.values(), default=None), RECEIPT: _next_call(state, playbooks)}
    wanted = {name: when for name, when in due.items() if when is not None}
    return in_line("feedback", state.deadlines, wanted, ORDER, at)


def all_cancelled(state: Open) -> list[Event]:
    """Nothing is waited for any longer."""
    return [*cancelled_all("feedback", state.deadlines, ORDER)]


def fired(state: Open, message: TimerFired, playbooks: Playbooks) -> list[Event]:
    """What follows from a deadline that has come; nothing when it is not waited for."""
    if not waits_for(state.deadlines, message):
        return []
    return _gaps_overdue(state, message) if message.name == GAP else [_called(state, playbooks)]


def _gaps_overdue(state: Open, message: TimerFired) -> list[Event]:
    leader = state.holders.get("local_leader")
    return [
        GapOverdue(topic=topic, answer_before=due, told=leader)
        for topic, due in sorted(state.book.gap_due.items())
        if due <= message.fired_at
    ]


def _called(state: Open, playbooks: Playbooks) -> ReportEscalated:
    """The next name: of the chain that runs, or the first about the report that is overdue now."""
    chain, running = playbooks.roles.guide_overdue_chain, state.book.chase
    if running is not None and running.step < len(chain):
        step, number = running.step + 1, running.number
    else:
        step, number = 1, _owed(state)[0].number
    role = chain[step - 1]
    before = next(it.before for it in state.book.unreceived if it.number == number)
    return ReportEscalated(number=number, receipt_before=before, step=step, role=role, person=_person(state, role))


def _next_call(state: Open, playbooks: Playbooks) -> datetime | None:
    """Name by name while the chain lasts; when all have been called, again about the next report."""
    running = state.book.chase
    if running is not None and running.step < len(playbooks.roles.guide_overdue_chain):
        return running.called_at + timedelta(minutes=playbooks.limits.report_overdue_escalation_minutes)
    owed = _owed(state)
    return owed[0].before if owed else None


def _owed(state: Open) -> list[Unreceived]:
    """Reports nobody has received, and nobody has been called about."""
    called = state.book.chase.number if state.book.chase else 0
    return [it for it in state.book.unreceived if it.number > called]


def _person(state: Open, role: OverdueStep) -> Ref | None:
    """Whom we know by name; the deputy and the municipality's krisestab stand on the authority's phone list."""
    match role:
        case "local_information_lead" | "local_leader":
            return state.holders.get(role)
        case "deputy" | "krisestab":
            return None
        case _:
            assert_never(role)
