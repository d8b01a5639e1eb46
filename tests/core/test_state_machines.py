"""Each decider beside a naive model of what may happen: a dict and a few counters that anybody can check by eye.

Short here; DDH_HYPOTHESIS=full plays 50,000 courses of 100 steps for each, some three hours a decider, and
DDH_HYPOTHESIS=1000 so many. The models know no rules: only that a role
has one holder, a vote is counted once, versions and log numbers are 1..n, each question is reported once, and that
after the end nothing happens but what may (I7).
"""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ddh_beredskab.core.feedback.states import FeedbackState
from ddh_beredskab.core.logbook import REFUSALS as LOG_REFUSALS
from ddh_beredskab.core.logbook import LogbookState
from schemas import activation as a
from schemas import crisis_staff as s
from schemas import feedback as f
from schemas import guides as g
from schemas import logbook as log
from schemas.base import SYSTEM, Actor, DeadlineCancelled, DeadlineSet, Event, Message, RoleHolderNoted
from tests.core import test_activation_and_staff_properties as town_moves
from tests.core import test_feedback as feedback_moves
from tests.core import test_guides_properties as guide_moves
from tests.core.cast import hours
from tests.core.drive import Drive
from tests.core.guide_story import NOON, GuideStory
from tests.core.gwt import T0
from tests.core.strandby import CRISIS_LEADER, LOG_KEEPER, SECRETARIAT, activated, deactivated, reopened
from tests.core.test_logbook import LogStory, written
from tests.core.town import Town

