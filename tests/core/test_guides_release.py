"""Guides: who may bring what into force, and who never may."""

from __future__ import annotations

from datetime import datetime

import pytest

from ddh_beredskab.core.guides import guides_decider
from ddh_beredskab.core.guides.states import Closed, NoCrisis, Prepared
from schemas.base import Actor, DeadlineCancelled, DeadlineSet
from schemas.crisis_staff import RoleHandedOver, StaffStoodDown
from schemas.guides import (
    ApproveGuideFacts,
    ChannelConfirmedLive,
    ConfirmChannelLive,
    ConfirmGuide,
    FirstMessageReleased,
    GiveSecondLook,
    GuideClosed,
    GuideConfirmed,
    GuideDrafted,
    GuideFactsApproved,
    GuideOpened,
    GuideRecalled,
    GuideReleased,
    GuideSkeletonPrepared,
    RecallGuide,
    ReleaseFirstMessage,
    ReleaseGuide,
    ReleaseGuideAlone,
    SecondLookGiven,
    WriteGuideDraft,
)
from tests.core.books import BOOKS
from tests.core.guide_story import LIMITS, NOON, GuideStory, full, minutes, of, running
from tests.core.strandby import (
    CALL_AGENT,
    COMMUNICATIONS,
    CRISIS_LEADER,
    INFORMATION_LEAD,
    LOCAL_LEADER,
    LOG_KEEPER,
    SECRETARIAT,
    activated,
    assumed,
    deactivated,
    on_behalf,
    provisional,
    reopened,
    warned,
)

NIGHT = datetime.fromisoformat("2023-10-20T02:00+02:00")


class TestForewarning:
    def test_a_forewarning_prepares_the_skeleton_and_only_the_first_does(self) -> None:
        story = GuideStory()
        (event,) = story.do(warned())
        assert isinstance(event, GuideSkeletonPrepared)
        assert isinstance(story.state, Prepared)
        assert story.do(warned()) == []

    def test_the_skeleton_can_be_filled_in_and_approved_but_not_released(self) -> None:
        story = GuideStory()
        story.do(warned())
        story.do(WriteGuideDraft(content=full()), by=INFORMATION_LEAD)
        story.do(ApproveGuideFacts(draft=1), by=LOCAL_LEADER)
        release = ReleaseGuide(draft=1, reason="", channels=("sms",))
        assert story.refused(release, by=COMMUNICATIONS).code == "guide_not_opened"

    def test_what_was_approved_at_the_forewarning_can_be_released_at_once(self) -> None:
        story = GuideStory()
        story.do(warned())
        story.do(WriteGuideDraft(content=full()), by=INFORMATION_LEAD)
        story.do(ApproveGuideFacts(draft=1), by=LOCAL_LEADER)
        story.activated().staffed()
        events = story.do(ReleaseGuide(draft=1, reason="", channels=("sms",)), by=COMMUNICATIONS)
        assert isinstance(events[0], GuideReleased)


class TestOpening:
    def test_the_activation_opens_with_the_playbooks_interval_and_asks_for_a_first_message(self) -> None:
        story = GuideStory()
        opened, deadline = story.do(activated(), at=NOON)
        assert isinstance(opened, GuideOpened)
        assert opened.interval_minutes == 60
        assert opened.first_message_before == NOON + minutes(LIMITS.first_message_minutes)
        assert deadline == DeadlineSet(
            concern="guides", name="first_message", due_at=NOON + minutes(LIMITS.first_message_minutes)
        )

    def test_a_confirmation_of_the_provisional_activation_opens_nothing_again(self) -> None:
        story = GuideStory()
        story.do(provisional(), at=NOON)
        assert story.do(activated(confirms=True), at=NOON) == []

    def test_the_end_cancels_every_deadline_and_closes(self) -> None:
        story = running()
        waiting = len(story.waits_for())
        events = story.do(deactivated(), at=NOON)
        assert len(of(DeadlineCancelled, events)) == waiting
        assert events[-1] == GuideClosed(version=1)
        assert isinstance(story.state, Closed)
        assert story.do(deactivated(), at=NOON) == []

    def test_a_reversal_before_any_message_closes_without_a_version(self) -> None:
        story = GuideStory().activated()
        assert story.do(deactivated())[-1] == GuideClosed(version=None)

    def test_nothing_is_written_or_released_once_the_crisis_has_ended(self) -> None:
        story = running()
        story.do(deactivated(), at=NOON)
        assert story.refused(WriteGuideDraft(content=full()), by=INFORMATION_LEAD).code == "guide_closed"
        assert story.refused(ConfirmGuide(version=1), by=INFORMATION_LEAD).code == "guide_closed"

    def test_a_reopened_crisis_gets_its_last_version_back_and_numbers_go_on(self) -> None:
        story = running()
        story.do(deactivated(), at=NOON)
        events = story.do(reopened(), at=NOON + minutes(10))
        assert isinstance(events[0], GuideOpened)
        assert "first_message" not in story.waits_for()
        assert story.due("guide_update") == NOON + minutes(60)
        story.released(NOON + minutes(20))
        assert story.open.released == 2

    def test_a_guide_without_a_crisis_is_refused(self) -> None:
        story = GuideStory()
        assert isinstance(story.state, NoCrisis)
        assert story.refused(WriteGuideDraft(content=full()), by=INFORMATION_LEAD).code == "guide_not_opened"
        assert story.refused(ReleaseFirstMessage(lines=("x",)), by=CRISIS_LEADER).code == "guide_not_opened"


