"""What a system under load must have done once its faults are over: all that was received, exactly once.

The client's own list of what was "received" is held against the journal; the product's invariants (I1-I10) and the
drill's account of doubled effects are asked as well. `settle` waits for what is on its way and says how long that took.
"""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass
from typing import Any

from ddh_beredskab.drills.account import all_messages, doubled_effects
from ddh_beredskab.invariants import check
from ddh_beredskab.journal import deliveries, intake
from ddh_beredskab.journal.clock_row import clock_now
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.database import Database
from ddh_beredskab.projections import MODELS
from ddh_beredskab.projections.runner import behind
from tests.chaos.client import Received

_OUTCOMES = Statement(
    "SELECT m.id, d.concern, d.outcome FROM messages m JOIN deliveries d ON d.position = m.position"
    " WHERE m.id IN {list:ids}"
)
_COUNTED = Statement("SELECT id FROM feedback_items WHERE counted_at IS NOT NULL AND id IN {list:ids}")
_TOTAL = Statement("SELECT coalesce(sum(total), 0) FROM feedback_windows")
_ITEMS = Statement("SELECT count(*) FROM feedback_items")
_MESSAGES = Statement("SELECT count(*) FROM messages")
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Reckoning:
    """What came of it."""

    messages: int
    settled_after: float
    lost: list[str]
    doubled: list[str]
    wrong: list[str]

    def told(self) -> str:
        return (
            f"{self.messages} messages in the journal, settled {self.settled_after:.1f} s after the last fault;"
            f" lost {len(self.lost)}, doubled {len(self.doubled)}, other breaches {len(self.wrong)}"
        )

    def must_be_clean(self) -> None:
        assert (self.lost, self.doubled, self.wrong) == ([], [], [])


async def settle(database: Database, within: float) -> float:
    """Until nothing waits: no delivery, no question, no read model; returns the seconds that took."""
    began = time.monotonic()
    while waiting := await database.read(_waiting):
        assert time.monotonic() - began < within, f"after {within:.0f} s there still waits: {waiting}"
        await asyncio.sleep(0.1)
    return time.monotonic() - began


def _waiting(conn: Conn) -> dict[str, int]:
    found = {"deliveries": deliveries.count_undone(conn), "questions": intake.uncounted(conn)[0]}
    found["rows before read models"] = behind(conn, MODELS)
    return {name: count for name, count in found.items() if count}


async def reckon(database: Database, received: Received, settled_after: float) -> Reckoning:
    """Hold the journal against the client's list."""
    return await database.read(lambda conn: _reckon(conn, received, settled_after))


def _reckon(conn: Conn, received: Received, settled_after: float) -> Reckoning:
    lost, doubled = _commands(conn, received)
    counted = {row[0] for ids in _batches(received.questions) for row in conn.all(_COUNTED, ids=ids)}
    lost += [f"question {id_}" for id_ in received.questions if str(id_) not in counted]
    items, total = _number(conn, _ITEMS), _number(conn, _TOTAL)
    (doubled if total > items else lost).extend([f"windows count {total} of {items} questions"] * (total != items))
    doubled += doubled_effects(all_messages(conn))
    ids = [*received.commands, *received.questions]
    report = check(conn, now=clock_now(conn), models=MODELS, accepted=ids, faults_off_seconds=settled_after)
    wrong = [f"{each.invariant} {each.place}: {each.what}" for each in report.breaches]
    quarantined = deliveries.counts_by_outcome(conn).get("quarantined", 0)
    wrong += [f"{quarantined} deliveries in quarantine"] * (quarantined > 0)
    return Reckoning(_number(conn, _MESSAGES), settled_after, lost, doubled, wrong)


def _commands(conn: Conn, received: Received) -> tuple[list[str], list[str]]:
    """A command that was received stands in the journal, and each of its subscribers has one outcome for it."""
    found: dict[str, list[tuple[Any, Any]]] = {}
    for ids in _batches(received.commands):
        for id_, concern, outcome in conn.all(_OUTCOMES, ids=ids):
            found.setdefault(str(id_), []).append((concern, outcome))
    lost = [f"command {id_}" for id_ in received.commands if str(id_) not in found]
    lost += [f"{id_} at {concern}" for id_, all_ in found.items() for concern, outcome in all_ if outcome is None]
    doubled = [id_ for id_, all_ in found.items() if len({concern for concern, _ in all_}) != len(all_)]
    return lost, doubled


def _batches(ids: Any) -> list[str]:
    every = [str(id_) for id_ in ids]
    return [json.dumps(every[at : at + _BATCH]) for at in range(0, len(every), _BATCH)]


def _number(conn: Conn, statement: Statement) -> int:
    row = conn.one(statement)
    return int(row[0]) if row else 0
