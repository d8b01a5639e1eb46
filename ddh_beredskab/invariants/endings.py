"""I7: after a crisis has ended nothing happens in it but what the rules allow, until it is reopened.

Concerns hear of the end one after the other, so what counts is the cause: an effect of a message that was stored after
the end. The messages before it, and the end itself, may still have theirs.
"""

from __future__ import annotations

from collections.abc import Sequence

from ddh_beredskab.invariants.outcomes import concern_of, place_of
from ddh_beredskab.invariants.report import Findings
from ddh_beredskab.invariants.rows import Line, as_json
from ddh_beredskab.invariants.since import Since
from ddh_beredskab.journal.connection import Conn, Statement

NOT_AFTER_THE_END: dict[str, frozenset[str]] = {
    "activation": frozenset({
        "decision_proposed", "vote_cast", "crisis_provisionally_activated", "crisis_activated", "crisis_warned",
        "level_changed", "sustained_operation_entered", "step_down_proposed", "step_down_agreed", "step_down_reversed",
        "crisis_deactivated", "service_target_set", "channels_changed", "authority_scope_changed",
        "phone_list_called_again",
    }),
    "crisis_staff": frozenset({
        "role_offered", "role_offer_answered", "role_assumed", "role_escalated", "role_uncovered", "relief_due",
        "relief_overdue", "role_handed_over", "staff_meeting_due", "staff_meeting_held", "situation_picture_requested",
        "situation_picture_received", "situation_picture_overdue", "action_added", "action_status_changed",
        "staff_established", "activation_step_completed", "round_the_clock_started", "person_taken",
    }),
    "guides": frozenset({
        "first_message_overdue", "first_message_released", "guide_released", "second_look_overdue", "guide_confirmed",
        "guide_update_reminded", "guide_update_overdue", "guide_escalated", "guide_seen_measured",
    }),
    "feedback": frozenset({
        "report_issued", "report_interval_set", "urgent_notice_raised", "gap_overdue", "report_escalated",
    }),
}  # fmt: skip
"""Concern -> what it never does for a crisis that is over."""

_POSITIONS = Statement("SELECT id, position FROM messages WHERE id IN {list:ids}")
_HEARD = Statement("SELECT outcome FROM deliveries WHERE position = :position AND concern = :concern")


def check_lines(conn: Conn, lines: Sequence[Line], since: Since, found: Findings) -> None:
    """The next rows of the journal, in order."""
    asked: list[tuple[Line, str]] = []
    for line in lines:
        if line.kind == "crisis_deactivated" and line.stream is not None:
            since.ended.setdefault(line.subject, []).append((line.position, None))
        elif line.kind == "crisis_reopened" and (spans := since.ended.get(line.subject)):
            spans[-1] = (spans[-1][0], line.position)
        if line.subject in since.ended and line.stream is not None and line.cause is not None:
            found.checked["I7"] += 1
            concern = concern_of(line) or "crisis_staff"
            if line.kind in NOT_AFTER_THE_END.get(concern, ()):
                asked.append((line, concern))
    if not asked:
        return
    ids = list({str(line.cause): None for line, _ in asked})
    causes = {str(row[0]): int(row[1]) for row in conn.all(_POSITIONS, ids=as_json(ids))}
    for line, concern in asked:
        cause = causes.get(str(line.cause), 0)
        for end, reopened in since.ended[line.subject]:
            if end < cause and (reopened is None or cause < reopened) and _heard(conn, end, concern):
                found.breach("I7", place_of(line), "after_the_end", type=line.kind, end=end)


def _heard(conn: Conn, position: int, concern: str) -> bool:
    """Whether the concern knows of the end: activation made it, the others may have it in quarantine."""
    row = conn.one(_HEARD, position=position, concern=concern)
    return row is None or row[0] in ("decided", "nothing")