class TestFirstMessage:
    def test_the_crisis_leader_releases_it_without_the_gate_and_it_must_be_replaced(self) -> None:
        story = GuideStory().activated().staffed()
        events = story.do(ReleaseFirstMessage(lines=("Vandet stiger.", " ")), at=NOON + minutes(7), by=CRISIS_LEADER)
        assert events[0] == FirstMessageReleased(
            lines=("Vandet stiger.",), replace_before=NOON + minutes(67), minutes=7.0
        )
        assert story.waits_for() == {"guide_replacement", "guide_reminder", "guide_update", "guide_receipts"}

    @pytest.mark.parametrize("actor", [COMMUNICATIONS, LOCAL_LEADER, SECRETARIAT, CALL_AGENT])
    def test_nobody_else_releases_it(self, actor: Actor) -> None:
        story = GuideStory().activated().staffed()
        refusal = story.refused(ReleaseFirstMessage(lines=("x",)), by=actor)
        assert (refusal.code, refusal.facts["needed"]) == ("role_may_not", "crisis_leader")

    def test_it_is_released_once_and_never_over_a_guide(self) -> None:
        story = GuideStory().activated().staffed().first_message()
        again = ReleaseFirstMessage(lines=("x",))
        assert story.refused(again, by=CRISIS_LEADER).code == "first_message_already_released"
        story.released()
        assert story.refused(again, by=CRISIS_LEADER).code == "first_message_after_guide"

    def test_empty_lines_are_no_message(self) -> None:
        story = GuideStory().activated().staffed()
        assert story.refused(ReleaseFirstMessage(lines=(" ",)), by=CRISIS_LEADER).code == "first_message_empty"

    def test_more_lines_than_the_limit_are_too_many(self) -> None:
        story = GuideStory()
        short = BOOKS.limits.model_copy(update={"first_message_lines": 1})
        story.decider = guides_decider(BOOKS.model_copy(update={"limits": short}))
        story.activated().staffed()
        refusal = story.refused(ReleaseFirstMessage(lines=("a", "b")), by=CRISIS_LEADER)
        assert (refusal.code, refusal.facts) == ("first_message_too_long", {"most": "1"})
        assert isinstance(story.do(ReleaseFirstMessage(lines=("a",)), by=CRISIS_LEADER)[0], FirstMessageReleased)


class TestGate:
    def test_what_is_not_answered_is_named_and_blank_is_no_answer(self) -> None:
        story = GuideStory().activated().staffed()
        answers = dict(full().answers) | {"latest": "  "}
        del answers["citizens_do"]
        story.drafted(full(answers=answers))
        refusal = story.refused(ApproveGuideFacts(draft=1), by=INFORMATION_LEAD)
        assert refusal.code == "guide_missing_answer"
        assert refusal.facts["questions"] == '"Hvad er seneste nyt?", "Hvad skal borgerne gøre?"'
        assert refusal.facts["fields"] == "latest, citizens_do"

    def test_we_do_not_know_yet_is_an_answer(self) -> None:
        story = GuideStory().activated().staffed()
        story.drafted(full())
        assert isinstance(story.do(ApproveGuideFacts(draft=1), by=INFORMATION_LEAD)[0], GuideFactsApproved)

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"does_not_answer": (" ",)}, "guide_missing_scope"),
            ({"transfer": ()}, "guide_missing_transfer"),
        ],
    )
    def test_what_ddh_does_not_answer_and_where_calls_go_must_stand_there(
        self, changes: dict[str, object], code: str
    ) -> None:
        story = GuideStory().activated().staffed()
        story.drafted(full(**changes))
        assert story.refused(ApproveGuideFacts(draft=1), by=INFORMATION_LEAD).code == code
        alone = ReleaseGuideAlone(draft=1, reason="Nat", channels=("sms",))
        assert story.refused(alone, at=NIGHT, by=CRISIS_LEADER).code == code

    def test_a_missing_duty_number_is_only_a_warning(self) -> None:
        story = GuideStory().activated().staffed()
        story.drafted(full(duty_number=" "))
        story.do(ApproveGuideFacts(draft=1), by=INFORMATION_LEAD)
        released = story.do(ReleaseGuide(draft=1, reason="", channels=("sms",)), by=COMMUNICATIONS)[0]
        assert isinstance(released, GuideReleased)
        assert released.duty_number_missing


