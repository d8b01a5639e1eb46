"""Names are deleted some days after a crisis is closed: behind receipts, briefs, shifts and registered questions.

Old log-ins go as many days after they ended.

Rules kept: counts stay, names do not; a crisis that is opened again, or goes on, keeps its names and the shifts since
it began; what is deleted is overwritten, and deleted little by little so that nobody waits for it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from ddh_beredskab.clock import to_micros
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.projections.documents import document
from ddh_beredskab.projections.read_model import Json, instant
from ddh_beredskab.projections.situation import ALL, SITUATION

AT_ONCE = 2_000

_ANY = Statement(
    "SELECT 1 WHERE EXISTS (SELECT 1 FROM guide_receipts WHERE crisis = :crisis)"
    " OR EXISTS (SELECT 1 FROM brief_receipts WHERE crisis = :crisis)"
    " OR EXISTS (SELECT 1 FROM feedback_items WHERE crisis = :crisis AND agent IS NOT NULL)"
)
_KEEP_TOTALS = Statement(
    "INSERT INTO receipt_totals AS t (crisis, version, municipality, seen)"
    " SELECT crisis, version, municipality, count(*) FROM guide_receipts WHERE crisis = :crisis"
    " GROUP BY crisis, version, municipality"
    " ON CONFLICT (crisis, version, municipality) DO UPDATE SET seen = t.seen + excluded.seen"
)
_RECEIPTS = Statement("DELETE FROM guide_receipts WHERE crisis = :crisis")
_BRIEFS = Statement("DELETE FROM brief_receipts WHERE crisis = :crisis")
_AGENTS = Statement(
    "UPDATE feedback_items SET agent = NULL WHERE position IN (SELECT position FROM feedback_items"
    " WHERE crisis = :crisis AND agent IS NOT NULL ORDER BY position LIMIT :limit)"
)
_OLD_SHIFT = Statement("SELECT 1 FROM agents_on_shift WHERE coalesce(until, since) < :before LIMIT 1")
_OLD_PLAN = Statement("SELECT 1 FROM planned_shifts WHERE ends_at < :before LIMIT 1")
_SHIFTS = Statement("DELETE FROM agents_on_shift WHERE coalesce(until, since) < :before")
"""Also the shift somebody forgot to end."""
_PLAN = Statement("DELETE FROM planned_shifts WHERE ends_at < :before")
_OLD_SESSION = Statement("SELECT 1 FROM sessions WHERE coalesce(ended_at, expires_at) < :before LIMIT 1")
_SESSIONS = Statement("DELETE FROM sessions WHERE coalesce(ended_at, expires_at) < :before")
_OVERWRITE = Statement("PRAGMA secure_delete = ON")
_AS_EVER = Statement("PRAGMA secure_delete = OFF")


def names_due(conn: Conn, now: datetime, days: int) -> list[str]:
    """Closed crises whose names are to be deleted now."""
    limit = now - timedelta(days=days)
    return [
        crisis
        for crisis, line in sorted(_crises(conn).items())
        if line["closed_at"] and instant(line["closed_at"]) <= limit and conn.one(_ANY, crisis=crisis) is not None
    ]


def shifts_before(conn: Conn, now: datetime, days: int) -> datetime:
    """Shifts that ended before then belong to no crisis whose names are kept."""
    limit = now - timedelta(days=days)
    kept = [
        instant(line["activated_at"])
        for line in _crises(conn).values()
        if line["activated_at"] and (not line["closed_at"] or instant(line["closed_at"]) > limit)
    ]
    return min([limit, *kept])


def is_due(conn: Conn, now: datetime, days: int) -> bool:
    """Whether there is anything to delete."""
    before = to_micros(shifts_before(conn, now, days))
    ended = to_micros(now - timedelta(days=days))
    old = (
        conn.one(_OLD_SHIFT, before=before)
        or conn.one(_OLD_PLAN, before=before)
        or conn.one(_OLD_SESSION, before=ended)
    )
    return old is not None or bool(names_due(conn, now, days))


def forget_names(conn: Conn, now: datetime, days: int) -> int:
    """Delete names that are due; how many rows. Called again until it says 0."""
    overwrite = conn.dialect == "sqlite"
    if overwrite:  # or the names would stay in the file's free pages
        conn.all(_OVERWRITE)
    done = 0
    for crisis in names_due(conn, now, days):
        conn.run(_KEEP_TOTALS, crisis=crisis)
        done += conn.run(_RECEIPTS, crisis=crisis) + conn.run(_BRIEFS, crisis=crisis)
        done += conn.run(_AGENTS, crisis=crisis, limit=AT_ONCE)
    before = to_micros(shifts_before(conn, now, days))
    done += conn.run(_SHIFTS, before=before) + conn.run(_PLAN, before=before)
    done += conn.run(_SESSIONS, before=to_micros(now - timedelta(days=days)))
    if overwrite:
        conn.all(_AS_EVER)
    return done


def _crises(conn: Conn) -> dict[str, Json]:
    listed = document(conn, SITUATION, ALL)
    return listed["crises"] if listed else {}
