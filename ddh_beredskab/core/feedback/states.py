"""Feedback, the states: not opened, open with reports going out, closed.

The rule kept here: nothing that was reported is forgotten, also not when a crisis is closed and opened again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal, TypeVar, assert_never
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from ddh_beredskab.core import role_holders
from ddh_beredskab.core.deadlines import Deadlines, with_deadline, without, without_deadline
from ddh_beredskab.core.decider import Recorded
from schemas.base import AffectedNoted, DeadlineCancelled, DeadlineSet, Event, Instant, Ref, RoleHolderNoted, StaffRole
from schemas.feedback import (
    FeedbackClosed,
    FeedbackOpened,
    GapClosed,
    GapFound,
    GapOverdue,
    ProposalAnswer,
    ReportAcknowledged,
    ReportEscalated,
    ReportIntervalSet,
    ReportIssued,
    UrgentNoticeRaised,
)


class Part(BaseModel):
    """A piece of state; frozen and without unknown fields, so that a snapshot of it can be read back."""

    model_config = ConfigDict(frozen=True, extra="forbid")


REPORT, GAP, RECEIPT = "report", "gap", "receipt"
"""The names of the deadlines: the next report, an answer to a gap, the receipt of a report."""


class NotOpened(Part):
    """No crisis is active."""

    kind: Literal["not_opened"] = "not_opened"
    holders: dict[StaffRole, Ref] = Field(default_factory=dict[StaffRole, Ref])


class Unreceived(Part):
    """A report that the authority has not said it has received."""

    number: int
    before: Instant


class Chase(Part):
    """The authority is being called, name by name, since it has not received the report of that number."""

    number: int
    step: int
    called_at: Instant


class Book(Part):
    """What has been reported so far; it goes on when a crisis is reopened."""

    reported_to: Instant
    """The end of the last report's period; before the first, when the incident was reported."""
    reported: int = 0
    """All questions reported so far, late ones with them."""
    last_total: int = 0
    proposals: tuple[int, ...] = ()
    """How many proposals each report had; report 1 first."""
    answers: tuple[ProposalAnswer, ...] = ()
    """What was done about the last report's proposals; open until the authority has answered."""
    gaps: dict[str, int] = Field(default_factory=dict[str, int])
    """Open gaps with the number of the report that found them."""
    closed_gaps: dict[str, Instant] = Field(default_factory=dict[str, Instant])
    """When a version last answered a topic; what was asked before then finds no gap again."""
    gap_due: dict[str, Instant] = Field(default_factory=dict[str, Instant])
    """Open gaps the authority still has time to answer; those it rejected wait for nothing."""
    proposed: tuple[str, ...] = ()
    """What each proposal of the last report is about."""
    unreceived: tuple[Unreceived, ...] = ()
    """Reports without a receipt, oldest first."""
    chase: Chase | None = None
    urgent: dict[str, tuple[Instant, ...]] = Field(default_factory=dict[str, tuple[Instant, ...]])


class Open(Part):
    """Reports go out at their interval."""

    kind: Literal["open"] = "open"
    holders: dict[StaffRole, Ref]
    affected: tuple[str, ...]
    interval_minutes: int
    book: Book
    deadline: UUID | None = None
    """The next report's."""
    deadlines: Deadlines = Field(default_factory=dict)
    """What the authority owes: gaps answered, reports received."""


class Closed(Part):
    """The last report is out."""

    kind: Literal["closed"] = "closed"
    holders: dict[StaffRole, Ref]
    affected: tuple[str, ...]
    interval_minutes: int
    book: Book


FeedbackState = Annotated[NotOpened | Open | Closed, Field(discriminator="kind")]
AnyState = NotOpened | Open | Closed
_S = TypeVar("_S", bound=Part)
_V = TypeVar("_V")

# -- evolve ---------------------------------------------------------------------------------------


def evolve(state: AnyState, recorded: Recorded[Event]) -> FeedbackState:
    """The state after one of the concern's own events."""
    event = recorded.message
    match event:
        case RoleHolderNoted():
            return _with(state, holders=role_holders.noted(state.holders, event))
        case AffectedNoted() if not isinstance(state, NotOpened):
            return _with(state, affected=event.affected)
        case FeedbackOpened():
            counted_from = event.counted_from or recorded.time
            book = Book(reported_to=counted_from) if isinstance(state, NotOpened) else state.book
            return Open(
                holders=state.holders,
                affected=event.authority.affected,
                interval_minutes=event.interval_minutes,
                book=book,
            )
        case _:
            pass
    match state:
        case NotOpened():
            return state
        case Open():
            return _evolve_open(state, event, recorded)
        case Closed():
            return _with(state, book=_evolve_book(state.book, event, recorded.time))
        case _:
            assert_never(state)


