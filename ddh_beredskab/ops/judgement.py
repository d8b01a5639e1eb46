"""How is it? Three words for each thing one can look at: well, worth knowing, wrong. Pure: facts in, findings out.

The words on the screen are the web's; here is the rule. What is *wrong* needs a person; what is worth knowing passes by
itself, or tells why something else is slow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from ddh_beredskab.ops.facts import Facts

State = Literal["well", "note", "wrong"]

WAITING_SECONDS = 5.0
"""Decisions that wait longer than this are told."""
TOO_LONG_SECONDS = 60.0
QUESTIONS_SECONDS = 30.0
"""They come in waves of thousands and are counted in the order they came."""
SILENT_SECONDS = 20.0
"""A worker tells each five seconds how it is; one that has been silent so long is not there."""
AUDIT_LATE_SECONDS = 900.0
OLD_BACKUP_SECONDS = 24 * 3_600.0
LITTLE_ROOM_MB = 500
VERY_LITTLE_ROOM_MB = 100


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, how it is, and the facts of its sentence (`health.<name>.<say>` in the words)."""

    name: str
    state: State
    say: str
    facts: dict[str, Any] = field(default_factory=dict[str, Any])


def judge(facts: Facts) -> list[Finding]:
    """One environment, what matters most first."""
    return [_decisions(facts), _worker(facts), _broker(facts), _audit(facts), _screens(facts), _questions(facts),
            _timers(facts), _quarantine(facts), *_commits(facts), _backup(facts)]  # fmt: skip


def judge_disk(free_mb: int | None) -> Finding:
    """Room for the journals."""
    if free_mb is None:
        return Finding("disk", "well", "elsewhere")
    state: State = "wrong" if free_mb < VERY_LITTLE_ROOM_MB else "note" if free_mb < LITTLE_ROOM_MB else "well"
    return Finding("disk", state, "well" if state == "well" else "little", {"free": free_mb})


def worst(findings: Sequence[Finding]) -> State:
    """The traffic light of several."""
    states = {each.state for each in findings}
    return "wrong" if "wrong" in states else "note" if "note" in states else "well"


def deciding_worker(facts: Facts) -> dict[str, Any] | None:
    """The newest status of a worker that decides (not of one that only counts feedback)."""
    found = [body for name, body in facts.workers.items() if not name.startswith("feedback")]
    return max(found, key=lambda body: body["written_at"], default=None)


def _decisions(facts: Facts) -> Finding:
    late = facts.oldest_seconds
    if late <= WAITING_SECONDS:
        return Finding("decisions", "well", "well")
    told = {"n": facts.undone, "since": facts.backlog[0].since}
    return Finding("decisions", "wrong" if late > TOO_LONG_SECONDS else "note", "waiting", told)


def _worker(facts: Facts) -> Finding:
    status = deciding_worker(facts)
    if status is None:
        return Finding("worker", "note" if not facts.undone else "wrong", "never")
    silent = facts.age(status["written_at"]) or 0.0
    if silent > SILENT_SECONDS:
        return Finding("worker", "wrong", "silent", {"at": status["written_at"]})
    if not status.get("joined"):
        return Finding("worker", "note", "joining")
    return Finding("worker", "well", "well")


def _broker(facts: Facts) -> Finding:
    status = deciding_worker(facts)
    if status is None or (facts.age(status["written_at"]) or 0.0) > SILENT_SECONDS:
        return Finding("broker", "note", "unknown")
    heard, failed = status.get("broker_heard_at"), status.get("broker_failed_at")
    if failed is not None and (heard is None or heard < failed):
        return Finding("broker", "wrong" if facts.oldest_seconds > TOO_LONG_SECONDS else "note", "away", {"at": failed})
    if not status.get("joined"):
        return Finding("broker", "note", "joining")
    return Finding("broker", "well", "well")


def _audit(facts: Facts) -> Finding:
    audit = facts.audit
    if audit is None:
        return Finding("audit", "note", "never")
    at = audit["written_at"]
    if not audit.get("ok", False):
        return Finding("audit", "wrong", "breached", {"n": audit.get("count", 0), "at": at})
    if (facts.age(at) or 0.0) > AUDIT_LATE_SECONDS:
        return Finding("audit", "note", "late", {"at": at})
    return Finding("audit", "well", "well", {"at": at})


def _screens(facts: Facts) -> Finding:
    if facts.behind_seconds <= WAITING_SECONDS:
        return Finding("screens", "well", "well")
    status = deciding_worker(facts)
    silent = status is None or (facts.age(status["written_at"]) or 0.0) > SILENT_SECONDS
    return Finding("screens", "wrong" if silent else "note", "behind", {"n": facts.rows_behind})


def _questions(facts: Facts) -> Finding:
    if facts.uncounted_seconds <= QUESTIONS_SECONDS:
        return Finding("questions", "well", "well")
    return Finding("questions", "note", "waiting", {"n": facts.uncounted})


def _timers(facts: Facts) -> Finding:
    if not facts.timers_late:
        return Finding("timers", "well", "well")
    return Finding("timers", "wrong", "late", {"n": facts.timers_late})


def _quarantine(facts: Facts) -> Finding:
    if not facts.quarantined:
        return Finding("quarantine", "well", "well")
    return Finding("quarantine", "wrong", "waiting", {"n": facts.quarantined})


def _commits(facts: Facts) -> list[Finding]:
    status = deciding_worker(facts)
    stuck: list[Any] = status.get("commit_stuck", []) if status is not None else []
    return [Finding("commits", "wrong", "stuck", {"n": len(stuck)})] if stuck else []


def _backup(facts: Facts) -> Finding:
    """Only real operation needs one, each day."""
    if facts.backup_at is None:
        return Finding("backup", "note" if facts.environment == "drift" and facts.messages else "well", "never")
    old = facts.environment == "drift" and (facts.age(facts.backup_at) or 0.0) > OLD_BACKUP_SECONDS
    return Finding("backup", "note" if old else "well", "old" if old else "well", {"at": facts.backup_at})
