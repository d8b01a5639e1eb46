"""The invariants I1-I10 (what the engine promises) as one module, over the journal's own tables alone.

`check` looks at everything at once: the simulator, the chaos runs, the tests and `doctor` use it. `Audit` is the same
walk in slices with `Since` between two of them: the auditor in the running worker. One file for each group: outcomes
(I1), chains (I2), read_models (I3), doubles (I4, I6), timers (I5), endings (I7), poison (I8), liveness (I9, I10);
`decided_again` repeats every decision (I1, I7).
"""

from ddh_beredskab.invariants.audit import Audit, check
from ddh_beredskab.invariants.report import INVARIANTS, Breach, Report
from ddh_beredskab.invariants.since import Since

__all__ = ["INVARIANTS", "Audit", "Breach", "Report", "Since", "check"]
