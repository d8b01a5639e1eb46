"""Every target with its measure, as one table: what is measured is here, how much is enough stands in targets.yaml."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ddh_beredskab.drills.scoring import decision, guide, log_quality, questions, relief, reports
from ddh_beredskab.drills.scoring.reading import Found, Reading, score
from ddh_beredskab.drills.scoring.timeline import Timeline
from ddh_beredskab.playbooks.targets import TargetKey, Targets
from schemas.drill_evaluation import ExpectedAction, Score

Measure = Callable[[Timeline], Found]

MEASURES: Mapping[TargetKey, Measure] = {
    "decision": decision.decision,
    "quorum": decision.quorum,
    "staff_established": decision.staff_established,
    "first_meeting": decision.first_meeting,
    "trained": decision.trained,
    "first_message": guide.first_message,
    "guide_gap": guide.guide_gap,
    "guide_seen": guide.guide_seen,
    "guide_versions": guide.guide_versions,
    "reports_issued": reports.reports_issued,
    "reports_received": reports.reports_received,
    "picture_first": reports.picture_first,
    "picture_updates": reports.picture_updates,
    "authority_status": reports.authority_status,
    "relief": relief.relief,
    "rest": relief.rest,
    "log_late": log_quality.log_late,
    "log_corrections": log_quality.log_corrections,
    "log_omissions": log_quality.log_omissions,
    "log_silence": log_quality.log_silence,
    "answered": questions.answered,
    "gaps_closed": questions.gaps_closed,
    "urgent_passed_on": questions.urgent_passed_on,
    "first_contact": questions.first_contact,
    "wait": lambda _timeline: "elsewhere",
    "satisfaction": lambda _timeline: "elsewhere",
}


def scores_of(timeline: Timeline, targets: Targets, expected: Sequence[ExpectedAction] | None = None) -> list[Score]:
    """Every target of the table; what was expected of the participants only where it is given."""
    found: list[Score] = []
    for target in targets.targets:
        if target.key != "expected_actions":
            found.append(score(target, MEASURES[target.key](timeline)))
        elif expected is not None:
            found.append(score(target, done_in_time(expected)))
    return found


def done_in_time(expected: Sequence[ExpectedAction]) -> Found:
    """How many of the expected actions were done in time; what is still open is left out."""
    over = [each for each in expected if each.outcome != "open"]
    if not over:
        return "not_due" if expected else "did_not_happen"
    done = [each for each in over if each.outcome == "done"]
    entries = {number for each in over for number in each.entries or each.looked_at or ()}
    return Reading(len(done) / len(over), tuple(sorted(entries)), hit=len(done), of=len(over))
