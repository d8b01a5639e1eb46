"""The summary of a drill (schemas/drill_summary.py), read from the journal, its read models and its windows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from ddh_beredskab.core.decider import own_stream
from ddh_beredskab.core.playbook import Playbooks
from ddh_beredskab.drills.account import Account, account, all_messages
from ddh_beredskab.drills.digest import counts_as_decision, decisions_sha256, event_line
from ddh_beredskab.drills.recording_model import RecordedInput
from ddh_beredskab.journal.clock_row import clock_now
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.messages import head_of
from ddh_beredskab.journal.quarantine import listing
from ddh_beredskab.journal.timers import timer_counts
from ddh_beredskab.journal.verify import verify_stream
from ddh_beredskab.projections.documents import document
from ddh_beredskab.projections.feedback_reports import FEEDBACK_REPORTS, counts
from ddh_beredskab.projections.guide_gaps import longest_gap_minutes
from ddh_beredskab.projections.guide_in_force import GUIDE_IN_FORCE
from ddh_beredskab.projections.read_model import ReadModel
from ddh_beredskab.projections.roster import ROSTER, holders
from ddh_beredskab.projections.situation import SITUATION
from schemas.base import Event, StaffRole
from schemas.drill_summary import (
    CrisisSummary,
    DecisionSummary,
    DrillSummary,
    FeedbackSummary,
    GuideSummary,
    LogSummary,
    Phase,
    ReportsSummary,
    ScoreSummary,
    StaffSummary,
    VoteSummary,
)

_PHASES: dict[str, Phase] = {"under_assessment": "reported", "evaluated": "deactivated"}
"""Phases on the screen that the summary knows under a broader name."""

_CRISES = Statement("SELECT subject FROM messages GROUP BY subject ORDER BY min(position)")
_FEEDBACK = Statement(
    "SELECT coalesce(sum(times_received), 0), count(*), coalesce(sum(CASE WHEN redacted > 0 THEN 1 ELSE 0 END), 0)"
    " FROM feedback_items WHERE crisis = :crisis"
)
_TOPICS = Statement(
    "SELECT topic, sum(total) FROM feedback_windows WHERE crisis = :crisis GROUP BY topic ORDER BY topic"
)
_OF_TYPE = Statement(
    "SELECT count(*) FROM messages WHERE stream = :stream AND type = 'dk.ddh.beredskab.' || :short || '.v1'"
)


def summarise(
    conn: Conn, playbooks: Playbooks, played: Sequence[RecordedInput], seconds: float, *, by_people: bool = False
) -> tuple[DrillSummary, Account]:
    """The summary, and the account behind its `lost` and `doubled`. `by_people`: not only the recording was played."""
    result = account(conn, played, playbooks.limits.feedback_window_minutes, by_people=by_people)
    fired, _, _ = timer_counts(conn, clock_now(conn))
    summary = DrillSummary.of(
        tuple(_crisis(conn, playbooks, str(row[0])) for row in conn.all(_CRISES)),
        timers_fired=fired,
        quarantined=len(listing(conn)),
        lost=len(result.lost),
        doubled=len(result.doubled),
        decisions_sha256=journal_decisions_sha256(conn),
        seconds=round(seconds, 3),
    )
    return summary, result


def journal_decisions_sha256(conn: Conn) -> str:
    """The digest of all decisions in this journal."""
    return decisions_sha256(
        event_line(each.stream, each.id, each.time, each.message)
        for each in all_messages(conn)
        if each.stream is not None and isinstance(each.message, Event) and counts_as_decision(each.stream)
    )


def _crisis(conn: Conn, playbooks: Playbooks, crisis: str) -> CrisisSummary:
    situation = _document(conn, SITUATION, crisis)
    score = _part(situation, "score")
    decision = _part(situation, "decision")
    phase = situation.get("phase")
    return CrisisSummary(
        crisis_id=crisis,
        phase=_PHASES.get(str(phase), cast(Phase, phase)) if phase else None,
        score=ScoreSummary(
            acute=score.get("acute"),
            citizens=score.get("citizens"),
            functions=score.get("functions"),
            recommendation=score.get("recommendation"),
        ),
        decision=DecisionSummary(
            outcome=decision.get("outcome"),
            votes=tuple(VoteSummary(person=v["person"], vote=v["vote"]) for v in decision.get("votes", ())),
            minutes=decision.get("minutes"),
        ),
        staff=_staff(conn, crisis),
        guide=_guide(conn, playbooks, crisis),
        feedback=_feedback(conn, crisis),
        reports=_reports(conn, crisis),
        log=_log(conn, crisis),
    )


def _staff(conn: Conn, crisis: str) -> StaffSummary:
    roster = _document(conn, ROSTER, crisis)
    return StaffSummary(
        roles=cast("dict[StaffRole, str]", holders(roster or None)),
        minutes_to_established=_part(roster, "established").get("minutes"),
        escalations=roster.get("escalations", 0),
    )


def _reports(conn: Conn, crisis: str) -> ReportsSummary:
    """A report that is received and answered later counts once."""
    issued, acknowledged = counts(document(conn, FEEDBACK_REPORTS, crisis))
    return ReportsSummary(issued=issued, acknowledged=acknowledged)


def _guide(conn: Conn, playbooks: Playbooks, crisis: str) -> GuideSummary:
    guide = _document(conn, GUIDE_IN_FORCE, crisis)
    released = _count(conn, "guides", crisis, "guide_released")
    first = _count(conn, "guides", crisis, "first_message_released")
    gap = longest_gap_minutes(guide or None, playbooks.opening_hours, clock_now(conn))
    return GuideSummary(
        versions=released,
        broadcasts=released + first,
        longest_gap_minutes=None if gap is None else round(gap, 2),
        interval_minutes=guide.get("interval_minutes"),
    )


def _feedback(conn: Conn, crisis: str) -> FeedbackSummary:
    row = conn.one(_FEEDBACK, crisis=crisis) or (0, 0, 0)
    return FeedbackSummary(
        received=int(row[0]),
        unique=int(row[1]),
        redacted=int(row[2]),
        by_topic={str(r[0]): int(r[1]) for r in conn.all(_TOPICS, crisis=crisis)},
    )


def _log(conn: Conn, crisis: str) -> LogSummary:
    stream = own_stream("logbook", crisis)
    _, head = head_of(conn, stream)
    entries = _count(conn, "logbook", crisis, "log_entry_recorded")
    return LogSummary(entries=entries, chain_ok=verify_stream(conn, stream) is None, head=head if entries else None)


def _count(conn: Conn, concern: str, crisis: str, short: str) -> int:
    row = conn.one(_OF_TYPE, stream=own_stream(concern, crisis), short=short)
    return int(row[0]) if row else 0


def _document(conn: Conn, model: ReadModel, crisis: str) -> dict[str, Any]:
    return document(conn, model, crisis) or {}


def _part(doc: dict[str, Any], name: str) -> dict[str, Any]:
    return doc.get(name) or {}
