"""Guides: what every call agent says - first message, the seven questions, versions, and the clock that keeps it fresh.

Rules: facts are approved by the authority, wording by communications; the interval counts over staffed time;
"gælder stadig" counts as an update; a night version holds until opening; overdue escalates along the authority's names.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from schemas.activation import Authority, Channel, CrisisKind, OpeningOutsideHours
from schemas.base import Command, Event, FreeText, Instant, Model, Ref

Question = Literal[
    "what_happened", "latest", "not_known", "citizens_do", "municipality_does", "whom_to_contact", "next_update"
]
"""The seven questions of Danish crisis communication."""


Outlet = Literal["contact_centre", "chatbot", "voicebot", "sms", "ivr", "web", "selvbetjening", "viva"]
"""Where the guide's text is to be found: the service channels, and the places it is copied to by hand."""


class GuideContent(Model):
    """A guide's text. "Det ved vi ikke endnu" is an answer; silence is not."""

    answers: dict[Question, FreeText]
    does_not_answer: tuple[FreeText, ...] = ()
    """Det svarer DDH ikke på."""
    transfer: tuple[FreeText, ...] = ()
    """Omstilling: who, number, hours, warm or cold, when closed."""
    duty_number: FreeText = ""
    """The authority's duty number for akut omstilling; empty warns before release."""
    by_topic: dict[str, FreeText] = Field(default_factory=dict)
    """Feedback topic -> the answer the agent gives."""
    english: FreeText = ""
    next_update_at: Instant | None = None
    variables: dict[str, FreeText] = Field(default_factory=dict)
    """Local facts that stand in several places: name -> value. The texts above have them in already."""
    template: dict[str, FreeText] = Field(default_factory=dict)
    """Field -> its text with `{name}` where a variable goes; to write on from, never to be shown."""


# -- commands -------------------------------------------------------------------------------------


class ReleaseFirstMessage(Command):
    """Crisis leader releases at most five lines, version 0, without the gate."""

    lines: tuple[FreeText, ...] = Field(min_length=1, max_length=5)


class WriteGuideDraft(Command):
    """The authority's information lead fills in the guide (or someone dictated to, on behalf of)."""

    content: GuideContent
    note: FreeText = ""


class ApproveGuideFacts(Command):
    """Local information lead or local leader approves the facts of the draft. The actor says on whose behalf."""

    draft: int = Field(ge=1)
    read_back_to: Ref | None = None
    """Set when released by phone: the authority's person the text was read back to."""


class ReleaseGuide(Command):
    """Communications lead approves wording and channels; the version is in force from now."""

    draft: int = Field(ge=1)
    reason: FreeText
    channels: tuple[Channel, ...]
    closes_gaps: tuple[str, ...] = ()
    """Feedback topics this version answers."""


class ReleaseGuideAlone(Command):
    """Alene-frigivelse at night, with a reason; a second look follows within 30 minutes."""

    draft: int = Field(ge=1)
    reason: FreeText
    channels: tuple[Channel, ...]
    closes_gaps: tuple[str, ...] = ()


class PlanGuideRelease(Command):
    """Communications lead decides now that the draft comes into force later, at a set time."""

    draft: int = Field(ge=1)
    reason: FreeText
    channels: tuple[Channel, ...]
    closes_gaps: tuple[str, ...] = ()
    release_at: Instant


class CancelPlannedRelease(Command):
    """The planned release is called off; the draft stays."""

    draft: int = Field(ge=1)
    reason: FreeText = ""


class GiveSecondLook(Command):
    """Somebody else has read what one person released alone."""

    version: int = Field(ge=1)
    note: FreeText = ""


class ConfirmGuide(Command):
    """Gælder stadig: the authority confirms the version in force; counts as an update."""

    version: int = Field(ge=0)
    read_back_to: Ref | None = None
    """Set when confirmed by phone: the authority's person the guide was read back to."""


class SetGuideInterval(Command):
    """Crisis leader sets how often the guide is updated."""

    minutes: int
    reason: FreeText = ""


class SetNightVersion(Command):
    """At closing: until when the version holds, and who owns it."""

    holds_until: Instant
    owner: Ref


class RecallGuide(Command):
    """A wrong sentence: the version is recalled, with a correction for all channels."""

    version: int = Field(ge=0)
    wrong: FreeText
    correction: FreeText


class ConfirmChannelLive(Command):
    """A named person says the version is out in a channel."""

    version: int = Field(ge=0)
    channel: Outlet


class NudgeUnseen(Command):
    """Mind dem om det: tell whoever is on shift and has not seen the version."""

    version: int = Field(ge=0)


