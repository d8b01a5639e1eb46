"""Guides, what is in force: first message, versions, second look, "gælder stadig", interval, night, recall, channels.

Rules: facts by the authority, wording and channels by communications, never the same person twice; alone only when
there is nobody else; a recalled version does not come back, and neither does the one before it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import assert_never, get_args

from ddh_beredskab.core.decider import Recorded, Refused
from ddh_beredskab.core.guides.clock import next_opening, now
from ddh_beredskab.core.guides.gate import check_gate, require_read_back, waiting_draft
from ddh_beredskab.core.guides.states import Closed, Draft, NoCrisis, Open, Prepared, Version
from ddh_beredskab.core.opening_hours import is_open
from ddh_beredskab.core.playbook import STAFF_ROLES, Playbooks
from ddh_beredskab.core.role_holders import (
    AUTHORITY_ROLES,
    DDH_ROLES,
    require,
    require_speaking_for_authority,
)
from ddh_beredskab.core.wording import sentence
from schemas.activation import Channel
from schemas.base import Event, Message, Role
from schemas.guides import (
    ChannelConfirmedLive,
    ConfirmChannelLive,
    ConfirmGuide,
    FirstMessageReleased,
    GiveSecondLook,
    GuideConfirmed,
    GuideIntervalSet,
    GuideRecalled,
    GuideReleased,
    NightVersionSet,
    RecallGuide,
    ReleaseFirstMessage,
    ReleaseGuide,
    ReleaseGuideAlone,
    SecondLookGiven,
    SetGuideInterval,
    SetNightVersion,
)

_ALONE: tuple[Role, ...] = ("crisis_leader", "communications_lead", "local_information_lead")
_STEERING: tuple[Role, ...] = ("crisis_leader", "communications_lead", *AUTHORITY_ROLES)
SERVICE_CHANNELS: tuple[Channel, ...] = get_args(Channel)
_AnyState = NoCrisis | Prepared | Open | Closed

# -- into force -----------------------------------------------------------------------------------


def release_first_message(state: _AnyState, input: Recorded[ReleaseFirstMessage], playbooks: Playbooks) -> list[Event]:
    """Førstebesked: a few lines without the gate, once, before there is a guide."""
    state, limits = opened(state), playbooks.limits
    _require(state, input, ("crisis_leader",))
    if state.current is not None:
        code = "first_message_after_guide" if state.released else "first_message_already_released"
        raise Refused(code)
    lines = tuple(line for line in input.message.lines if line.strip())
    if not lines:
        raise Refused("first_message_empty")
    if len(lines) > limits.first_message_lines:
        raise Refused("first_message_too_long", most=limits.first_message_lines)
    return [
        FirstMessageReleased(
            lines=lines,
            replace_before=input.time + timedelta(minutes=limits.first_message_replaced_minutes),
            minutes=(input.time - state.decided_at) / timedelta(minutes=1),
        )
    ]


def release(state: _AnyState, input: Recorded[ReleaseGuide], playbooks: Playbooks) -> list[Event]:
    """Communications lead releases what the authority has approved."""
    state = opened(state)
    _require(state, input, ("communications_lead",))
    draft = waiting_draft(state, input.message.draft)
    check_gate(draft.content, playbooks)
    if draft.approved_by is None:
        raise Refused("facts_not_approved", draft=draft.number)
    if input.actor.person in (draft.approved_by, draft.on_behalf_of):
        raise Refused("released_by_approver", person=input.actor.person)
    return [_released(state, draft, input, alone=False)]


def release_alone(state: _AnyState, input: Recorded[ReleaseGuideAlone], playbooks: Playbooks) -> list[Event]:
    """Alene-frigivelse: outside normal staffed hours, or while one of the two approvers is missing."""
    state, command = opened(state), input.message
    _require(state, input, _ALONE)
    two_can_be_had = "communications_lead" in state.holders and any(role in state.holders for role in AUTHORITY_ROLES)
    if two_can_be_had and is_open(playbooks.opening_hours, now(input)):
        raise Refused("alone_not_needed")
    if not command.reason.strip():
        raise Refused("alone_without_reason")
    draft = waiting_draft(state, command.draft)
    check_gate(draft.content, playbooks)
    return [_released(state, draft, input, alone=True)]


def _released(
    state: Open, draft: Draft, input: Recorded[ReleaseGuide] | Recorded[ReleaseGuideAlone], *, alone: bool
) -> GuideReleased:
    command = input.message
    if not command.channels:
        raise Refused("no_channel_chosen")
    return GuideReleased(
        version=state.released + 1,
        draft=draft.number,
        content=draft.content,
        reason=command.reason,
        channels=command.channels,
        closes_gaps=tuple(dict.fromkeys(command.closes_gaps)),
        released_by=input.actor.person,
        alone=alone,
        duty_number_missing=not draft.content.duty_number.strip(),
    )


def give_second_look(state: _AnyState, input: Recorded[GiveSecondLook], playbooks: Playbooks) -> list[Event]:
    """Somebody else reads what one person released alone."""
    state, look = opened(state), opened(state).second_look
    _require(state, input, STAFF_ROLES)
    if look is None or look.version != input.message.version:
        raise Refused("second_look_not_awaited", version=input.message.version)
    if look.released_by == input.actor.person:
        raise Refused("second_look_by_same_person", person=look.released_by)
    return [SecondLookGiven(version=look.version, person=input.actor.person, note=input.message.note)]


# -- kept in force --------------------------------------------------------------------------------


def confirm(state: _AnyState, input: Recorded[ConfirmGuide], playbooks: Playbooks) -> list[Event]:
    """Gælder stadig: counts as an update."""
    state, actor = opened(state), input.actor
    by_phone = (*DDH_ROLES, "secretariat")
    require_speaking_for_authority(actor, by_phone, state.holders, state.affected)
    require_read_back(actor, input.message.read_back_to)
    version = in_force(state, input.message.version)
    return [
        GuideConfirmed(
            version=version.number,
            confirmed_by=actor.person,
            on_behalf_of=actor.on_behalf_of,
            read_back_to=input.message.read_back_to,
        )
    ]


def set_interval(state: _AnyState, input: Recorded[SetGuideInterval], playbooks: Playbooks) -> list[Event]:
    """How often the guide is updated, over staffed time."""
    state, limits, minutes = opened(state), playbooks.limits, input.message.minutes
    _require(state, input, ("crisis_leader",))
    least, most = limits.guide_interval_least_minutes, limits.guide_interval_most_minutes
    if not least <= minutes <= most:
        raise Refused("guide_interval_out_of_range", least=least, most=most)
    if minutes == state.interval_minutes:
        raise Refused("guide_interval_unchanged", minutes=minutes)
    return [GuideIntervalSet(minutes=minutes, previous=state.interval_minutes, reason=input.message.reason)]


def set_night_version(state: _AnyState, input: Recorded[SetNightVersion], playbooks: Playbooks) -> list[Event]:
    """Natversion: holds until at the latest the next opening, since the first call needs a confirmed one."""
    state, until = opened(state), input.message.holds_until
    _require(state, input, _STEERING)
    version = in_force(state)
    if until <= now(input):
        raise Refused("night_version_in_the_past")
    opening = next_opening(playbooks, state.openings, now(input))
    if opening is None:
        raise Refused("night_version_without_night")
    if until > opening:
        raise Refused("night_version_past_opening", opening=_at(playbooks, opening))
    return [NightVersionSet(version=version.number, holds_until=until, owner=input.message.owner)]


# -- out of force, and out in the channels --------------------------------------------------------


def recall(state: _AnyState, input: Recorded[RecallGuide], playbooks: Playbooks) -> list[Event]:
    """A wrong sentence: the correction is shown in all channels, and the authority is asked for the next version."""
    state, command = opened(state), input.message
    _require(state, input, _STEERING)
    version = in_force(state, command.version)
    if not command.correction.strip():
        raise Refused("recall_without_correction")
    return [
        GuideRecalled(
            version=version.number,
            wrong=command.wrong,
            correction=command.correction,
            in_force_from=version.released_at,
            in_force_to=max(input.time, version.released_at),
        )
    ]


def confirm_channel_live(state: _AnyState, input: Recorded[ConfirmChannelLive], playbooks: Playbooks) -> list[Event]:
    """Ude i kanalen: a named person says so; said twice it is still one fact."""
    state, channel = opened(state), input.message.channel
    _require(state, input, (*STAFF_ROLES, "secretariat"))
    version = in_force(state, input.message.version)
    decided = channel in SERVICE_CHANNELS  # where the text is copied besides, nobody decides beforehand
    if decided and version.channels is not None and channel not in version.channels:
        raise Refused("channel_not_released", version=version.number)
    if channel in version.live_in:
        return []
    return [ChannelConfirmedLive(version=version.number, channel=channel, person=input.actor.person)]


def opened(state: _AnyState) -> Open:
    """The guide, if the crisis is active."""
    match state:
        case Open():
            return state
        case NoCrisis() | Prepared():
            raise Refused("guide_not_opened")
        case Closed():
            raise Refused("guide_closed")
        case _:
            assert_never(state)


def _require(state: Open, input: Recorded[Message], allowed: tuple[Role, ...]) -> None:
    require(input.actor, allowed, state.holders, state.affected)


def in_force(state: Open, number: int | None = None) -> Version:
    """The version agents use now; by its number when one is named."""
    current = state.current
    if current is None or current.recalled_at is not None:
        raise Refused("no_guide_in_force")
    if number is not None and number != current.number:
        raise Refused("guide_version_not_in_force", version=number, in_force=current.number)
    return current


def _at(playbooks: Playbooks, instant: datetime) -> str:
    return sentence(playbooks.texts, "{at:dato}", {"at": instant})


REFUSALS: tuple[str, ...] = (
    "first_message_after_guide",
    "first_message_already_released",
    "first_message_empty",
    "first_message_too_long",
    "facts_not_approved",
    "released_by_approver",
    "alone_not_needed",
    "alone_without_reason",
    "no_channel_chosen",
    "second_look_not_awaited",
    "second_look_by_same_person",
    "guide_interval_out_of_range",
    "guide_interval_unchanged",
    "night_version_in_the_past",
    "night_version_without_night",
    "night_version_past_opening",
    "recall_without_correction",
    "channel_not_released",
    "no_guide_in_force",
    "guide_version_not_in_force",
)
