"""Guides: a planned change of force comes by itself at its time, or falls away and says why."""

from __future__ import annotations

from datetime import timedelta

import pytest

from schemas.base import Actor, DeadlineCancelled, DeadlineSet, Event, Message
from schemas.guides import (
    ApproveGuideFacts,
    CancelPlannedRelease,
    GuideClosed,
    GuideReleased,
    GuideReleasePlanned,
    PlanGuideRelease,
    PlannedReleaseCancelled,
    PlannedReleaseLapsed,
    RecallGuide,
    ReleaseGuide,
)
from tests.core.guide_story import LIMITS, NOON, GuideStory, full, minutes, of, running
from tests.core.strandby import (
    CALL_AGENT,
    COMMUNICATIONS,
    CRISIS_LEADER,
    INFORMATION_LEAD,
    LOG_KEEPER,
    deactivated,
)

AT = NOON + minutes(90)


def a_plan(draft: int, **changes: object) -> PlanGuideRelease:
    plan = PlanGuideRelease(draft=draft, reason="Nye tider", channels=("sms",), release_at=AT, closes_gaps=("a", "a"))
    return plan.model_copy(update=changes)


def planned(story: GuideStory, draft: int) -> list[Event]:
    return story.do(a_plan(draft), at=NOON, by=COMMUNICATIONS)


def cancelled(events: list[Event]) -> set[str]:
    return {event.name for event in events if isinstance(event, DeadlineCancelled)}


def why_not(story: GuideStory, message: Message, by: Actor = COMMUNICATIONS) -> str:
    return story.refused(message, at=NOON, by=by).code


class TestPlanning:
    def test_the_draft_is_in_force_at_the_time_set_and_says_that_it_was_planned(self) -> None:
        story = running()
        draft = story.approved()
        plan, timer = planned(story, draft)
        assert plan == GuideReleasePlanned(
            draft=draft,
            reason="Nye tider",
            channels=("sms",),
            closes_gaps=("a",),
            planned_by=COMMUNICATIONS.person,
            release_at=AT,
        )
        assert isinstance(timer, DeadlineSet)
        assert (timer.name, timer.due_at) == ("planned_release", AT)
        (version, *timers) = story.fire("planned_release")
        assert version == GuideReleased(
            version=2,
            draft=draft,
            content=full(),
            reason="Nye tider",
            channels=("sms",),
            closes_gaps=("a",),
            released_by=COMMUNICATIONS.person,
            alone=False,
            duty_number_missing=False,
            planned=True,
        )
        assert story.open.planned is None
        assert "planned_release" not in story.waits_for()
        assert "planned_release" not in cancelled(timers)
        assert story.fire("planned_release") == []

    def test_it_may_be_the_first_version_there_is(self) -> None:
        story = GuideStory().activated().staffed()
        planned(story, story.approved())
        (version, *_) = story.fire("planned_release")
        assert isinstance(version, GuideReleased)
        assert version.version == 1

    def test_a_newer_draft_changes_nothing_about_the_plan(self) -> None:
        story = running()
        draft = story.approved()
        planned(story, draft)
        newer = story.drafted()
        (version, *_) = story.fire("planned_release")
        assert isinstance(version, GuideReleased)
        assert version.draft == draft
        assert [each.number for each in story.open.drafts] == [newer]


