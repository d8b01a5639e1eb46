"""Intake rows: what comes in too often to be a message each - citizens' questions, guide receipts, agents on shift.

A row is written once in the door's group commit; counting sets `counted_at` where null and adds exactly the rows it
set to the windows, in one transaction. So a record that comes twice, a wiped broker or a kill -9 counts once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from ddh_beredskab.clock import from_micros, to_micros
from ddh_beredskab.core.decider import Receipts, ReceiptsNeeded, Sums, SumsNeeded
from ddh_beredskab.journal.connection import Conn, Row, Statement
from ddh_beredskab.journal.messages import Journal, NewMessage, append_commands
from schemas.base import SYSTEM
from schemas.feedback import FeedbackItem, NoteUrgentTransfers, TopicCount

_HEAD = Statement("SELECT coalesce(max(position), 0) FROM feedback_items")
_ADVISORY = Statement("SELECT pg_advisory_xact_lock(hashtext(current_schema() || '.feedback_items'))")
_COUNTING = Statement("SELECT pg_advisory_xact_lock(hashtext(current_schema() || '.feedback_windows'))")
_INSERT = Statement(
    "INSERT INTO feedback_items (position, id, crisis, time, received_at, topic, answered, resolution, transferred_to,"
    " municipality, guide_version, agent, text, redacted, channel) VALUES (:position, :id, :crisis, :time,"
    " :received_at, :topic, :answered, :resolution, :transferred_to, :municipality, :guide_version, :agent, :text,"
    " :redacted, :channel)"
)
_KNOWN = Statement("SELECT id FROM feedback_items WHERE id IN {list:ids}")
_AGAIN = Statement("UPDATE feedback_items SET times_received = times_received + 1 WHERE id = :id")
_COLUMNS = "position, id, crisis, time, topic, answered, resolution, transferred_to, municipality, guide_version, agent"
_AFTER = Statement(
    f"SELECT {_COLUMNS} FROM feedback_items WHERE position > :position AND counted_at IS NULL ORDER BY position"
    f" LIMIT :limit"
)
_SET_COUNTED = Statement(
    "UPDATE feedback_items SET counted_at = :at WHERE position IN {ints:positions} AND counted_at IS NULL"
    " RETURNING position, crisis, time, topic, answered, resolution, municipality"
)
_ADD = Statement(
    "INSERT INTO feedback_windows AS w (crisis, window_start, topic, municipality, total, answered_yes,"
    " answered_partly,"
    " answered_no, transferred, urgent) VALUES (:crisis, :window_start, :topic, :municipality, :total, :answered_yes,"
    " :answered_partly, :answered_no, :transferred, :urgent)"
    " ON CONFLICT (crisis, window_start, topic, municipality) DO UPDATE SET total = w.total + excluded.total,"
    " answered_yes = w.answered_yes + excluded.answered_yes, answered_partly = w.answered_partly +"
    " excluded.answered_partly,"
    " answered_no = w.answered_no + excluded.answered_no, transferred = w.transferred + excluded.transferred,"
    " urgent = w.urgent + excluded.urgent"
)
_URGENT = Statement(
    "SELECT time FROM feedback_items WHERE crisis = :crisis AND topic = :topic AND resolution = 'urgent_transfer'"
    " AND time >= :since AND time < :upto AND counted_at IS NOT NULL ORDER BY position"
)
_UNCOUNTED = Statement("SELECT count(*), min(received_at) FROM feedback_items WHERE counted_at IS NULL")
_OLDEST = Statement("SELECT min(position) FROM feedback_items WHERE counted_at IS NULL")
_SUMS = Statement(
    "SELECT topic, sum(total), sum(answered_yes), sum(answered_partly), sum(answered_no), sum(transferred), sum(urgent)"
    " FROM feedback_windows WHERE crisis = :crisis AND window_start >= :since AND window_start < :upto"
    " GROUP BY topic ORDER BY topic"
)
_RECEIPT = Statement(
    "INSERT INTO guide_receipts (crisis, version, agent, municipality, seen_at)"
    " VALUES (:crisis, :version, :agent, :municipality, :seen_at) ON CONFLICT DO NOTHING"
)
_SEEN = Statement(
    "SELECT r.agent FROM guide_receipts r JOIN agents_on_shift s ON s.agent = r.agent WHERE r.crisis = :crisis"
    " AND r.version = :version AND r.seen_at <= :at AND s.since <= :at AND (s.until IS NULL OR s.until > :at)"
    " GROUP BY r.agent ORDER BY r.agent"
)
_ON_SHIFT = Statement(
    "SELECT count(DISTINCT agent) FROM agents_on_shift WHERE since <= :at AND (until IS NULL OR until > :at)"
)
_BEGIN_SHIFT = Statement(
    "INSERT INTO agents_on_shift (agent, since, municipality) VALUES (:agent, :since, :municipality) ON"
    " CONFLICT DO NOTHING"
)
_END_SHIFT = Statement(
    "UPDATE agents_on_shift SET until = :until WHERE agent = :agent AND until IS NULL AND since <= :until"
)


@dataclass(frozen=True, slots=True)
class UrgentRule:
    """Raise an urgent notice at `count` urgent transfers on one topic within `minutes` (playbooks/limits.yaml)."""

    count: int
    minutes: int


# -- the door's side ------------------------------------------------------------------------------


def add_feedback(
    conn: Conn, items: Sequence[tuple[FeedbackItem, int]], received_at: datetime, channel: str = "phone"
) -> int:
    """Store items (already struck through) with how many things were struck out; returns how many were new.

    The same id again is counted in `times_received` only. Raises nothing for duplicates.
    """
    if conn.dialect == "postgresql":
        conn.all(_ADVISORY)
    known = {str(row[0]) for row in conn.all(_KNOWN, ids=json.dumps([str(item.id) for item, _ in items]))}
    head = conn.one(_HEAD)
    position = int(head[0]) if head else 0
    first = position
    rows: list[dict[str, object]] = []
    again: list[dict[str, object]] = []
    at = to_micros(received_at)
    for item, redacted in items:
        if str(item.id) in known:
            again.append({"id": str(item.id)})
            continue
        known.add(str(item.id))
        position += 1
        rows.append(
            {
                "position": position,
                "id": str(item.id),
                "crisis": item.crisis_id,
                "time": to_micros(item.time),
                "received_at": at,
                "topic": item.topic,
                "answered": item.answered,
                "resolution": item.resolution,
                "transferred_to": item.transferred_to,
                "municipality": item.municipality,
                "guide_version": item.guide_version,
                "agent": item.agent,
                "text": item.text,
                "redacted": redacted,
                "channel": channel,
            }
        )
    conn.many(_INSERT, [{name: _storable(value) for name, value in row.items()} for row in rows])
    conn.many(_AGAIN, again)
    return position - first


def _storable(value: object) -> object:
    """PostgreSQL stores no null characters, and nobody types one."""
    return value.replace("\x00", "") if isinstance(value, str) else value


def add_receipts(conn: Conn, crisis: str, version: int, agents: Iterable[tuple[str, str]], seen_at: datetime) -> None:
    """Agents (ref, municipality) have seen a guide version; once per agent and version."""
    at = to_micros(seen_at)
    conn.many(
        _RECEIPT,
        [{"crisis": crisis, "version": version, "agent": a, "municipality": m, "seen_at": at} for a, m in agents],
    )


def begin_shift(conn: Conn, agents: Iterable[tuple[str, str]], since: datetime) -> None:
    """Agents (ref, municipality) are on shift from now."""
    at = to_micros(since)
    conn.many(_BEGIN_SHIFT, [{"agent": a, "since": at, "municipality": m} for a, m in agents])


def end_shift(conn: Conn, agents: Iterable[str], until: datetime) -> None:
    """Agents have gone off shift."""
    conn.many(_END_SHIFT, [{"agent": a, "until": to_micros(until)} for a in agents])


# -- the counter's side ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class IntakeRow:
    """An uncounted item as the relay sends it, with its position."""

    position: int
    item: FeedbackItem


def uncounted_after(conn: Conn, position: int, limit: int = 2_000) -> list[IntakeRow]:
    """Uncounted items after a position, in order of arrival; the text stays here."""
    return [
        IntakeRow(
            int(r[0]),
            FeedbackItem.model_construct(
                id=UUID(r[1]),
                crisis_id=r[2],
                time=from_micros(r[3]),
                topic=r[4],
                answered=r[5],
                resolution=r[6],
                transferred_to=r[7],
                municipality=r[8],
                guide_version=r[9],
                agent=r[10],
                text="",
            ),
        )
        for r in conn.all(_AFTER, position=position, limit=limit)
    ]


def oldest_uncounted(conn: Conn) -> int | None:
    """Position of the oldest uncounted item, or null."""
    row = conn.one(_OLDEST)
    return None if row is None or row[0] is None else int(row[0])


def uncounted(conn: Conn) -> tuple[int, datetime | None]:
    """How many items wait to be counted, and since when."""
    row = conn.one(_UNCOUNTED)
    return (0, None) if row is None else (int(row[0]), from_micros(row[1]) if row[1] is not None else None)


def count_items(
    conn: Conn, journal: Journal, rows: Sequence[IntakeRow], window_minutes: int, urgent: UrgentRule, now: datetime
) -> int:
    """Count the rows that are not counted yet; returns how many it counted. One transaction, at most 500 rows.

    What is counted is what stands in SQL: of a row that came by Kafka only the position is believed.
    """
    if conn.dialect == "postgresql":
        conn.all(_COUNTING)  # each must see what the other has counted, or neither sees the third urgent transfer
    positions = sorted({row.position for row in rows})
    set_now = conn.all(_SET_COUNTED, at=to_micros(now), positions=json.dumps(positions))
    counted = [_counted(r) for r in sorted(set_now, key=lambda r: int(r[0]))]
    size = window_minutes * 60_000_000
    added: dict[tuple[str, int, str, str], dict[str, int]] = {}
    for item in counted:
        at = to_micros(item.time)
        key = (item.crisis_id, at - at % size, item.topic, item.municipality)
        sums = added.setdefault(key, dict.fromkeys(_SUM_NAMES, 0))
        sums["total"] += 1
        sums[f"answered_{item.answered}"] += 1
        if item.resolution != "resolved":
            sums["transferred"] += 1
        if item.resolution == "urgent_transfer":
            sums["urgent"] += 1
    conn.many(
        _ADD,
        [
            {"crisis": crisis, "window_start": start, "topic": topic, "municipality": municipality, **sums}
            for (crisis, start, topic, municipality), sums in sorted(added.items())
        ],
    )
    _note_urgent(conn, journal, counted, urgent, now)
    return len(counted)


def _counted(row: Row) -> FeedbackItem:
    return FeedbackItem.model_construct(
        crisis_id=row[1],
        time=from_micros(row[2]),
        topic=row[3],
        answered=row[4],
        resolution=row[5],
        municipality=row[6],
    )


_SUM_NAMES = ("total", "answered_yes", "answered_partly", "answered_no", "transferred", "urgent")
_NAMESPACE = UUID("6f1d6f0a-5c58-5b5e-9d0a-2f6a0b6c7d10")


def urgent_id(crisis: str, topic: str, window_start: datetime) -> UUID:
    """The id of the urgent notice's message: once per crisis, topic and window."""
    return uuid5(_NAMESPACE, f"{crisis}/{topic}/{window_start.isoformat()}")


