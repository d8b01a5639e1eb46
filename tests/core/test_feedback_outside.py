"""Feedback, outside the crisis staff: small counts are null, and none can be worked out from the others."""

from __future__ import annotations

import pytest

from ddh_beredskab.core.feedback.outside import for_outside, hidden
from schemas.feedback import Proposal, ReportIssued, TopicCount
from tests.core.gwt import T0


def issued(*topics: TopicCount, hide_under: int | None = None) -> ReportIssued:
    return ReportIssued(
        number=2,
        period_from=T0,
        period_to=T0,
        total=sum(each.total for each in topics),
        late=3,
        by_topic=topics,
        previous_total=0,
        gaps=("vand",),
        proposals=(Proposal(number=1, topic="vand", unanswered=4), Proposal(number=2, topic="stroem", unanswered=9)),
        earlier=(),
        final=False,
        hide_under=hide_under,
    )


VAND = TopicCount(topic="vand", total=40, answered_yes=28, answered_partly=10, answered_no=2, transferred=6, urgent=1)


def test_small_counts_are_null_and_nothing_is_nothing() -> None:
    told = for_outside(issued(VAND, hide_under=5))
    assert (told.total, told.late, told.previous_total, told.hide_under) == (40, None, 0, 5)
    (vand,) = told.by_topic
    assert (vand.answered_yes, vand.answered_partly, vand.answered_no) == (28, None, None)
    assert (vand.transferred, vand.urgent) == (6, None)
    assert [each.unanswered for each in told.proposals] == [None, 9]


def test_of_a_topic_too_small_to_be_told_nothing_is_told() -> None:
    small, tiny = TopicCount(topic="dyr", total=4, answered_yes=4), TopicCount(topic="affald", total=1, answered_no=1)
    told = for_outside(issued(VAND, small, tiny, hide_under=5))
    assert [each.total for each in told.by_topic] == [40, None, None]
    assert {each.answered_yes for each in told.by_topic[1:]} == {None}


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ([40, 12, 3, 0], [40, None, None, 0]),
        ([40, 12, 3, 2], [40, 12, None, None]),
        ([3], [None]),
        ([3, 0], [None, 0]),
        ([40, 12], [40, 12]),
    ],
)
def test_one_hidden_part_alone_could_be_worked_out_so_another_goes_with_it(
    counts: list[int], told: list[int | None]
) -> None:
    assert hidden(counts, 5) == told


def test_a_report_from_before_it_told_its_limit_is_hidden_by_the_usual_one() -> None:
    assert for_outside(issued(VAND)).hide_under == 5
