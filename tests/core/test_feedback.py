"""Feedback: reports at their interval, gaps found and closed, urgent notices once, the last report at the end."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ddh_beredskab.core.decider import Found, Need, Recorded, SumsNeeded
from ddh_beredskab.core.feedback import REFUSALS, FeedbackState, feedback_decider
from ddh_beredskab.core.feedback.states import Closed
from ddh_beredskab.core.windows import counted, sums_of
from schemas.activation import ActivationReversed
from schemas.base import SYSTEM, Actor, CommandRefused, DeadlineCancelled, DeadlineSet, Event, Message, TimerFired
from schemas.crisis_staff import StaffStoodDown
from schemas.feedback import (
    AcknowledgeReport,
    FeedbackClosed,
    FeedbackItem,
    FeedbackOpened,
    GapClosed,
    GapFound,
    NoteUrgentTransfers,
    Proposal,
    ProposalAnswer,
    ReportAcknowledged,
    ReportIntervalSet,
    ReportIssued,
    SetReportInterval,
    TopicCount,
    UrgentNoticeRaised,
)
from schemas.guides import GuideContent, GuideReleased
from tests.core.books import BOOKS
from tests.core.drive import Drive
from tests.core.gwt import Story, recorded
from tests.core.strandby import (
    CALL_AGENT,
    COMMUNICATIONS,
    CRISIS_LEADER,
    HOLDERS,
    INFORMATION_LEAD,
    LOCAL_LEADER,
    SECRETARIAT,
    activated,
    assumed,
    deactivated,
    on_behalf,
    provisional,
    reopened,
)

LIMITS = BOOKS.limits
AT = datetime.fromisoformat("2023-10-20T14:03+02:00")
FIRST = datetime.fromisoformat("2023-10-20T14:35+02:00")
"""Thirty minutes after the activation, on the next whole window."""
REPORTED = datetime.fromisoformat("2023-10-20T13:50+02:00")
"""The window in which the incident was reported, nine minutes before."""


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def question(n: int, at: datetime, topic: str = "vand", answered: str = "no") -> FeedbackItem:
    values = {"id": UUID(int=n), "crisis_id": "k1", "topic": topic, "time": at, "answered": answered}
    return FeedbackItem.model_validate(values)


def released(*topics: str, version: int = 1) -> GuideReleased:
    return GuideReleased(
        version=version,
        draft=1,
        content=GuideContent(answers={}),
        reason="",
        channels=("sms",),
        closes_gaps=topics,
        released_by=COMMUNICATIONS.person,
        alone=False,
        duty_number_missing=False,
    )


class FeedbackStory(Story[FeedbackState]):
    """A feedback story beside the questions citizens have asked, counted as the counter counts them."""

    def __init__(self) -> None:
        super().__init__(feedback_decider(BOOKS))
        self.items: list[FeedbackItem] = []

    def asked(self, *items: FeedbackItem) -> FeedbackStory:
        self.items += items
        return self

    def asked_often(self, times: int, at: datetime, topic: str = "vand", answered: str = "no") -> FeedbackStory:
        first = len(self.items)
        return self.asked(*(question(first + n, at, topic, answered) for n in range(times)))

    def look_up(self, needs: tuple[Need, ...]) -> Found:
        windows = counted(self.items, LIMITS.feedback_window_minutes)
        sums = {
            it: sums_of(windows, it.since, it.upto, LIMITS.feedback_window_minutes)
            for it in needs
            if isinstance(it, SumsNeeded)
        }
        return Found(sums=sums)

    def hear(self, message: Message, at: datetime, by: Actor = SYSTEM) -> list[Event]:
        return self.do(message, at=at, by=by, found=self.look_up(self.needs(message, at=at, by=by)))

    def activated(self, at: datetime = AT) -> FeedbackStory:
        self.hear(activated(), at)
        return self

    def staffed(self) -> FeedbackStory:
        for actor in HOLDERS:
            self.hear(assumed(actor), AT)
        return self

    def report(self, *, late: timedelta = timedelta()) -> list[Event]:
        """The next report's deadline comes."""
        deadline = self.deadline("report")
        assert isinstance(deadline.message, DeadlineSet)
        due = deadline.message.due_at
        fired = TimerFired(concern="feedback", name="report", deadline_id=deadline.id, due_at=due, fired_at=due + late)
        return self.hear(fired, due + late)

    def issued(self) -> ReportIssued:
        """The last report that went out."""
        return [event.message for event in self.events if isinstance(event.message, ReportIssued)][-1]