def _evolve_open(state: Open, event: Event, recorded: Recorded[Event]) -> Open | Closed:
    match event:
        case DeadlineSet() if event.name == REPORT:
            return _with(state, deadline=recorded.id)
        case DeadlineCancelled() if event.name == REPORT:
            return _with(state, deadline=None)
        case DeadlineSet():
            return _with(state, deadlines=with_deadline(state.deadlines, event, recorded.id))
        case DeadlineCancelled():
            return _with(state, deadlines=without_deadline(state.deadlines, event))
        case GapOverdue():
            book = _with(state.book, gap_due=_less(state.book.gap_due, event.topic))
            return _with(state, book=book, deadlines=without(state.deadlines, GAP))
        case ReportEscalated():
            chase = Chase(number=event.number, step=event.step, called_at=recorded.time)
            book = _with(state.book, chase=chase)
            return _with(state, book=book, deadlines=without(state.deadlines, RECEIPT))
        case ReportIntervalSet():
            return _with(state, interval_minutes=event.minutes)
        case FeedbackClosed():
            return Closed(
                holders=state.holders,
                affected=state.affected,
                interval_minutes=state.interval_minutes,
                book=_with(state.book, gap_due={}, unreceived=(), chase=None),
            )
        case _:
            return _with(state, book=_evolve_book(state.book, event, recorded.time))


def _evolve_book(book: Book, event: Event, at: datetime) -> Book:
    match event:
        case ReportIssued():
            return _with(
                book,
                reported_to=event.period_to,
                reported=book.reported + event.total + event.late,
                last_total=event.total,
                proposals=(*book.proposals, len(event.proposals)),
                answers=tuple(ProposalAnswer(number=it.number, status="open") for it in event.proposals),
                proposed=tuple(it.topic for it in event.proposals),
                unreceived=_unreceived(book, event),
            )
        case ReportAcknowledged():
            return _acknowledged(book, event)
        case GapFound():
            due = {event.topic: event.answer_before} if event.answer_before else {}
            gaps = {**book.gaps, event.topic: event.first_seen_in_report}
            return _with(book, gaps=gaps, gap_due={**book.gap_due, **due})
        case GapClosed():
            return _with(
                book,
                gaps=_less(book.gaps, event.topic),
                gap_due=_less(book.gap_due, event.topic),
                closed_gaps={**book.closed_gaps, event.topic: at},
            )
        case UrgentNoticeRaised():
            raised = (*book.urgent.get(event.topic, ()), event.window_start)
            return _with(book, urgent={**book.urgent, event.topic: raised})
        case _:
            return book


def _unreceived(book: Book, issued: ReportIssued) -> tuple[Unreceived, ...]:
    """The last report is for the file: nobody is called about it when the crisis is over."""
    if issued.final or issued.receipt_before is None:
        return book.unreceived
    return (*book.unreceived, Unreceived(number=issued.number, before=issued.receipt_before))


def _acknowledged(book: Book, event: ReportAcknowledged) -> Book:
    """Whoever has a report has been reached: nobody is called about it or the ones before it any longer."""
    book = _with(book, unreceived=tuple(it for it in book.unreceived if it.number > event.number))
    if book.chase is not None and book.chase.number <= event.number:
        book = _with(book, chase=None)
    if event.number != len(book.proposals):
        return book
    given = {answer.number: answer for answer in event.answers}
    rejected = [book.proposed[n - 1] for n, it in given.items() if it.status == "rejected" and n <= len(book.proposed)]
    answers = tuple(given.get(it.number, it) for it in book.answers)
    return _with(book, answers=answers, gap_due=_less(book.gap_due, *rejected))


def _less(entries: Mapping[str, _V], *names: str) -> dict[str, _V]:
    return {name: value for name, value in entries.items() if name not in names}


def _with(state: _S, **changes: object) -> _S:
    return state.model_copy(update=changes)
