"""When more municipalities are hit, guides and feedback listen to theirs too."""

from __future__ import annotations

from schemas.activation import AuthorityScopeChanged
from schemas.base import Actor, AffectedNoted
from schemas.feedback import AcknowledgeReport
from schemas.guides import WriteGuideDraft
from tests.core.guide_story import GuideStory, full
from tests.core.strandby import STRANDBY, activated, deactivated, warned
from tests.core.test_feedback import AT, FeedbackStory, minutes

WIDER = AuthorityScopeChanged(
    authority=STRANDBY.model_copy(update={"affected": (*STRANDBY.affected, "9002"), "scope": "municipalities"}),
    added=("9002",),
    previous_scope="municipality",
    grounds="Vandet går over åen.",
)
NEIGHBOUR = Actor(person="nina-aabo", role="local_information_lead", municipality="9002")
DRAFT = WriteGuideDraft(content=full())
ACKNOWLEDGED = AcknowledgeReport(number=1, answers=())


def test_a_neighbour_that_was_hit_writes_for_the_authority_from_then_on() -> None:
    story = GuideStory().activated()
    assert story.refused(DRAFT, by=NEIGHBOUR).code == "role_of_other_authority"
    [noted, *_] = story.do(WIDER)
    assert noted == AffectedNoted(concern="guides", affected=WIDER.authority.affected)
    assert story.do(DRAFT, by=NEIGHBOUR)
    assert story.do(WIDER) == [], "what is known is not noted again"


def test_it_is_noted_at_forvarsel_too() -> None:
    story = GuideStory()
    assert story.do(WIDER) == [], "the activation names who is affected by then"
    story.do(warned())
    story.do(WIDER)
    assert story.do(DRAFT, by=NEIGHBOUR)


def test_a_guide_that_is_closed_notes_nothing() -> None:
    story = GuideStory().activated()
    story.do(deactivated())
    assert story.do(WIDER) == []


def test_a_neighbour_that_was_hit_answers_the_reports_also_after_the_end() -> None:
    story = FeedbackStory()
    assert story.hear(WIDER, AT) == []
    story.hear(activated(), AT)
    assert story.refused(ACKNOWLEDGED, by=NEIGHBOUR).code == "role_of_other_authority"
    assert story.hear(WIDER, AT) == [AffectedNoted(concern="feedback", affected=WIDER.authority.affected)]
    assert story.hear(WIDER, AT) == []
    assert story.refused(ACKNOWLEDGED, by=NEIGHBOUR).code == "report_unknown"
    ended = FeedbackStory()
    ended.hear(activated(), AT)
    ended.hear(deactivated(), AT + minutes(60))
    ended.hear(WIDER, AT + minutes(61))
    assert ended.do(ACKNOWLEDGED, at=AT + minutes(70), by=NEIGHBOUR)