class TestWhatMayNotBePlanned:
    def test_a_draft_whose_facts_nobody_approved(self) -> None:
        story = running()
        assert why_not(story, a_plan(story.drafted())) == "facts_not_approved"

    def test_a_draft_that_lacks_an_answer_is_stopped_by_the_gate(self) -> None:
        story = running()
        assert why_not(story, a_plan(story.drafted(full(transfer=())))) == "guide_missing_transfer"

    def test_a_time_that_has_passed_or_is_too_far_ahead(self) -> None:
        story = running()
        draft, latest = story.approved(), NOON + timedelta(hours=LIMITS.guide_plan_most_hours)
        assert why_not(story, a_plan(draft, release_at=NOON)) == "plan_not_ahead"
        assert why_not(story, a_plan(draft, release_at=latest + minutes(1))) == "plan_too_far_ahead"
        assert story.do(a_plan(draft, release_at=latest), at=NOON, by=COMMUNICATIONS)

    def test_a_version_for_no_channel_or_beside_another_plan(self) -> None:
        story = running()
        draft = story.approved()
        assert why_not(story, a_plan(draft, channels=())) == "no_channel_chosen"
        planned(story, draft)
        assert why_not(story, a_plan(draft)) == "release_already_planned"

    def test_by_anybody_but_communications_or_by_who_approved_the_facts(self) -> None:
        story = running()
        draft = story.approved()
        for actor in (CRISIS_LEADER, INFORMATION_LEAD, CALL_AGENT):
            story.refused(a_plan(draft), at=NOON, by=actor)
        by_phone = COMMUNICATIONS.model_copy(update={"on_behalf_of": INFORMATION_LEAD.person})
        other = story.drafted()
        story.do(ApproveGuideFacts(draft=other, read_back_to=INFORMATION_LEAD.person), at=NOON, by=by_phone)
        assert why_not(story, a_plan(other)) == "released_by_approver"


class TestCallingOff:
    @pytest.mark.parametrize("actor", [COMMUNICATIONS, CRISIS_LEADER])
    def test_communications_or_the_crisis_leader_calls_it_off(self, actor: Actor) -> None:
        story = running()
        draft = story.approved()
        planned(story, draft)
        event, timer = story.do(CancelPlannedRelease(draft=draft, reason="Nyt vand"), at=NOON, by=actor)
        assert isinstance(event, PlannedReleaseCancelled)
        assert (event.draft, event.release_at, event.reason) == (draft, AT, "Nyt vand")
        assert isinstance(timer, DeadlineCancelled)
        assert story.open.planned is None
        assert planned(story, draft), "and the draft can be planned anew"

    def test_what_is_not_planned_cannot_be_called_off(self) -> None:
        story = running()
        draft = story.approved()
        cancel = CancelPlannedRelease(draft=draft)
        assert why_not(story, cancel) == "plan_not_there"
        planned(story, draft)
        assert why_not(story, CancelPlannedRelease(draft=draft + 1)) == "plan_not_there"
        story.refused(cancel, at=NOON, by=LOG_KEEPER)


class TestFallingAway:
    def test_another_version_that_comes_first_ends_the_plan_and_says_so(self) -> None:
        story = running()
        planned(story, story.approved())
        events = story.released(NOON + minutes(10))
        (lapsed,) = of(PlannedReleaseLapsed, events)
        assert lapsed == PlannedReleaseLapsed(draft=2, release_at=AT, why="newer_version", version=2)
        assert "planned_release" not in story.waits_for()
        assert story.fire("planned_release") == []

    def test_so_does_releasing_the_planned_draft_before_its_time(self) -> None:
        story = running()
        draft = story.approved()
        planned(story, draft)
        now = ReleaseGuide(draft=draft, reason="Nu", channels=("sms",))
        assert of(PlannedReleaseLapsed, story.do(now, at=NOON, by=COMMUNICATIONS))
        assert story.open.released == 2
        assert story.fire("planned_release") == []

    def test_a_recall_ends_it_since_the_wrong_sentence_may_stand_in_the_draft_too(self) -> None:
        story = running()
        planned(story, story.approved())
        recall = RecallGuide(version=1, wrong="a", correction="b")
        (lapsed,) = of(PlannedReleaseLapsed, story.do(recall, at=NOON, by=CRISIS_LEADER))
        assert isinstance(lapsed, PlannedReleaseLapsed)
        assert (lapsed.why, lapsed.version) == ("recalled", 1)

    def test_so_does_the_end_of_the_crisis(self) -> None:
        story = running()
        planned(story, story.approved())
        events = story.do(deactivated(), at=NOON)
        assert [type(each) for each in events[-2:]] == [PlannedReleaseLapsed, GuideClosed]
        assert "planned_release" in cancelled(events)
