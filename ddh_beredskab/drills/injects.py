"""The injects of a drill as it runs: due, delivered, put off, skipped, repeated, improvised - and how they went.

Rules kept: times are the drill's; an inject is delivered once; what the drill leader added says so; a verdict has its
evidence beside it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

import orjson

from ddh_beredskab.clock import from_micros, to_micros
from ddh_beredskab.drills.plan import Inject
from ddh_beredskab.journal.connection import Conn, Row, Statement

State = Literal["planned", "delivered", "skipped"]
Verdict = Literal["done", "late", "missed"]

_ALL = Statement(
    "SELECT key, inject, state, due_at, delivered_at, improvised, verdict, evidence, judged_by, note FROM drill_injects"
    " ORDER BY coalesce(delivered_at, due_at, 9223372036854775807), key"
)
_ADD = Statement(
    "INSERT INTO drill_injects (key, inject, state, due_at, improvised, note)"
    " VALUES (:key, :inject, 'planned', :due_at, :improvised, '') ON CONFLICT (key) DO NOTHING"
)
_DUE = Statement("UPDATE drill_injects SET due_at = :due_at WHERE key = :key AND state = 'planned'")
_DELIVERED = Statement(
    "UPDATE drill_injects SET state = 'delivered', delivered_at = :at WHERE key = :key AND state = 'planned'"
)
_SKIPPED = Statement("UPDATE drill_injects SET state = 'skipped' WHERE key = :key AND state = 'planned'")
_JUDGE = Statement(
    "UPDATE drill_injects SET verdict = :verdict, evidence = :evidence, judged_by = :by, note = :note WHERE key = :key"
)


@dataclass(frozen=True, slots=True)
class Held:
    """One inject as it stands. Times are the drill's."""

    inject: Inject
    state: State
    due_at: datetime | None
    """Null: nobody knows yet (it waits for an event, or for the drill leader)."""
    delivered_at: datetime | None
    improvised: bool
    verdict: Verdict | None
    """An evaluator's; what the journal itself shows is worked out when it is asked for (`drills/scoring`)."""
    evidence: tuple[int, ...]
    """Numbers of log entries."""
    judged_by: str
    note: str


def all_injects(conn: Conn) -> list[Held]:
    """Every inject, in the order of delivery, then of coming."""
    return [_held(row) for row in conn.all(_ALL)]


def add(conn: Conn, injects: Iterable[Inject], *, improvised: bool = False) -> None:
    """Take injects into the drill; one with a key that is there already is left as it stands."""
    for each in injects:
        due = None if each.at is None else to_micros(each.at)
        conn.run(_ADD, key=each.key, inject=each.model_dump_json(), due_at=due, improvised=int(improvised))


def put_off(conn: Conn, key: str, due_at: datetime) -> bool:
    """Give it another time (sooner or later); false when it has been delivered or skipped."""
    return conn.run(_DUE, key=key, due_at=to_micros(due_at)) == 1


def deliver(conn: Conn, key: str, at: datetime) -> bool:
    """It has reached its people; false when it had before, or is skipped."""
    return conn.run(_DELIVERED, key=key, at=to_micros(at)) == 1


def skip(conn: Conn, key: str) -> bool:
    """It shall not come; false when it has come."""
    return conn.run(_SKIPPED, key=key) == 1


def repeat(conn: Conn, key: str, due_at: datetime) -> str | None:
    """The same once more, as an inject of its own; its key, or null when there is no such inject."""
    every = {each.inject.key: each.inject for each in all_injects(conn)}
    if key not in every:
        return None
    number = 2
    while (again := f"{key}.{number}") in every:
        number += 1
    add(conn, [every[key].model_copy(update={"key": again, "at": due_at, "after": None})], improvised=True)
    return again


def judge(conn: Conn, key: str, verdict: Verdict, evidence: Iterable[int], by: str, note: str = "") -> None:
    """An evaluator says how it went, pointing at log entries."""
    conn.run(_JUDGE, key=key, verdict=verdict, evidence=orjson.dumps(sorted(evidence)).decode(), by=by, note=note)


def _held(row: Row) -> Held:
    _, inject, state, due, delivered, improvised, verdict, evidence, judged_by, note = row
    numbers = cast("list[int]", orjson.loads(str(evidence))) if evidence else []
    return Held(
        Inject.model_validate_json(str(inject)),
        cast(State, state),
        None if due is None else from_micros(int(due)),
        None if delivered is None else from_micros(int(delivered)),
        bool(improvised),
        cast("Verdict | None", verdict),
        tuple(numbers),
        str(judged_by or ""),
        str(note),
    )