# -- events ---------------------------------------------------------------------------------------


class GuideSkeletonPrepared(Event):
    """At forvarsel: the template of the crisis kind is ready to be filled in."""

    kind: CrisisKind
    authority: Authority


class GuideOpened(Event):
    """The crisis is active: a first message is due, and the interval is set."""

    kind: CrisisKind
    authority: Authority
    interval_minutes: int
    opening: tuple[OpeningOutsideHours, ...]
    first_message_before: Instant


class GuideOpeningNoted(Event):
    """The concern remembers a decided opening outside opening hours (it is staffed time)."""

    opening: OpeningOutsideHours


class FirstMessageOverdue(Event):
    """No first message within the target."""

    target_minutes: int


class FirstMessageReleased(Event):
    """Førstebesked, version 0, is in force."""

    lines: tuple[FreeText, ...]
    replace_before: Instant
    minutes: float
    """From the decision to the first message."""


class GuideReplacementOverdue(Event):
    """The first message should have been replaced by a gated version."""

    target_minutes: int


class GuideDrafted(Event):
    """Kladde: a draft with its number (1, 2, ...)."""

    draft: int
    content: GuideContent
    note: FreeText


class GuideFactsApproved(Event):
    """Faglig godkendelse by the authority."""

    draft: int
    approved_by: Ref
    on_behalf_of: Ref | None
    read_back_to: Ref | None


class GuideReleased(Event):
    """Gælder nu: the version every agent uses from this moment."""

    version: int
    draft: int
    content: GuideContent
    reason: FreeText
    channels: tuple[Channel, ...]
    closes_gaps: tuple[str, ...]
    released_by: Ref
    alone: bool
    duty_number_missing: bool
    planned: bool = False
    """It came into force by itself, at the time somebody had set."""


class GuideReleasePlanned(Event):
    """The draft comes into force by itself at the time set, unless it is called off or another version comes first."""

    draft: int
    reason: FreeText
    channels: tuple[Channel, ...]
    closes_gaps: tuple[str, ...]
    planned_by: Ref
    release_at: Instant


class PlannedReleaseCancelled(Event):
    """Somebody called the planned release off."""

    draft: int
    person: Ref
    release_at: Instant
    reason: FreeText


class PlannedReleaseLapsed(Event):
    """The plan fell away by itself: what it was made for is no longer so."""

    draft: int
    release_at: Instant
    why: Literal["newer_version", "recalled", "closed"]
    version: int | None
    """The version that came first, or was recalled."""


class SecondLookOverdue(Event):
    """Nobody has read what one person released alone."""

    version: int


class SecondLookGiven(Event):
    """A second person has read the version."""

    version: int
    person: Ref
    note: FreeText


class GuideConfirmed(Event):
    """Gælder stadig."""

    version: int
    confirmed_by: Ref
    on_behalf_of: Ref | None = None
    read_back_to: Ref | None = None


class GuideIntervalSet(Event):
    """How often the guide is updated, in minutes of staffed time."""

    minutes: int
    previous: int
    reason: FreeText


class NightVersionSet(Event):
    """Natversion: holds until, owned by; opening needs a confirmed version."""

    version: int
    holds_until: Instant
    owner: Ref


class GuideUpdateReminded(Event):
    """The next update is near."""

    version: int
    due_at: Instant
    person: Ref | None


class GuideUpdateOverdue(Event):
    """Opdatering er overskredet: the banner is on every desk until the authority confirms or updates."""

    version: int
    since: Instant
    """When the authority last updated or confirmed it: "Kommunen har ikke bekræftet guiden siden kl. 13.00"."""


class GuideEscalated(Event):
    """The next one along the authority's names is called about the overdue guide."""

    version: int
    step: int
    role: Literal["local_information_lead", "deputy", "local_leader", "krisestab"]
    person: Ref | None


class GuideRecalled(Event):
    """Tilbagekaldt, with the correction."""

    version: int
    wrong: FreeText
    correction: FreeText
    in_force_from: Instant
    in_force_to: Instant


class GuideSeenMeasured(Event):
    """Receipts of a version against who was on shift, at its deadline: count and SHA-256 of the sorted list."""

    version: int
    on_shift: int
    seen: int
    share: float
    target: float
    receipts_sha256: str


class UnseenNudged(Event):
    """Whoever was on shift and had not seen the version was reminded: counts, no names."""

    version: int
    on_shift: int
    seen: int
    missing: int


class ChannelConfirmedLive(Event):
    """Ude i kanalen."""

    version: int
    channel: Outlet
    person: Ref


class GuideClosed(Event):
    """The crisis ended: the interval stops, the last version is history."""

    version: int | None