class TestDrafts:
    def test_drafts_are_numbered_and_may_have_gaps(self) -> None:
        story = GuideStory().activated().staffed()
        story.do(WriteGuideDraft(content=full(transfer=())), by=LOCAL_LEADER)
        (event,) = story.do(WriteGuideDraft(content=full(), note="Ring til Nina"), by=INFORMATION_LEAD)
        assert event == GuideDrafted(draft=2, content=full(), note="Ring til Nina")

    def test_a_draft_can_be_dictated_by_phone(self) -> None:
        story = GuideStory().activated().staffed()
        for actor in (COMMUNICATIONS, LOG_KEEPER, SECRETARIAT):
            story.do(WriteGuideDraft(content=full()), by=on_behalf(actor))
        assert story.open.drafted == 3

    def test_ddh_never_writes_facts_alone(self) -> None:
        story = GuideStory().activated().staffed()
        refusal = story.refused(WriteGuideDraft(content=full()), by=COMMUNICATIONS)
        assert refusal.code == "authority_must_be_named"

    def test_the_person_dictating_must_be_the_authoritys(self) -> None:
        story = GuideStory().activated().staffed()
        refusal = story.refused(WriteGuideDraft(content=full()), by=on_behalf(COMMUNICATIONS, CRISIS_LEADER))
        assert refusal.code == "not_the_authoritys_person"

    def test_a_call_agent_writes_no_draft(self) -> None:
        story = GuideStory().activated().staffed()
        for actor in (CALL_AGENT, on_behalf(CALL_AGENT)):
            assert story.refused(WriteGuideDraft(content=full()), by=actor).code == "role_may_not"

    def test_an_unknown_and_an_overtaken_draft_are_told_apart(self) -> None:
        story = running()
        story.drafted()
        assert story.refused(ApproveGuideFacts(draft=9), by=INFORMATION_LEAD).code == "guide_draft_unknown"
        assert story.refused(ApproveGuideFacts(draft=1), by=INFORMATION_LEAD).code == "guide_draft_overtaken"


class TestRoles:
    def test_a_role_that_somebody_else_holds_is_not_ones_own(self) -> None:
        story = GuideStory().activated().staffed()
        other = Actor(person="ulla-rimsoe", role="crisis_leader", deputy=True)
        refusal = story.refused(ReleaseFirstMessage(lines=("x",)), by=other)
        assert (refusal.code, refusal.facts["holder"]) == ("role_held_by_other", CRISIS_LEADER.person)

    def test_a_staff_role_nobody_holds_yet_gives_no_mandate(self) -> None:
        story = GuideStory().activated()
        assert story.refused(ReleaseFirstMessage(lines=("x",)), by=CRISIS_LEADER).code == "role_not_filled"

    def test_the_authoritys_roles_may_be_acted_in_before_anybody_is_noted(self) -> None:
        story = GuideStory().activated()
        story.do(WriteGuideDraft(content=full()), by=INFORMATION_LEAD)
        nowhere = INFORMATION_LEAD.model_copy(update={"municipality": None})
        story.do(WriteGuideDraft(content=full()), by=nowhere)
        elsewhere = INFORMATION_LEAD.model_copy(update={"municipality": "9002"})
        assert story.refused(WriteGuideDraft(content=full()), by=elsewhere).code == "role_of_other_authority"

    def test_after_the_relief_the_new_holder_acts_and_the_old_one_does_not(self) -> None:
        story = GuideStory().activated().staffed()
        story.do(
            RoleHandedOver(
                role="crisis_leader",
                from_person=CRISIS_LEADER.person,
                to_person="signe-havtorn",
                note="",
                overlap_minutes=30,
                rest_until=NOON,
            )
        )
        assert story.refused(ReleaseFirstMessage(lines=("x",)), by=CRISIS_LEADER).code == "role_held_by_other"
        signe = Actor(person="signe-havtorn", role="crisis_leader", deputy=True)
        assert isinstance(story.do(ReleaseFirstMessage(lines=("x",)), by=signe)[0], FirstMessageReleased)

    def test_what_is_known_is_not_noted_again_and_stood_down_staff_holds_nothing(self) -> None:
        story = GuideStory().activated().staffed()
        assert story.do(assumed(CRISIS_LEADER)) == []
        events = story.do(
            StaffStoodDown(holders={"log_keeper": LOG_KEEPER.person, "crisis_leader": CRISIS_LEADER.person})
        )
        assert [event.role for event in events] == ["crisis_leader", "log_keeper"]  # type: ignore[attr-defined]
        assert "crisis_leader" not in story.open.holders

    def test_roles_are_noted_before_the_activation_is_heard(self) -> None:
        story = GuideStory().staffed()
        story.activated().first_message()
        assert story.open.current is not None


