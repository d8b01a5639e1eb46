"""Names are gone 30 days after the crisis is closed, and not a moment before; counts stay. On both databases."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from ddh_beredskab.journal import intake
from ddh_beredskab.journal.connection import Conn, Row, Statement
from ddh_beredskab.journal.database import Database
from ddh_beredskab.people import briefing, forgetting, shift_plan, shifts
from ddh_beredskab.people.entry import SESSION_FOR, open_session
from ddh_beredskab.people.shift_file import PlannedRow
from ddh_beredskab.projections.situation import ALL, SITUATION
from schemas.feedback import FeedbackItem

DAYS = 30
OPENED, CLOSED = datetime(2026, 1, 1, 8, tzinfo=UTC), datetime(2026, 1, 3, 8, tzinfo=UTC)
DUE = CLOSED + timedelta(days=DAYS)
MOMENT = timedelta(microseconds=1)
HOUR = timedelta(hours=1)

DOCUMENT = Statement(
    "INSERT INTO documents (model, key, body, position) VALUES (:model, :key, :body, 1)"
    " ON CONFLICT (model, key) DO UPDATE SET body = excluded.body"
)
NAMES = Statement(
    "SELECT 'receipt', agent FROM guide_receipts UNION ALL SELECT 'brief', agent FROM brief_receipts"
    " UNION ALL SELECT 'question', agent FROM feedback_items WHERE agent IS NOT NULL"
    " UNION ALL SELECT 'shift', agent FROM agents_on_shift UNION ALL SELECT 'plan', agent FROM planned_shifts"
    " ORDER BY 1, 2"
)
TOTALS = Statement("SELECT crisis, version, municipality, seen FROM receipt_totals ORDER BY 1, 2, 3")
SESSIONS = Statement("SELECT person FROM sessions")
QUESTIONS = Statement("SELECT crisis, count(*) FROM feedback_items GROUP BY crisis ORDER BY crisis")


def crises(conn: Conn, **closed: datetime | None) -> None:
    """How the list of crises stands: name -> when it was closed."""
    lines = {
        name: {"activated_at": OPENED.isoformat(), "closed_at": at.isoformat() if at else None}
        for name, at in closed.items()
    }
    conn.run(DOCUMENT, model=SITUATION.stored_name, key=ALL, body=json.dumps({"crises": lines}))


def leave_names(conn: Conn, crisis: str) -> None:
    """Two agents on shift read and see, and one registers a question."""
    shifts.begin(conn, "mona", "9002", OPENED + HOUR)
    shifts.begin(conn, "tage", "9003", OPENED + HOUR)
    briefing.understood(conn, crisis, 1, "mona", "9002", OPENED + HOUR)
    intake.add_receipts(conn, crisis, 1, [("tage", "9003"), ("bodil", "9003")], OPENED + HOUR)
    shifts.end(conn, "mona", OPENED + 2 * HOUR)
    row = PlannedRow("mona", "9002", OPENED, OPENED + 2 * HOUR)
    shift_plan.put_plan(conn, [row], "plan.csv", OPENED)
    item = FeedbackItem(id=uuid4(), crisis_id=crisis, time=OPENED, topic="vand", answered="no", agent="mona", text="?")
    intake.add_feedback(conn, [(item, 0)], OPENED)


async def _forget(journal: Database, now: datetime) -> int:
    def job(conn: Conn) -> int:
        done = 0
        while forgetting.is_due(conn, now, DAYS):
            done += forgetting.forget_names(conn, now, DAYS)
        return done

    return await journal.write(job)


async def _all(journal: Database, statement: Statement) -> list[tuple[object, ...]]:
    def job(conn: Conn) -> list[Row]:
        return list(conn.all(statement))

    return [tuple(row) for row in await journal.read(job)]


async def test_names_stand_until_the_last_moment_and_are_gone_at_the_next(journal: Database) -> None:
    await journal.write(lambda conn: crises(conn, storm=CLOSED))
    await journal.write(lambda conn: leave_names(conn, "storm"))
    before = await _all(journal, NAMES)
    assert {kind for kind, _ in before} == {"receipt", "brief", "question", "shift", "plan"}
    assert await _forget(journal, DUE - MOMENT) == 0
    assert await _all(journal, NAMES) == before
    assert await _forget(journal, DUE) > 0
    assert await _all(journal, NAMES) == []
    assert await _all(journal, TOTALS) == [("storm", 1, "9002", 1), ("storm", 1, "9003", 2)]
    assert await _all(journal, QUESTIONS) == [("storm", 1)], "the question stays, without who registered it"
    assert await _forget(journal, DUE + timedelta(days=400)) == 0


async def test_a_crisis_that_goes_on_keeps_its_names_and_the_shifts_since_it_began(journal: Database) -> None:
    await journal.write(lambda conn: crises(conn, storm=CLOSED, flood=None))
    await journal.write(lambda conn: leave_names(conn, "storm"))
    await journal.write(lambda conn: leave_names(conn, "flood"))
    await _forget(journal, DUE)
    assert await _all(journal, NAMES) == [
        ("brief", "mona"),
        ("plan", "mona"),
        ("question", "mona"),
        ("receipt", "bodil"),
        ("receipt", "mona"),
        ("receipt", "tage"),
        ("shift", "mona"),
        ("shift", "tage"),
    ]


async def test_a_crisis_opened_again_keeps_its_names(journal: Database) -> None:
    await journal.write(lambda conn: crises(conn, storm=CLOSED))
    await journal.write(lambda conn: leave_names(conn, "storm"))
    await journal.write(lambda conn: crises(conn, storm=None))
    assert await _forget(journal, DUE) == 0
    assert len(await _all(journal, NAMES)) > 0


async def test_old_shifts_of_no_crisis_are_deleted_too(journal: Database) -> None:
    await journal.write(lambda conn: shifts.begin(conn, "mona", "9002", OPENED))
    await journal.write(lambda conn: shifts.begin(conn, "tage", "9003", DUE))
    await _forget(journal, DUE + HOUR)
    assert await _all(journal, NAMES) == [("shift", "tage")], "one forgot to go home, the other is at work"


async def test_log_ins_go_as_long_after_they_ended(journal: Database) -> None:
    made = datetime.now(UTC)
    await journal.write(lambda conn: open_session(conn, "mona", "code"))
    ends = made + timedelta(microseconds=SESSION_FOR) + timedelta(days=DAYS)
    await _forget(journal, ends - HOUR)
    assert await _all(journal, SESSIONS) == [("mona",)]
    await _forget(journal, ends + HOUR)
    assert await _all(journal, SESSIONS) == []
