"""The page that says how the system is, in plain words, and the figures for a monitoring system.

Rules kept: it works with no broker and no worker at all, since everything is read from the journals; what is wrong says
what to do. Whoever is not of the staff sees how it is, not where: places and reasons are the operator's.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from ddh_beredskab.clock import from_micros
from ddh_beredskab.journal import quarantine
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.journal.quarantine_reasons import reason_of
from ddh_beredskab.ops.facts import Facts, read_facts
from ddh_beredskab.ops.judgement import WAITING_SECONDS, Finding, State, judge, judge_disk, worst
from ddh_beredskab.ops.metrics import metrics
from ddh_beredskab.streams.child_process import kernel_start_time
from ddh_beredskab.streams.supervisor_file import read_status
from ddh_beredskab.web.environments import Environments, Unreadable
from ddh_beredskab.web.words import Words

MOST_ROWS = 50


@dataclass(frozen=True, slots=True)
class Condition:
    """What the page shows."""

    light: State
    machine: list[dict[str, Any]]
    environments: list[dict[str, Any]]
    unreadable: list[str]


async def condition(environments: Environments, data: Path | None, words: Words, *, staff: bool) -> Condition:
    """Look at the machine and at every environment."""
    now = datetime.now(UTC)
    machine = [judge_disk(_free_mb(data)), *_processes(data, words)]
    unreadable = list(environments.broken)
    found: list[dict[str, Any]] = []
    lights: list[State] = [worst(machine)]
    for environment in environments.all():
        try:
            facts = await environment.read(partial(read_facts, environment=environment.name))
            poison = await environment.read(_poison) if staff else []
        except Unreadable:
            unreadable.append(environment.name)
            continue
        findings = judge(facts)
        lights.append(worst(findings))
        found.append(
            {
                "name": environment.name,
                "drill": environment.name != "drift",
                "drill_name": environment.name.partition(".")[2],
                "light": worst(findings),
                "lines": [_line(each, words, now) for each in findings],
                "backlog": [each for each in facts.backlog if (facts.age(each.since) or 0) > WAITING_SECONDS][
                    :MOST_ROWS
                ],
                "poison": poison,
                "breaches": _breaches(facts) if staff else [],
                "more": max(0, (facts.audit or {}).get("count", 0) - MOST_ROWS),
            }
        )
    if unreadable:
        lights.append("wrong")
    light: State = "wrong" if "wrong" in lights else "note" if "note" in lights else "well"
    return Condition(light, [_line(each, words, now) for each in machine], found, unreadable)


async def figures(environments: Environments) -> bytes:
    """What a monitoring system scrapes."""
    found: list[Facts] = []
    unreadable = list(environments.broken)
    for environment in environments.all():
        try:
            found.append(await environment.read(partial(read_facts, environment=environment.name)))
        except Unreadable:
            unreadable.append(environment.name)
    return metrics(found, unreadable)


def _line(finding: Finding, words: Words, now: datetime) -> dict[str, Any]:
    """A finding in words, and what to do about it."""
    facts = {name: _in_words(name, value, words, now) for name, value in finding.facts.items() if name != "n"}
    key = f"health.{finding.name}.{finding.say}"
    text = words.n(key, finding.facts["n"], **facts) if "n" in finding.facts else words.t(key, **facts)
    todo = words.t(f"{key}_do") if finding.state != "well" and words.has(f"{key}_do") else ""
    return {
        "name": words.t(f"health.name.{finding.name}"),
        "state": finding.state,
        "word": words.t(f"health.state.{finding.state}"),
        "text": text,
        "todo": todo,
    }


def _in_words(name: str, value: Any, words: Words, now: datetime) -> Any:
    """Instants come as such or as the microseconds of a status."""
    if name in ("at", "since"):
        return words.moment(value if isinstance(value, datetime) else from_micros(int(value)), now)
    return words.number(value) if isinstance(value, int) else value


def _breaches(facts: Facts) -> list[dict[str, str]]:
    return [] if facts.audit is None else list(facts.audit.get("breaches", []))[:MOST_ROWS]


def _poison(conn: Conn) -> list[dict[str, Any]]:
    return [
        {"id": each.id[:12], "place": each.place, "reason": reason_of(each.reason).sentence, "at": each.created_at}
        for each in quarantine.listing(conn)[:MOST_ROWS]
    ]


def _free_mb(data: Path | None) -> int | None:
    try:
        return None if data is None else shutil.disk_usage(data).free // 1_000_000
    except OSError:
        return None


def _processes(data: Path | None, words: Words) -> list[Finding]:
    """What the supervisor of this folder last wrote, as far as it is alive."""
    status = read_status(data) if data is not None else None
    if status is None or kernel_start_time(status["pid"]) is None:
        return [Finding("processes", "well", "none")]
    restless = [(name, child) for name, child in status["children"].items() if child["state"] != "running"]
    if not restless:
        return [Finding("processes", "well", "well")]
    told = "; ".join(
        words.t("health.process", name=_named(name, words), state=words.t(f"health.process_state.{child['state']}"))
        for name, child in restless
    )
    return [Finding("processes", "note", "some", {"what": f"{told}."})]


def _named(name: str, words: Words) -> str:
    key = f"health.process_name.{name}"
    return words.t(key) if words.has(key) else name