class TestOpening:
    def test_the_activation_opens_and_sets_the_first_report_half_an_hour_later_on_a_whole_window(self) -> None:
        opened, deadline = FeedbackStory().hear(activated(), AT)
        assert isinstance(opened, FeedbackOpened)
        assert (opened.interval_minutes, opened.first_report_at) == (LIMITS.report_interval_minutes, FIRST)
        assert deadline == DeadlineSet(concern="feedback", name="report", due_at=FIRST)

    def test_a_confirmation_changes_nothing(self) -> None:
        story = FeedbackStory()
        story.hear(provisional(), AT)
        assert story.hear(activated(confirms=True), AT) == []

    def test_an_activation_entered_late_asks_for_no_report_in_the_past(self) -> None:
        story = FeedbackStory()
        late = Recorded(UUID(int=1), AT, SYSTEM, "k1", activated(), "drift", AT + minutes(40))
        opened, deadline = (emit.event for emit in story.decider.decide(story.state, late, Found()))
        assert isinstance(opened, FeedbackOpened)
        assert opened.first_report_at == AT + minutes(72)  # half an hour after the entry, on the next whole window
        assert isinstance(deadline, DeadlineSet)
        assert deadline.due_at == opened.first_report_at

    def test_roles_are_noted_whenever_they_are_heard(self) -> None:
        story = FeedbackStory().staffed().activated()
        assert story.hear(assumed(CRISIS_LEADER), AT) == []
        story.hear(StaffStoodDown(holders={"crisis_leader": CRISIS_LEADER.person}), AT)
        assert story.refused(SetReportInterval(minutes=30), by=CRISIS_LEADER).code == "role_not_filled"


class TestReports:
    def test_a_report_counts_whole_windows_since_the_last_one(self) -> None:
        story = FeedbackStory().activated()
        story.asked_often(2, AT, "vand").asked_often(3, AT + minutes(5), "stroem", "yes")
        story.asked_often(1, FIRST, "vand")  # in the window that has just begun
        events = story.report()
        assert story.issued() == ReportIssued(
            number=1,
            period_from=REPORTED,
            period_to=FIRST,
            total=5,
            late=0,
            by_topic=(
                TopicCount(topic="stroem", total=3, answered_yes=3),
                TopicCount(topic="vand", total=2, answered_no=2),
            ),
            previous_total=0,
            gaps=(),
            proposals=(),
            earlier=(),
            final=False,
            receipt_before=FIRST + minutes(LIMITS.report_answer_minutes),
            hide_under=LIMITS.hide_counts_under,
        )
        assert DeadlineSet(concern="feedback", name="report", due_at=FIRST + minutes(60)) in events
        story.report()
        second = story.issued()
        assert (second.number, second.period_from, second.period_to) == (2, FIRST, FIRST + minutes(60))
        assert (second.total, second.previous_total) == (1, 5)

    def test_the_first_report_holds_what_was_asked_before_the_activation_and_nothing_in_it_is_late(self) -> None:
        story = FeedbackStory().activated()  # nine minutes after the report
        story.asked_often(4, AT - minutes(3)).asked_often(1, AT - minutes(600)).asked_often(2, AT)
        story.report()
        issued = story.issued()
        assert (issued.total, issued.late) == (7, 0)
        assert issued.period_from == REPORTED
        assert issued.by_topic == (TopicCount(topic="vand", total=7, answered_no=7),)

    def test_topics_with_equally_many_questions_stand_in_alphabetical_order(self) -> None:
        story = FeedbackStory().activated()
        story.asked_often(1, AT, "vand").asked_often(1, AT, "affald").asked_often(2, AT, "stroem")
        story.report()
        assert [count.topic for count in story.issued().by_topic] == ["stroem", "affald", "vand"]

    def test_what_arrives_after_its_report_is_counted_as_late_in_the_next(self) -> None:
        story = FeedbackStory().activated().asked_often(2, AT)
        story.report()
        story.asked_often(3, AT).asked_often(1, FIRST + minutes(10))
        story.report()
        assert (story.issued().total, story.issued().late) == (1, 3)
        story.report()
        assert (story.issued().total, story.issued().late) == (0, 0)

    def test_after_a_standstill_one_report_goes_out_and_the_next_is_due_in_its_turn(self) -> None:
        story = FeedbackStory().activated()
        events = story.report(late=minutes(150))
        assert [type(event) for event in events] == [ReportIssued, DeadlineSet, DeadlineSet]
        assert story.issued().period_to == FIRST
        assert events[1] == DeadlineSet(concern="feedback", name="report", due_at=FIRST + minutes(180))

    def test_a_firing_nobody_waits_for_changes_nothing(self) -> None:
        story = FeedbackStory().activated()
        old = story.deadline("report")
        story.report()
        fired = TimerFired(concern="feedback", name="report", deadline_id=old.id, due_at=FIRST, fired_at=FIRST)
        assert story.needs(fired) == ()
        assert story.do(fired) == []
        assert FeedbackStory().do(fired) == []

    def test_what_is_looked_up_is_asked_for_before(self) -> None:
        story = FeedbackStory().activated()
        deadline = story.deadline("report")
        fired = TimerFired(concern="feedback", name="report", deadline_id=deadline.id, due_at=FIRST, fired_at=FIRST)
        assert story.needs(fired) == (
            SumsNeeded(since=REPORTED, upto=FIRST),
            SumsNeeded(since=FIRST - minutes(LIMITS.gap_minutes), upto=FIRST),
        )
        story.report()
        assert len(story.needs(deactivated(), at=FIRST + minutes(LIMITS.gap_minutes))) == 1
        assert story.needs(SetReportInterval(minutes=30)) == ()
        assert FeedbackStory().needs(deactivated()) == ()


