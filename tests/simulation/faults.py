"""Which faults a seed may draw, how often, and the trace of what it drew.

Swarm testing: each seed switches a random part of the faults on. Every purpose has a die of its own, so that leaving
one fault or one input out of a failing seed leaves the rest of its luck as it was, and a trace can be shrunk.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

FAULTS = (
    "drop",  # a record is never delivered, though acknowledged
    "duplicate",  # a record is delivered twice
    "reorder",  # a record overtakes the one before it
    "delay",  # a record takes seconds
    "send-fails",  # a send fails: stored, or not
    "crash",  # kill -9 at any moment
    "crash-point",  # kill -9 at a named place in the code
    "commit-unknown",  # a commit is done and reported as failed
    "broker-wiped",  # the broker comes back empty
    "broker-away",  # the broker refuses for a while
    "freeze",  # SIGSTOP past the session timeout: a zombie afterwards
    "rebalance",  # partitions change hands in the middle of a message
    "busy",  # the database is locked
    "slow",  # a commit takes seconds
    "full",  # the disk is full
    "clock-jump",  # the wall clock jumps an hour, either way
    "poison",  # a stored message that no decider can read
    "foreign",  # records on our topics that are not ours
    "retries",  # a sender that was told "received" sends the same once more
    "storm",  # everything is sent at once
)

STARTS = {
    "the-day": "2023-10-19T06:42:00+00:00",
    "summer-time-begins": "2026-03-29T00:40:00+00:00",
    "summer-time-ends": "2026-10-25T00:20:00+00:00",
    "leap-day": "2028-02-28T22:40:00+00:00",
    "new-year": "2026-12-31T22:50:00+00:00",
}


@dataclass(frozen=True)
class Plan:
    """All that a run depends on. The same plan gives the same journal, byte for byte."""

    seed: int
    faults: frozenset[str]
    inputs: int
    workers: int
    start: str
    crises: int = 1

    def told(self) -> str:
        """On one line, and back: `Plan.parse`."""
        faults = ",".join(sorted(self.faults)) or "-"
        return (
            f"seed={self.seed} inputs={self.inputs} workers={self.workers} crises={self.crises}"
            f" start={self.start} faults={faults}"
        )

    @classmethod
    def parse(cls, line: str) -> Plan:
        """A plan from its line."""
        parts = dict(part.split("=", 1) for part in line.split())
        faults = frozenset(name for name in parts["faults"].split(",") if name != "-")
        if unknown := faults - set(FAULTS):
            raise ValueError(f"no such fault: {', '.join(sorted(unknown))}")
        return cls(
            int(parts["seed"]),
            faults,
            int(parts["inputs"]),
            int(parts["workers"]),
            parts["start"],
            int(parts["crises"]),
        )


def plan_of(seed: int) -> Plan:
    """What a seed stands for. Short runs are the most common, since many short ones find more than few long ones."""
    dice = Random(f"plan/{seed}")
    share = dice.choice((0.0, 0.15, 0.3, 0.5))
    faults = frozenset(name for name in FAULTS if dice.random() < share)
    return Plan(
        seed,
        faults,
        dice.choice((3, 3, 4, 5, 6, 8, 10, 16)),
        dice.choice((1, 2, 2)),
        dice.choice(("the-day", *STARTS)),
        dice.choice((1, 1, 2)),
    )


@dataclass
class Luck:
    """The dice of one run, one for each purpose, and what they came to."""

    plan: Plan
    on: bool = True
    """False when the faults are over and the world must come to rest."""
    trace: list[str] = field(default_factory=list[str])
    _dice: dict[str, Random] = field(default_factory=dict[str, Random])

    def die(self, purpose: str) -> Random:
        """The die of one purpose."""
        found = self._dice.get(purpose)
        if found is None:
            found = self._dice[purpose] = Random(f"{purpose}/{self.plan.seed}")
        return found

    def strikes(self, fault: str, chance: float) -> bool:
        """Whether this fault happens here and now."""
        return self.on and fault in self.plan.faults and self.die(fault).random() < chance
