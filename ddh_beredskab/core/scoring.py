"""Vejledende vurdering: points on the plan's three criteria, and why, in plain Danish from `criteria.yaml`.

Rule: advice only, never the decision. A question without an answer we know counts 0 and says so, so that a call for
help is never turned away because a detail is missing.
"""

from __future__ import annotations

from collections.abc import Mapping

from ddh_beredskab.core.playbook import CRITERIA, CRITERION_POINTS_AT_MOST, Criteria, CriterionQuestion
from schemas.activation import Criterion, CriterionScore, IncidentAssessed


def assess(criteria: Criteria, answers: Mapping[str, str], grounds: str = "") -> IncidentAssessed:
    """Score the answers (question id -> option id) and say what they advise."""
    acute, citizens, functions = (_score(criteria, criterion, answers) for criterion in CRITERIA)
    points: dict[Criterion, int] = {each.criterion: each.points for each in (acute, citizens, functions)}
    rule = criteria.recommend(points)
    lines = " ".join(
        criteria.criterion_line.format(
            label=_sentence_start(criteria.criterion(score.criterion).label),
            points=score.points,
            reasons="; ".join(score.reasons),
        )
        for score in (acute, citizens, functions)
    )
    explanation = criteria.explanation.format(
        outcome=criteria.outcomes[rule.outcome],
        because=rule.because,
        sum=sum(points.values()),
        lines=lines,
        in_doubt=criteria.in_doubt,
        advisory=criteria.advisory,
    )
    return IncidentAssessed(
        answers=dict(answers),
        scores=(acute, citizens, functions),
        recommendation=rule.outcome,
        explanation=explanation,
        grounds=grounds,
    )


def is_planned(criteria: Criteria, answers: Mapping[str, str]) -> bool:
    """Did somebody choose this peak? A forecast surge is not planned: nobody chose it."""
    option = criteria.planned.option(answers.get(criteria.planned.id, ""))
    return option is not None and option.planned


def _score(criteria: Criteria, criterion: Criterion, answers: Mapping[str, str]) -> CriterionScore:
    answered = [_answer(criteria, question, answers) for question in criteria.criterion(criterion).questions]
    return CriterionScore(
        criterion=criterion,
        points=min(CRITERION_POINTS_AT_MOST, sum(points for points, _ in answered)),
        reasons=tuple(reason for _, reason in answered),
    )


def _answer(criteria: Criteria, question: CriterionQuestion, answers: Mapping[str, str]) -> tuple[int, str]:
    option = question.option(answers.get(question.id, ""))
    if option is None:
        return 0, f"{question.label} {criteria.unanswered}"
    return option.points, option.because


def _sentence_start(text: str) -> str:
    return text[:1].upper() + text[1:]