class TestGaps:
    def test_enough_unanswered_questions_on_a_topic_make_a_gap_and_a_proposal(self) -> None:
        story = FeedbackStory().activated()
        story.asked_often(LIMITS.gap_questions, AT, "vand").asked_often(LIMITS.gap_questions - 1, AT, "stroem")
        story.asked_often(9, AT, "affald", "partly")
        events = story.report()
        before = FIRST + minutes(LIMITS.gap_answer_minutes)
        assert events[0] == GapFound(topic="vand", unanswered=3, first_seen_in_report=1, answer_before=before)
        assert story.issued().gaps == ("vand",)
        assert story.issued().proposals == (Proposal(number=1, topic="vand", unanswered=3),)

    def test_gaps_are_ranked_by_what_was_unanswered_of_late_and_found_once(self) -> None:
        story = FeedbackStory().activated().asked_often(3, AT, "vand")
        story.report()
        story.asked_often(4, FIRST, "stroem").asked_often(4, FIRST, "affald")
        events = story.report()
        assert [event.topic for event in events if isinstance(event, GapFound)] == ["affald", "stroem"]
        assert story.issued().gaps == ("affald", "stroem", "vand")
        assert [each.unanswered for each in story.issued().proposals] == [4, 4, 0]

    def test_unanswered_questions_add_up_over_short_reports(self) -> None:
        story = FeedbackStory().activated().staffed()
        story.hear(SetReportInterval(minutes=15), AT, CRISIS_LEADER)
        story.asked_often(2, AT)
        assert not any(isinstance(event, GapFound) for event in story.report())
        story.asked_often(1, AT + minutes(20))
        assert any(isinstance(event, GapFound) for event in story.report())

    def test_the_version_that_answers_closes_the_gap(self) -> None:
        story = FeedbackStory().activated().asked_often(3, AT, "vand")
        story.report()
        events = story.hear(released("vand", "vand", version=2), FIRST)
        assert events[0] == GapClosed(topic="vand", version=2)
        assert story.hear(released("vand", version=3), FIRST) == []
        story.report()
        assert story.issued().gaps == ()

    def test_what_was_asked_before_the_answer_does_not_open_the_gap_again_but_later_questions_do(self) -> None:
        story = FeedbackStory().activated().asked_often(3, AT, "vand")
        story.report()
        story.asked_often(5, FIRST + minutes(20), "vand")
        story.hear(released("vand"), FIRST + minutes(30))
        assert not any(isinstance(event, GapFound) for event in story.report())
        story.asked_often(3, FIRST + minutes(100), "vand")
        assert any(isinstance(event, GapFound) for event in story.report())

    def test_what_is_answered_before_a_report_found_it_is_no_gap_in_that_report(self) -> None:
        story = FeedbackStory().activated().asked_often(5, AT, "vand")
        assert story.hear(released("vand"), AT + minutes(10)) == [GapClosed(topic="vand", version=1)]
        assert not any(isinstance(event, GapFound) for event in story.report())

    def test_a_release_without_a_crisis_closes_nothing(self) -> None:
        assert FeedbackStory().hear(released("vand"), AT) == []


