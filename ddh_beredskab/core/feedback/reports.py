"""Feedback, the reports: what the authority gets at its interval, and the gaps found on the way.

Rules: a report covers whole windows of event time and counts late arrivals apart; questions without an answer are
ranked; what was done about the proposals of last time stands in it. The questions themselves are counted in SQL
(`windows.py`); here only sums are looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from ddh_beredskab.core.decider import Found, Need, Recorded, Sums, SumsNeeded
from ddh_beredskab.core.feedback.states import REPORT, AnyState, Book, NotOpened, Open
from ddh_beredskab.core.playbook import Playbooks
from ddh_beredskab.core.windows import on_or_after, window_start
from schemas.activation import ActivationReversed, CrisisDeactivated
from schemas.base import DeadlineSet, Event, Message, TimerFired
from schemas.feedback import GapClosed, GapFound, Proposal, ReportIssued, TopicCount
from schemas.guides import GuideReleased


def now(input: Recorded[Message]) -> datetime:
    """When the input is decided; what is entered later than it happened sets no deadline in the past."""
    return max(input.time, input.recorded_at or input.time)


def report_due(state: Open, fired: TimerFired, found: Found, playbooks: Playbooks) -> list[Event]:
    """The interval has passed; after a standstill one report goes out and the next waits for its turn."""
    if fired.deadline_id != state.deadline:
        return []
    period_to = _period_to(state, fired, playbooks)
    events = report(state, period_to, found, playbooks, at=fired.fired_at, final=False)
    interval = timedelta(minutes=state.interval_minutes)
    missed = (fired.fired_at - fired.due_at) // interval
    following = DeadlineSet(concern="feedback", name=REPORT, due_at=fired.due_at + (missed + 1) * interval)
    return [*events, following]


def report(
    state: Open, period_to: datetime, found: Found, playbooks: Playbooks, *, at: datetime, final: bool
) -> list[Event]:
    """New gaps, then the report that ranks all that are open; both with the time the authority has."""
    book, since, limits = state.book, _since(state, playbooks), playbooks.limits
    sums = found.sums[SumsNeeded(since=since, upto=period_to)]
    recent = found.sums[_recent(period_to, playbooks)]
    number = len(book.proposals) + 1
    period = sums.period if book.proposals else sums.cumulative  # to the first report nothing can be late
    total = _total(period)
    unanswered = {count.topic: count.answered_no for count in recent.period}
    new = _new_gaps(book, recent, period_to, playbooks)
    ranked = sorted({*book.gaps, *new}, key=lambda topic: (-unanswered.get(topic, 0), topic))
    issued = ReportIssued(
        number=number,
        period_from=since,
        period_to=period_to,
        total=total,
        late=max(_total(sums.cumulative) - book.reported - total, 0),
        by_topic=tuple(sorted(period, key=lambda count: (-count.total, count.topic))),
        previous_total=book.last_total,
        gaps=tuple(ranked),
        proposals=tuple(
            Proposal(number=place, topic=topic, unanswered=unanswered.get(topic, 0))
            for place, topic in enumerate(ranked, start=1)
        ),
        earlier=book.answers,
        final=final,
        receipt_before=None if final else at + timedelta(minutes=limits.report_answer_minutes),
        hide_under=limits.hide_counts_under,
    )
    found_now = [
        GapFound(
            topic=topic,
            unanswered=unanswered[topic],
            first_seen_in_report=number,
            sent_to=state.holders.get("local_information_lead"),
            answer_before=None if final else at + timedelta(minutes=limits.gap_answer_minutes),
        )
        for topic in new
    ]
    return [*found_now, issued]


def _new_gaps(book: Book, recent: Sums, period_to: datetime, playbooks: Playbooks) -> list[str]:
    """Topics with so many unanswered questions of late; one just answered by a version gets time to show it."""
    limits = playbooks.limits
    settled = period_to - timedelta(minutes=limits.gap_minutes)
    return [
        count.topic
        for count in sorted(recent.period, key=lambda count: count.topic)
        if count.answered_no >= limits.gap_questions
        and count.topic not in book.gaps
        and not (count.topic in book.closed_gaps and book.closed_gaps[count.topic] > settled)
    ]


def _total(counts: Sequence[TopicCount]) -> int:
    return sum(count.total for count in counts)


def close_gaps(state: AnyState, released: GuideReleased) -> list[Event]:
    """A guide version answers these topics; also one that no report has found yet, so that none finds it later."""
    if isinstance(state, NotOpened):
        return []
    book = state.book
    return [
        GapClosed(topic=topic, version=released.version)
        for topic in dict.fromkeys(released.closes_gaps)
        if topic in book.gaps or topic not in book.closed_gaps
    ]


def needs(state: AnyState, input: Recorded[Message], playbooks: Playbooks) -> tuple[Need, ...]:
    """A report looks at the sums of its period and at those in which gaps are found."""
    if not isinstance(state, Open):
        return ()
    match input.message:
        case TimerFired() if input.message.deadline_id == state.deadline:
            period_to = _period_to(state, input.message, playbooks)
        case CrisisDeactivated() | ActivationReversed():
            period_to = end(input, playbooks)
        case _:
            return ()
    wanted = (SumsNeeded(since=_since(state, playbooks), upto=period_to), _recent(period_to, playbooks))
    return tuple(dict.fromkeys(wanted))


def _since(state: Open, playbooks: Playbooks) -> datetime:
    """Where the last report ended; the first begins with the window in which the incident was reported."""
    return window_start(state.book.reported_to, playbooks.limits.feedback_window_minutes)


def _period_to(state: Open, fired: TimerFired, playbooks: Playbooks) -> datetime:
    """Whole windows only: the border at or before the time the report was due."""
    border = window_start(fired.due_at, playbooks.limits.feedback_window_minutes)
    return max(border, _since(state, playbooks))


def end(input: Recorded[Message], playbooks: Playbooks) -> datetime:
    """Where the last report ends: with the window that runs, so that nothing asked before the end is left out."""
    return on_or_after(now(input), playbooks.limits.feedback_window_minutes)


def _recent(period_to: datetime, playbooks: Playbooks) -> SumsNeeded:
    """The stretch in which unanswered questions make a gap, however long the reports' interval is."""
    return SumsNeeded(since=period_to - timedelta(minutes=playbooks.limits.gap_minutes), upto=period_to)