class TestApproval:
    def test_the_authority_approves_facts_once(self) -> None:
        story = GuideStory().activated().staffed()
        story.drafted()
        (event,) = story.do(ApproveGuideFacts(draft=1), by=LOCAL_LEADER)
        assert event == GuideFactsApproved(
            draft=1, approved_by=LOCAL_LEADER.person, on_behalf_of=None, read_back_to=None
        )
        refusal = story.refused(ApproveGuideFacts(draft=1), by=INFORMATION_LEAD)
        assert refusal.code == "facts_already_approved"

    def test_by_phone_the_text_is_read_back_and_both_names_stand(self) -> None:
        story = GuideStory().activated().staffed()
        story.drafted()
        by_phone = on_behalf(CRISIS_LEADER)
        assert story.refused(ApproveGuideFacts(draft=1), by=by_phone).code == "not_read_back"
        to_himself = ApproveGuideFacts(draft=1, read_back_to=CRISIS_LEADER.person)
        assert story.refused(to_himself, by=by_phone).code == "not_read_back"
        (event,) = story.do(ApproveGuideFacts(draft=1, read_back_to=INFORMATION_LEAD.person), by=by_phone)
        assert event == GuideFactsApproved(
            draft=1,
            approved_by=CRISIS_LEADER.person,
            on_behalf_of=INFORMATION_LEAD.person,
            read_back_to=INFORMATION_LEAD.person,
        )

    @pytest.mark.parametrize("actor", [LOG_KEEPER, SECRETARIAT])
    def test_only_communications_and_crisis_leader_approve_on_behalf(self, actor: Actor) -> None:
        story = GuideStory().activated().staffed()
        story.drafted()
        command = ApproveGuideFacts(draft=1, read_back_to=INFORMATION_LEAD.person)
        assert story.refused(command, by=on_behalf(actor)).code == "role_may_not"


class TestRelease:
    def test_communications_releases_what_the_authority_approved(self) -> None:
        story = GuideStory().activated().staffed()
        events = story.released(NOON, "vand", "stroem", "vand")
        assert events[0] == GuideReleased(
            version=1,
            draft=1,
            content=full(),
            reason="Nyt",
            channels=("contact_centre", "sms"),
            closes_gaps=("vand", "stroem"),
            released_by=COMMUNICATIONS.person,
            alone=False,
            duty_number_missing=False,
        )
        assert isinstance(events[1], DeadlineCancelled)
        assert story.waits_for() == {"guide_reminder", "guide_update", "guide_receipts"}

    def test_facts_that_are_not_approved_are_not_released(self) -> None:
        story = GuideStory().activated().staffed()
        story.drafted()
        release = ReleaseGuide(draft=1, reason="", channels=("sms",))
        assert story.refused(release, by=COMMUNICATIONS).code == "facts_not_approved"

    def test_the_same_person_never_gives_both_approvals(self) -> None:
        story = GuideStory().activated().staffed()
        story.drafted()
        story.do(ApproveGuideFacts(draft=1, read_back_to=INFORMATION_LEAD.person), by=on_behalf(COMMUNICATIONS))
        release = ReleaseGuide(draft=1, reason="", channels=("sms",))
        assert story.refused(release, by=COMMUNICATIONS).code == "released_by_approver"

    def test_a_guide_goes_somewhere(self) -> None:
        story = GuideStory().activated().staffed()
        story.approved()
        release = ReleaseGuide(draft=1, reason="", channels=())
        assert story.refused(release, by=COMMUNICATIONS).code == "no_channel_chosen"

    def test_a_draft_is_released_once(self) -> None:
        story = running()
        release = ReleaseGuide(draft=1, reason="", channels=("sms",))
        assert story.refused(release, by=COMMUNICATIONS).code == "guide_draft_overtaken"


