"""Crisis staff: who fills which role, who comes, relief, meetings, actions, the authority's situation picture.

`states` says where the staff can stand, `evolve` folds its stream, `search` finds people; one file for each story:
`filling` (call-out and answers), `relief`, `relief_plan`, `meetings`, `pictures` (the authority's), `statuses` (ours),
`contacts`, `tasks`; `who_may` says who sits at the table, `decider` ties them together.
"""

from ddh_beredskab.core.crisis_staff.decider import REFUSALS, crisis_staff_decider
from ddh_beredskab.core.crisis_staff.states import CrisisStaffState

__all__ = ["REFUSALS", "CrisisStaffState", "crisis_staff_decider"]
