"""Logbook: what is heard is written once, numbered without a gap; people write, correct and file; nothing goes."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ddh_beredskab.core.decider import NOTHING, Recorded
from ddh_beredskab.core.logbook import REFUSALS, LogbookState, logbook_decider
from ddh_beredskab.core.subscriptions import SUBSCRIPTIONS
from schemas.activation import SteeringMemberAsked
from schemas.base import SYSTEM, Actor, Event, Message, Role, TimerFired
from schemas.crisis_staff import AgendaPoint, MinutesApproved
from schemas.feedback import FeedbackOpened
from schemas.guides import GuideConfirmed, GuideUpdateOverdue
from schemas.logbook import (
    CorrectLogEntry,
    FileLogEntries,
    LogClosed,
    LogEntriesFiled,
    LogEntryPinned,
    LogEntryRecorded,
    LogReopened,
    PinLogEntry,
    WriteLogEntry,
)
from tests.core.books import BOOKS
from tests.core.drive import Drive
from tests.core.gwt import T0, Story, recorded
from tests.core.strandby import (
    CALL_AGENT,
    COMMUNICATIONS,
    CRISIS_LEADER,
    INFORMATION_LEAD,
    LOG_KEEPER,
    SECRETARIAT,
    STRANDBY,
    activated,
    deactivated,
    on_behalf,
    reopened,
)

LIMITS = BOOKS.limits
ASKED = SteeringMemberAsked(person="henrik-brisager", order=1, barred=False)


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def written(**fields: object) -> WriteLogEntry:
    values: dict[str, object] = {"kind": "information_in", "text": "Vandet stiger.", "happened_at": T0}
    return WriteLogEntry.model_validate(values | fields)


class LogStory(Story[LogbookState]):
    """A logbook that has heard of its crisis."""

    def __init__(self, *, opened: bool = True) -> None:
        super().__init__(logbook_decider(BOOKS))
        if opened:
            self.do(ASKED)

    def entry(self, message: Message, *, at: datetime = T0, by: Actor = LOG_KEEPER) -> LogEntryRecorded:
        """The one line that the input gives."""
        (event,) = [event for event in self.do(message, at=at, by=by) if isinstance(event, LogEntryRecorded)]
        return event


class TestTelling:
    def test_an_event_becomes_one_line_in_plain_danish_with_refs_for_persons(self) -> None:
        story = LogStory(opened=False)
        entry = story.entry(GuideConfirmed(version=2, confirmed_by="birgit-vesterklit"), by=INFORMATION_LEAD)
        assert entry.text == "@birgit-vesterklit bekræfter: Guidens version 2 gælder stadig."
        assert (entry.number, entry.kind, entry.visibility) == (1, "information_in", "everyone")
        assert (entry.author, entry.author_role, entry.happened_at) == (
            INFORMATION_LEAD.person,
            INFORMATION_LEAD.role,
            T0,
        )
        assert (entry.index, entry.late, entry.drill) == (0, False, False)

    def test_what_the_engine_does_by_itself_has_no_person_as_author(self) -> None:
        opened = FeedbackOpened(kind="stormflod", authority=STRANDBY, interval_minutes=60, first_report_at=T0)
        entry = LogStory().entry(opened, by=CRISIS_LEADER)
        assert (entry.author, entry.author_role) == (SYSTEM.person, SYSTEM.role)

    def test_who_acted_for_whom_stands_in_the_line(self) -> None:
        actor = on_behalf(CRISIS_LEADER).model_copy(update={"deputy": True})
        entry = LogStory().entry(GuideConfirmed(version=2, confirmed_by=actor.person), by=actor)
        assert (entry.author, entry.author_is_deputy) == (CRISIS_LEADER.person, True)
        assert entry.on_behalf_of == INFORMATION_LEAD.person
        by_hand = LogStory().entry(written(), by=actor)
        assert (by_hand.author_is_deputy, by_hand.on_behalf_of) == (True, INFORMATION_LEAD.person)

    def test_instants_are_written_in_danish_time(self) -> None:
        since = datetime.fromisoformat("2023-10-29T01:30+00:00")  # half past two, for the second time that night
        assert "kl. 02.30" in LogStory().entry(GuideUpdateOverdue(version=1, since=since)).text

    def test_every_event_the_log_hears_has_a_sentence(self) -> None:
        heard = [kind for kind, concerns in SUBSCRIPTIONS.items() if issubclass(kind, Event) and "logbook" in concerns]
        assert [kind.short_name() for kind in heard if kind.short_name() not in BOOKS.texts.log] == []

    def test_should_a_sentence_be_missing_the_line_still_comes(self) -> None:
        story = LogStory()
        nothing = BOOKS.texts.model_copy(update={"log": {}})
        story.decider = logbook_decider(BOOKS.model_copy(update={"texts": nothing}))
        entry = story.entry(activated())
        assert (entry.number, entry.kind, entry.text) == (2, "system", "crisis_activated")

    def test_a_sentence_longer_than_a_line_may_be_is_cut_and_not_lost(self) -> None:
        story = LogStory()
        grounds = "x" * 19_990
        entry = story.entry(reopened().model_copy(update={"grounds": grounds}))
        assert len(entry.text) == 20_000
        assert entry.text.endswith("…")

    def test_approved_minutes_give_a_line_for_each_decision(self) -> None:
        story = LogStory()
        points = (
            AgendaPoint(point="Situationen", text="Vandet stiger."),
            AgendaPoint(point="Åbningstid", text="Drøftet.", decision="DDH åbner til kl. 24."),
            AgendaPoint(point="Presse", text="Drøftet.", decision="Frederik svarer pressen."),
        )
        events = story.do(MinutesApproved(number=1, points=points), by=CRISIS_LEADER)
        entries = [event for event in events if isinstance(event, LogEntryRecorded)]
        assert [(entry.number, entry.index) for entry in entries] == [(2, 0), (3, 1), (4, 2)]
        assert [entry.text for entry in entries[1:]] == [
            "Åbningstid: DDH åbner til kl. 24.",
            "Presse: Frederik svarer pressen.",
        ]
        assert {entry.kind for entry in entries[1:]} == {"decision"}

    def test_minutes_without_a_decision_are_still_one_line(self) -> None:
        points = (AgendaPoint(point="Situationen", text="Vandet stiger."),)
        assert LogStory().entry(MinutesApproved(number=1, points=points)).index == 0

    def test_what_was_entered_long_after_it_happened_is_marked(self) -> None:
        story = LogStory()
        for after, late in ((LIMITS.late_entry_minutes, False), (LIMITS.late_entry_minutes + 1, True)):
            heard = recorded(ASKED, n=9)
            heard = Recorded(heard.id, T0, SYSTEM, "k1", ASKED, "drift", T0 + minutes(after))
            (emit,) = story.decider.decide(story.state, heard, NOTHING)
            assert isinstance(emit.event, LogEntryRecorded)
            assert emit.event.late is late

    def test_lines_of_a_drill_say_so(self) -> None:
        story = LogStory()
        heard = Recorded(recorded(ASKED).id, T0, SYSTEM, "k1", ASKED, "oevelse.stormflod-1")
        (emit,) = story.decider.decide(story.state, heard, NOTHING)
        assert isinstance(emit.event, LogEntryRecorded)
        assert emit.event.drill

    def test_what_is_no_event_is_not_written(self) -> None:
        fired = TimerFired.model_validate(
            {"concern": "logbook", "name": "x", "deadline_id": "0" * 32, "due_at": T0, "fired_at": T0}
        )
        assert LogStory().do(fired) == []


class TestWriting:
    def test_a_line_by_hand_keeps_everything_that_was_said(self) -> None:
        story = LogStory()
        entry = story.entry(
            written(
                kind="action",
                **{"from": "Politiet", "to": "Krisestaben"},
                channel="telefon",
                source="Vagtchefen",
                reliability="likely",
                owner="dorte-vibeholm",
                due_at=T0 + minutes(60),
                visibility="everyone",
                paper_number="P1-1",
                refers_to=1,
            )
        )
        assert entry.number == 2
        assert (entry.from_, entry.to, entry.channel, entry.source) == (
            "Politiet",
            "Krisestaben",
            "telefon",
            "Vagtchefen",
        )
        assert (entry.reliability, entry.owner, entry.due_at) == ("likely", "dorte-vibeholm", T0 + minutes(60))
        assert (entry.visibility, entry.paper_number, entry.refers_to) == ("everyone", "P1-1", 1)
        assert (entry.author, entry.author_role) == (LOG_KEEPER.person, "log_keeper")

    @pytest.mark.parametrize("role", ["steering_group", "strategic_leadership", "project_leader", "personnel_lead"])
    def test_staff_steering_group_and_secretariat_may_write(self, role: Role) -> None:
        for actor in (SECRETARIAT, Actor(person="nogen", role=role)):
            assert LogStory().entry(written(), by=actor).number == 2

    @pytest.mark.parametrize("role", ["call_agent", "municipal_leader", "observer", "own_leader", "system"])
    def test_others_may_not(self, role: Role) -> None:
        story = LogStory()
        for message in (
            written(),
            CorrectLogEntry(number=1, text="x", reason="y"),
            FileLogEntries(first=1, last=1, case_number="23/1"),
        ):
            refusal = story.refused(message, by=Actor(person="nogen", role=role))
            assert (refusal.code, refusal.facts) == ("log_not_for_role", {"role": role})

    def test_an_undladelse_says_why(self) -> None:
        story = LogStory()
        assert story.refused(written(kind="omission", reason=" "), by=LOG_KEEPER).code == "omission_without_reason"
        assert story.entry(written(kind="omission", reason="For farligt")).reason == "For farligt"

    def test_a_line_says_something(self) -> None:
        assert LogStory().refused(written(text="\n "), by=LOG_KEEPER).code == "log_text_missing"

    @pytest.mark.parametrize("kind", ["correction", "system"])
    def test_corrections_and_the_systems_own_lines_are_not_written_by_hand(self, kind: str) -> None:
        refusal = LogStory().refused(written(kind=kind), by=LOG_KEEPER)
        assert (refusal.code, refusal.facts) == ("log_kind_not_by_hand", {"kind": kind})

    def test_nothing_has_happened_in_the_future_beyond_what_a_clock_may_be_wrong(self) -> None:
        story, ahead = LogStory(), timedelta(seconds=LIMITS.future_tolerance_seconds)
        assert story.entry(written(happened_at=T0 + ahead)).late is False
        refusal = story.refused(written(happened_at=T0 + ahead + timedelta(seconds=1)), by=LOG_KEEPER)
        assert (refusal.code, refusal.facts) == (
            "happened_in_the_future",
            {"happened_at": "lørdag den 21. oktober 2023 kl. 00.08"},
        )

    def test_what_is_written_clearly_later_than_it_happened_is_marked(self) -> None:
        story, limit = LogStory(), minutes(LIMITS.late_entry_minutes)
        assert story.entry(written(happened_at=T0 - limit)).late is False
        entry = story.entry(written(happened_at=T0 - limit - timedelta(seconds=1)))
        assert entry.late is True
        assert entry.happened_at == T0 - limit - timedelta(seconds=1)

    def test_a_paper_sheet_is_typed_in_once(self) -> None:
        story = LogStory()
        story.entry(written(paper_number="P1-1"))
        refusal = story.refused(written(paper_number="P1-1"), by=LOG_KEEPER)
        assert (refusal.code, refusal.facts) == ("paper_number_taken", {"paper_number": "P1-1"})
        assert story.entry(written(paper_number="P1-2")).number == 3

    def test_it_points_only_at_lines_that_exist(self) -> None:
        refusal = LogStory().refused(written(refers_to=2), by=LOG_KEEPER)
        assert (refusal.code, refusal.facts) == ("log_entry_unknown", {"number": "2", "last": "1"})

    def test_before_a_crisis_is_reported_there_is_no_log(self) -> None:
        assert LogStory(opened=False).refused(written(), by=LOG_KEEPER).code == "log_not_opened"


class TestCorrecting:
    def test_a_correction_is_a_new_line_that_points_back_also_at_the_systems(self) -> None:
        story = LogStory()
        correction = CorrectLogEntry(number=1, text="Det var Lone.", reason="Hørt forkert", visibility="everyone")
        entry = story.entry(correction, by=SECRETARIAT)
        assert (entry.number, entry.kind, entry.refers_to) == (2, "correction", 1)
        assert (entry.text, entry.reason, entry.visibility) == ("Det var Lone.", "Hørt forkert", "everyone")
        assert story.entry(CorrectLogEntry(number=2, text="Pia.", reason="Igen")).refers_to == 2

    def test_a_correction_of_nothing_or_without_text_or_reason_is_refused(self) -> None:
        story = LogStory()

        def refused(number: int, text: str, reason: str) -> str:
            return story.refused(CorrectLogEntry(number=number, text=text, reason=reason), by=LOG_KEEPER).code

        assert refused(2, "x", "y") == "log_entry_unknown"
        assert refused(1, " ", "y") == "log_text_missing"
        assert refused(1, "x", "") == "correction_without_reason"


class TestFiling:
    def test_lines_are_marked_as_filed_and_keep_their_numbers(self) -> None:
        story = LogStory()
        story.entry(written())
        (event,) = story.do(FileLogEntries(first=1, last=2, case_number="23/004512"), by=SECRETARIAT)
        assert isinstance(event, LogEntriesFiled)
        assert (event.first, event.last, event.filing.case_number) == (1, 2, "23/004512")
        assert (event.filing.by, event.filing.at) == (SECRETARIAT.person, T0)
        assert story.entry(written()).number == 3

    def test_a_range_runs_forward_over_lines_that_exist(self) -> None:
        story = LogStory()

        def refused(first: int, last: int, case_number: str = "23/1") -> str:
            command = FileLogEntries(first=first, last=last, case_number=case_number)
            return story.refused(command, by=SECRETARIAT).code

        assert refused(2, 1) == "log_range_backwards"
        assert refused(1, 2) == "log_entry_unknown"
        assert refused(1, 1, " ") == "case_number_missing"


class TestPinning:
    def test_a_line_is_held_up_and_let_go_and_nothing_is_written_for_it(self) -> None:
        story = LogStory()
        pin = PinLogEntry(number=1)
        assert story.do(pin, by=LOG_KEEPER) == [LogEntryPinned(number=1, pinned=True, by=LOG_KEEPER.person)]
        assert story.refused(pin, by=SECRETARIAT).code == "log_pin_unchanged"
        let_go = PinLogEntry(number=1, pinned=False)
        assert story.do(let_go, by=SECRETARIAT) == [LogEntryPinned(number=1, pinned=False, by=SECRETARIAT.person)]
        assert story.refused(let_go, by=LOG_KEEPER).code == "log_pin_unchanged"
        assert story.entry(written()).number == 2

    def test_what_is_pinned_stays_so_over_new_lines_the_end_and_a_reopening(self) -> None:
        story = LogStory()
        story.entry(written(paper_number="P1-1"))
        story.do(PinLogEntry(number=1), by=LOG_KEEPER)
        story.do(PinLogEntry(number=2), by=LOG_KEEPER)
        for message in (written(), deactivated(), written(), reopened()):
            story.do(message, by=CRISIS_LEADER)
            for number in (1, 2):
                assert story.refused(PinLogEntry(number=number), by=LOG_KEEPER).code == "log_pin_unchanged"
        assert story.refused(written(paper_number="P1-1"), by=LOG_KEEPER).code == "paper_number_taken"

    def test_only_a_line_that_exists_is_pinned_and_only_by_who_may_write(self) -> None:
        story = LogStory()
        assert story.refused(PinLogEntry(number=2), by=LOG_KEEPER).code == "log_entry_unknown"
        assert story.refused(PinLogEntry(number=1), by=CALL_AGENT).code == "log_not_for_role"
        assert LogStory(opened=False).refused(PinLogEntry(number=1), by=LOG_KEEPER).code == "log_not_opened"

    def test_a_pin_before_anything_is_written_changes_nothing(self) -> None:
        """It cannot be decided; should it stand in a stream all the same, the stream can still be read."""
        decider = logbook_decider(BOOKS)
        pin = recorded(LogEntryPinned(number=1, pinned=True, by=LOG_KEEPER.person))
        assert decider.evolve(decider.initial, pin) == decider.initial  # type: ignore[arg-type]


class TestClosing:
    def test_the_end_is_written_and_then_the_log_is_closed(self) -> None:
        story = LogStory()
        entry, closed = story.do(deactivated(), by=CRISIS_LEADER)
        assert isinstance(entry, LogEntryRecorded)
        assert (entry.number, closed) == (2, LogClosed(entries=2))

    def test_what_people_write_afterwards_is_marked_and_what_happens_afterwards_is_not(self) -> None:
        story = LogStory()
        story.do(deactivated())
        assert story.entry(written()).late is True
        assert story.entry(ASKED, by=SYSTEM).late is False
        assert story.entry(written()).number == 5

    def test_a_reopened_crisis_reopens_its_log_and_paper_numbers_stay_taken(self) -> None:
        story = LogStory()
        story.entry(written(paper_number="P1-1"))
        story.do(deactivated())
        entry, again = story.do(reopened())
        assert isinstance(entry, LogEntryRecorded)
        assert again == LogReopened(entries=entry.number)
        assert story.entry(written()).late is False
        assert story.refused(written(paper_number="P1-1"), by=LOG_KEEPER).code == "paper_number_taken"


heard = st.sampled_from(
    [
        ASKED,
        activated(),
        deactivated(),
        reopened(),
        GuideConfirmed(version=1, confirmed_by="birgit-vesterklit"),
        FeedbackOpened(kind="stormflod", authority=STRANDBY, interval_minutes=60, first_report_at=T0),
        MinutesApproved(number=1, points=(AgendaPoint(point="a", text="b", decision="c"),) * 3),
    ]
)
texts = st.sampled_from(["", " ", "Vandet stiger.", "{person} [x]", "æøå 🌊"])
commands: st.SearchStrategy[Message] = st.one_of(
    st.builds(
        written,
        kind=st.sampled_from(["information_in", "omission", "system", "press"]),
        text=texts,
        reason=texts,
        happened_at=st.integers(-100, 600).map(lambda number: T0 + minutes(number)),
        paper_number=st.sampled_from([None, "P1-1", "P2-7"]),
        refers_to=st.one_of(st.none(), st.integers(1, 9)),
    ),
    st.builds(CorrectLogEntry, number=st.integers(1, 20), text=texts, reason=texts),
    st.builds(
        FileLogEntries, first=st.integers(1, 9), last=st.integers(1, 20), case_number=st.sampled_from([" ", "23/1"])
    ),
)
people = st.sampled_from([LOG_KEEPER, COMMUNICATIONS, SECRETARIAT, CALL_AGENT, SYSTEM])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.integers(0, 30), st.one_of(heard, commands), people), max_size=40))
def test_whatever_is_heard_or_written_numbers_run_without_a_gap(course: list[tuple[int, Message, Actor]]) -> None:
    drive: Drive[LogbookState] = Drive(LogStory(opened=False), T0)
    expected = 0
    for wait, message, actor in course:
        drive.to(drive.now + minutes(wait))
        before = len(drive.refusals)
        drive.give(message, actor)
        expected += 1 + (3 if isinstance(message, MinutesApproved) else 0)
        expected -= len(drive.refusals) - before + isinstance(message, FileLogEntries) * (len(drive.refusals) == before)
    entries = [event for _, event in drive.told if isinstance(event, LogEntryRecorded)]
    assert [entry.number for entry in entries] == list(range(1, expected + 1))
    assert len({(entry.caused_by, entry.index) for entry in entries}) == len(entries)
    on_paper = [entry.paper_number for entry in entries if entry.paper_number]
    assert len(on_paper) == len(set(on_paper))
    assert {refused.code for refused in drive.refusals} <= set(REFUSALS)
    assert drive.state_survives_a_snapshot()
