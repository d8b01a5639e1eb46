"""What pages ask of shifts, receipts, recalls and oneself says the same on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from ddh_beredskab.journal import intake
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.journal.database import Database
from ddh_beredskab.journal.messages import GENESIS, Journal, NewMessage, append_events
from ddh_beredskab.people import briefing, recall_facts, receipts, registered, shift_plan, shifts
from ddh_beredskab.people.shift_file import PlannedRow
from schemas.base import Actor
from schemas.feedback import FeedbackItem
from schemas.guides import GuideRecalled

CRISIS = "storm"
AT = datetime(2026, 1, 1, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def stage(conn: Conn) -> None:
    """Three on shift, one of them planned, one planned and not there; two have seen version 2, which is recalled."""
    for agent, place in (("mona", "9002"), ("tage", "9003"), ("bodil", "9003")):
        shifts.begin(conn, agent, place, AT)
    rows = [PlannedRow(agent, "9002", AT - MINUTE, AT + 60 * MINUTE) for agent in ("mona", "inger")]
    shift_plan.put_plan(conn, rows, "plan.csv", AT)
    briefing.understood(conn, CRISIS, 2, "mona", "9002", AT + MINUTE)
    intake.add_receipts(conn, CRISIS, 2, [("tage", "9003")], AT + 6 * MINUTE)
    items = [
        FeedbackItem(id=uuid4(), crisis_id=CRISIS, time=AT + n * MINUTE, topic=topic, answered="no", agent="mona",
                     guide_version=version, text="?")
        for n, topic, version in ((1, "vand", 2), (2, "vand", 2), (3, "strøm", 1), (4, "dyr", None), (7, "vand", 2))
    ]  # fmt: skip
    intake.add_feedback(conn, [(item, 0) for item in items], AT + 8 * MINUTE)
    recalled = GuideRecalled(version=2, wrong="a", correction="b", in_force_from=AT, in_force_to=AT + 5 * MINUTE)
    stream, id_, by = f"guides-{CRISIS}", uuid4(), Actor(person="asta", role="crisis_leader")
    told = NewMessage(id_, recalled, CRISIS, AT + 5 * MINUTE, by, id_, stream=stream)
    append_events(conn, Journal("drift", "test"), {stream: (0, GENESIS)}, [told], AT + 5 * MINUTE)


async def test_shifts_and_receipts(journal: Database) -> None:
    await journal.write(stage)
    here = await journal.read(lambda conn: shifts.by_municipality(conn, AT + MINUTE))
    assert [(each.municipality, each.planned, each.on_shift, each.absent) for each in here] == [
        ("9002", 2, 1, ("inger",)),
        ("9003", 0, 2, ()),
    ]
    seen = await journal.read(lambda conn: receipts.seen_now(conn, CRISIS, 2, AT + 2 * MINUTE))
    assert (seen.seen, seen.on_shift) == (1, 3)
    assert [[each.agent for each in line.missing] for line in seen.lines] == [[], ["bodil", "tage"]]
    later = await journal.read(lambda conn: receipts.seen_now(conn, CRISIS, 2, AT + 9 * MINUTE))
    assert later.missing == 1
    assert await journal.read(lambda conn: briefing.is_briefed(conn, CRISIS, 2, "mona"))
    assert not await journal.read(lambda conn: briefing.is_briefed(conn, CRISIS, 2, "tage")), "seen, but never briefed"
    assert not await journal.read(lambda conn: briefing.is_briefed(conn, CRISIS, 3, "mona")), "another version"


async def test_a_recall(journal: Database) -> None:
    await journal.write(stage)
    facts = await journal.read(lambda conn: recall_facts.recall_facts(conn, CRISIS, 2))
    assert facts is not None
    assert [each.agent for each in facts.agents] == ["mona"]
    assert [each.agent for each in facts.late] == ["tage"]
    assert (facts.topics, facts.unstamped, facts.after) == ((("vand", 2),), 1, 1)
    assert await journal.read(lambda conn: recall_facts.recall_facts(conn, CRISIS, 1)) is None


async def test_oneself(journal: Database) -> None:
    await journal.write(stage)
    mine = await journal.read(lambda conn: registered.registered(conn, "mona"))
    counts = (len(mine.shifts), len(mine.planned), len(mine.briefs), len(mine.receipts), mine.questions[0].count)
    assert counts == (1, 1, 1, 1, 5)
    assert (await journal.read(lambda conn: registered.registered(conn, "ingen"))).nothing
    assert await journal.read(lambda conn: registered.log_ins(conn, "mona")) == []
