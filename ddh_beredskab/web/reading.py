"""What a page needs of one environment, read in one go: documents, counts, what waits, names, and the clock.

Rule kept: the web only reads. Nothing here writes, and nothing here is Danish.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ddh_beredskab.clock import from_micros, wall_micros
from ddh_beredskab.journal import clock_row
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.projections import MODELS
from ddh_beredskab.projections.checklist import CHECKLIST
from ddh_beredskab.projections.documents import document, documents
from ddh_beredskab.projections.feedback_reports import FEEDBACK_REPORTS
from ddh_beredskab.projections.guide_in_force import GUIDE_IN_FORCE
from ddh_beredskab.projections.questions_by_topic import TopicQuestions, questions_by_topic
from ddh_beredskab.projections.read_model import Json
from ddh_beredskab.projections.roster import ROSTER
from ddh_beredskab.projections.runner import behind
from ddh_beredskab.projections.situation import ALL, SITUATION
from ddh_beredskab.projections.staff_room import Part, staff_room
from ddh_beredskab.projections.timeline import TIMELINE, page_key, page_of

LAGGING_AFTER = timedelta(seconds=2)
"""Read models that have stood behind the journal for so long are told to."""
WAITING_AFTER = timedelta(seconds=5)
"""Decisions are told to be waited for when the oldest has been open this long."""

_WAITING = Statement("SELECT count(*), min(committed_at) FROM deliveries WHERE done_at IS NULL AND crisis = :crisis")
_WAITING_ANYWHERE = Statement("SELECT count(*), min(committed_at) FROM deliveries WHERE done_at IS NULL")
_FOLDED = Statement("SELECT min(position) FROM read_positions WHERE model IN {list:models}")
_CHANGED = Statement("SELECT DISTINCT subject FROM messages WHERE position > :seen AND position <= :folded")
_NAMES = Statement("SELECT ref, name FROM persons")


@dataclass(frozen=True, slots=True)
class ClockReading:
    """What time it is in an environment, and how fast it runs (0: it stands and is moved by the drill)."""

    now: datetime
    rate: float
    set_at: tuple[int, int] = (0, 0)
    """When the drill last moved it, and to what: as long as this is the same, one can count on by oneself."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Decisions that wait: how many, and since when on the environment's clock."""

    count: int
    since: datetime


@dataclass(frozen=True, slots=True)
class CrisisRead:
    """Everything the page of one crisis is made of."""

    environment: str
    crisis: str
    clock: ClockReading
    situation: Json
    checklist: Json | None
    roster: Json | None
    guide: Json | None
    reports: Json | None
    log: Json | None
    topics: list[TopicQuestions]
    waiting: Waiting | None
    lagging: bool
    names: dict[str, str] = field(repr=False)
    room: dict[Part, Json | None] = field(default_factory=dict["Part", "Json | None"])
    """What lies on the staff's table."""
    pinned: list[Json] = field(default_factory=list[Json])
    """The entries that are held up; whoever shows them leaves out those the reader may not see."""

    @property
    def drill(self) -> bool:
        return self.environment != "drift"


def folded_to(conn: Conn) -> int:
    """How far in the journal every read model has come."""
    row = conn.one(_FOLDED, models=json.dumps([model.stored_name for model in MODELS]))
    return int(row[0]) if row and row[0] is not None else 0


def read_clock(conn: Conn) -> ClockReading:
    """The environment's clock: the world's, or the drill's."""
    wall = wall_micros()
    if (row := clock_row.read_clock(conn)) is None:
        return ClockReading(from_micros(wall), 1.0)
    return ClockReading(row.at(wall), row.rate_at(wall), (row.base_wall, row.base_clock))


