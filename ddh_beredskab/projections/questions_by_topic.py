"""What do the citizens ask about? Counts per topic straight from the feedback windows.

Rule: a count under the limit (5) is hidden from everybody outside the staff, so that nobody can be recognised.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ddh_beredskab.clock import to_micros
from ddh_beredskab.journal.connection import Conn, Statement

_COUNTS = Statement(
    "SELECT topic, sum(total), sum(answered_yes), sum(answered_partly), sum(answered_no),"
    " sum(transferred), sum(urgent), sum(CASE WHEN window_start >= :since THEN total ELSE 0 END)"
    " FROM feedback_windows WHERE crisis = :crisis GROUP BY topic"
)


@dataclass(frozen=True, slots=True)
class TopicQuestions:
    """One topic. Numbers are null where they must not be shown."""

    topic: str
    total: int | None
    answered_yes: int | None
    answered_partly: int | None
    answered_no: int | None
    transferred: int | None
    urgent: int | None
    recent: int | None
    """Since the instant asked for, e.g. the last hour."""

    @property
    def hidden(self) -> bool:
        return self.total is None


def questions_by_topic(
    conn: Conn, crisis: str, since: datetime, *, staff: bool = False, hide_under: int = 5
) -> list[TopicQuestions]:
    """All topics asked about, most asked first; hidden ones last, by name (so that the order tells nothing)."""
    found = conn.all(_COUNTS, crisis=crisis, since=to_micros(since))
    rows = [(str(row[0]), [int(n) for n in row[1:]]) for row in found]
    shown: list[TopicQuestions] = []
    for topic, numbers in rows:
        if staff:
            shown.append(TopicQuestions(topic, *numbers))
        elif numbers[0] < hide_under:
            shown.append(TopicQuestions(topic, *[None] * 7))
        else:  # a part that is small tells as much as a small whole
            parts = [None if 0 < n < hide_under else n for n in numbers[1:]]
            shown.append(TopicQuestions(topic, numbers[0], *parts))
    return sorted(shown, key=lambda each: (each.hidden, -(each.total or 0), each.topic))
