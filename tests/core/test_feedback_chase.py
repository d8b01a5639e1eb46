"""Feedback, what the authority owes: gaps with a deadline, reports to be received, and who is called when not."""

from __future__ import annotations

from datetime import datetime

from schemas.base import DeadlineCancelled, DeadlineSet, Event, TimerFired
from schemas.crisis_staff import StaffStoodDown
from schemas.feedback import AcknowledgeReport, GapFound, GapOverdue, ProposalAnswer, ReportEscalated
from tests.core.strandby import INFORMATION_LEAD, LOCAL_LEADER, deactivated, reopened
from tests.core.test_feedback import AT, FIRST, LIMITS, FeedbackStory, minutes, released

CHAIN = ("local_information_lead", "deputy", "local_leader", "krisestab")


def fire(story: FeedbackStory, name: str) -> list[Event]:
    """The deadline of that name comes."""
    deadline = story.deadline(name)
    assert isinstance(deadline.message, DeadlineSet)
    due = deadline.message.due_at
    fired = TimerFired(concern="feedback", name=name, deadline_id=deadline.id, due_at=due, fired_at=due)
    return story.hear(fired, due)


def due(story: FeedbackStory, name: str) -> datetime:
    message = story.deadline(name).message
    assert isinstance(message, DeadlineSet)
    return message.due_at


def with_gaps(*topics: str) -> FeedbackStory:
    story = FeedbackStory().activated().staffed()
    for topic in topics:
        story.asked_often(LIMITS.gap_questions, AT, topic)
    story.report()
    return story


class TestGaps:
    def test_a_gap_is_sent_to_the_local_information_lead_with_a_deadline(self) -> None:
        story = with_gaps("vand")
        (found,) = (event.message for event in story.events if isinstance(event.message, GapFound))
        assert found.sent_to == INFORMATION_LEAD.person
        assert found.answer_before == due(story, "gap") == FIRST + minutes(LIMITS.gap_answer_minutes)

    def test_when_no_version_answers_in_time_the_local_leader_is_told_once(self) -> None:
        story = with_gaps("vand", "stroem")
        before = due(story, "gap")
        assert fire(story, "gap") == [
            GapOverdue(topic=topic, answer_before=before, told=LOCAL_LEADER.person) for topic in ("stroem", "vand")
        ]
        story.report()
        assert sum(isinstance(event.message, GapOverdue) for event in story.events) == 2

    def test_the_version_that_answers_takes_the_deadline_away(self) -> None:
        story = with_gaps("vand")
        waiting = story.deadline("gap")
        events = story.hear(released("vand"), FIRST + minutes(5))
        assert DeadlineCancelled(concern="feedback", name="gap", deadline_id=waiting.id) in events

    def test_each_gap_has_its_own_time(self) -> None:
        story = with_gaps("vand")
        story.asked_often(LIMITS.gap_questions, FIRST, "stroem")
        assert isinstance(fire(story, "gap")[0], GapOverdue)  # before the report that finds the other
        story.report()
        assert due(story, "gap") == FIRST + minutes(60 + LIMITS.gap_answer_minutes)

    def test_what_the_authority_rejects_with_a_reason_waits_for_nothing(self) -> None:
        story = with_gaps("vand", "stroem")
        no = ProposalAnswer(number=1, status="rejected", because="Det svarer netselskabet på.")
        yes = ProposalAnswer(number=2, status="open")
        story.hear(AcknowledgeReport(number=1, answers=(no, yes)), FIRST + minutes(2), INFORMATION_LEAD)
        (overdue,) = fire(story, "gap")
        assert isinstance(overdue, GapOverdue)
        assert overdue.topic == "vand"  # proposal 2: both were asked equally often, so by name

    def test_a_firing_nobody_waits_for_changes_nothing(self) -> None:
        story = with_gaps("vand")
        old = story.deadline("gap")
        story.hear(released("vand"), FIRST + minutes(5))
        late = FIRST + minutes(60)
        assert (
            story.hear(TimerFired(concern="feedback", name="gap", deadline_id=old.id, due_at=late, fired_at=late), late)
            == []
        )


class TestReceipt:
    def test_a_report_without_a_receipt_is_carried_along_the_authoritys_names(self) -> None:
        story = with_gaps()
        assert due(story, "receipt") == FIRST + minutes(LIMITS.report_answer_minutes)
        tried: list[ReportEscalated] = []
        events: list[Event] = []
        for step in range(len(CHAIN)):
            wait = minutes(LIMITS.report_answer_minutes + step * LIMITS.report_overdue_escalation_minutes)
            assert due(story, "receipt") == FIRST + wait
            events = fire(story, "receipt")
            assert isinstance(events[0], ReportEscalated)
            tried.append(events[0])
        assert tuple(each.role for each in tried) == CHAIN
        assert [each.step for each in tried] == [1, 2, 3, 4]
        assert [each.person for each in tried] == [INFORMATION_LEAD.person, None, LOCAL_LEADER.person, None]
        assert events[1:] == [], "all have been called"

    def test_the_next_report_that_is_overdue_begins_again(self) -> None:
        story = with_gaps()
        for _ in CHAIN:
            fire(story, "receipt")
        story.report()
        (event, _) = fire(story, "receipt")
        assert isinstance(event, ReportEscalated)
        assert (event.number, event.step) == (2, 1)

    def test_a_report_that_comes_while_somebody_is_called_does_not_begin_another_chain(self) -> None:
        story = with_gaps()
        fire(story, "receipt")
        story.report()
        (event, _) = fire(story, "receipt")
        assert isinstance(event, ReportEscalated)
        assert (event.number, event.step) == (1, 2)

    def test_a_receipt_ends_the_calls_about_it_and_about_those_before(self) -> None:
        story = with_gaps()
        fire(story, "receipt")
        story.report()
        waiting = story.deadline("receipt")
        events = story.hear(AcknowledgeReport(number=2), FIRST + minutes(61), LOCAL_LEADER)
        assert events[1:] == [DeadlineCancelled(concern="feedback", name="receipt", deadline_id=waiting.id)]

    def test_a_receipt_for_the_first_leaves_the_second_to_be_received(self) -> None:
        story = with_gaps()
        story.report()
        story.hear(AcknowledgeReport(number=1), FIRST + minutes(61), LOCAL_LEADER)
        assert due(story, "receipt") == FIRST + minutes(60 + LIMITS.report_answer_minutes)

    def test_nobody_is_called_when_the_crisis_has_ended_nor_when_it_comes_back(self) -> None:
        story = with_gaps("vand")
        waiting = [story.deadline(name) for name in ("gap", "receipt")]
        events = story.hear(deactivated(), FIRST + minutes(10))
        for each in waiting:
            assert isinstance(each.message, DeadlineSet)
            cancelled = DeadlineCancelled(concern="feedback", name=each.message.name, deadline_id=each.id)
            assert cancelled in events
        again = story.hear(reopened(), FIRST + minutes(20))
        assert not any(isinstance(event, DeadlineSet) and event.name != "report" for event in again)

    def test_the_name_is_left_out_while_nobody_holds_the_role(self) -> None:
        story = with_gaps()
        gone = StaffStoodDown(holders={"local_information_lead": INFORMATION_LEAD.person})
        story.hear(gone, FIRST)
        (event, _) = fire(story, "receipt")
        assert isinstance(event, ReportEscalated)
        assert (event.role, event.person) == ("local_information_lead", None)
