"""Guides, the clock: which deadlines a state waits for, and what it means when one comes.

Rules: a version is updated or confirmed within the interval, counted over staffed time; the first call after a
closed stretch meets a fresh one; a night version holds until its time; who is overdue is called name by name.
`deadlines` compares what is wanted with what is set, so no input has to remember which timers it touches.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import assert_never

from ddh_beredskab.core.deadlines import cancelled_all, in_line
from ddh_beredskab.core.decider import Found, Need, ReceiptsNeeded, Recorded
from ddh_beredskab.core.guides.planning import due_release
from ddh_beredskab.core.guides.states import DeadlineName, Open, Version
from ddh_beredskab.core.opening_hours import (
    NeverStaffedError,
    closes_next,
    is_open,
    next_staffed_instant_after,
    opens_next,
)
from ddh_beredskab.core.playbook import OverdueStep, Playbooks
from schemas.activation import OpeningOutsideHours
from schemas.base import Event, Message, Ref, TimerFired
from schemas.guides import (
    FirstMessageOverdue,
    GuideEscalated,
    GuideReplacementOverdue,
    GuideSeenMeasured,
    GuideUpdateOverdue,
    GuideUpdateReminded,
    SecondLookOverdue,
)

ORDER: tuple[DeadlineName, ...] = (
    "first_message",
    "guide_replacement",
    "guide_reminder",
    "guide_update",
    "guide_escalation",
    "second_look",
    "guide_receipts",
    "planned_release",
)


def now(recorded: Recorded[Message]) -> datetime:
    """When the input is decided; what is entered later than it happened sets no deadline in the past."""
    return max(recorded.time, recorded.recorded_at or recorded.time)


# -- what is waited for ---------------------------------------------------------------------------


def deadlines(state: Open, playbooks: Playbooks, at: datetime) -> list[Event]:
    """The events that bring the set deadlines in line with what the state waits for."""
    return in_line("guides", state.deadlines, _wanted(state, playbooks), ORDER, at)


def all_cancelled(state: Open) -> list[Event]:
    """Nothing is waited for any longer."""
    return [*cancelled_all("guides", state.deadlines, ORDER)]


def _wanted(state: Open, playbooks: Playbooks) -> dict[DeadlineName, datetime]:
    limits, current = playbooks.limits, state.current
    wanted: dict[DeadlineName, datetime] = {}
    if state.planned is not None:
        wanted["planned_release"] = state.planned.release_at
    if current is None:
        if not state.first_message_overdue:
            wanted["first_message"] = state.first_message_before
        return wanted
    if state.replace_before is not None and not state.replacement_overdue:
        wanted["guide_replacement"] = state.replace_before
    if not state.update_overdue:
        due = update_due(state, current, playbooks)
        wanted["guide_update"] = due
        if current.recalled_at is None and state.reminded_of != due:
            wanted["guide_reminder"] = due - timedelta(minutes=limits.guide_reminder_before_minutes)
    if state.chase is not None:
        wanted["guide_escalation"] = _next_call(state.chase.step, state.chase.called_at, state, playbooks)
    if state.second_look is not None and not state.second_look.overdue:
        wanted["second_look"] = state.second_look.released_at + timedelta(minutes=limits.second_look_minutes)
    if not current.measured and current.recalled_at is None:
        wanted["guide_receipts"] = current.released_at + timedelta(minutes=limits.receipt_minutes)
    return wanted


def update_due(state: Open, current: Version, playbooks: Playbooks) -> datetime:
    """When the version in force must have been updated or confirmed; always an instant when somebody is there."""
    hours, openings = playbooks.opening_hours, _spans(state.openings)
    if current.recalled_at is not None:
        return opens_next(hours, current.recalled_at, openings)
    last = current.updated_at
    fresh = timedelta(minutes=min(state.interval_minutes, playbooks.limits.guide_interval_minutes))
    regular = opens_next(hours, next_staffed_instant_after(hours, last, state.interval_minutes, openings), openings)
    if state.night is not None and state.night.holds_until - last > fresh:
        return min(regular, opens_next(hours, state.night.holds_until, openings))
    opening = next_opening(playbooks, state.openings, last)
    while opening is not None and opening - last <= fresh:
        opening = next_opening(playbooks, state.openings, opening)
    return regular if opening is None else min(regular, opening)


def next_opening(playbooks: Playbooks, openings: tuple[OpeningOutsideHours, ...], after: datetime) -> datetime | None:
    """When the doors next open after having been closed, or null when they never close."""
    hours, spans = playbooks.opening_hours, _spans(openings)
    if not is_open(hours, after, spans):
        return opens_next(hours, after, spans)
    try:
        return opens_next(hours, closes_next(hours, after, spans), spans)
    except NeverStaffedError:
        return None


def _next_call(step: int, called_at: datetime, state: Open, playbooks: Playbooks) -> datetime:
    """Name by name while the chain lasts; when all have been called, again after one interval."""
    if step % len(playbooks.roles.guide_overdue_chain):
        return called_at + timedelta(minutes=playbooks.limits.guide_overdue_escalation_minutes)
    return next_staffed_instant_after(
        playbooks.opening_hours, called_at, state.interval_minutes, _spans(state.openings)
    )


def _spans(openings: tuple[OpeningOutsideHours, ...]) -> tuple[tuple[datetime, datetime], ...]:
    return tuple((opening.opens_at, opening.closes_at) for opening in openings)


# -- when one comes -------------------------------------------------------------------------------


def receipts_needed(state: Open, fired: TimerFired) -> tuple[Need, ...]:
    """A version's receipts are looked up when its deadline comes."""
    if not _waited_for(state, fired) or fired.name != "guide_receipts" or state.current is None:
        return ()
    return (ReceiptsNeeded(version=state.current.number, at=fired.due_at),)


