"""Mutation of the pure core: small faults put in one at a time, and the share of them that the tests notice.

`python -m tools.mutation` (or `make mutation`); `mutants.py` makes the faults, `covering.py` knows which tests pass a
line, `__main__.py` runs them in copies of the tree. The checkout is never changed.
"""