def _note_urgent(
    conn: Conn, journal: Journal, counted: Sequence[FeedbackItem], rule: UrgentRule, now: datetime
) -> None:
    size = rule.minutes * 60_000_000
    touched = sorted(
        {
            (item.crisis_id, item.topic, to_micros(item.time) // size * size)
            for item in counted
            if item.resolution == "urgent_transfer"
        }
    )
    for crisis, topic, start in touched:
        times = [int(r[0]) for r in conn.all(_URGENT, crisis=crisis, topic=topic, since=start, upto=start + size)]
        if len(times) < rule.count:
            continue
        window_start = from_micros(start)
        id_ = urgent_id(crisis, topic, window_start)
        note = NoteUrgentTransfers(topic=topic, window_start=window_start, count=rule.count)
        at = from_micros(max(times[: rule.count]))
        append_commands(conn, journal, [NewMessage(id_, note, crisis, at, SYSTEM, id_)], now)


# -- what decisions read --------------------------------------------------------------------------


def sums(conn: Conn, crisis: str, need: SumsNeeded) -> Sums:
    """Counts by topic up to an instant, and of the period alone."""
    upto = to_micros(need.upto)
    return Sums(
        cumulative=_topics(conn.all(_SUMS, crisis=crisis, since=0, upto=upto)),
        period=_topics(conn.all(_SUMS, crisis=crisis, since=to_micros(need.since), upto=upto)),
    )


def on_shift(conn: Conn, at: datetime) -> int:
    """How many agents were on shift at that instant."""
    row = conn.one(_ON_SHIFT, at=to_micros(at))
    return int(row[0]) if row else 0


def receipts(conn: Conn, crisis: str, need: ReceiptsNeeded) -> Receipts:
    """Receipts of a version by agents on shift at that instant."""
    at = to_micros(need.at)
    seen = [str(r[0]) for r in conn.all(_SEEN, crisis=crisis, version=need.version, at=at)]
    on_shift = conn.one(_ON_SHIFT, at=at)
    digest = hashlib.sha256("\n".join(seen).encode()).hexdigest()
    return Receipts(on_shift=int(on_shift[0]) if on_shift else 0, seen=len(seen), sha256=digest)


def _topics(rows: Iterable[Row]) -> tuple[TopicCount, ...]:
    return tuple(
        TopicCount(
            topic=r[0],
            total=int(r[1]),
            answered_yes=int(r[2]),
            answered_partly=int(r[3]),
            answered_no=int(r[4]),
            transferred=int(r[5]),
            urgent=int(r[6]),
        )
        for r in rows
    )
