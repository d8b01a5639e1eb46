"""Guides: no version grows old unnoticed - the interval over staffed time, the night, reminders and escalation."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from ddh_beredskab.core.decider import Found, Receipts, Recorded
from schemas.activation import OpeningDecided
from schemas.base import Actor, CommandRefused, DeadlineCancelled, DeadlineSet, TimerFired
from schemas.guides import (
    ConfirmGuide,
    FirstMessageOverdue,
    GiveSecondLook,
    GuideEscalated,
    GuideIntervalSet,
    GuideOpeningNoted,
    GuideReplacementOverdue,
    GuideSeenMeasured,
    GuideUpdateOverdue,
    GuideUpdateReminded,
    NightVersionSet,
    RecallGuide,
    ReleaseFirstMessage,
    ReleaseGuideAlone,
    SecondLookOverdue,
    SetGuideInterval,
    SetNightVersion,
)
from tests.core.guide_story import LIMITS, NOON, GuideStory, minutes, of, opening, running
from tests.core.strandby import (
    CALL_AGENT,
    COMMUNICATIONS,
    CRISIS_LEADER,
    INFORMATION_LEAD,
    LOCAL_LEADER,
    LOG_KEEPER,
    activated,
    warned,
)


def local(text: str) -> datetime:
    """Danish time on one of the days of the surge; Thursday 19 October is open 8-20, Friday 8-16."""
    return datetime.fromisoformat(f"2023-10-{text}+02:00")


def confirmed(story: GuideStory, at: datetime) -> GuideStory:
    story.do(ConfirmGuide(version=story.open.released), at=at, by=INFORMATION_LEAD)
    return story


class TestFirstMessage:
    def test_a_first_message_that_does_not_come_is_said_loudly_once(self) -> None:
        story = GuideStory().activated()
        assert story.fire("first_message") == [FirstMessageOverdue(target_minutes=LIMITS.first_message_minutes)]
        assert story.fire("first_message") == []
        assert story.waits_for() == set()

    def test_one_that_comes_in_time_cancels_the_deadline(self) -> None:
        story = GuideStory().activated().staffed().first_message()
        assert story.fire("first_message") == []

    def test_a_guide_that_comes_first_is_just_as_good(self) -> None:
        story = GuideStory().activated().staffed()
        story.released()
        assert "first_message" not in story.waits_for()

    def test_one_that_is_not_replaced_sets_off_the_calling(self) -> None:
        story = GuideStory().activated().staffed().first_message()
        story.do(ConfirmGuide(version=0), at=NOON + minutes(50), by=INFORMATION_LEAD)
        overdue, escalated, deadline = story.fire("guide_replacement")
        assert overdue == GuideReplacementOverdue(target_minutes=LIMITS.first_message_replaced_minutes)
        assert escalated == GuideEscalated(
            version=0, step=1, role="local_information_lead", person=INFORMATION_LEAD.person
        )
        assert isinstance(deadline, DeadlineSet)

    def test_confirming_it_does_not_replace_it(self) -> None:
        story = GuideStory().activated().staffed().first_message()
        story.do(ConfirmGuide(version=0), at=NOON + minutes(50), by=INFORMATION_LEAD)
        story.fire("guide_replacement")
        story.do(ConfirmGuide(version=0), at=NOON + minutes(61), by=INFORMATION_LEAD)
        assert "guide_escalation" in story.waits_for()
        story.released(NOON + minutes(62))
        assert "guide_escalation" not in story.waits_for()

    def test_overdue_twice_over_calls_once(self) -> None:
        story = GuideStory().activated().staffed().first_message()
        assert of(GuideEscalated, story.fire("guide_update"))
        assert story.fire("guide_replacement") == [
            GuideReplacementOverdue(target_minutes=LIMITS.first_message_replaced_minutes)
        ]
        story.do(ConfirmGuide(version=0), at=NOON + minutes(61), by=INFORMATION_LEAD)
        assert "guide_escalation" in story.waits_for()
        again = GuideStory().activated().staffed().first_message()
        assert of(GuideEscalated, again.fire("guide_replacement"))
        assert not of(GuideEscalated, again.fire("guide_update"))


class TestInterval:
    def test_the_next_update_is_due_when_so_many_staffed_minutes_have_passed(self) -> None:
        assert running().due("guide_update") == NOON + minutes(60)

    def test_closed_hours_do_not_count_but_the_first_call_meets_a_fresh_guide(self) -> None:
        story = confirmed(running(local("19T19:30")), local("19T19:30"))
        assert story.due("guide_update") == local("20T08:00")

    def test_what_was_confirmed_shortly_before_opening_is_fresh(self) -> None:
        story = confirmed(running(local("19T19:30")), local("20T07:45"))
        assert story.due("guide_update") == local("20T09:00")

    def test_what_was_confirmed_in_the_middle_of_the_night_is_not(self) -> None:
        story = confirmed(running(local("19T19:30")), local("20T02:00"))
        assert story.due("guide_update") == local("20T08:00")

    def test_a_deadline_never_falls_where_nobody_is(self) -> None:
        story = confirmed(running(local("19T19:00")), local("19T19:00"))
        assert story.due("guide_update") == local("20T08:00")

    def test_a_decided_opening_is_staffed_time(self) -> None:
        story = GuideStory().activated(opening(local("19T20:00"), local("20T08:00")), at=NOON).staffed()
        story.released(local("19T19:30"))
        assert story.due("guide_update") == local("19T20:30")

    def test_an_opening_decided_later_moves_the_deadline(self) -> None:
        story = running(local("19T19:30"))
        opened = opening(local("19T20:00"), local("20T08:00"))
        events = story.do(OpeningDecided(opening=opened, grounds=""), at=local("19T19:40"))
        assert events[0] == GuideOpeningNoted(opening=opened)
        assert story.due("guide_update") == local("19T20:30")
        assert story.do(OpeningDecided(opening=opened, grounds=""), at=local("19T19:41")) == []

    def test_a_confirmation_of_the_activation_may_add_openings(self) -> None:
        story = running(local("19T19:30"))
        opened = opening(local("19T20:00"), local("20T08:00"))
        assert story.do(activated(opened, confirms=True), at=local("19T19:40"))[0] == GuideOpeningNoted(opening=opened)

    def test_openings_heard_before_the_activation_are_kept(self) -> None:
        story = GuideStory()
        opened = opening(local("19T20:00"), local("20T08:00"))
        story.do(warned())
        story.do(OpeningDecided(opening=opened, grounds=""), at=NOON)
        story.activated(opened).staffed()
        assert story.open.openings == (opened,)

    def test_the_crisis_leader_sets_the_interval_and_the_deadline_moves(self) -> None:
        story = running()
        command = SetGuideInterval(minutes=30, reason="Det går stærkt")
        events = story.do(command, at=NOON + minutes(10), by=CRISIS_LEADER)
        assert events[0] == GuideIntervalSet(minutes=30, previous=60, reason="Det går stærkt")
        assert story.due("guide_update") == NOON + minutes(30)
        assert story.due("guide_reminder") == NOON + minutes(20)

    def test_a_shorter_interval_that_has_passed_already_is_due_now(self) -> None:
        story = running()
        story.do(SetGuideInterval(minutes=15), at=NOON + minutes(40), by=CRISIS_LEADER)
        assert story.due("guide_update") == NOON + minutes(40)
        assert story.due("guide_reminder") == NOON + minutes(40)

    def test_a_deadline_that_has_come_is_not_set_again_and_again(self) -> None:
        story = running()
        story.do(SetGuideInterval(minutes=15), at=NOON + minutes(40), by=CRISIS_LEADER)
        opened = opening(local("21T10:00"), local("21T12:00"))
        events = story.do(OpeningDecided(opening=opened, grounds=""), at=NOON + minutes(41))
        assert events == [GuideOpeningNoted(opening=opened)]

    @pytest.mark.parametrize("number", [14, 1441, 0, -60])
    def test_the_interval_keeps_within_its_bounds(self, number: int) -> None:
        refusal = running().refused(SetGuideInterval(minutes=number), by=CRISIS_LEADER)
        assert (refusal.code, refusal.facts) == ("guide_interval_out_of_range", {"least": "15", "most": "1440"})

    def test_the_same_interval_again_is_no_decision(self) -> None:
        assert running().refused(SetGuideInterval(minutes=60), by=CRISIS_LEADER).code == "guide_interval_unchanged"

    def test_nobody_else_sets_the_interval(self) -> None:
        assert running().refused(SetGuideInterval(minutes=30), by=INFORMATION_LEAD).code == "role_may_not"

    def test_an_update_entered_late_counts_from_when_it_happened(self) -> None:
        story = running()
        story.do(ConfirmGuide(version=1), at=NOON + minutes(50), by=INFORMATION_LEAD)
        story.do(ConfirmGuide(version=1), at=NOON + minutes(20), by=LOCAL_LEADER)
        assert story.due("guide_update") == NOON + minutes(110)

    def test_an_interval_of_a_day_still_asks_for_a_confirmed_guide_in_the_morning(self) -> None:
        story = running()
        story.do(SetGuideInterval(minutes=1440), at=NOON, by=CRISIS_LEADER)
        assert story.due("guide_update") == local("20T08:00")

    def test_doors_that_open_for_a_moment_only_do_not_reset_the_morning(self) -> None:
        story = GuideStory().activated(opening(local("19T20:10"), local("19T20:20")), at=NOON).staffed()
        story.released(local("19T19:55"))
        assert story.due("guide_update") == local("20T08:00")

    def test_open_round_the_clock_without_end_there_is_no_morning(self) -> None:
        story = GuideStory().activated(opening(local("19T08:00"), local("19T08:00") + timedelta(days=900))).staffed()
        story.released(local("19T23:30"))
        assert story.due("guide_update") == local("20T00:30")
        night = SetNightVersion(holds_until=local("20T08:00"), owner=INFORMATION_LEAD.person)
        assert story.refused(night, at=local("19T23:31"), by=CRISIS_LEADER).code == "night_version_without_night"


class TestOverdue:
    def test_a_reminder_goes_to_the_information_lead_before_it_is_due(self) -> None:
        story = running()
        assert story.due("guide_reminder") == NOON + minutes(60 - LIMITS.guide_reminder_before_minutes)
        assert story.fire("guide_reminder") == [
            GuideUpdateReminded(version=1, due_at=NOON + minutes(60), person=INFORMATION_LEAD.person)
        ]
        assert "guide_reminder" not in story.waits_for()

    def test_overdue_the_authority_is_called_name_by_name_until_it_answers(self) -> None:
        story = running()
        overdue, first, *_ = story.fire("guide_update")
        assert overdue == GuideUpdateOverdue(version=1, since=NOON)
        names = [first, *(story.fire("guide_escalation")[0] for _ in range(3))]
        assert [(each.step, each.role, each.person) for each in of(GuideEscalated, names)] == [  # type: ignore[attr-defined]
            (1, "local_information_lead", INFORMATION_LEAD.person),
            (2, "deputy", None),
            (3, "local_leader", LOCAL_LEADER.person),
            (4, "krisestab", None),
        ]

    def test_when_all_have_been_called_it_begins_again_after_an_interval(self) -> None:
        story = running()
        story.fire("guide_update")
        for _ in range(3):
            story.fire("guide_escalation")
        called = NOON + minutes(60 + 3 * LIMITS.guide_overdue_escalation_minutes)
        assert story.due("guide_escalation") == called + minutes(60)
        again = story.fire("guide_escalation")[0]
        assert again == GuideEscalated(version=1, step=5, role="local_information_lead", person=INFORMATION_LEAD.person)

    def test_a_confirmation_ends_it(self) -> None:
        story = running()
        story.fire("guide_update")
        story.fire("guide_escalation")
        confirmed(story, NOON + minutes(75))
        assert story.fire("guide_escalation") == []
        assert story.due("guide_update") == NOON + minutes(135)
        overdue, first, *_ = story.fire("guide_update")
        assert overdue == GuideUpdateOverdue(version=1, since=NOON + minutes(75))
        assert isinstance(first, GuideEscalated)
        assert first.step == 1

    def test_after_a_standstill_it_is_said_once_and_the_calling_starts_from_then(self) -> None:
        story = running()
        events = story.fire("guide_update", late=minutes(90))
        assert len(of(GuideUpdateOverdue, events)) == len(of(GuideEscalated, events)) == 1
        step = minutes(LIMITS.guide_overdue_escalation_minutes)
        assert story.due("guide_escalation") == NOON + minutes(150) + step

    def test_a_recalled_version_is_overdue_at_once(self) -> None:
        story = running()
        recall = RecallGuide(version=1, wrong="1 minut", correction="2 minutter")
        story.do(recall, at=NOON + minutes(20), by=COMMUNICATIONS)
        overdue, escalated, *_ = story.fire("guide_update")
        assert overdue == GuideUpdateOverdue(version=1, since=NOON)
        assert isinstance(escalated, GuideEscalated)

    def test_recalled_at_night_it_waits_until_somebody_is_there(self) -> None:
        story = running(local("19T19:30"))
        recall = RecallGuide(version=1, wrong="1 minut", correction="2 minutter")
        story.do(recall, at=local("19T22:00"), by=COMMUNICATIONS)
        assert story.due("guide_update") == local("20T08:00")

    def test_a_recall_while_overdue_goes_on_calling(self) -> None:
        story = running()
        story.fire("guide_update")
        recall = RecallGuide(version=1, wrong="1 minut", correction="2 minutter")
        story.do(recall, at=NOON + minutes(65), by=COMMUNICATIONS)
        assert story.waits_for() == {"guide_escalation"}


class TestNight:
    NIGHT = SetNightVersion(holds_until=local("20T08:00"), owner="nina-sandrev")

    def test_it_says_until_when_and_who_owns_it(self) -> None:
        story = running(local("19T19:30"))
        events = story.do(self.NIGHT, at=local("19T19:50"), by=COMMUNICATIONS)
        assert events == [NightVersionSet(version=1, holds_until=local("20T08:00"), owner="nina-sandrev")]

    def test_nothing_is_overdue_before_it_ends_and_opening_needs_a_confirmed_version(self) -> None:
        story = running(local("19T19:30"))
        story.do(self.NIGHT, at=local("19T19:50"), by=COMMUNICATIONS)
        assert story.due("guide_update") == local("20T08:00")
        assert of(GuideUpdateOverdue, story.fire("guide_update"))

    def test_its_owner_is_reminded(self) -> None:
        story = running(local("19T19:30"))
        story.do(self.NIGHT, at=local("19T19:50"), by=INFORMATION_LEAD)
        assert story.fire("guide_reminder") == [
            GuideUpdateReminded(version=1, due_at=local("20T08:00"), person="nina-sandrev")
        ]

    def test_it_may_end_earlier_and_is_then_due_when_somebody_comes(self) -> None:
        story = running(local("19T19:40"))
        early = self.NIGHT.model_copy(update={"holds_until": local("20T06:00")})
        story.do(early, at=local("19T19:50"), by=CRISIS_LEADER)
        assert story.due("guide_update") == local("20T08:00")

    def test_before_closing_the_interval_still_counts(self) -> None:
        story = running(local("19T18:00"))
        story.do(self.NIGHT, at=local("19T18:10"), by=LOCAL_LEADER)
        assert story.due("guide_update") == local("19T19:00")

    def test_doors_opened_in_the_night_do_not_make_it_overdue_before_it_ends(self) -> None:
        story = running(local("19T19:30"))
        story.do(self.NIGHT, at=local("19T19:50"), by=COMMUNICATIONS)
        opened = opening(local("20T07:40"), local("20T08:00"))
        story.do(OpeningDecided(opening=opened, grounds=""), at=local("19T23:00"))
        assert story.due("guide_update") == local("20T08:00")

    def test_a_confirmation_shortly_before_its_end_is_what_opening_needs(self) -> None:
        story = running(local("19T19:30"))
        story.do(self.NIGHT, at=local("19T19:50"), by=COMMUNICATIONS)
        confirmed(story, local("20T02:00"))
        assert story.due("guide_update") == local("20T08:00")
        confirmed(story, local("20T07:45"))
        assert story.due("guide_update") == local("20T09:00")

    def test_it_cannot_hold_past_the_first_call(self) -> None:
        story = running(local("19T19:30"))
        late = self.NIGHT.model_copy(update={"holds_until": local("20T09:00")})
        refusal = story.refused(late, at=local("19T19:50"), by=COMMUNICATIONS)
        assert refusal.code == "night_version_past_opening"
        assert refusal.facts == {"opening": "fredag den 20. oktober 2023 kl. 08.00"}

    def test_it_lies_ahead(self) -> None:
        story = running(local("19T19:30"))
        past = self.NIGHT.model_copy(update={"holds_until": local("19T19:00")})
        assert story.refused(past, at=local("19T19:50"), by=COMMUNICATIONS).code == "night_version_in_the_past"

    def test_there_must_be_a_version(self) -> None:
        story = GuideStory().activated().staffed()
        assert story.refused(self.NIGHT, at=NOON, by=COMMUNICATIONS).code == "no_guide_in_force"

    @pytest.mark.parametrize("actor", [CALL_AGENT, LOG_KEEPER])
    def test_not_everybody_sets_it(self, actor: Actor) -> None:
        assert running().refused(self.NIGHT, by=actor).code == "role_may_not"

    def test_the_next_version_has_no_night_of_its_own(self) -> None:
        story = running(local("19T19:30"))
        story.do(self.NIGHT, at=local("19T19:50"), by=COMMUNICATIONS)
        story.released(local("19T19:55"))
        assert story.open.night is None


class TestSecondLook:
    def test_nobody_looked_in_time_and_can_still_look(self) -> None:
        story = GuideStory().activated(at=local("20T02:00")).staffed()
        story.drafted()
        alone = ReleaseGuideAlone(draft=1, reason="Nat", channels=("sms",))
        story.do(alone, at=local("20T02:00"), by=CRISIS_LEADER)
        assert story.fire("second_look") == [SecondLookOverdue(version=1)]
        assert "second_look" not in story.waits_for()
        assert len(story.do(GiveSecondLook(version=1), at=local("20T03:00"), by=LOG_KEEPER)) == 1


class TestReceipts:
    def test_a_version_is_measured_against_who_is_on_shift(self) -> None:
        story = running()
        assert story.due("guide_receipts") == NOON + minutes(LIMITS.receipt_minutes)
        assert story.fire("guide_receipts", seen=Receipts(on_shift=230, seen=212, sha256="ab")) == [
            GuideSeenMeasured(
                version=1,
                on_shift=230,
                seen=212,
                share=212 / 230,
                target=LIMITS.receipt_share,
                receipts_sha256="ab",
            )
        ]
        assert "guide_receipts" not in story.waits_for()

    def test_with_nobody_on_shift_nobody_took_a_call_on_an_old_version(self) -> None:
        (event,) = running().fire("guide_receipts", seen=Receipts(on_shift=0, seen=0, sha256=""))
        assert isinstance(event, GuideSeenMeasured)
        assert event.share == 1.0

    def test_the_next_version_is_measured_instead(self) -> None:
        story = running()
        events = story.released(NOON + minutes(5))
        assert [event.name for event in events if isinstance(event, DeadlineCancelled)] == [
            "guide_reminder",
            "guide_update",
            "guide_receipts",
        ]
        assert story.due("guide_receipts") == NOON + minutes(5 + LIMITS.receipt_minutes)

    def test_other_deadlines_look_nothing_up(self) -> None:
        story = running()
        deadline = story.deadline("guide_update")
        fired = TimerFired(concern="guides", name="guide_update", deadline_id=deadline.id, due_at=NOON, fired_at=NOON)
        assert story.needs(fired) == ()
        assert story.needs(ConfirmGuide(version=1)) == ()


class TestEnteredLate:
    def test_what_is_entered_long_after_it_happened_sets_no_deadline_in_the_past(self) -> None:
        story = GuideStory().activated().staffed()
        entered = NOON + minutes(55)
        message = ReleaseFirstMessage(lines=("Vandet stiger.",))
        late = Recorded(UUID(int=1), NOON + minutes(5), CRISIS_LEADER, "k1", message, "drift", entered)
        events = [emit.event for emit in story.decider.decide(story.state, late, Found())]
        due = {event.name: event.due_at for event in events if isinstance(event, DeadlineSet)}
        assert due == {
            "guide_replacement": NOON + minutes(65),
            "guide_reminder": entered,
            "guide_update": NOON + minutes(65),
            "guide_receipts": entered,
        }


class TestFirings:
    def test_a_firing_nobody_waits_for_changes_nothing(self) -> None:
        fired = TimerFired(concern="guides", name="guide_update", deadline_id=UUID(int=1), due_at=NOON, fired_at=NOON)
        for story in (GuideStory(), running()):
            before = story.state
            assert story.do(fired) == []
            assert story.state == before
            assert story.needs(fired) == ()

    def test_a_refusal_written_down_changes_nothing_in_any_state(self) -> None:
        refused = CommandRefused(concern="guides", command_id=UUID(int=1), command_type="x", code="y", facts={})
        for story in (GuideStory(), running()):
            kept = Recorded(UUID(int=2), NOON, CRISIS_LEADER, "k1", refused)
            assert story.decider.evolve(story.state, kept) == story.state

    def test_messages_of_others_change_nothing(self) -> None:
        story = running()
        assert story.do(FirstMessageOverdue(target_minutes=1)) == []
