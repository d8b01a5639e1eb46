"""How does it go for the citizens? Straksafklaring, satisfaction, whether the guide answered, and how fast gaps close.

Rules: per crisis and municipality, shown and not judged; of fewer than the limit nothing is told outside the staff; a
figure nobody has measured is null and never zero. Nothing here is about an agent.
"""

from __future__ import annotations

from dataclasses import dataclass

from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.projections.documents import document
from ddh_beredskab.projections.feedback_reports import FEEDBACK_REPORTS
from ddh_beredskab.projections.gap_times import closing_times, middle_minutes, unanswered_windows, with_first_asked

_SUMS = Statement(
    "SELECT municipality, sum(total), sum(transferred), sum(answered_yes) FROM feedback_windows"
    " WHERE crisis = :crisis GROUP BY municipality ORDER BY municipality"
)
_SCORES = Statement(
    "SELECT municipality, count(*), sum(score) FROM survey_answers WHERE crisis = :crisis"
    " GROUP BY municipality ORDER BY municipality"
)


@dataclass(frozen=True, slots=True)
class Kpis:
    """The figures of the whole crisis (`municipality` null) or of one municipality (empty: not known)."""

    municipality: str | None
    questions: int | None
    resolved: float | None
    guide_answered: float | None
    scores: int | None
    satisfaction: float | None
    gap_closed: float | None = None
    """Minutes, of the whole crisis: gaps are the guide's and not a municipality's."""
    gaps_open: int | None = None


@dataclass(slots=True)
class _Sum:
    total: int = 0
    transferred: int = 0
    answered: int = 0
    scores: int = 0
    points: int = 0

    def add(self, other: _Sum) -> None:
        self.total += other.total
        self.transferred += other.transferred
        self.answered += other.answered
        self.scores += other.scores
        self.points += other.points


def kpis(conn: Conn, crisis: str, *, staff: bool, hide_under: int, quiet_minutes: int) -> list[Kpis]:
    """The whole crisis first, then each municipality."""
    sums: dict[str, _Sum] = {}
    for code, total, transferred, answered in conn.all(_SUMS, crisis=crisis):
        sums[str(code)] = _Sum(int(total), int(transferred), int(answered))
    for code, scores, points in conn.all(_SCORES, crisis=crisis):
        each = sums.setdefault(str(code), _Sum())
        each.scores, each.points = int(scores), int(points)
    whole = _Sum()
    for each in sums.values():
        whole.add(each)
    doc = document(conn, FEEDBACK_REPORTS, crisis)
    gaps = with_first_asked(doc, unanswered_windows(conn, crisis), quiet_minutes)
    least = 1 if staff else hide_under
    times = middle_minutes(closing_times(gaps))
    open_ = sum(1 for gap in gaps if not gap["closed_at"])
    return [
        _kpis(None, whole, least, times, open_),
        *(_kpis(code, each, least) for code, each in sorted(sums.items()) if len(sums) > 1),
    ]


def _kpis(
    municipality: str | None, of: _Sum, least: int, gap_closed: float | None = None, gaps_open: int | None = None
) -> Kpis:
    asked, scored = of.total >= least, of.scores >= least
    return Kpis(
        municipality=municipality,
        questions=of.total if asked or not of.total else None,
        resolved=(of.total - of.transferred) / of.total if asked else None,
        guide_answered=of.answered / of.total if asked else None,
        scores=of.scores if scored or not of.scores else None,
        satisfaction=of.points / of.scores if scored else None,
        gap_closed=gap_closed,
        gaps_open=gaps_open,
    )
