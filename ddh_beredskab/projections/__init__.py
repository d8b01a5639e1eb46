"""Read models: one question each, folded from the journal in order, rebuildable at any time.

`runner.step` folds, `documents` reads. Questions: situation (how does the crisis stand), checklist (the fourteen
steps), roster (who is in the staff, who comes), guide_in_force (what agents say now), timeline (the crisis log),
feedback_reports (what we told the authority), staff_room (statuses, pictures, contacts, meetings, relief plan, actions,
cards), outcomes (what became of a command); by SQL and on reading: questions_by_topic, log_search, daily_summary.
"""

from ddh_beredskab.projections.checklist import CHECKLIST
from ddh_beredskab.projections.feedback_reports import FEEDBACK_REPORTS
from ddh_beredskab.projections.guide_in_force import GUIDE_IN_FORCE
from ddh_beredskab.projections.outcomes import OUTCOMES
from ddh_beredskab.projections.read_model import ReadModel
from ddh_beredskab.projections.roster import ROSTER
from ddh_beredskab.projections.runner import behind, dump, rebuild, replayed, step
from ddh_beredskab.projections.situation import SITUATION
from ddh_beredskab.projections.staff_room import STAFF_ROOM
from ddh_beredskab.projections.timeline import TIMELINE

MODELS: tuple[ReadModel, ...] = (
    SITUATION,
    CHECKLIST,
    ROSTER,
    GUIDE_IN_FORCE,
    TIMELINE,
    FEEDBACK_REPORTS,
    STAFF_ROOM,
    OUTCOMES,
)

__all__ = ["MODELS", "ReadModel", "behind", "dump", "rebuild", "replayed", "step"]