class TestAlone:
    ALONE = ReleaseGuideAlone(draft=1, reason="Klokken er to om natten", channels=("contact_centre",))

    @pytest.mark.parametrize("actor", [CRISIS_LEADER, COMMUNICATIONS, INFORMATION_LEAD])
    def test_at_night_one_person_may_release_and_a_second_look_is_due(self, actor: Actor) -> None:
        story = GuideStory().activated(at=NIGHT).staffed()
        story.drafted(at=NIGHT)
        released = story.do(self.ALONE, at=NIGHT, by=actor)[0]
        assert isinstance(released, GuideReleased)
        assert released.alone
        assert story.due("second_look") == NIGHT + minutes(LIMITS.second_look_minutes)

    def test_by_day_with_both_approvers_in_place_it_takes_two(self) -> None:
        story = GuideStory().activated().staffed()
        story.drafted()
        assert story.refused(self.ALONE, at=NOON, by=CRISIS_LEADER).code == "alone_not_needed"

    def test_by_day_while_an_approver_is_missing_one_is_enough(self) -> None:
        for missing in (COMMUNICATIONS, None):
            story = GuideStory().activated()
            story.do(assumed(CRISIS_LEADER))
            if missing is None:
                story.do(assumed(COMMUNICATIONS))
            else:
                story.do(assumed(INFORMATION_LEAD))
            story.drafted()
            assert isinstance(story.do(self.ALONE, at=NOON, by=CRISIS_LEADER)[0], GuideReleased)

    def test_it_needs_a_reason(self) -> None:
        story = GuideStory().activated().staffed()
        story.drafted()
        command = self.ALONE.model_copy(update={"reason": " "})
        assert story.refused(command, at=NIGHT, by=CRISIS_LEADER).code == "alone_without_reason"

    def test_the_second_look_is_somebody_elses(self) -> None:
        story = GuideStory().activated(at=NIGHT).staffed()
        story.drafted(at=NIGHT)
        assert story.refused(GiveSecondLook(version=1), by=LOG_KEEPER).code == "second_look_not_awaited"
        story.do(self.ALONE, at=NIGHT, by=CRISIS_LEADER)
        assert story.refused(GiveSecondLook(version=1), by=CRISIS_LEADER).code == "second_look_by_same_person"
        assert story.refused(GiveSecondLook(version=2), by=LOG_KEEPER).code == "second_look_not_awaited"
        given, cancelled = story.do(GiveSecondLook(version=1, note="Ser rigtigt ud"), at=NIGHT, by=LOG_KEEPER)
        assert given == SecondLookGiven(version=1, person=LOG_KEEPER.person, note="Ser rigtigt ud")
        assert isinstance(cancelled, DeadlineCancelled)

    def test_a_recalled_version_needs_no_second_look(self) -> None:
        story = GuideStory().activated(at=NIGHT).staffed()
        story.drafted(at=NIGHT)
        story.do(self.ALONE, at=NIGHT, by=CRISIS_LEADER)
        story.do(RecallGuide(version=1, wrong="a", correction="b"), at=NIGHT, by=COMMUNICATIONS)
        assert "second_look" not in story.waits_for()
        assert story.refused(GiveSecondLook(version=1), by=LOG_KEEPER).code == "second_look_not_awaited"

    def test_a_version_released_by_two_ends_the_wait_for_a_second_look(self) -> None:
        story = GuideStory().activated(at=NIGHT).staffed()
        story.drafted(at=NIGHT)
        story.do(self.ALONE, at=NIGHT, by=CRISIS_LEADER)
        story.released(NIGHT + minutes(5))
        assert "second_look" not in story.waits_for()


