"""Feedback, outside the crisis staff: counts under the limit are left out, so that nobody can be recognised.

The rule: a small count is null and never nought; where the sum of the parts is told, one hidden part alone could be
worked out, so the next smallest is hidden with it.
"""

from __future__ import annotations

from collections.abc import Sequence

from schemas.feedback import ProposalForOutside, ReportForOutside, ReportIssued, TopicForOutside

LEAST = 5
"""For reports from before they told it themselves."""


def shown(n: int, least: int) -> int | None:
    """Null where it must not be told; nothing at all may be told."""
    return None if 0 < n < least else n


def hidden(counts: Sequence[int], least: int) -> list[int | None]:
    """The parts of a sum that is told: small ones hidden, and when that is one alone, the next smallest with it."""
    found = [shown(n, least) for n in counts]
    if found.count(None) == 1:
        rest = [(n, place) for place, n in enumerate(found) if n]
        if rest:
            found[min(rest)[1]] = None
    return found


def for_outside(report: ReportIssued) -> ReportForOutside:
    """The report as it may leave the crisis staff."""
    least = report.hide_under or LEAST
    topics: list[TopicForOutside] = []
    for each, total in zip(report.by_topic, hidden([it.total for it in report.by_topic], least), strict=True):
        if total is None:
            topics.append(
                TopicForOutside(
                    topic=each.topic, total=None, answered_yes=None, answered_partly=None, answered_no=None,
                    transferred=None, urgent=None,
                )
            )  # fmt: skip
            continue
        yes, partly, no = hidden([each.answered_yes, each.answered_partly, each.answered_no], least)
        topics.append(
            TopicForOutside(
                topic=each.topic, total=total, answered_yes=yes, answered_partly=partly, answered_no=no,
                transferred=shown(each.transferred, least), urgent=shown(each.urgent, least),
            )
        )  # fmt: skip
    proposals = (
        ProposalForOutside(number=it.number, topic=it.topic, unanswered=shown(it.unanswered, least))
        for it in report.proposals
    )
    return ReportForOutside(
        number=report.number,
        period_from=report.period_from,
        period_to=report.period_to,
        total=shown(report.total, least),
        late=shown(report.late, least),
        by_topic=tuple(topics),
        previous_total=shown(report.previous_total, least),
        gaps=report.gaps,
        proposals=tuple(proposals),
        earlier=report.earlier,
        final=report.final,
        receipt_before=report.receipt_before,
        hide_under=least,
    )
