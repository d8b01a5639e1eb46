"""What do the citizens ask that the guide does not answer, and what did we tell the authority?

Reports issued with what the authority answered, gaps (spørgsmål uden svar) open and closed, urgent notices, and when
the next report is due.
"""

from __future__ import annotations

from collections.abc import Callable

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
            return _gap_found(doc, message, at)
        case f.GapOverdue():
            overdue: Json = doc["gaps"].get(message.topic, _gap()) | {"overdue_at": at, "told": message.told}
            return doc | {"gaps": doc["gaps"] | {message.topic: overdue}}
        case f.GapClosed():
            closed: Json = doc["gaps"].get(message.topic, _gap()) | {"closed_at": at, "version": message.version}
            return doc | {"gaps": doc["gaps"] | {message.topic: closed}}
        case f.UrgentNoticeRaised():
            return doc | {"urgent": [*doc["urgent"], plain(message) | {"at": at}]}
        case f.ReportIssued():
            report: Json = plain(message) | {"at": at, "received": None, "acknowledged": None, "tries": []}
            return doc | {"reports": [*doc["reports"], report]}
        case f.ReportEscalated():
            tried = plain(message, "number", "receipt_before") | {"at": at}
            return _of_report(doc, message.number, lambda report: report | {"tries": [*report["tries"], tried]})
        case f.ReportAcknowledged():
            return _of_report(_rejections(doc, message), message.number, lambda it: _acknowledged(it, message, at))
        case f.FeedbackClosed():
            return doc | {"closed_at": at}
        case _:
            return doc


FEEDBACK_REPORTS = ReadModel("feedback_reports", keys, fold, version=2)


def _gap() -> Json:
    """A topic that a version answered before a report found it."""
    return {
        "unanswered": 0,
        "found_at": None,
        "report": None,
        "sent_to": None,
        "answer_before": None,
        "overdue_at": None,
        "told": None,
        "rejected": None,
        "closed_at": None,
        "version": None,
    }


def _gap_found(doc: Json, found: f.GapFound, at: str) -> Json:
    """The one before it on the same topic is history: how long it took still counts."""
    before = doc["gaps"].get(found.topic)
    history = [*doc["gaps_before"], before | {"topic": found.topic}] if before else doc["gaps_before"]
    gap = _gap() | {
        "unanswered": found.unanswered,
        "found_at": at,
        "report": found.first_seen_in_report,
        "sent_to": found.sent_to,
        "answer_before": iso(found.answer_before) if found.answer_before else None,
    }
    return doc | {"gaps": doc["gaps"] | {found.topic: gap}, "gaps_before": history}


def _rejections(doc: Json, message: f.ReportAcknowledged) -> Json:
    """What the authority will not answer, and why, stands by the gap until a version answers it all the same."""
    proposals: list[Json] = [
        each for report in doc["reports"] if report["number"] == message.number for each in report["proposals"]
    ]
    topics: dict[int, str] = {each["number"]: each["topic"] for each in proposals}
    said = {topics[each.number]: each for each in message.answers if each.number in topics}
    gaps = {
        topic: gap | {"rejected": said[topic].because if said[topic].status == "rejected" else None}
        if topic in said and gap["closed_at"] is None
        else gap
        for topic, gap in doc["gaps"].items()
    }
    return doc | {"gaps": gaps}


def _of_report(doc: Json, number: int, changed: Callable[[Json], Json]) -> Json:
    return doc | {"reports": [changed(x) if x["number"] == number else x for x in doc["reports"]]}


def _acknowledged(report: Json, message: f.ReportAcknowledged, at: str) -> Json:
    """The first is the receipt; later ones add answers, and change those they name."""
    before: Json = report["acknowledged"] or {"answers": []}
    new: list[Json] = [each | {"at": at} for each in plain(message)["answers"]]
    given = {each["number"]: each for each in [*before["answers"], *new]}
    said = {"by": message.by, "at": at, "answers": [given[number] for number in sorted(given)]}
    return report | {"received": report["received"] or {"by": message.by, "at": at}, "acknowledged": said}


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
        "gaps_before": [],
        "urgent": [],
        "deadlines": {},
    }
