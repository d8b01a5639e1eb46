"""While the crisis runs: level, service target, channels, opening outside hours, priorities, vedvarende drift.

Rule: the crisis leader decides in the crisis, the strategic leadership may in his place, and it alone between crises.
"""

from __future__ import annotations

from datetime import datetime

from ddh_beredskab.core.activation.members import require
from ddh_beredskab.core.activation.phases import wrong_phase
from ddh_beredskab.core.activation.states import (
    SUSTAINED,
    ActivationState,
    Active,
    NotReported,
    PlannedPeak,
    Provisional,
    Running,
    RunningState,
    SteppingDown,
    Warned,
)
from ddh_beredskab.core.deadlines import cancelled
from ddh_beredskab.core.decider import Recorded, Refused
from ddh_beredskab.core.playbook import STAFF_ROLES
from schemas import activation as a
from schemas.base import Event, Message, RoleHolderNoted, StaffRole


def change_level(state: ActivationState, command: a.ChangeLevel, given: Recorded[Message]) -> list[Event]:
    """ChangeLevel."""
    running = _running(state)
    require(running.case, given.actor, "crisis_leader", "strategic_leadership")
    _needs_grounds(command.grounds)
    previous = running.running.terms.level
    if command.level == previous:
        raise Refused("level_unchanged", level=previous)
    return [a.LevelChanged(level=command.level, previous=previous, grounds=command.grounds)]


def set_service_target(state: ActivationState, command: a.SetServiceTarget, given: Recorded[Message]) -> list[Event]:
    """SetServiceTarget: the crisis's own; the wait that is shown is held against it."""
    running = _running(state)
    require(running.case, given.actor, "crisis_leader", "strategic_leadership")
    _needs_grounds(command.grounds)
    previous, target = running.running.terms.service_target, command.target.strip()
    if not target:
        raise Refused("service_target_missing")
    if target == previous:
        raise Refused("service_target_unchanged", target=target)
    return [a.ServiceTargetSet(target=target, previous=previous, grounds=command.grounds)]


def change_channels(state: ActivationState, command: a.ChangeChannels, given: Recorded[Message]) -> list[Event]:
    """ChangeChannels: the list as it is to be."""
    running = _running(state)
    require(running.case, given.actor, "crisis_leader", "strategic_leadership")
    _needs_grounds(command.grounds)
    previous, channels = running.running.terms.channels, tuple(dict.fromkeys(command.channels))
    if not channels:
        raise Refused("channels_missing")
    if set(channels) == set(previous):
        raise Refused("channels_unchanged")
    return [a.ChannelsChanged(channels=channels, previous=previous, grounds=command.grounds)]


def decide_opening(state: ActivationState, command: a.DecideOpening, given: Recorded[Message]) -> list[Event]:
    """DecideOpening: added to what the decision named."""
    running = _running(state)
    require(running.case, given.actor, "crisis_leader", "strategic_leadership")
    _needs_grounds(command.grounds)
    if not command.opening.channels:
        raise Refused("channels_missing")
    if command.opening.closes_at <= command.opening.opens_at:
        raise Refused("opening_ends_before_it_begins")
    if command.opening.closes_at <= given.time:
        raise Refused("opening_is_over")
    return [a.OpeningDecided(opening=command.opening, grounds=command.grounds)]


def prioritise(state: ActivationState, command: a.PrioritiseCapacity, given: Recorded[Message]) -> list[Event]:
    """PrioritiseCapacity, also at forvarsel: capacity is set aside before it is needed."""
    if not isinstance(state, (Warned, Provisional, Active, SteppingDown)):
        raise wrong_phase(state)
    require(state.case, given.actor, "strategic_leadership")
    _needs_grounds(command.grounds)
    return [
        a.CapacityPrioritised(decision=command.decision, grounds=command.grounds, other_crises=command.other_crises)
    ]


def mark_sustained(state: ActivationState, command: a.MarkSustained, given: Recorded[Message]) -> list[Event]:
    """MarkSustained, before the clock does it."""
    running = _running(state)
    require(running.case, given.actor, "crisis_leader", "strategic_leadership")
    _needs_grounds(command.grounds)
    if running.running.sustained:
        raise Refused("already_sustained")
    stop = cancelled("activation", running.case.deadlines, [SUSTAINED], given.time)
    return [sustained(running.running, given.time), *stop]


def sustained(running: Running, at: datetime) -> a.SustainedOperationEntered:
    """Vedvarende drift from now."""
    return a.SustainedOperationEntered(hours=active_hours(running, at))


def active_hours(running: Running, at: datetime) -> float:
    """Hours since activation, with those before a reopening."""
    return round(running.hours_before + (at - running.activated_at).total_seconds() / 3600, 2)


def note_holder(state: ActivationState, role: StaffRole, person: str) -> list[Event]:
    """Remember who holds a staff role, learned from crisis_staff."""
    if isinstance(state, (NotReported, PlannedPeak)) or state.case.holders.get(role) == person:
        return []
    return [RoleHolderNoted(concern="activation", role=role, person=person)]


def note_nobody(state: ActivationState, holders: dict[StaffRole, str]) -> list[Event]:
    """The staff has stood down; one who took a role since then keeps it."""
    if isinstance(state, (NotReported, PlannedPeak)):
        return []
    return [
        RoleHolderNoted(concern="activation", role=role, person=None)
        for role in STAFF_ROLES  # not the order of the message's own mapping: storing may have changed it
        if role in holders and state.case.holders.get(role) == holders[role]
    ]


def _running(state: ActivationState) -> RunningState:
    if not isinstance(state, (Provisional, Active, SteppingDown)):
        raise wrong_phase(state)
    return state


def _needs_grounds(grounds: str) -> None:
    if not grounds.strip():
        raise Refused("grounds_missing")
