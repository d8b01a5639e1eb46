"""Guides, the states: no crisis yet, skeleton prepared, open with or without a version in force, closed.

The rule kept here: a state is the fold of the concern's own events, and an impossible move has no place to be written.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from ddh_beredskab.core import role_holders
from ddh_beredskab.core.decider import Recorded
from schemas.activation import Channel, CrisisKind, OpeningOutsideHours
from schemas.base import AffectedNoted, DeadlineCancelled, DeadlineSet, Event, Instant, Ref, RoleHolderNoted, StaffRole
from schemas.guides import (
    ChannelConfirmedLive,
    FirstMessageOverdue,
    FirstMessageReleased,
    GuideClosed,
    GuideConfirmed,
    GuideContent,
    GuideDrafted,
    GuideEscalated,
    GuideFactsApproved,
    GuideIntervalSet,
    GuideOpened,
    GuideOpeningNoted,
    GuideRecalled,
    GuideReleased,
    GuideReleasePlanned,
    GuideReplacementOverdue,
    GuideSeenMeasured,
    GuideSkeletonPrepared,
    GuideUpdateOverdue,
    GuideUpdateReminded,
    NightVersionSet,
    Outlet,
    PlannedReleaseCancelled,
    PlannedReleaseLapsed,
    SecondLookGiven,
    SecondLookOverdue,
)

DeadlineName = Literal[
    "first_message",
    "guide_replacement",
    "guide_reminder",
    "guide_update",
    "guide_escalation",
    "second_look",
    "guide_receipts",
    "planned_release",
]


class Part(BaseModel):
    """A piece of state; frozen and without unknown fields, so that a snapshot of it can be read back."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Draft(Part):
    """A draft newer than the version in force, and who of the authority has approved its facts."""

    number: int
    content: GuideContent
    approved_by: Ref | None = None
    on_behalf_of: Ref | None = None


class Version(Part):
    """What agents say now. Recalled: it is out of force and its correction is shown, until the next version."""

    number: int
    released_at: Instant
    updated_at: Instant
    """When it was released or last confirmed (gælder stadig)."""
    channels: tuple[Channel, ...] | None
    """Null for the first message, which goes wherever there is somebody to say it."""
    live_in: tuple[Outlet, ...] = ()
    measured: bool = False
    recalled_at: Instant | None = None


class Night(Part):
    """Natversion: until when the version holds, and who owns it."""

    holds_until: Instant
    owner: Ref


class SecondLook(Part):
    """A version one person released alone, waiting for somebody else to read it."""

    version: int
    released_by: Ref
    released_at: Instant
    overdue: bool = False


class Planned(Part):
    """A draft that comes into force by itself at a set time."""

    draft: int
    reason: str
    channels: tuple[Channel, ...]
    closes_gaps: tuple[str, ...]
    planned_by: Ref
    release_at: Instant


class Deadline(Part):
    """A timer that is waited for; its identity is the id of the event that set it."""

    id: UUID
    due_at: Instant


class Chase(Part):
    """The authority is being called, name by name, since the guide is overdue."""

    step: int
    called_at: Instant


class Noted(Part):
    """What every state remembers: who holds which role, what is opened besides, and the drafts."""

    holders: dict[StaffRole, Ref] = Field(default_factory=dict[StaffRole, Ref])
    openings: tuple[OpeningOutsideHours, ...] = ()
    drafts: tuple[Draft, ...] = ()
    drafted: int = 0

    def draft(self, number: int) -> Draft | None:
        return next((draft for draft in self.drafts if draft.number == number), None)


class NoCrisis(Noted):
    """Nothing has been decided yet."""

    kind: Literal["no_crisis"] = "no_crisis"


class Prepared(Noted):
    """Forvarsel: the skeleton may be filled in and its facts approved; nothing can be released."""

    kind: Literal["prepared"] = "prepared"
    crisis: CrisisKind
    affected: tuple[str, ...]


class Open(Noted):
    """The crisis is active: versions come into force, and every deadline runs."""

    kind: Literal["open"] = "open"
    crisis: CrisisKind
    affected: tuple[str, ...]
    decided_at: Instant
    interval_minutes: int
    first_message_before: Instant
    replace_before: Instant | None = None
    first_message_overdue: bool = False
    replacement_overdue: bool = False
    update_overdue: bool = False
    reminded_of: Instant | None = None
    current: Version | None = None
    released: int = 0
    """The highest gated version so far; the first message is version 0."""
    night: Night | None = None
    second_look: SecondLook | None = None
    chase: Chase | None = None
    planned: Planned | None = None
    deadlines: dict[DeadlineName, Deadline] = Field(default_factory=dict[DeadlineName, Deadline])


class Closed(Noted):
    """The crisis has ended; the last version is history and comes back if the crisis does."""

    kind: Literal["closed"] = "closed"
    current: Version | None
    released: int
    interval_minutes: int


GuidesState = Annotated[NoCrisis | Prepared | Open | Closed, Field(discriminator="kind")]

INITIAL = NoCrisis()
_Any = TypeVar("_Any", bound=Part)


