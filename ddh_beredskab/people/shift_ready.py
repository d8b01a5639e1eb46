"""What an agent lacks for a shift in a crisis, and the personnel lead's *godkendt alligevel*.

Rules kept: nobody is locked out in a crisis; without a crisis nothing is asked for; an approval has a reason, counts in
the crises that went on when it was given, and is kept in the environment's own `people_log`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.people.register import note
from ddh_beredskab.playbooks.training import ShiftNeed, TrainingRules

APPROVED = "shift_approved"

_BRIEFED = Statement("SELECT DISTINCT crisis, agent FROM brief_receipts WHERE crisis IN {list:crises}")
_APPROVED = Statement("SELECT who, person, details FROM people_log WHERE what = :what ORDER BY at, id")


@dataclass(frozen=True, slots=True)
class Approval:
    """Somebody answers for a shift all the same."""

    by: str
    reason: str


def lacking(
    rules: TrainingRules, courses: Mapping[tuple[str, str], date], agent: str, *, briefed: bool, today: date
) -> tuple[ShiftNeed, ...]:
    """What a shift in a crisis takes and the agent has not, in the order of the rules.

    `courses`: (person, what) -> the last day; `briefed`: whether the agent has read the brief of all that goes on.
    """
    found: list[ShiftNeed] = []
    for need in rules.shift:
        done = courses.get((agent, need.what))
        until = need.counts_until(done) if done is not None else None
        counts = done is not None and (until is None or until >= today)
        if not counts and not (need.what == "crisis_brief" and briefed):
            found.append(need)
    return tuple(found)


def briefed(conn: Conn, crises: Collection[str]) -> frozenset[str]:
    """Who has read a brief of every one of these crises."""
    if not crises:
        return frozenset()
    read: dict[str, set[str]] = {}
    for crisis, agent in conn.all(_BRIEFED, crises=json.dumps(sorted(crises))):
        read.setdefault(str(agent), set()).add(str(crisis))
    return frozenset(agent for agent, theirs in read.items() if theirs >= set(crises))


def approve(conn: Conn, agent: str, crises: Collection[str], reason: str, *, by: str) -> None:
    """*Godkendt alligevel*, for the crises that go on."""
    note(conn, by, APPROVED, agent, crises=sorted(crises), reason=reason)


def approvals(conn: Conn, crises: Collection[str]) -> dict[str, Approval]:
    """Agent -> the latest approval that counts while these crises go on."""
    found: dict[str, Approval] = {}
    for by, agent, text in conn.all(_APPROVED, what=APPROVED):
        details: dict[str, Any] = json.loads(text)
        if set(cast("list[str]", details["crises"])) >= set(crises):
            found[str(agent)] = Approval(str(by), str(details["reason"]))
    return found
