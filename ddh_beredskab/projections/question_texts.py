"""What did the citizens ask, in words? Texts of a period and of the time before it, as they are stored.

Rules: event time; nothing that reached us after `known` (so that a report says the same for ever); at most so many of
the newest, since a person waits for the answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ddh_beredskab.clock import to_micros
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.understanding.questions import Asked

MOST = 5_000

_TEXTS = Statement(
    "SELECT topic, answered, text FROM feedback_items WHERE crisis = :crisis AND time >= :since AND time < :upto"
    " AND received_at <= :known AND text <> '' ORDER BY time DESC, position DESC LIMIT :most"
)


@dataclass(frozen=True, slots=True)
class QuestionTexts:
    """Of the period, and of the crisis before it."""

    now: list[Asked]
    before: list[Asked]


def question_texts(conn: Conn, crisis: str, since: datetime, upto: datetime, *, known: datetime) -> QuestionTexts:
    """The newest first."""
    return QuestionTexts(
        now=_read(conn, crisis, to_micros(since), to_micros(upto), to_micros(known)),
        before=_read(conn, crisis, 0, to_micros(since), to_micros(known)),
    )


def _read(conn: Conn, crisis: str, since: int, upto: int, known: int) -> list[Asked]:
    rows = conn.all(_TEXTS, crisis=crisis, since=since, upto=upto, known=known, most=MOST)
    return [Asked(str(topic), answered != "yes", str(text)) for topic, answered, text in rows]