class TestAuthority:
    def reported(self) -> FeedbackStory:
        story = FeedbackStory().activated().staffed().asked_often(3, AT, "vand").asked_often(3, AT, "stroem")
        story.report()
        return story

    def test_what_was_done_about_the_proposals_stands_in_the_next_report(self) -> None:
        story = self.reported()
        answer = ProposalAnswer(number=2, status="rejected", because="Det svarer elselskabet på")
        events = story.hear(AcknowledgeReport(number=1, answers=(answer,)), FIRST, LOCAL_LEADER)
        assert events[0] == ReportAcknowledged(number=1, by=LOCAL_LEADER.person, answers=(answer,))
        story.report()
        assert story.issued().earlier == (ProposalAnswer(number=1, status="open"), answer)

    def test_a_later_answer_takes_the_place_of_an_earlier_one(self) -> None:
        story = self.reported()
        for status in ("open", "done"):
            answer = ProposalAnswer.model_validate({"number": 1, "status": status})
            story.hear(AcknowledgeReport(number=1, answers=(answer,)), FIRST, INFORMATION_LEAD)
        story.report()
        assert story.issued().earlier[0].status == "done"

    def test_an_answer_to_an_older_report_is_kept_but_is_not_last_times(self) -> None:
        story = self.reported()
        story.report()
        answer = ProposalAnswer(number=1, status="done")
        event, *_ = story.hear(AcknowledgeReport(number=1, answers=(answer,)), FIRST + minutes(70), LOCAL_LEADER)
        assert isinstance(event, ReportAcknowledged)
        story.report()
        assert {each.status for each in story.issued().earlier} == {"open"}

    def test_it_may_be_taken_by_phone_for_somebody_named(self) -> None:
        story = self.reported()
        for actor in (SECRETARIAT, COMMUNICATIONS):
            assert story.hear(AcknowledgeReport(number=1), FIRST, on_behalf(actor))
            assert story.refused(AcknowledgeReport(number=1), by=actor).code == "authority_must_be_named"
        assert story.refused(AcknowledgeReport(number=1), by=CALL_AGENT).code == "role_may_not"

    def test_the_numbers_must_exist_and_a_no_needs_a_reason(self) -> None:
        story = self.reported()

        def refused(number: int, *answers: ProposalAnswer) -> str:
            return story.refused(AcknowledgeReport(number=number, answers=answers), by=LOCAL_LEADER).code

        done = ProposalAnswer(number=1, status="done")
        assert refused(2) == "report_unknown"
        assert refused(1, ProposalAnswer(number=3, status="done")) == "proposal_unknown"
        assert refused(1, ProposalAnswer(number=0, status="done")) == "proposal_unknown"
        assert refused(1, done, done) == "proposal_answered_twice"
        assert refused(1, ProposalAnswer(number=1, status="rejected", because=" ")) == "rejected_without_reason"
        assert FeedbackStory().refused(AcknowledgeReport(number=1), by=LOCAL_LEADER).code == "feedback_not_open"

    def test_the_last_report_can_be_answered_when_the_crisis_has_ended(self) -> None:
        story = self.reported()
        story.hear(deactivated(), FIRST + minutes(10))
        (event,) = story.hear(AcknowledgeReport(number=2), FIRST + minutes(30), LOCAL_LEADER)
        assert isinstance(event, ReportAcknowledged)


