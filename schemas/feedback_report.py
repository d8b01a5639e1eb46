"""Tilbagemelding til kommunen as a file: what the page and the PDF say, for the municipality's own systems.

The rules: numbers and what was proposed, no person and no agent; a count below the limit is null (`hidden_under` says
the limit); a citizen's words stand here only when enough citizens asked the same, struck through at the door.
"""

from __future__ import annotations

from typing import Literal

from schemas.activation import CrisisKind
from schemas.base import CrisisId, Instant, Model
from schemas.feedback import ProposalStatus

Trend = Literal["up", "down", "even", "few"]


class ReportedTopic(Model):
    """One topic of the period. `previous` is the equally long time before; `trend` is against it, by an exact test
    (few: nothing can be said). The first report has neither."""

    topic: str
    label: str
    total: int | None
    previous: int | None
    trend: Trend
    unanswered: int | None
    transferred: int | None
    urgent: int | None


class SameQuestion(Model):
    """A question that several citizens asked, in the words most of them used."""

    topic: str
    label: str
    text: str
    count: int


class NewWord(Model):
    """A word that is used more in a topic than before."""

    topic: str
    label: str
    word: str
    count: int


class ReportedGap(Model):
    """What the guide did not answer when the report was made, the most asked first."""

    topic: str
    label: str
    unanswered: int | None
    first_asked_at: Instant | None
    found_at: Instant | None
    answer_before: Instant | None
    questions: tuple[SameQuestion, ...]


class ReportedProposal(Model):
    """What we propose that the next version answers, and what the municipality has said of it."""

    number: int
    topic: str
    label: str
    unanswered: int | None
    status: ProposalStatus
    because: str


class Effect(Model):
    """What became of a proposal of the report before: done, rejected with the reason, or open."""

    number: int
    topic: str
    label: str
    status: ProposalStatus
    because: str
    version: int | None
    """The version of the guide that answers it, when there is one."""


class Stretch(Model):
    """So many questions in a stretch of the period."""

    starts_at: Instant
    total: int | None


class FeedbackReport(Model):
    """One report to the municipality."""

    crisis_id: CrisisId
    drill: bool
    title: str
    kind: CrisisKind | None
    authority: str
    number: int
    issued_at: Instant
    period_from: Instant
    period_to: Instant
    final: bool
    receipt_before: Instant | None
    received_at: Instant | None
    hidden_under: int | None
    """Counts below this are null; null: nothing is hidden, and the file must not leave the crisis staff."""
    total: int | None
    previous_total: int | None
    late: int | None
    topics: tuple[ReportedTopic, ...]
    over_time: tuple[Stretch, ...]
    stretch_minutes: int
    gaps: tuple[ReportedGap, ...]
    questions: tuple[SameQuestion, ...]
    words: tuple[NewWord, ...]
    proposals: tuple[ReportedProposal, ...]
    effects: tuple[Effect, ...]
