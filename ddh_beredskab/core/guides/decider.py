"""Guides, decide: every input of the concern on one screen, and the decider last.

The rule kept here: whatever an input changes, the deadlines are brought in line with the state that follows from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import assert_never, cast

from ddh_beredskab.core import role_holders
from ddh_beredskab.core.decider import Decider, Emit, Found, Need, Recorded
from ddh_beredskab.core.guides import clock, gate, nudging, planning, release
from ddh_beredskab.core.guides.states import INITIAL, Closed, GuidesState, NoCrisis, Open, Prepared, evolve
from ddh_beredskab.core.playbook import Playbooks
from schemas.activation import (
    ActivationReversed,
    AuthorityScopeChanged,
    CrisisActivated,
    CrisisDeactivated,
    CrisisProvisionallyActivated,
    CrisisReopened,
    CrisisWarned,
    OpeningDecided,
    OpeningOutsideHours,
)
from schemas.base import AffectedNoted, Event, Message, TimerFired
from schemas.crisis_staff import RoleAssumed, RoleHandedOver, StaffStoodDown
from schemas.guides import (
    ApproveGuideFacts,
    CancelPlannedRelease,
    ConfirmChannelLive,
    ConfirmGuide,
    GiveSecondLook,
    GuideClosed,
    GuideOpened,
    GuideOpeningNoted,
    GuideSkeletonPrepared,
    NudgeUnseen,
    PlanGuideRelease,
    RecallGuide,
    ReleaseFirstMessage,
    ReleaseGuide,
    ReleaseGuideAlone,
    SetGuideInterval,
    SetNightVersion,
    WriteGuideDraft,
)

_AnyState = NoCrisis | Prepared | Open | Closed
_Activation = CrisisProvisionallyActivated | CrisisActivated | CrisisReopened


def prepare(state: _AnyState, warned: CrisisWarned) -> list[Event]:
    """Forvarsel: the skeleton of this kind of crisis is ready to be filled in."""
    if not isinstance(state, NoCrisis):
        return []
    return [GuideSkeletonPrepared(kind=warned.kind, authority=warned.authority)]


def open_guide(state: _AnyState, input: Recorded[_Activation], playbooks: Playbooks) -> list[Event]:
    """The first activation opens; a confirmation changes nothing, but may add openings."""
    activation = input.message
    if isinstance(state, Open):
        return note_openings(state, activation.terms.opening)
    interval = playbooks.kinds[activation.kind].guide_interval_minutes
    return [
        GuideOpened(
            kind=activation.kind,
            authority=activation.authority,
            interval_minutes=state.interval_minutes if isinstance(state, Closed) else interval,
            opening=tuple(dict.fromkeys((*state.openings, *activation.terms.opening))),
            first_message_before=input.time + timedelta(minutes=playbooks.limits.first_message_minutes),
        )
    ]


def note_openings(state: _AnyState, openings: Sequence[OpeningOutsideHours]) -> list[Event]:
    """What is opened outside opening hours is staffed time."""
    new = [opening for opening in dict.fromkeys(openings) if opening not in state.openings]
    return [GuideOpeningNoted(opening=opening) for opening in new]


def note_affected(state: _AnyState, changed: AuthorityScopeChanged) -> list[Event]:
    """Whoever speaks for a municipality that was hit since speaks for the authority too."""
    if not isinstance(state, (Prepared, Open)) or state.affected == changed.authority.affected:
        return []
    return [AffectedNoted(concern="guides", affected=changed.authority.affected)]


def close(state: _AnyState) -> list[Event]:
    """The crisis ended or was reversed: the interval stops."""
    if not isinstance(state, Open):
        return []
    return [
        *clock.all_cancelled(state),
        *planning.lapsed(state, "closed"),
        GuideClosed(version=state.current.number if state.current else None),
    ]


def _events(state: _AnyState, input: Recorded[Message], found: Found, playbooks: Playbooks) -> list[Event]:
    message = input.message
    if not isinstance(message, _Input):
        return []
    match message:
        case CrisisWarned():
            return prepare(state, message)
        case CrisisProvisionallyActivated() | CrisisActivated() | CrisisReopened():
            return open_guide(state, cast("Recorded[_Activation]", input), playbooks)
        case OpeningDecided():
            return note_openings(state, (message.opening,))
        case AuthorityScopeChanged():
            return note_affected(state, message)
        case CrisisDeactivated() | ActivationReversed():
            return close(state)
        case RoleAssumed() | RoleHandedOver() | StaffStoodDown():
            return [*role_holders.notes("guides", state.holders, message)]
        case TimerFired():
            return clock.fired(state, message, found, playbooks) if isinstance(state, Open) else []
        case ReleaseFirstMessage():
            return release.release_first_message(state, cast("Recorded[ReleaseFirstMessage]", input), playbooks)
        case WriteGuideDraft():
            return gate.write_draft(state, cast("Recorded[WriteGuideDraft]", input), playbooks)
        case ApproveGuideFacts():
            return gate.approve_facts(state, cast("Recorded[ApproveGuideFacts]", input), playbooks)
        case ReleaseGuide():
            return release.release(state, cast("Recorded[ReleaseGuide]", input), playbooks)
        case ReleaseGuideAlone():
            return release.release_alone(state, cast("Recorded[ReleaseGuideAlone]", input), playbooks)
        case PlanGuideRelease():
            return planning.plan(release.opened(state), cast("Recorded[PlanGuideRelease]", input), playbooks)
        case CancelPlannedRelease():
            return planning.cancel(release.opened(state), cast("Recorded[CancelPlannedRelease]", input))
        case GiveSecondLook():
            return release.give_second_look(state, cast("Recorded[GiveSecondLook]", input), playbooks)
        case ConfirmGuide():
            return release.confirm(state, cast("Recorded[ConfirmGuide]", input), playbooks)
        case SetGuideInterval():
            return release.set_interval(state, cast("Recorded[SetGuideInterval]", input), playbooks)
        case SetNightVersion():
            return release.set_night_version(state, cast("Recorded[SetNightVersion]", input), playbooks)
        case RecallGuide():
            return release.recall(state, cast("Recorded[RecallGuide]", input), playbooks)
        case ConfirmChannelLive():
            return release.confirm_channel_live(state, cast("Recorded[ConfirmChannelLive]", input), playbooks)
        case NudgeUnseen():
            return nudging.nudge(release.opened(state), cast("Recorded[NudgeUnseen]", input), found)
        case _:
            assert_never(message)


_Input = (
    CrisisWarned
    | _Activation
    | OpeningDecided
    | AuthorityScopeChanged
    | CrisisDeactivated
    | ActivationReversed
    | RoleAssumed
    | RoleHandedOver
    | StaffStoodDown
    | TimerFired
    | ReleaseFirstMessage
    | WriteGuideDraft
    | ApproveGuideFacts
    | ReleaseGuide
    | ReleaseGuideAlone
    | PlanGuideRelease
    | CancelPlannedRelease
    | GiveSecondLook
    | ConfirmGuide
    | SetGuideInterval
    | SetNightVersion
    | RecallGuide
    | ConfirmChannelLive
    | NudgeUnseen
)


def needs(state: _AnyState, input: Recorded[Message]) -> tuple[Need, ...]:
    """Receipts, when a version's deadline has come or somebody reminds those who lack one."""
    if isinstance(input.message, NudgeUnseen):
        return nudging.receipts_needed(state, input.message, input.time)
    if isinstance(state, Open) and isinstance(input.message, TimerFired):
        return clock.receipts_needed(state, input.message)
    return ()


def guides_decider(playbooks: Playbooks) -> Decider[GuidesState]:
    """The guides concern with these playbooks."""

    def decide(state: GuidesState, input: Recorded[Message], found: Found) -> Sequence[Emit]:
        events = planning.overtaken(state, _events(state, input, found, playbooks))
        after = state
        for event in events:
            after = evolve(after, Recorded(input.id, input.time, input.actor, input.subject, event))
        if isinstance(after, Open):
            events = [*events, *clock.deadlines(after, playbooks, clock.now(input))]
        return [Emit(event) for event in events]

    return Decider("guides", INITIAL, GuidesState, decide, evolve, needs)


REFUSALS: tuple[str, ...] = (
    *role_holders.REFUSALS,
    *gate.REFUSALS,
    *release.REFUSALS,
    *planning.REFUSALS,
    *nudging.REFUSALS,
)
"""Every code a command to this concern can be refused with; the sentences stand in `playbooks/texts.yaml`."""