class TestInterval:
    def test_the_next_report_moves_with_the_interval(self) -> None:
        story = FeedbackStory().activated().staffed()
        story.report()
        events = story.hear(SetReportInterval(minutes=30, reason="Aftalt"), FIRST + minutes(5), CRISIS_LEADER)
        assert events[0] == ReportIntervalSet(minutes=30, previous=60, reason="Aftalt")
        assert isinstance(events[1], DeadlineCancelled)
        assert events[2] == DeadlineSet(concern="feedback", name="report", due_at=FIRST + minutes(30))

    def test_an_interval_that_has_passed_already_is_due_at_the_next_window(self) -> None:
        story = FeedbackStory().activated().staffed()
        story.report()
        events = story.hear(SetReportInterval(minutes=15), FIRST + minutes(42), COMMUNICATIONS)
        assert isinstance(events[2], DeadlineSet)
        assert events[2].due_at == FIRST + minutes(45)

    @pytest.mark.parametrize(
        ("number", "code"),
        [
            (10, "report_interval_out_of_range"),
            (2000, "report_interval_out_of_range"),
            (33, "report_interval_not_whole_windows"),
            (60, "report_interval_unchanged"),
        ],
    )
    def test_not_every_interval_will_do(self, number: int, code: str) -> None:
        story = FeedbackStory().activated().staffed()
        assert story.refused(SetReportInterval(minutes=number), by=CRISIS_LEADER).code == code

    def test_it_is_set_by_the_staff_while_the_crisis_lasts(self) -> None:
        story = FeedbackStory().activated().staffed()
        assert story.refused(SetReportInterval(minutes=30), by=INFORMATION_LEAD).code == "role_may_not"
        assert FeedbackStory().refused(SetReportInterval(minutes=30), by=CRISIS_LEADER).code == "feedback_not_open"


class TestUrgent:
    NOTE = NoteUrgentTransfers(topic="stroem", window_start=AT, count=3)

    def test_three_urgent_transfers_raise_a_notice_once_for_their_stretch(self) -> None:
        story = FeedbackStory().activated()
        assert story.hear(self.NOTE, AT) == [UrgentNoticeRaised(topic="stroem", count=3, window_start=AT)]
        near = self.NOTE.model_copy(update={"window_start": AT + minutes(9), "count": 4})
        before = self.NOTE.model_copy(update={"window_start": AT - minutes(9)})
        assert story.hear(self.NOTE, AT) == story.hear(near, AT) == story.hear(before, AT) == []
        far = self.NOTE.model_copy(update={"window_start": AT + minutes(10)})
        other = self.NOTE.model_copy(update={"topic": "vand"})
        assert len(story.hear(far, AT)) == len(story.hear(other, AT)) == 1

    def test_fewer_are_none(self) -> None:
        story = FeedbackStory().activated()
        assert story.hear(self.NOTE.model_copy(update={"count": LIMITS.urgent_transfers - 1}), AT) == []

    def test_only_the_counter_says_so_and_only_while_the_crisis_lasts(self) -> None:
        assert FeedbackStory().activated().refused(self.NOTE, by=CRISIS_LEADER).code == "role_may_not"
        assert FeedbackStory().hear(self.NOTE, AT) == []


class TestClosing:
    def test_the_end_brings_the_last_report_with_the_window_that_runs(self) -> None:
        story = FeedbackStory().activated().asked_often(2, AT, "vand", "yes")
        story.report()
        story.asked_often(4, FIRST + minutes(11), "vand", "yes")
        cancelled, _, issued, closed = story.hear(deactivated(), FIRST + minutes(12))
        assert isinstance(cancelled, DeadlineCancelled)
        assert isinstance(issued, ReportIssued)
        assert (issued.final, issued.total, issued.period_to) == (True, 4, FIRST + minutes(15))
        assert closed == FeedbackClosed(reports=2, total=6)
        assert isinstance(story.state, Closed)
        assert story.hear(ActivationReversed(ballots=()), FIRST + minutes(13)) == []

    def test_what_came_in_late_is_in_the_sum_at_the_end(self) -> None:
        story = FeedbackStory().activated().asked_often(2, AT, "vand", "yes")
        story.report()
        story.asked_often(3, AT, "vand", "yes")  # of the first period, and registered after its report
        *_, issued, closed = story.hear(deactivated(), FIRST + minutes(12))
        assert isinstance(issued, ReportIssued)
        assert (issued.total, issued.late) == (0, 3)
        assert closed == FeedbackClosed(reports=2, total=5)

    def test_a_reversal_is_an_end_too(self) -> None:
        story = FeedbackStory()
        story.hear(provisional(), AT)
        assert isinstance(story.hear(ActivationReversed(ballots=()), AT)[-1], FeedbackClosed)

    def test_numbers_and_gaps_go_on_when_the_crisis_is_reopened(self) -> None:
        story = FeedbackStory().activated().staffed().asked_often(3, AT, "vand")
        story.hear(SetReportInterval(minutes=120), AT, CRISIS_LEADER)
        story.hear(deactivated(), FIRST)
        story.hear(released("vand"), FIRST + minutes(1))
        opened = story.hear(reopened(), FIRST + minutes(60))[0]
        assert isinstance(opened, FeedbackOpened)
        assert opened.interval_minutes == 120
        story.report()
        assert (story.issued().number, story.issued().period_from, story.issued().gaps) == (2, FIRST, ())

    def test_reopened_at_once_no_period_runs_backwards(self) -> None:
        story = FeedbackStory().activated()
        story.hear(deactivated(), AT + minutes(1))
        story.hear(reopened(), AT + minutes(1))
        story.report()
        assert story.issued().period_from < story.issued().period_to


