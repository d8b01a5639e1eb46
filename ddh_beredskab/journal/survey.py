"""What citizens answered in the survey after the call: a score from 1 to 9, by municipality and never by person.

The rule kept: an answer is known by its id, so the same file twice counts once. No telephone number, call or agent.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ddh_beredskab.clock import to_micros
from ddh_beredskab.journal.connection import Conn, Statement

LOWEST, HIGHEST = 1, 9

_ADVISORY = Statement("SELECT pg_advisory_xact_lock(hashtext(current_schema() || '.survey_answers'))")
_KNOWN = Statement("SELECT id FROM survey_answers WHERE id IN {list:ids}")
_INSERT = Statement(
    "INSERT INTO survey_answers (id, crisis, time, municipality, score, source, imported_at)"
    " VALUES (:id, :crisis, :time, :municipality, :score, :source, :imported_at)"
)
_BY_MUNICIPALITY = Statement(
    "SELECT municipality, count(*), sum(score) FROM survey_answers WHERE crisis = :crisis AND time >= :since"
    " AND time < :upto GROUP BY municipality ORDER BY municipality"
)


@dataclass(frozen=True, slots=True)
class SurveyAnswer:
    """One answer. `source` says which survey, as the import was told."""

    id: str
    crisis_id: str
    time: datetime
    municipality: str
    score: int
    source: str


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers of one municipality ("" is unknown)."""

    municipality: str
    count: int
    sum_of_scores: int

    @property
    def average(self) -> float:
        return self.sum_of_scores / self.count


def add_answers(conn: Conn, answers: Sequence[SurveyAnswer], imported_at: datetime) -> int:
    """Store answers inside the caller's transaction; returns how many were new."""
    if conn.dialect == "postgresql":
        conn.all(_ADVISORY)
    known = {str(row[0]) for row in conn.all(_KNOWN, ids=json.dumps([each.id for each in answers]))}
    new = {each.id: each for each in answers if each.id not in known}
    at = to_micros(imported_at)
    conn.many(
        _INSERT,
        [
            {
                "id": each.id,
                "crisis": each.crisis_id,
                "time": to_micros(each.time),
                "municipality": each.municipality,
                "score": each.score,
                "source": each.source,
                "imported_at": at,
            }
            for each in new.values()
        ],
    )
    return len(new)


def answers_by_municipality(conn: Conn, crisis: str, since: datetime, upto: datetime) -> tuple[Answers, ...]:
    """How many answered in the period, and what they said together."""
    rows = conn.all(_BY_MUNICIPALITY, crisis=crisis, since=to_micros(since), upto=to_micros(upto))
    return tuple(Answers(str(r[0]), int(r[1]), int(r[2])) for r in rows)
