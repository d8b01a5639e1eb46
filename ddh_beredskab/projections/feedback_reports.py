"""What do the citizens ask that the guide does not answer, and what did we tell the authority?

Reports issued with what the authority answered, gaps (spørgsmål uden svar) open and closed, urgent notices, and when
the next report is due.
"""

from __future__ import annotations

from ddh_beredskab.journal.messages import StoredMessage
from ddh_beredskab.projections.guide_in_force import deadlines_after
from ddh_beredskab.projections.read_model import Json, ReadModel, iso, plain
from schemas import feedback as f
from schemas.base import DeadlineCancelled, DeadlineSet, Event, TimerFired


def keys(message: StoredMessage) -> tuple[str, ...]:
    """The events of feedback, and the firings of its deadlines."""
    if isinstance(message.message, TimerFired):
        return (message.subject,) if message.message.concern == "feedback" else ()
    if isinstance(message.message, Event) and message.stream == f"feedback-{message.subject}":
        return (message.subject,)
    return ()


def fold(_key: str, doc: Json | None, row: StoredMessage) -> Json:
    """The reports and gaps after one message."""
    doc, at, message = doc or _new(), iso(row.time), row.message
    match message:
        case DeadlineSet() | DeadlineCancelled() | TimerFired():
            return doc | {"deadlines": deadlines_after(doc["deadlines"], row)}
        case f.FeedbackOpened():
            opened: Json = {"interval_minutes": message.interval_minutes, "opened_at": at, "closed_at": None}
            return doc | opened | {"first_report_at": iso(message.first_report_at)}
        case f.ReportIntervalSet():
            return doc | {"interval_minutes": message.minutes}
        case f.GapFound():
            gap: Json = {"unanswered": message.unanswered, "found_at": at, "closed_at": None, "version": None}
            return doc | {"gaps": doc["gaps"] | {message.topic: gap}}
        case f.GapClosed():
            closed: Json = doc["gaps"].get(message.topic, {"unanswered": 0, "found_at": None})
            closed = closed | {"closed_at": at, "version": message.version}
            return doc | {"gaps": doc["gaps"] | {message.topic: closed}}
        case f.UrgentNoticeRaised():
            return doc | {"urgent": [*doc["urgent"], plain(message) | {"at": at}]}
        case f.ReportIssued():
            report = plain(message) | {"at": at, "acknowledged": None}
            return doc | {"reports": [*doc["reports"], report]}
        case f.ReportAcknowledged():
            answer = {"acknowledged": plain(message, "number") | {"at": at}}
            return doc | {"reports": [x | answer if x["number"] == message.number else x for x in doc["reports"]]}
        case f.FeedbackClosed():
            return doc | {"closed_at": at}
        case _:
            return doc


FEEDBACK_REPORTS = ReadModel("feedback_reports", keys, fold)


def open_gaps(doc: Json | None) -> list[tuple[str, int]]:
    """Topics the guide does not answer yet, with how many asked; most asked first."""
    gaps: Json = doc["gaps"] if doc else {}
    found = [(topic, gap["unanswered"]) for topic, gap in gaps.items() if gap["closed_at"] is None]
    return sorted(found, key=lambda each: (-each[1], each[0]))


def counts(doc: Json | None) -> tuple[int, int]:
    """Reports issued and reports acknowledged."""
    reports: list[Json] = doc["reports"] if doc else []
    return len(reports), sum(1 for report in reports if report["acknowledged"])


def _new() -> Json:
    return {
        "interval_minutes": None,
        "opened_at": None,
        "closed_at": None,
        "first_report_at": None,
        "reports": [],
        "gaps": {},
        "urgent": [],
        "deadlines": {},
    }
