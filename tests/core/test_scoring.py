"""The guiding assessment: points per criterion with reasons, and an advice that decides nothing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ddh_beredskab.core.playbook import CRITERIA
from ddh_beredskab.core.scoring import assess, is_planned
from tests.core.books import BOOKS
from tests.core.cast import SERIOUS, SLIGHT

PAGE = BOOKS.criteria
QUESTIONS = {q.id: [o.id for o in q.options] for c in CRITERIA for q in PAGE.criterion(c).questions}


def test_everything_at_its_worst_gives_full_points_and_advises_activation() -> None:
    assessed = assess(PAGE, SERIOUS)
    assert [(s.criterion, s.points) for s in assessed.scores] == [("acute", 4), ("citizens", 4), ("functions", 4)]
    assert assessed.recommendation == "activate"


def test_everyday_trouble_advises_to_decline() -> None:
    assessed = assess(PAGE, SLIGHT)
    assert sum(score.points for score in assessed.scores) == 0
    assert assessed.recommendation == "decline"


def test_each_answer_gives_its_reason_in_danish() -> None:
    assessed = assess(PAGE, SERIOUS)
    assert assessed.scores[0].reasons == ("det er i gang nu (+2)", "der er fare for liv eller helbred (+2)")


def test_an_unanswered_question_counts_nothing_and_says_so() -> None:
    assessed = assess(PAGE, {"onset": "now"})
    assert assessed.scores[0].points == 2
    assert assessed.scores[0].reasons[1].endswith(PAGE.unanswered)


def test_an_answer_nobody_knows_counts_like_no_answer() -> None:
    assert assess(PAGE, {"onset": "sometime"}).scores == assess(PAGE, {}).scores


def test_the_explanation_names_points_reasons_and_that_it_is_only_advice() -> None:
    explanation = assess(PAGE, SERIOUS).explanation
    assert "12 af 12" in explanation
    assert "der er fare for liv eller helbred" in explanation
    assert PAGE.advisory in explanation
    assert PAGE.in_doubt in explanation
    assert "{" not in explanation


def test_the_leaders_own_words_are_kept() -> None:
    assert assess(PAGE, {}, "Vi drukner.").grounds == "Vi drukner."


def test_a_chosen_peak_is_planned_and_a_forecast_is_not() -> None:
    assert is_planned(PAGE, {"planned": "yes"})
    assert not is_planned(PAGE, {"planned": "forecast"})
    assert not is_planned(PAGE, {"planned": "no"})
    assert not is_planned(PAGE, {})


@given(st.fixed_dictionaries({}, optional={q: st.sampled_from(options) for q, options in QUESTIONS.items()}))
def test_points_stay_between_nothing_and_four_and_advice_is_always_given(answers: dict[str, str]) -> None:
    assessed = assess(PAGE, answers)
    assert all(0 <= score.points <= 4 for score in assessed.scores)
    assert assessed.recommendation in ("activate", "warn", "assess", "decline")
    assert assessed == assess(PAGE, dict(reversed(answers.items()))).model_copy(update={"answers": answers})


@given(st.sampled_from(sorted(QUESTIONS)))
def test_a_better_known_worse_answer_never_lowers_the_points(question: str) -> None:
    without = assess(PAGE, {k: v for k, v in SERIOUS.items() if k != question})
    full = assess(PAGE, SERIOUS)
    assert all(a.points <= b.points for a, b in zip(without.scores, full.scores, strict=True))