SHORT, WHOLE = 12, 50_000
COURSES = {"": SHORT, "full": WHOLE}.get(wanted := os.environ.get("DDH_HYPOTHESIS", "")) or int(wanted)
FULL = COURSES > SHORT
pytestmark = pytest.mark.timeout(0 if FULL else 120)
SETTINGS = settings(
    max_examples=COURSES,
    stateful_step_count=100 if FULL else 20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
waits = st.sampled_from([0, 0, 1, 5, 20, 90, 700]).map(lambda count: timedelta(minutes=count))


# -- activation and crisis_staff, two crises that share their people -------------------------------


class Towns(RuleBasedStateMachine):
    """The model: who holds which role, who has voted on what stands, whether the crisis is running, and how far the
    numbered lists on the staff's table have come."""

    def __init__(self) -> None:
        super().__init__()
        self.town = Town()
        self.seen = 0
        self.holders: dict[tuple[str, str], str] = {}
        self.voted: dict[str, set[str]] = {"k1": set(), "k2": set()}
        self.ended: set[str] = set()
        self.unconfirmed: set[str] = set()
        self.counts: dict[tuple[str, type[Event]], int] = {}
        self.closed: set[tuple[str, int]] = set()
        self.ticked: set[tuple[str, str, int]] = set()
        self.approved: set[tuple[str, str, int]] = set()

    @initialize(begun=st.sampled_from(town_moves.OPENINGS))
    def begin(self, begun: list[town_moves.Move]) -> None:
        for move in begun:
            self._play(move)

    @rule(move=town_moves.moves())
    def somebody_acts(self, move: town_moves.Move) -> None:
        self._play(move)

    @rule(wait=waits)
    def time_goes_by(self, wait: timedelta) -> None:
        self.town.advance(self.town.now + wait)

    @rule()
    def days_go_by(self) -> None:
        self.town.advance(self.town.now + hours(100))

    def _play(self, move: town_moves.Move) -> None:
        self.town.advance(self.town.now + timedelta(minutes=move.minutes))
        self.town.send(move.crisis, move.act.make(self.town.now), move.by)

    @invariant()
    def the_model_agrees(self) -> None:
        for written_ in self.town.written[self.seen :]:
            self._fold(written_.crisis, written_.event)
        self.seen = len(self.town.written)
        for crisis in ("k1", "k2"):
            state: Any = self.town.state("crisis_staff", crisis)
            held: dict[str, str] = state.work.holders() if hasattr(state, "work") else {}
            ours = {role: person for (where, role), person in self.holders.items() if where == crisis}
            if crisis not in self.ended:
                assert held == ours
        town_moves.nobody_is_in_two_places(self.town)

    def _fold(self, crisis: str, event: Event) -> None:
        match event:
            case s.RoleAssumed():  # also in the place of a holder who stays away
                assert self.holders.get((crisis, event.role)) != event.person, "nobody assumes what he holds"
                self.holders[crisis, event.role] = event.person
            case s.RoleHandedOver():
                assert (crisis, event.role) in self.holders
                self.holders[crisis, event.role] = event.to_person
            case s.StaffStoodDown():
                self.holders = {key: who for key, who in self.holders.items() if key[0] != crisis}
            case a.IncidentReported() if event.entry == "open_form":
                self.unconfirmed.add(crisis)
            case a.IncidentConfirmed():
                self.unconfirmed.remove(crisis)
            case a.IncidentRejected():
                assert crisis in self.unconfirmed, "what somebody has rung back on is not thrown away"
            case a.DecisionProposed():
                assert event.outcome != "activate" or crisis not in self.unconfirmed
                self.voted[crisis].clear()
            case a.VoteCast():
                assert event.person not in self.voted[crisis], "a vote is counted once"
                self.voted[crisis].add(event.person)
            case a.CrisisDeactivated():
                self.ended.add(crisis)
            case a.CrisisReopened() | a.CrisisActivated() | a.CrisisProvisionallyActivated():
                assert crisis not in self.unconfirmed, "nothing is activated before somebody has rung back"
                self.ended.discard(crisis)
            case a.ServiceTargetSet() | a.ChannelsChanged() | a.AuthorityScopeChanged():
                assert crisis not in self.ended, "nothing of operation after the end"
            case a.LevelChanged() | a.StepDownProposed() | a.StepDownAgreed() | a.OpeningDecided():
                assert crisis not in self.ended, "nothing of operation after the end"
            case s.StaffMeetingHeld() | s.SituationPictureReceived() | s.ActionAdded() | s.ReliefPlanned() as line:
                self._next(crisis, type(line), line.number)
            case s.DdhStatusWritten():
                assert event.based_on == self.counts.get((crisis, s.DdhStatusWritten), 0), "on the latest version"
                self._next(crisis, s.DdhStatusWritten, event.version)
            case s.DdhStatusApproved():
                assert event.version == self.counts[crisis, s.DdhStatusWritten], "the latest is approved"
                self._once(crisis, "status", event.version)
            case s.MinutesAmended():
                assert event.number <= self.counts[crisis, s.StaffMeetingHeld]
                assert (crisis, "minutes", event.number) not in self.approved, "what is approved stands"
            case s.MinutesApproved():
                self._once(crisis, "minutes", event.number)
            case s.ExternalContactAdded():
                self._next(crisis, s.ExternalContactAdded, event.number)
            case s.ExternalContactChanged() | s.ExternalContactClosed():
                assert event.number <= self.counts[crisis, s.ExternalContactAdded]
                assert (crisis, event.number) not in self.closed, "a closed line is left alone"
                self.closed |= {(crisis, event.number)} if isinstance(event, s.ExternalContactClosed) else set()
            case s.ActionCardTicked():
                point = (crisis, event.role, event.point)
                assert event.done != (point in self.ticked), "a tick says something new"
                self.ticked ^= {point}
            case s.RoleOffered() | s.StaffMeetingDue() | s.ReliefDue() | s.StaffEstablished():
                assert crisis not in self.ended, "a staff that stood down is asked nothing"
            case _:
                pass

    def _next(self, crisis: str, kind: type[Event], number: int) -> None:
        assert number == self.counts.get((crisis, kind), 0) + 1, "numbers are 1..n"
        self.counts[crisis, kind] = number

    def _once(self, crisis: str, what: str, number: int) -> None:
        assert (crisis, what, number) not in self.approved, "approved once"
        self.approved.add((crisis, what, number))


# -- guides ---------------------------------------------------------------------------------------


class Guides(RuleBasedStateMachine):
    """The model: the last version, the last draft, whether the guide is open."""

    def __init__(self) -> None:
        super().__init__()
        self.drive: Drive[Any] = Drive(GuideStory(), NOON, guide_moves.receipts)
        self.seen = 0
        self.version = self.draft = 0
        self.open = False

    @initialize()
    def activation(self) -> None:
        for message in (activated(), *(guide_moves.assumed(who) for who in guide_moves.HOLDERS)):
            self.drive.give(message, SYSTEM)

    @rule(message=guide_moves.messages, by=st.sampled_from(guide_moves.ACTORS))
    def anybody_acts(self, message: Message, by: Actor) -> None:
        self.drive.give(message, by)

    @rule(message=guide_moves.likely, by=st.sampled_from(guide_moves.HOLDERS))
    def the_staff_acts(self, message: Message, by: Actor) -> None:
        self.drive.give(message, by)

    @rule(wait=waits)
    def time_goes_by(self, wait: timedelta) -> None:
        self.drive.to(self.drive.now + wait)

    @invariant()
    def the_model_agrees(self) -> None:
        for _, event in self.drive.told[self.seen :]:
            self._fold(event)
        self.seen = len(self.drive.told)
        assert self.drive.state_survives_a_snapshot()

    def _fold(self, event: Event) -> None:
        match event:
            case g.GuideOpened():
                self.open = True
            case g.GuideClosed():
                assert self.open
                self.open = False
            case g.GuideDrafted():
                self.draft += 1
                assert event.draft == self.draft
            case g.GuideReleased():
                assert self.open
                self.version += 1
                assert event.version == self.version, "versions are 1..n"
                assert 1 <= event.draft <= self.draft
            case g.GuideConfirmed() | g.GuideRecalled() | g.SecondLookGiven() | g.GuideSeenMeasured():
                assert self.open
                assert 0 <= event.version <= self.version
            case g.GuideUpdateReminded() | g.GuideUpdateOverdue() | g.GuideEscalated():
                assert self.open, "nobody is chased for a guide that is closed"
            case _:
                pass


# -- feedback -------------------------------------------------------------------------------------


class Feedback(RuleBasedStateMachine):
    """The model: the ids of the questions, and the sum of what was reported."""

    def __init__(self) -> None:
        super().__init__()
        self.story = feedback_moves.FeedbackStory()
        self.drive: Drive[FeedbackState] = Drive(self.story, feedback_moves.AT, self.story.look_up)
        self.drive.give(activated(), SYSTEM)
        self.questions: dict[Any, f.FeedbackItem] = {}

    @rule(item=feedback_moves.asked, age=st.integers(0, 200))
    def a_citizen_asks(self, item: f.FeedbackItem, age: int) -> None:
        item = item.model_copy(update={"time": self.drive.now - timedelta(minutes=age)})
        if self.questions.setdefault(item.id, item) == item:
            self.story.asked(item)

    @rule(message=feedback_moves.messages, by=feedback_moves.actors)
    def somebody_acts(self, message: Message, by: Actor) -> None:
        self.drive.give(message, by)

    @rule(wait=waits)
    def time_goes_by(self, wait: timedelta) -> None:
        self.drive.to(self.drive.now + wait)

    @invariant()
    def nothing_is_reported_twice(self) -> None:
        reports = [event for _, event in self.drive.told if isinstance(event, f.ReportIssued)]
        assert [each.number for each in reports] == list(range(1, len(reports) + 1))
        assert sum(each.total + each.late for each in reports) <= len(self.questions)

    def teardown(self) -> None:
        self.drive.give(reopened(), SYSTEM)
        self.drive.to(self.drive.now + timedelta(minutes=10))
        self.drive.give(deactivated(), SYSTEM)
        reports = [event for _, event in self.drive.told if isinstance(event, f.ReportIssued)]
        assert sum(each.total + each.late for each in reports) == len(self.questions), "each is reported once"
        told = len(self.drive.told)
        self.drive.to(self.drive.now + timedelta(days=2))
        assert len(self.drive.told) == told, "after the end nothing is counted or raised"


# -- logbook --------------------------------------------------------------------------------------


class Logbook(RuleBasedStateMachine):
    """The model: how many entries there are, which paper numbers are taken, and which entries are pinned."""

    def __init__(self) -> None:
        super().__init__()
        self.drive: Drive[LogbookState] = Drive(LogStory(), T0)
        self.drive.give(activated(), SYSTEM)
        self.papers: set[str] = set()
        self.pinned: set[int] = set()

    actors = st.sampled_from([LOG_KEEPER, CRISIS_LEADER, SECRETARIAT, SYSTEM])

    def _gives(self, message: Message, by: Actor) -> list[Event]:
        before, refused = len(self.drive.told), len(self.drive.refusals)
        self.drive.give(message, by)
        new = [event for _, event in self.drive.told[before:]]
        assert not new or len(self.drive.refusals) == refused, "a refusal changes nothing"
        return new

    @rule(
        by=actors,
        text=st.sampled_from(["Vandet stiger.", "", "  ", "x"]),
        ago=st.integers(-5, 300),
        paper=st.sampled_from([None, None, "P1-1", "P1-2"]),
        refers_to=st.sampled_from([None, None, 1, 2, 40]),
    )
    def somebody_writes(self, by: Actor, text: str, ago: int, paper: str | None, refers_to: int | None) -> None:
        at = self.drive.now - timedelta(minutes=ago)
        new = self._gives(written(text=text, happened_at=at, paper_number=paper, refers_to=refers_to), by)
        assert len([each for each in new if isinstance(each, log.LogEntryRecorded)]) <= 1
        for each in new:
            assert isinstance(each, log.LogEntryRecorded)
            assert each.text == text
            assert text.strip()
            assert paper not in self.papers, "a paper number is used once"
            assert refers_to is None or refers_to < each.number
            if paper is not None:
                self.papers.add(paper)

    @rule(by=actors, number=st.integers(1, 30), text=st.sampled_from(["Rettet.", ""]))
    def somebody_corrects(self, by: Actor, number: int, text: str) -> None:
        entries = self._entries()
        new = self._gives(log.CorrectLogEntry(number=number, text=text, reason="Tastefejl"), by)
        assert not new or number <= len(entries)

    @rule(by=actors, first=st.integers(1, 30), last=st.integers(1, 30))
    def somebody_files(self, by: Actor, first: int, last: int) -> None:
        entries = self._entries()
        new = self._gives(log.FileLogEntries(first=first, last=last, case_number="S-1"), by)
        assert not new or first <= last <= len(entries)

    @rule(by=actors, number=st.integers(1, 30), pinned=st.booleans())
    def somebody_pins(self, by: Actor, number: int, pinned: bool) -> None:
        entries = self._entries()
        for each in self._gives(log.PinLogEntry(number=number, pinned=pinned), by):
            assert isinstance(each, log.LogEntryPinned)
            assert number <= len(entries)
            assert pinned != (number in self.pinned), "a pin says something new"
            self.pinned ^= {number}

    @rule(message=st.sampled_from([deactivated(), reopened(), activated()]))
    def the_crisis_goes_on(self, message: Message) -> None:
        self._gives(message, SYSTEM)

    @rule(wait=waits)
    def time_goes_by(self, wait: timedelta) -> None:
        self.drive.to(self.drive.now + wait)

    def _entries(self) -> list[log.LogEntryRecorded]:
        return [kept.message for kept in self.drive.story.events if isinstance(kept.message, log.LogEntryRecorded)]

    @invariant()
    def numbers_are_one_to_n(self) -> None:
        entries = self._entries()
        assert [each.number for each in entries] == list(range(1, len(entries) + 1))
        assert len({(each.caused_by, each.index) for each in entries}) == len(entries), "one cause, one entry each"
        assert {each.code for each in self.drive.refusals} <= set(LOG_REFUSALS)
        others = [event for _, event in self.drive.told if not isinstance(event, log.LogEntryRecorded)]
        assert not any(isinstance(each, DeadlineSet | DeadlineCancelled | RoleHolderNoted) for each in others)


TestTowns = Towns.TestCase
TestGuides = Guides.TestCase
TestFeedback = Feedback.TestCase
TestLogbook = Logbook.TestCase
TestTowns.settings = settings(SETTINGS) if FULL else settings(SETTINGS, max_examples=4, stateful_step_count=10)
TestGuides.settings = TestFeedback.settings = TestLogbook.settings = SETTINGS
