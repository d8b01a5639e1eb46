"""The recorded surge through the real deciders: what a whole crisis must look like by the rules."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from uuid import UUID

import pytest

from ddh_beredskab.core.activation.states import Closed
from ddh_beredskab.core.opening_hours import staffed_minutes_between
from ddh_beredskab.core.playbook import STAFF_ROLES, Playbooks
from ddh_beredskab.core.windows import counted
from ddh_beredskab.drills.core_replay import Replay, replay
from ddh_beredskab.drills.digest import counts_as_decision, decision_line, decisions_sha256
from ddh_beredskab.drills.recording import Recording, load_recording
from ddh_beredskab.drills.summary import journal_decisions_sha256
from ddh_beredskab.playbooks import load_playbooks
from schemas import activation as a
from schemas import crisis_staff as s
from schemas import feedback as f
from schemas import guides as g
from schemas.base import CommandRefused
from schemas.logbook import CorrectLogEntry, LogEntryRecorded
from tests.projections.stage import Stage

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def playbooks() -> Playbooks:
    return load_playbooks(ROOT / "playbooks")


@pytest.fixture(scope="module")
def surge(playbooks: Playbooks) -> Recording:
    topics = [topic.key for topic in playbooks.kinds["stormflod"].topics]
    return load_recording("stormflod-2023", [ROOT / "playbooks" / "drills"], topics=topics)


@pytest.fixture(scope="module")
def played(surge: Recording, playbooks: Playbooks) -> Replay:
    return replay(surge, playbooks)


def _at(text: str) -> datetime:
    return datetime.fromisoformat(f"2023-10-{text}+02:00").astimezone(UTC)


# -- the recording and the rules agree --------------------------------------------------------------


def test_nothing_is_refused_but_what_is_meant_to_be(played: Replay) -> None:
    assert played.surprises() == []
    assert len(played.events(CommandRefused)) == 2


def test_the_member_from_the_affected_municipality_never_has_a_vote(played: Replay) -> None:
    assert all(
        each.event.person != "mads-fjordsand"
        for each in played.events(a.VoteCast)
        if isinstance(each.event, a.VoteCast)
    )
    assert {each.input.actor.person for each in played.refusals if each.input} == {"mads-fjordsand"}


def test_the_surge_is_decided_as_it_always_was(played: Replay) -> None:
    """New commands and clocks must leave what was recorded before them as it was. Changed on purpose: say so here."""
    assert played.decisions_sha256() == "060df9c0b71f5e5f73fe17db93d0145d187063daefb00ac55508d595f7a25191"


def test_two_replays_decide_the_same(played: Replay, surge: Recording, playbooks: Playbooks) -> None:
    again = replay(surge, playbooks)
    assert again.decisions_sha256() == played.decisions_sha256()
    assert [each.recorded for each in again.kept] == [each.recorded for each in played.kept]


def test_the_journal_decides_the_same_as_the_memory(
    played: Replay, surge: Recording, playbooks: Playbooks, tmp_path: Path
) -> None:
    """Doors, SQLite, deliveries, timers and the feedback counter change nothing in what is decided."""
    stage = Stage(tmp_path / "journal.db", "oevelse.sammenlign", surge, playbooks)
    stage.play()
    assert stage.read(journal_decisions_sha256) == played.decisions_sha256()


def test_no_event_stands_twice(played: Replay) -> None:
    ids = [each.recorded.id for each in played.kept]
    assert len(set(ids)) == len(ids)
    causes = [
        (each.event.caused_by, each.event.index)
        for each in played.events(LogEntryRecorded)
        if isinstance(each.event, LogEntryRecorded)
    ]
    assert len(set(causes)) == len(causes)


# -- decisions ----------------------------------------------------------------------------------------


def test_forewarning_comes_first_and_is_scored_so(played: Replay) -> None:
    assessed = [each.event for each in played.events(a.IncidentAssessed) if isinstance(each.event, a.IncidentAssessed)]
    assert [each.recommendation for each in assessed] == ["warn", "warn", "activate"]
    assert [score.points for score in assessed[-1].scores] == [4, 4, 4]
    (warned,) = played.events(a.CrisisWarned)
    assert warned.recorded.time < _at("19T10:00")


def test_at_night_one_acts_alone_after_the_list_and_the_quorum_confirms_before_nine(
    played: Replay, playbooks: Playbooks
) -> None:
    (provisional,) = played.events(a.CrisisProvisionallyActivated)
    assert isinstance(provisional.event, a.CrisisProvisionallyActivated)
    assert provisional.event.by_delegation
    assert provisional.event.minutes <= playbooks.limits.provisional_within_minutes
    (exhausted,) = played.events(a.PhoneListExhausted)
    assert exhausted.recorded.time <= provisional.recorded.time
    (active,) = played.events(a.CrisisActivated)
    assert isinstance(active.event, a.CrisisActivated)
    assert active.event.confirms_provisional
    assert active.recorded.time < provisional.event.confirm_before == _at("21T09:00")
    assert Counter(ballot.vote for ballot in active.event.ballots) == {"for": 2, "against": 1}
    assert all(ballot.grounds for ballot in active.event.ballots)


def test_levels_go_down_and_it_ends_in_agreed_steps(played: Replay, surge: Recording) -> None:
    levels = [each.event.level for each in played.events(a.LevelChanged) if isinstance(each.event, a.LevelChanged)]
    assert levels == ["staff", "information"]
    agreed = [each.event for each in played.events(a.StepDownAgreed) if isinstance(each.event, a.StepDownAgreed)]
    assert [each.final for each in agreed] == [False, True]
    assert all(set(each.agreed_by) == {"signe-havtorn", "poul-digegaard"} for each in agreed)
    assert isinstance(played.states["activation", surge.crisis_id(1)], Closed)


# -- staff --------------------------------------------------------------------------------------------


def test_one_cannot_one_never_answers_and_the_staff_is_complete_within_the_target(
    played: Replay, playbooks: Playbooks
) -> None:
    passed = [each.event for each in played.events(s.RoleEscalated) if isinstance(each.event, s.RoleEscalated)]
    assert {(each.person, each.because) for each in passed} == {
        ("frederik-maagevang", "cannot"),
        ("kasper-pynten", "no_answer"),
    }
    (established,) = [
        each.event for each in played.events(s.StaffEstablished) if isinstance(each.event, s.StaffEstablished)
    ]
    assert set(established.holders) == set(STAFF_ROLES)
    assert established.minutes <= playbooks.limits.first_meeting_minutes
    assert not played.events(s.RoleUncovered, s.StaffMeetingDue, s.SituationPictureOverdue)


def test_everybody_is_relieved_between_ten_and_twelve_hours_and_rests_eleven(
    played: Replay, playbooks: Playbooks
) -> None:
    assert len(played.events(s.ReliefDue)) == len(STAFF_ROLES)
    assert not played.events(s.ReliefOverdue)
    handed = played.events(s.RoleHandedOver)
    assert {each.event.role for each in handed if isinstance(each.event, s.RoleHandedOver)} == set(STAFF_ROLES)
    for each in handed:
        assert isinstance(each.event, s.RoleHandedOver)
        assert each.event.note
        assert each.event.rest_until >= each.recorded.time + timedelta(hours=playbooks.limits.rest_hours)


def test_every_person_is_free_at_the_end(played: Replay) -> None:
    assert played.persons
    assert all(person.holding == () for person in played.persons.values())


def test_all_fourteen_steps_are_done(played: Replay, playbooks: Playbooks) -> None:
    happened = {type(each.event).short_name() for each in played.kept}
    by_hand = {
        each.event.step
        for each in played.events(s.ActivationStepCompleted)
        if isinstance(each.event, s.ActivationStepCompleted)
    }
    missing = [
        step.no
        for step in playbooks.steps.steps
        if step.no not in by_hand and not happened.intersection(step.completed_by)
    ]
    assert missing == []


# -- guide --------------------------------------------------------------------------------------------


def test_the_first_message_is_out_within_ten_minutes_and_replaced_within_an_hour(
    played: Replay, playbooks: Playbooks
) -> None:
    (first,) = [
        each.event for each in played.events(g.FirstMessageReleased) if isinstance(each.event, g.FirstMessageReleased)
    ]
    assert first.minutes <= playbooks.limits.first_message_minutes
    released = played.events(g.GuideReleased)
    assert released[0].recorded.time <= first.replace_before
    assert len(released) >= 12


def test_the_guide_never_grows_older_than_its_interval_over_staffed_time(played: Replay, playbooks: Playbooks) -> None:
    openings = [
        (opening.opens_at, opening.closes_at)
        for each in played.kept
        if isinstance(each.event, (g.GuideOpened, g.GuideOpeningNoted))
        for opening in (each.event.opening if isinstance(each.event, g.GuideOpened) else (each.event.opening,))
    ]
    interval = float(playbooks.kinds["stormflod"].guide_interval_minutes)
    intervals: list[tuple[datetime, float]] = [(datetime.min.replace(tzinfo=UTC), interval)]
    fresh: list[datetime] = []
    for each in played.kept:
        match each.event:
            case g.GuideIntervalSet():
                intervals.append((each.recorded.time, float(each.event.minutes)))
            case g.FirstMessageReleased() | g.GuideReleased() | g.GuideConfirmed():
                fresh.append(each.recorded.time)
            case g.GuideClosed():
                fresh.append(each.recorded.time)
            case _:
                pass
    assert len(fresh) >= 17
    for earlier, later in pairwise(fresh):
        allowed = max(minutes for since, minutes in intervals if since <= later)
        assert staffed_minutes_between(playbooks.opening_hours, earlier, later, openings) <= allowed
    assert not played.events(
        g.GuideUpdateOverdue, g.FirstMessageOverdue, g.GuideReplacementOverdue, g.SecondLookOverdue
    )


def test_one_version_is_approved_by_phone_one_released_alone_and_looked_at_again(played: Replay) -> None:
    approved = [
        each.event for each in played.events(g.GuideFactsApproved) if isinstance(each.event, g.GuideFactsApproved)
    ]
    assert [each.read_back_to for each in approved if each.on_behalf_of] == ["tobias-havrimmel"]
    alone = [
        each.event.version
        for each in played.events(g.GuideReleased)
        if isinstance(each.event, g.GuideReleased) and each.event.alone
    ]
    looked = [
        each.event.version for each in played.events(g.SecondLookGiven) if isinstance(each.event, g.SecondLookGiven)
    ]
    assert alone == looked == [5]
    assert len(played.events(g.NightVersionSet)) == 1


def test_receipts_are_measured_for_every_version_and_fall_short_now_and_then(played: Replay) -> None:
    measured = [
        each.event for each in played.events(g.GuideSeenMeasured) if isinstance(each.event, g.GuideSeenMeasured)
    ]
    assert [each.version for each in measured] == list(range(14))
    assert {each.version for each in measured if each.share < each.target} == {6, 8}


# -- questions and reports ------------------------------------------------------------------------------


def test_reports_go_out_at_their_interval_and_once_more_at_the_end(played: Replay, playbooks: Playbooks) -> None:
    reports = [
        (each.recorded.time, each.event)
        for each in played.events(f.ReportIssued)
        if isinstance(each.event, f.ReportIssued)
    ]
    assert [report.number for _, report in reports] == list(range(1, 21))
    assert reports[0][0] == _at("21T00:50")
    interval = timedelta(minutes=playbooks.limits.report_interval_minutes)
    assert {later - earlier for (earlier, _), (later, _) in pairwise(reports[:-1])} == {interval}
    assert [report.final for _, report in reports] == [False] * 19 + [True]
    assert len(played.events(f.ReportAcknowledged)) >= 9


def test_every_unique_question_is_counted_once_and_reported_once(
    played: Replay, surge: Recording, playbooks: Playbooks
) -> None:
    feedback = played.feedback[surge.crisis_id(1)]
    items = [each.payload for each in surge.inputs if isinstance(each.payload, f.FeedbackItem)]
    assert feedback.received == len(items) > feedback.unique >= 1_450
    assert feedback.windows == counted(items, playbooks.limits.feedback_window_minutes)
    reports = [each.event for each in played.events(f.ReportIssued) if isinstance(each.event, f.ReportIssued)]
    assert sum(report.total + report.late for report in reports) == feedback.unique
    (closed,) = [each.event for each in played.events(f.FeedbackClosed) if isinstance(each.event, f.FeedbackClosed)]
    assert closed.total == feedback.unique


def test_planted_personal_data_is_struck_out_and_nothing_else_is(played: Replay, surge: Recording) -> None:
    feedback = played.feedback[surge.crisis_id(1)]
    texts = [item.text for item in feedback.items.values()]
    struck = Counter(
        mark
        for text in texts
        for mark in ("CPR-nummer", "telefonnummer", "mail", "adresse")
        if f"[{mark} fjernet]" in text
    )
    assert struck == {"CPR-nummer": 12, "telefonnummer": 12, "mail": 3, "adresse": 4}
    assert feedback.redacted == 31
    assert not any("eksempel.invalid" in text or "-00" in text for text in texts)


def test_urgent_transfers_about_medical_equipment_raise_one_notice(played: Replay) -> None:
    (raised,) = played.events(f.UrgentNoticeRaised)
    assert isinstance(raised.event, f.UrgentNoticeRaised)
    assert raised.event.topic == "medicinsk-udstyr"
    assert raised.recorded.time == _at("21T01:43:30")


def test_every_gap_that_was_found_is_closed_by_a_version(played: Replay) -> None:
    found = Counter(each.event.topic for each in played.events(f.GapFound) if isinstance(each.event, f.GapFound))
    closed = Counter(each.event.topic for each in played.events(f.GapClosed) if isinstance(each.event, f.GapClosed))
    assert found <= closed  # a version also closes what it answers before a report has found it
    assert len(found) >= 12


# -- log and timers ---------------------------------------------------------------------------------------


def test_the_log_is_numbered_without_gaps_and_holds_every_kind(played: Replay) -> None:
    entries = [each.event for each in played.events(LogEntryRecorded) if isinstance(each.event, LogEntryRecorded)]
    assert [entry.number for entry in entries] == list(range(1, len(entries) + 1))
    kinds = {entry.kind for entry in entries}
    assert {"omission", "urgent", "press", "correction", "meeting", "relief", "contact_attempt", "decision"} <= kinds
    assert any(entry.late for entry in entries)
    assert [entry.paper_number for entry in entries if entry.paper_number] == ["P1-1", "P1-2"]
    assert all(entry.drill for entry in entries)


def test_the_correction_points_at_the_entry_it_corrects(played: Replay, surge: Recording) -> None:
    entries = {
        each.event.number: each.event
        for each in played.events(LogEntryRecorded)
        if isinstance(each.event, LogEntryRecorded)
    }
    (correction,) = [entry for entry in entries.values() if entry.kind == "correction"]
    assert correction.refers_to is not None
    assert "1,98 m" in entries[correction.refers_to].text
    assert "1,88 m" in correction.text
    assert sum(isinstance(each.payload, CorrectLogEntry) for each in surge.inputs) == 1


def test_only_the_evaluation_is_still_waited_for(played: Replay) -> None:
    assert played.timers_waiting == 1
    assert played.timers_fired >= 40


# -- the digest ---------------------------------------------------------------------------------------------


def test_a_decision_line_is_stream_id_type_time_and_canonical_data() -> None:
    line = decision_line(
        "activation-k1",
        UUID(int=7),
        "dk.ddh.beredskab.vote_cast.v1",
        datetime.fromisoformat("2023-10-21T00:06:00+02:00"),
        {"vote": "for", "person": "å", "minutes": 12.0},
    )
    assert line == (
        "activation-k1|00000000-0000-0000-0000-000000000007|dk.ddh.beredskab.vote_cast.v1|"
        '2023-10-20T22:06:00.000000Z|{"minutes":12,"person":"å","vote":"for"}'
    )


def test_the_digest_is_over_the_sorted_lines_whatever_order_they_came_in() -> None:
    assert decisions_sha256(["b", "a"]) == decisions_sha256(["a", "b"]) == sha256(b"a\nb\n").hexdigest()
    assert decisions_sha256(["a"]) != decisions_sha256(["a", "a"])


def test_the_logbook_is_no_decision_and_persons_are() -> None:
    assert not counts_as_decision("logbook-stormflod-2023-00000000")
    assert counts_as_decision("person-asta-klitvang")
    assert counts_as_decision("crisis_staff-stormflod-2023-00000000")