def read_crisis(
    conn: Conn,
    environment: str,
    crisis: str,
    names: dict[str, str],
    *,
    staff: bool,
    hide_under: int,
    lagging: bool = False,
) -> CrisisRead | None:
    """Null when there is no such crisis."""
    if (situation := document(conn, SITUATION, crisis)) is None:
        return None
    clock = read_clock(conn)
    log = document(conn, TIMELINE, crisis)
    return CrisisRead(
        environment=environment,
        crisis=crisis,
        clock=clock,
        situation=situation,
        checklist=document(conn, CHECKLIST, crisis),
        roster=document(conn, ROSTER, crisis),
        guide=document(conn, GUIDE_IN_FORCE, crisis),
        reports=document(conn, FEEDBACK_REPORTS, crisis),
        log=log,
        topics=questions_by_topic(conn, crisis, clock.now - timedelta(hours=1), staff=staff, hide_under=hide_under),
        waiting=waiting(conn, crisis),
        lagging=lagging,
        names=names,
        room=staff_room(conn, crisis, "statuses", "pictures", "meetings", "actions", "cards", "relief_plan"),
        pinned=_pinned(conn, crisis, log["pinned"] if log else []),
    )


def _pinned(conn: Conn, crisis: str, numbers: list[int]) -> list[Json]:
    pages = sorted({page_of(number) for number in numbers})
    found = documents(conn, TIMELINE, [page_key(crisis, page) for page in pages]) if pages else {}
    entries = [entry for page in found.values() for entry in page["entries"] if entry["number"] in numbers]
    return sorted(entries, key=lambda entry: entry["number"])


def waiting(conn: Conn, crisis: str | None = None) -> Waiting | None:
    """What waits to be decided in the crisis (or anywhere), once the oldest has waited for five seconds."""
    row = conn.one(_WAITING_ANYWHERE) if crisis is None else conn.one(_WAITING, crisis=crisis)
    if row is None or row[1] is None or wall_micros() - int(row[1]) < WAITING_AFTER.total_seconds() * 1_000_000:
        return None
    clock, since = clock_row.read_clock(conn), int(row[1])
    return Waiting(int(row[0]), from_micros(since) if clock is None else clock.at(since))


def read_entries(conn: Conn, crisis: str, first: int, last: int) -> list[Json]:
    """Log entries by number, both ends included, in order."""
    if last < first or last < 1:
        return []
    wanted = [page_key(crisis, page) for page in range(page_of(max(first, 1)), page_of(last) + 1)]
    found = documents(conn, TIMELINE, wanted)
    entries = [entry for key in wanted if key in found for entry in found[key]["entries"]]
    return [entry for entry in entries if first <= entry["number"] <= last]


def read_crises(conn: Conn) -> list[Json]:
    """One line per crisis of the environment, newest first."""
    listed = document(conn, SITUATION, ALL)
    crises: list[Json] = list(listed["crises"].values()) if listed else []
    return sorted(crises, key=lambda line: line["reported_at"] or "", reverse=True)


def read_names(conn: Conn) -> dict[str, str]:
    """Ref -> name of everybody known in the environment."""
    return {str(ref): str(name) for ref, name in conn.all(_NAMES)}


def rows_behind(conn: Conn) -> int:
    """How many journal rows the read models have not folded yet."""
    return behind(conn, MODELS)


def changed_crises(conn: Conn, seen: int | None) -> tuple[int, set[str] | None]:
    """How far the read models have come, and the crises that something was folded for since `seen`; null: any may be.

    That is so at the beginning, and when models are folded anew from their first row.
    """
    folded = folded_to(conn)
    if seen is None or folded < seen:
        return folded, None
    return folded, {str(r[0]) for r in conn.all(_CHANGED, seen=seen, folded=folded)}


class Lag:
    """Notices that read models have stood behind the journal for longer than the patience."""

    def __init__(self, patience: timedelta = LAGGING_AFTER) -> None:
        self._patience = patience.total_seconds()
        self._since: float | None = None

    def noticed(self, rows: int, at: float | None = None) -> bool:
        at = time.monotonic() if at is None else at
        if rows == 0:
            self._since = None
            return False
        self._since = at if self._since is None else self._since
        return at - self._since > self._patience
