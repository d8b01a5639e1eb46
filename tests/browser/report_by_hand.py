"""A drill's targets worked out from its journal by other means than `drills/scoring`, to hold the report against.

Written for a drill that begins before the decision and is over within the hour: what takes longer must be told as not
measured, with the reason.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from ddh_beredskab.drills.account import all_messages
from ddh_beredskab.drills.plan import planned
from ddh_beredskab.journal.clock_row import clock_now
from ddh_beredskab.journal.database import SqliteDatabase, sqlite_path
from tests.browser.system import System

TOO_SHORT = {
    "first_meeting", "picture_first", "picture_updates", "authority_status", "relief", "rest", "reports_received",
    "reports_issued", "guide_gap",
}  # fmt: skip
"""Measured only when it has happened already; the hour is not over."""
ELSEWHERE = {"wait", "satisfaction"}


def hold_against_the_journal(system: System, environment: str, report: dict[str, Any]) -> list[str]:
    """Every target of the report that is not what the journal says, told in a line; none is left out."""
    database = SqliteDatabase(sqlite_path(system.data, environment))
    stored: list[Any] = database.read_now(lambda conn: list(all_messages(conn)))
    rows = [(str(each.type).split(".")[-2], each) for each in stored]
    plan, now = database.read_now(planned), database.read_now(clock_now)
    database.close_now()
    assert plan is not None
    assert plan.starts_at is not None
    begin: datetime = plan.starts_at
    lines: dict[int, Any] = {each.message.number: each for name, each in rows if name == "log_entry_recorded"}
    own_lines = [each for each in lines.values() if each.time >= begin]
    by_hand = {each.id for name, each in rows if name == "write_log_entry"}

    def of(*names: str, since: datetime | None = None) -> list[Any]:
        return [each for name, each in rows if name in names and (since is None or each.time >= since)]

    def minutes(since: datetime, upto: datetime) -> float:
        return (upto - since) / timedelta(minutes=1)

    activated = of("crisis_provisionally_activated", "crisis_activated")[0].time
    told = of("first_message_released", "guide_released")
    expected = [each for each in report["expected"] if each["outcome"] != "open"]
    right: dict[str, float | None] = {
        "decision": max(
            (each.message.minutes for each in of("crisis_provisionally_activated", since=begin)), default=None
        ),
        "first_message": minutes(activated, told[0].time) if told and told[0].time >= begin else None,
        "guide_versions": len(of("guide_released", since=begin)) or None,
        "log_corrections": len([each for each in own_lines if each.message.kind == "correction"]),
        "log_omissions": len([each for each in own_lines if each.message.kind == "omission"]),
        "expected_actions": sum(each["outcome"] == "done" for each in expected) / len(expected),
    }
    written = [each for each in own_lines if each.causation_id in by_hand]
    right["log_late"] = sum(each.message.late for each in written) / len(written) if written else None
    taken = of("role_assumed", "role_handed_over", since=begin)
    pool = {(c.person, c.role): c.trained for each in of("staff_pool_noted") for c in each.message.candidates}
    known = [
        pool.get((getattr(each.message, "person", None) or each.message.to_person, each.message.role)) for each in taken
    ]
    right["trained"] = sum(map(bool, known)) / len(known) if known else None
    established = of("staff_established")
    right["staff_established"] = established[0].message.minutes if established else None

    wrong: list[str] = []
    for score in report["crises"][0]["scores"]:
        key, result = score["key"], score["result"]
        measured = result["state"] == "measured"
        if measured and not (result["entries"] and set(result["entries"]) <= set(lines)):
            wrong.append(f"{key}: no such entries: {result['entries']}")
        if key in right:
            value = right[key]
            if measured != (value is not None) or (
                measured and value is not None and abs(result["value"] - value) > 0.01
            ):
                wrong.append(f"{key}: {result} where the journal has {value}")
        elif key in ELSEWHERE:
            if measured or result["why"] != "elsewhere":
                wrong.append(f"{key}: {result}")
        elif key in TOO_SHORT and measured and minutes(begin, now) > 60:
            wrong.append(f"{key}: {result}, and this check is for a short drill")
    return wrong
