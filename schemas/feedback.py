"""Feedback: borgernes spørgsmål, counted per topic and window, and sent back to the authority at a fixed interval.

The items themselves are intake rows, never events (DESIGN 2.7); here are the item as doors and topics carry it,
and the milestones: gaps, urgent notices and reports.
"""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import Field

from schemas.activation import Authority, CrisisKind
from schemas.base import Command, CrisisId, Event, FreeText, Instant, Model, Ref

Answered = Literal["yes", "partly", "no"]
Resolution = Literal["resolved", "transferred", "urgent_transfer"]
ProposalStatus = Literal["done", "rejected", "open"]


class FeedbackItem(Model):
    """One question from a citizen, registered during the call. No personal data; the text is struck through first."""

    id: UUID
    crisis_id: CrisisId
    topic: str
    time: Instant
    answered: Answered
    resolution: Resolution = "resolved"
    transferred_to: str = ""
    municipality: str = ""
    """Code of the citizen's municipality, when known."""
    guide_version: int | None = None
    agent: Ref | None = None
    text: str = Field(default="", max_length=2_000)


class FeedbackEnvelope(Model):
    """Up to 100 items of one crisis in one Kafka record, with each row's position; texts stay in SQL."""

    crisis_id: CrisisId
    positions: tuple[int, ...] = Field(max_length=100)
    items: tuple[FeedbackItem, ...] = Field(max_length=100)


class TopicCount(Model):
    """Sums for one topic."""

    topic: str
    total: int
    answered_yes: int = 0
    answered_partly: int = 0
    answered_no: int = 0
    transferred: int = 0
    urgent: int = 0


class Proposal(Model):
    """What we suggest to the authority: a topic the guide should answer, in the next version."""

    number: int
    topic: str
    unanswered: int


class ProposalAnswer(Model):
    """Hvad gjorde I ved det? Udført, afvist (fordi) or åben."""

    number: int
    status: ProposalStatus
    because: FreeText = ""


# -- commands -------------------------------------------------------------------------------------


class SetReportInterval(Command):
    """Interval agreed with the authority, in minutes."""

    minutes: int
    reason: FreeText = ""


class AcknowledgeReport(Command):
    """The authority has received report `number` and says what it did with the proposals."""

    number: int = Field(ge=1)
    answers: tuple[ProposalAnswer, ...] = ()


class NoteUrgentTransfers(Command):
    """Made by the feedback counter: the third urgent transfer on one topic within ten minutes."""

    topic: str
    window_start: Instant
    count: int


# -- events ---------------------------------------------------------------------------------------


class FeedbackOpened(Event):
    """Counting for the authority begins; the first report is due at `first_report_at`."""

    kind: CrisisKind
    authority: Authority
    interval_minutes: int
    first_report_at: Instant
    counted_from: Instant | None = None
    """When the incident was reported: the first report also holds what citizens asked before the activation."""


class ReportIntervalSet(Event):
    """How often the authority gets a report."""

    minutes: int
    previous: int
    reason: FreeText


class GapFound(Event):
    """Spørgsmål uden svar: citizens ask what the guide does not answer; sent to the local information lead."""

    topic: str
    unanswered: int
    first_seen_in_report: int
    sent_to: Ref | None = None
    """The local information lead; null while nobody is noted in the role."""
    answer_before: Instant | None = None


class GapOverdue(Event):
    """No version has answered the question in time, and the authority has not said why not."""

    topic: str
    answer_before: Instant
    told: Ref | None = None
    """The local leader, who hears of it then."""


class GapClosed(Event):
    """A guide version answers the question."""

    topic: str
    version: int


class UrgentNoticeRaised(Event):
    """Hastemelding: several urgent transfers on one topic in ten minutes."""

    topic: str
    count: int
    window_start: Instant


class ReportIssued(Event):
    """Tilbagemelding til kommunen: the period's counts, late arrivals, gaps ranked, and last time's proposals."""

    number: int
    period_from: Instant
    period_to: Instant
    total: int
    late: int
    """Items of earlier periods that came in after their report."""
    by_topic: tuple[TopicCount, ...]
    previous_total: int
    gaps: tuple[str, ...]
    proposals: tuple[Proposal, ...]
    earlier: tuple[ProposalAnswer, ...]
    final: bool
    receipt_before: Instant | None = None
    """When the authority is to have said that it has the report."""
    hide_under: int | None = None
    """Counts below this are told to the crisis staff alone."""


class TopicForOutside(Model):
    """Sums for one topic as others get them; null: too few to be told."""

    topic: str
    total: int | None
    answered_yes: int | None = 0
    answered_partly: int | None = 0
    answered_no: int | None = 0
    transferred: int | None = 0
    urgent: int | None = 0


class ProposalForOutside(Model):
    """A proposal as others get it; null: too few to be told."""

    number: int
    topic: str
    unanswered: int | None


class ReportForOutside(Model):
    """A report as it travels on the topic for outside readers: counts below `hide_under` are null."""

    number: int
    period_from: Instant
    period_to: Instant
    total: int | None
    late: int | None
    by_topic: tuple[TopicForOutside, ...]
    previous_total: int | None
    gaps: tuple[str, ...]
    proposals: tuple[ProposalForOutside, ...]
    earlier: tuple[ProposalAnswer, ...]
    final: bool
    receipt_before: Instant | None = None
    hide_under: int | None = None


class ReportEscalated(Event):
    """The authority has not received a report in time: the next one along its names is called."""

    number: int
    receipt_before: Instant
    step: int
    role: Literal["local_information_lead", "deputy", "local_leader", "krisestab"]
    person: Ref | None


class ReportAcknowledged(Event):
    """The authority answered a report."""

    number: int
    by: Ref
    answers: tuple[ProposalAnswer, ...]


class FeedbackClosed(Event):
    """The crisis ended; the last report is out."""

    reports: int
    total: int
