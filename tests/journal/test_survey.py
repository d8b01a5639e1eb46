"""Survey answers are stored once each and told by municipality, on both databases."""

from __future__ import annotations

from datetime import datetime

from ddh_beredskab.journal import intake
from ddh_beredskab.journal.survey import Answers, SurveyAnswer, add_answers, answers_by_municipality
from tests.journal.desk import T0, Desk, minute
from tests.journal.test_intake import question


def answer(n: int, score: int, municipality: str = "9001", at: datetime = T0, crisis: str = "k1") -> SurveyAnswer:
    return SurveyAnswer(f"id-{n}", crisis, at, municipality, score, "sms")


async def add(desk: Desk, *answers: SurveyAnswer) -> int:
    return await desk.db.write(lambda conn: add_answers(conn, answers, T0))


async def test_an_answer_that_comes_again_counts_once(desk: Desk) -> None:
    assert await add(desk, answer(1, 9), answer(2, 3), answer(1, 9)) == 2
    assert await add(desk, answer(2, 3), answer(3, 5)) == 1
    assert await desk.rows("SELECT id, score FROM survey_answers ORDER BY id") == [
        ("id-1", 9),
        ("id-2", 3),
        ("id-3", 5),
    ]


async def test_answers_are_told_by_municipality_within_the_period(desk: Desk) -> None:
    late = answer(4, 1, at=minute(60))
    await add(desk, answer(1, 9), answer(2, 4), answer(3, 6, "9002"), late, answer(5, 2, crisis="k2"))
    told = await desk.db.read(lambda conn: answers_by_municipality(conn, "k1", T0, minute(60)))
    assert told == (Answers("9001", 2, 13), Answers("9002", 1, 6))
    assert told[0].average == 6.5


async def test_a_question_keeps_the_channel_it_came_by(desk: Desk) -> None:
    await desk.db.write(lambda conn: intake.add_feedback(conn, [(question(1), 0)], T0))
    await desk.db.write(lambda conn: intake.add_feedback(conn, [(question(2), 0)], T0, "chatbot"))
    assert await desk.rows("SELECT channel FROM feedback_items ORDER BY position") == [("phone",), ("chatbot",)]