class TestConfirm:
    def test_the_authority_confirms_the_version_in_force(self) -> None:
        story = running()
        events = story.do(ConfirmGuide(version=1), at=NOON + minutes(30), by=LOCAL_LEADER)
        assert events[0] == GuideConfirmed(version=1, confirmed_by=LOCAL_LEADER.person)
        assert story.due("guide_update") == NOON + minutes(90)

    def test_by_phone_it_is_read_back(self) -> None:
        story = running()
        assert story.refused(ConfirmGuide(version=1), by=on_behalf(SECRETARIAT)).code == "not_read_back"
        command = ConfirmGuide(version=1, read_back_to=INFORMATION_LEAD.person)
        confirmed = story.do(command, at=NOON, by=on_behalf(SECRETARIAT))[0]
        assert isinstance(confirmed, GuideConfirmed)
        assert confirmed.on_behalf_of == INFORMATION_LEAD.person

    def test_an_old_version_is_not_confirmed(self) -> None:
        story = running()
        refusal = story.refused(ConfirmGuide(version=0), by=INFORMATION_LEAD)
        assert (refusal.code, refusal.facts) == ("guide_version_not_in_force", {"version": "0", "in_force": "1"})
        assert (
            GuideStory().activated().refused(ConfirmGuide(version=0), by=INFORMATION_LEAD).code == "no_guide_in_force"
        )

    def test_ddh_does_not_confirm_for_itself(self) -> None:
        assert running().refused(ConfirmGuide(version=1), by=CRISIS_LEADER).code == "authority_must_be_named"


class TestRecall:
    RECALL = RecallGuide(version=1, wrong="Kog vandet 1 minut", correction="Kog vandet 2 minutter")

    def test_a_recalled_version_does_not_come_back_and_a_new_one_is_asked_for_at_once(self) -> None:
        story = running()
        at = NOON + minutes(20)
        events = story.do(self.RECALL, at=at, by=COMMUNICATIONS)
        assert events[0] == GuideRecalled(
            version=1,
            wrong="Kog vandet 1 minut",
            correction="Kog vandet 2 minutter",
            in_force_from=NOON,
            in_force_to=at,
        )
        assert story.waits_for() == {"guide_update"}
        assert story.due("guide_update") == at
        assert story.refused(ConfirmGuide(version=1), by=INFORMATION_LEAD).code == "no_guide_in_force"
        assert story.refused(self.RECALL, by=COMMUNICATIONS).code == "no_guide_in_force"

    def test_a_correction_must_be_said(self) -> None:
        command = self.RECALL.model_copy(update={"correction": " "})
        assert running().refused(command, by=CRISIS_LEADER).code == "recall_without_correction"

    def test_the_next_version_ends_the_recall(self) -> None:
        story = running()
        story.do(self.RECALL, at=NOON + minutes(20), by=LOCAL_LEADER)
        story.released(NOON + minutes(30))
        assert story.open.current is not None
        assert story.open.current.recalled_at is None
        assert story.due("guide_update") == NOON + minutes(90)

    def test_a_call_agent_recalls_nothing(self) -> None:
        assert running().refused(self.RECALL, by=CALL_AGENT).code == "role_may_not"


class TestChannels:
    def test_a_named_person_says_once_that_it_is_out(self) -> None:
        story = running()
        live = ConfirmChannelLive(version=1, channel="sms")
        assert story.do(live, at=NOON, by=SECRETARIAT) == [
            ChannelConfirmedLive(version=1, channel="sms", person=SECRETARIAT.person)
        ]
        assert story.do(live, at=NOON, by=COMMUNICATIONS) == []

    def test_only_where_it_was_released_to(self) -> None:
        command = ConfirmChannelLive(version=1, channel="voicebot")
        assert running().refused(command, by=COMMUNICATIONS).code == "channel_not_released"

    def test_a_first_message_goes_wherever_somebody_can_say_it(self) -> None:
        story = GuideStory().activated().staffed().first_message()
        (event,) = story.do(ConfirmChannelLive(version=0, channel="voicebot"), at=NOON, by=COMMUNICATIONS)
        assert isinstance(event, ChannelConfirmedLive)

    def test_where_the_text_is_copied_by_hand_nobody_decides_beforehand(self) -> None:
        story = running()
        (event,) = story.do(ConfirmChannelLive(version=1, channel="selvbetjening"), at=NOON, by=COMMUNICATIONS)
        assert isinstance(event, ChannelConfirmedLive)
        assert story.do(ConfirmChannelLive(version=1, channel="selvbetjening"), at=NOON, by=COMMUNICATIONS) == []
