"""What comes next in a drill, on both databases: conditional injects, and questions spread over their minutes."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from ddh_beredskab.drills import injects
from ddh_beredskab.drills.agenda import Watch, carry_out
from ddh_beredskab.drills.plan import After, Expected, Inject, Questions
from ddh_beredskab.drills.recording import load_recording
from ddh_beredskab.journal import intake
from ddh_beredskab.journal.clock_row import clock_now, set_clock
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.database import Database
from ddh_beredskab.journal.messages import Journal, NewMessage, append_events, head_of
from schemas.base import SYSTEM
from schemas.guides import FirstMessageReleased
from tests.chaos.stage import whole
from tests.drills.test_led_driver import BEGIN, plan_of

ASKING = Inject(
    key="opkald", title="O", text="...", to=("crisis_leader",), at=BEGIN,
    expect=Expected(text="Svar", owner="crisis_leader", within_minutes=9),
    questions=Questions(topic="evakuering", count=10, text="Indspil", over_minutes=3),
)  # fmt: skip
WAITING = Inject(key="efter", title="E", text="...", to=("crisis_leader",), after=After(event="first_message_released"))
MINUTE = timedelta(minutes=1)
DRILLS = Path(__file__).resolve().parents[2] / "playbooks" / "drills"


def _count(conn: Conn) -> int:
    row = conn.one(Statement("SELECT count(*) FROM feedback_items WHERE text = 'Indspil'"))
    return int(row[0]) if row else 0


def release(conn: Conn, crisis: str = "krise") -> None:
    """A first message in that crisis, now."""
    event = FirstMessageReleased(lines=("Kog vandet.",), minutes=3, replace_before=BEGIN + 60 * MINUTE)
    stream, now = f"guides-{crisis}", clock_now(conn)
    message = NewMessage(uuid4(), event, crisis, now, SYSTEM, correlation_id=uuid4(), stream=stream)
    append_events(conn, Journal("oevelse.proeve-1"), {stream: head_of(conn, stream)}, [message], now)


async def test_questions_come_minute_by_minute_and_only_once(journal: Database) -> None:
    def job(conn: Conn) -> list[int]:
        intake.begin_shift(conn, [("agent-001", "9001"), ("agent-002", "9001")], BEGIN - MINUTE)
        injects.add(conn, [ASKING])
        watch, counted = Watch(BEGIN), list[int]()
        for minute in (0, 0, 1, 3, 3):
            now = BEGIN + minute * MINUTE
            set_clock(conn, "fast", now)
            for _ in range(2):
                carry_out(conn, watch.look(conn, now), now, whole(), plan_of())
            counted.append(_count(conn))
        agenda = watch.look(conn, BEGIN + 3 * MINUTE)
        assert not agenda.now
        assert agenda.next_at is None
        assert agenda.expected_until == BEGIN + 9 * MINUTE
        agents = conn.all(Statement("SELECT agent, count(*) FROM feedback_items GROUP BY agent ORDER BY agent"))
        assert [(str(agent), int(n)) for agent, n in agents] == [("agent-001", 5), ("agent-002", 5)]
        return counted

    assert await journal.write(job) == [2, 2, 5, 10, 10]


async def test_an_event_before_the_participants_take_over_does_not_bring_an_inject(journal: Database) -> None:
    def job(conn: Conn) -> None:
        injects.add(conn, [WAITING])
        watch = Watch(BEGIN)
        set_clock(conn, "fast", BEGIN - 5 * MINUTE)
        release(conn)
        set_clock(conn, "fast", BEGIN)
        assert not watch.look(conn, BEGIN).now
        set_clock(conn, "fast", BEGIN + MINUTE)
        release(conn)
        now = BEGIN + 2 * MINUTE
        assert carry_out(conn, watch.look(conn, now), now, whole(), plan_of()) == ["efter"]
        held = injects.all_injects(conn)[0]
        assert (held.due_at, held.delivered_at) == (now, now), "what is past cannot be made up: it comes now"
        assert carry_out(conn, watch.look(conn, now), now, whole(), plan_of()) == []
        assert carry_out(conn, Watch(BEGIN).look(conn, now), now, whole(), plan_of()) == []

    await journal.write(job)


async def test_of_two_crises_an_inject_waits_for_its_own_and_asks_there(journal: Database) -> None:
    two = load_recording("to-kommuner-2025", [DRILLS])
    about_two = WAITING.model_copy(update={"crisis": 2, "questions": Questions(topic="andet", count=3, text="Indspil")})

    def job(conn: Conn) -> None:
        injects.add(conn, [about_two])
        set_clock(conn, "fast", BEGIN)
        watch = Watch(BEGIN, two.crisis_id)
        release(conn, two.crisis_id(1))
        assert not watch.look(conn, BEGIN).now
        release(conn, two.crisis_id(2))
        assert carry_out(conn, watch.look(conn, BEGIN), BEGIN, two, plan_of()) == ["efter"]
        carry_out(conn, watch.look(conn, BEGIN), BEGIN, two, plan_of())
        asked = conn.all(Statement("SELECT DISTINCT crisis, municipality FROM feedback_items"))
        (affected,) = two.authority_of(2).affected
        assert affected not in two.authority_of(1).affected
        assert [(str(crisis), str(where)) for crisis, where in asked] == [(two.crisis_id(2), affected)]

    await journal.write(job)
