"""How the running system looks after itself and tells how it is.

In the worker: the auditor (the invariants each minute), vitals (what only the worker knows: its publishes, rings and
commits) and the alarm for commits that are stuck. For anybody who can read the journal: `facts`, from SQL alone, so
that they are true when worker and broker are dead; `judgement` (how is it, in words) and `metrics` are made of them.
"""