def test_without_a_deadline_none_is_cancelled() -> None:
    story = FeedbackStory()
    opened = story.decider.decide(story.state, recorded(activated(), at=AT), Found())[0].event
    story.state = story.decider.evolve(story.state, Recorded(UUID(int=1), AT, SYSTEM, "k1", opened))
    assert not any(isinstance(event, DeadlineCancelled) for event in story.hear(deactivated(), AT))


def test_a_refusal_written_down_changes_nothing_in_any_state() -> None:
    refused = CommandRefused(
        concern="feedback", command_id=UUID(int=1), command_type="x", code="report_unknown", facts={}
    )
    for story in (FeedbackStory(), FeedbackStory().activated()):
        for _ in range(2):
            assert story.decider.evolve(story.state, Recorded(UUID(int=2), AT, SYSTEM, "k1", refused)) == story.state
            assert story.do(refused) == []
            story.hear(deactivated(), AT)


messages: st.SearchStrategy[Message] = st.one_of(
    st.sampled_from(HOLDERS).map(assumed),
    st.sampled_from([activated(), provisional(), deactivated(), reopened(), ActivationReversed(ballots=())]),
    st.builds(released, st.sampled_from(["vand", "stroem"])),
    st.builds(SetReportInterval, minutes=st.sampled_from([0, 15, 30, 45, 60, 61, 240, 5000])),
    st.builds(
        AcknowledgeReport,
        number=st.integers(1, 4),
        answers=st.lists(
            st.builds(
                ProposalAnswer,
                number=st.integers(-1, 3),
                status=st.sampled_from(["done", "rejected", "open"]),
                because=st.sampled_from(["", "nej"]),
            ),
            max_size=3,
        ).map(tuple),
    ),
    st.builds(
        NoteUrgentTransfers,
        topic=st.sampled_from(["vand", "stroem"]),
        window_start=st.integers(0, 400).map(lambda number: AT + minutes(number)),
        count=st.integers(0, 5),
    ),
)
asked = st.builds(
    question,
    st.integers(0, 60),
    st.integers(-30, 600).map(lambda number: AT + minutes(number)),
    st.sampled_from(["vand", "stroem", "affald"]),
    st.sampled_from(["yes", "partly", "no"]),
)
actors = st.sampled_from((*HOLDERS, SYSTEM, on_behalf(SECRETARIAT)))
courses = st.lists(st.tuples(st.integers(0, 70), st.one_of(messages, asked), actors), max_size=40)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(courses)
def test_whatever_happens_every_question_is_reported_once_and_only_refusals_are_raised(
    course: list[tuple[int, Message | FeedbackItem, Actor]],
) -> None:
    story = FeedbackStory()
    drive: Drive[FeedbackState] = Drive(story, AT, story.look_up)
    drive.give(activated(), SYSTEM)
    for wait, step, actor in course:
        drive.to(drive.now + minutes(wait))
        if not isinstance(step, FeedbackItem):
            drive.give(step, actor)
        elif step.id not in {item.id for item in story.items} or step in story.items:
            story.asked(step)  # a question may come late, or twice, but never as another one
    assert {refused.code for refused in drive.refusals} <= set(REFUSALS)
    assert drive.state_survives_a_snapshot()
    drive.give(reopened(), SYSTEM)
    drive.to(max([drive.now, *(item.time for item in story.items)]) + minutes(5))
    drive.give(deactivated(), SYSTEM)
    reports = [event for _, event in drive.told if isinstance(event, ReportIssued)]
    assert [report.number for report in reports] == list(range(1, len(reports) + 1))
    assert all(before.period_to == after.period_from for before, after in pairwise(reports))
    questions = len({item.id for item in story.items})
    assert sum(report.total + report.late for report in reports) == questions
    assert drive.told[-1][1] == FeedbackClosed(reports=len(reports), total=questions)