def evolve(state: NoCrisis | Prepared | Open | Closed, recorded: Recorded[Event]) -> GuidesState:
    """The state after one of the concern's own events."""
    event = recorded.message
    match event:
        case RoleHolderNoted():
            return _with(state, holders=role_holders.noted(state.holders, event))
        case AffectedNoted() if isinstance(state, (Prepared, Open)):
            return _with(state, affected=event.affected)
        case GuideOpeningNoted():
            return _with(state, openings=(*state.openings, event.opening))
        case GuideDrafted():
            draft = Draft(number=event.draft, content=event.content)
            return _with(state, drafts=(*state.drafts, draft), drafted=event.draft)
        case GuideFactsApproved():
            return _with(state, drafts=_approved(state.drafts, event))
        case GuideSkeletonPrepared():
            return Prepared(
                holders=state.holders,
                openings=state.openings,
                drafts=state.drafts,
                drafted=state.drafted,
                crisis=event.kind,
                affected=event.authority.affected,
            )
        case GuideOpened():
            return _opened(state, event, recorded.time)
        case _:
            pass
    return _evolve_open(state, event, recorded) if isinstance(state, Open) else state


def _approved(drafts: tuple[Draft, ...], event: GuideFactsApproved) -> tuple[Draft, ...]:
    approval = {"approved_by": event.approved_by, "on_behalf_of": event.on_behalf_of}
    return tuple(draft.model_copy(update=approval) if draft.number == event.draft else draft for draft in drafts)


def _opened(state: NoCrisis | Prepared | Open | Closed, event: GuideOpened, at: datetime) -> Open:
    again = state if isinstance(state, Closed) else None
    return Open(
        holders=state.holders,
        openings=event.opening,
        drafts=state.drafts,
        drafted=state.drafted,
        crisis=event.kind,
        affected=event.authority.affected,
        decided_at=at,
        interval_minutes=event.interval_minutes,
        first_message_before=event.first_message_before,
        current=again.current if again else None,
        released=again.released if again else 0,
    )


def _evolve_open(state: Open, event: Event, recorded: Recorded[Event]) -> Open | Closed:
    at = recorded.time
    match event:
        case FirstMessageReleased():
            version = Version(number=0, released_at=at, updated_at=at, channels=None)
            return _with(state, current=version, replace_before=event.replace_before)
        case GuideReleased():
            return _released(state, event, at)
        case GuideReleasePlanned():
            return _with(state, planned=_planned(event))
        case PlannedReleaseCancelled() | PlannedReleaseLapsed():
            return _with(state, planned=None)
        case GuideConfirmed():
            return _confirmed(state, at)
        case GuideRecalled():
            return _with(state, current=_version(state, recalled_at=at), night=None, second_look=None)
        case ChannelConfirmedLive():
            live_in = (*state.current.live_in, event.channel) if state.current else ()
            return _with(state, current=_version(state, live_in=live_in))
        case GuideIntervalSet():
            return _with(state, interval_minutes=event.minutes)
        case NightVersionSet():
            return _with(state, night=Night(holds_until=event.holds_until, owner=event.owner))
        case FirstMessageOverdue():
            return _without(state, "first_message", first_message_overdue=True)
        case GuideReplacementOverdue():
            return _without(state, "guide_replacement", replacement_overdue=True)
        case GuideUpdateReminded():
            return _without(state, "guide_reminder", reminded_of=event.due_at)
        case GuideUpdateOverdue():
            return _without(state, "guide_update", update_overdue=True)
        case GuideEscalated():
            return _without(state, "guide_escalation", chase=Chase(step=event.step, called_at=at))
        case SecondLookOverdue():
            look = state.second_look and state.second_look.model_copy(update={"overdue": True})
            return _without(state, "second_look", second_look=look)
        case SecondLookGiven():
            return _with(state, second_look=None)
        case GuideSeenMeasured():
            return _without(state, "guide_receipts", current=_version(state, measured=True))
        case DeadlineSet():
            deadline = Deadline(id=recorded.id, due_at=event.due_at)
            return _with(state, deadlines={**state.deadlines, event.name: deadline})
        case DeadlineCancelled():
            left = {name: it for name, it in state.deadlines.items() if it.id != event.deadline_id}
            return _with(state, deadlines=left)
        case GuideClosed():
            return Closed(
                holders=state.holders,
                openings=state.openings,
                drafts=state.drafts,
                drafted=state.drafted,
                current=state.current,
                released=state.released,
                interval_minutes=state.interval_minutes,
            )
        case _:
            return state


def _released(state: Open, event: GuideReleased, at: datetime) -> Open:
    look = SecondLook(version=event.version, released_by=event.released_by, released_at=at)
    state = _without(state, "planned_release") if event.planned else state
    return _with(
        state,
        current=Version(number=event.version, released_at=at, updated_at=at, channels=event.channels),
        released=event.version,
        drafts=tuple(draft for draft in state.drafts if draft.number > event.draft),
        second_look=look if event.alone else None,
        replace_before=None,
        replacement_overdue=False,
        update_overdue=False,
        night=None,
        chase=None,
        planned=None if event.planned else state.planned,
    )


def _planned(event: GuideReleasePlanned) -> Planned:
    return Planned(
        draft=event.draft,
        reason=event.reason,
        channels=event.channels,
        closes_gaps=event.closes_gaps,
        planned_by=event.planned_by,
        release_at=event.release_at,
    )


def _confirmed(state: Open, at: datetime) -> Open:
    latest = max(at, state.current.updated_at) if state.current else at
    chase = state.chase if state.replacement_overdue else None
    return _with(state, current=_version(state, updated_at=latest), update_overdue=False, chase=chase)


def _version(state: Open, **changes: object) -> Version | None:
    return state.current and state.current.model_copy(update=changes)


def _with(state: _Any, **changes: object) -> _Any:
    return state.model_copy(update=changes)


def _without(state: Open, name: DeadlineName, **changes: object) -> Open:
    """The deadline has come, so it is no longer waited for."""
    left = {other: deadline for other, deadline in state.deadlines.items() if other != name}
    return _with(state, deadlines=left, **changes)
