"""What is read of the citizens' questions is the same on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.database import Database, PostgresDatabase, SqliteDatabase
from ddh_beredskab.journal.intake import UrgentRule, add_feedback, count_items, uncounted_after
from ddh_beredskab.journal.messages import Journal
from ddh_beredskab.journal.migrate import prepare_postgres, prepare_sqlite
from ddh_beredskab.projections.gap_times import unanswered_windows
from ddh_beredskab.projections.kpi import kpis
from ddh_beredskab.projections.question_texts import question_texts
from ddh_beredskab.projections.questions_over_time import sums_between, topics_between
from ddh_beredskab.reports.feedback_tables import read_windows
from schemas.feedback import FeedbackItem

T0 = datetime(2026, 11, 22, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
_SCORE = Statement(
    "INSERT INTO survey_answers (id, crisis, time, municipality, score, source, imported_at)"
    " VALUES (:id, 'k1', 0, '9001', :score, 'sms', 0)"
)


@pytest.fixture(params=["sqlite", "postgres"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """An empty journal of either kind."""
    if request.param == "sqlite":
        prepare_sqlite(tmp_path / "journal.db")
        made: Database = SqliteDatabase(tmp_path / "journal.db")
    else:
        url: str = request.getfixturevalue("postgres_url")
        await prepare_postgres(url, "drift")
        made = PostgresDatabase(url, "drift")
    yield made
    await made.close()


def item(n: int, minute: int, topic: str, answered: str, text: str, municipality: str = "9001") -> FeedbackItem:
    values: dict[str, Any] = {"id": UUID(int=n), "crisis_id": "k1", "topic": topic, "answered": answered, "text": text}
    return FeedbackItem.model_validate(
        values | {"time": T0 + timedelta(minutes=minute), "municipality": municipality, "agent": "agent-1"}
    )


ITEMS = [
    item(1, -30, "vand", "yes", "Kommer der vand?"),
    item(2, 1, "vand", "no", "Hvor længe skal sirenen lyde?"),
    item(3, 7, "vand", "partly", "", "9002"),
    item(4, 8, "stroem", "no", "Hvornår kommer strømmen?"),
    item(5, 59, "stroem", "yes", "Er der strøm i hallen?", ""),
]


def fill(conn: Conn) -> None:
    add_feedback(conn, [(each, 0) for each in ITEMS], T0 + HOUR)
    count_items(conn, Journal(), uncounted_after(conn, 0), 5, UrgentRule(3, 10), T0 + HOUR)
    conn.many(_SCORE, [{"id": "a", "score": 9}, {"id": "b", "score": 6}])


async def test_texts_windows_and_figures(database: Database) -> None:
    await database.write(fill)
    texts = await database.read(lambda conn: question_texts(conn, "k1", T0, T0 + HOUR, known=T0 + HOUR))
    assert [each.topic for each in texts.now] == ["stroem", "stroem", "vand"]
    assert [each.unanswered for each in texts.now] == [False, True, True]
    assert [each.text for each in texts.before] == ["Kommer der vand?"]
    late = await database.read(lambda conn: question_texts(conn, "k1", T0, T0 + HOUR, known=T0))
    assert late.now == []
    gaps = await database.read(lambda conn: unanswered_windows(conn, "k1"))
    assert gaps == {"vand": [T0], "stroem": [T0 + timedelta(minutes=5)]}
    assert await database.read(lambda conn: topics_between(conn, "k1", T0, T0 + HOUR)) == {"stroem": 2, "vand": 2}
    sums = await database.read(lambda conn: sums_between(conn, "k1", T0, T0 + HOUR, minutes=30))
    assert sums == [(T0, 3), (T0 + HOUR / 2, 1)]
    rows = await database.read(lambda conn: read_windows(conn, "k1"))
    assert [(topic, code, counts[0]) for _, topic, code, counts in rows] == [
        ("vand", "9001", 1),
        ("vand", "9001", 1),
        ("stroem", "9001", 1),
        ("vand", "9002", 1),
        ("stroem", "", 1),
    ]
    whole, *each = await database.read(lambda conn: kpis(conn, "k1", staff=True, hide_under=5, quiet_minutes=60))
    assert (whole.questions, whole.scores, whole.satisfaction) == (5, 2, 7.5)
    assert [of.municipality for of in each] == ["", "9001", "9002"]