def fired(state: Open, message: TimerFired, found: Found, playbooks: Playbooks) -> list[Event]:
    """What follows from a deadline that has come; nothing when it is not waited for."""
    if not _waited_for(state, message):
        return []
    name: DeadlineName = next(name for name, it in state.deadlines.items() if it.id == message.deadline_id)
    return _FIRED[name](state, message, found, playbooks)


def _waited_for(state: Open, message: TimerFired) -> bool:
    return any(name == message.name and waiting.id == message.deadline_id for name, waiting in state.deadlines.items())


def _first_message(_state: Open, _fired: TimerFired, _found: Found, playbooks: Playbooks) -> list[Event]:
    return [FirstMessageOverdue(target_minutes=playbooks.limits.first_message_minutes)]


def _replacement(state: Open, _fired: TimerFired, _found: Found, playbooks: Playbooks) -> list[Event]:
    overdue = GuideReplacementOverdue(target_minutes=playbooks.limits.first_message_replaced_minutes)
    return [overdue, *([] if state.chase else [_call(state, 1, playbooks)])]


def _reminder(state: Open, _fired: TimerFired, _found: Found, playbooks: Playbooks) -> list[Event]:
    version = _in_force(state)
    due = update_due(state, version, playbooks)
    person = state.holders.get("local_information_lead")
    if state.night is not None and state.night.holds_until <= due:
        person = state.night.owner
    return [GuideUpdateReminded(version=version.number, due_at=due, person=person)]


def _update(state: Open, _fired: TimerFired, _found: Found, playbooks: Playbooks) -> list[Event]:
    version = _in_force(state)
    overdue = GuideUpdateOverdue(version=version.number, since=version.updated_at)
    return [overdue, *([] if state.chase else [_call(state, 1, playbooks)])]


def _escalation(state: Open, _fired: TimerFired, _found: Found, playbooks: Playbooks) -> list[Event]:
    return [_call(state, state.chase.step + 1 if state.chase else 1, playbooks)]


def _second_look(state: Open, _fired: TimerFired, _found: Found, _playbooks: Playbooks) -> list[Event]:
    return [SecondLookOverdue(version=state.second_look.version)] if state.second_look else []


def _receipts(state: Open, fired: TimerFired, found: Found, playbooks: Playbooks) -> list[Event]:
    version = _in_force(state)
    receipts = found.receipts[ReceiptsNeeded(version=version.number, at=fired.due_at)]
    return [
        GuideSeenMeasured(
            version=version.number,
            on_shift=receipts.on_shift,
            seen=receipts.seen,
            share=min(receipts.seen / receipts.on_shift, 1.0) if receipts.on_shift else 1.0,
            target=playbooks.limits.receipt_share,
            receipts_sha256=receipts.sha256,
        )
    ]


def _planned(state: Open, _fired: TimerFired, _found: Found, _playbooks: Playbooks) -> list[Event]:
    return [due_release(state)]


def _in_force(state: Open) -> Version:
    """The version a deadline is about; these deadlines are set only while there is one."""
    assert state.current is not None, "a guide deadline came while no version was ever in force"
    return state.current


def _call(state: Open, step: int, playbooks: Playbooks) -> GuideEscalated:
    chain = playbooks.roles.guide_overdue_chain
    role: OverdueStep = chain[(step - 1) % len(chain)]
    return GuideEscalated(version=_in_force(state).number, step=step, role=role, person=_person(state, role))


def _person(state: Open, role: OverdueStep) -> Ref | None:
    """Whom we know by name; the deputy and the municipality's krisestab stand on the authority's phone list."""
    match role:
        case "local_information_lead" | "local_leader":
            return state.holders.get(role)
        case "deputy" | "krisestab":
            return None
        case _:
            assert_never(role)


_FIRED: Mapping[DeadlineName, Callable[[Open, TimerFired, Found, Playbooks], list[Event]]] = {
    "first_message": _first_message,
    "guide_replacement": _replacement,
    "guide_reminder": _reminder,
    "guide_update": _update,
    "guide_escalation": _escalation,
    "second_look": _second_look,
    "guide_receipts": _receipts,
    "planned_release": _planned,
}
