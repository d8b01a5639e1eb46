"""Each kind of verdict on a timeline made by hand: reached, half reached, not reached, and why there is no measure."""

from __future__ import annotations

import pytest

from ddh_beredskab.drills.scoring.reading import score
from ddh_beredskab.drills.scoring.scores import MEASURES
from ddh_beredskab.playbooks.targets import TargetKey
from schemas import crisis_staff as s
from schemas import feedback as f
from schemas import guides as g
from schemas.activation import CrisisActivated, DecisionOverdue
from schemas.base import StaffRole
from schemas.drill_evaluation import Measured, NotMeasured, Result
from tests.drills.timelines import ACTIVE, Story, at, targets

MEETING = s.StaffMeetingHeld(number=1, attendance=("en-person",), points=(), next_meeting_at=None)


def result(key: TargetKey, story: Story, until: float, *, begins: float | None = None) -> Result:
    target = targets().get(key)
    assert target is not None
    return score(target, MEASURES[key](story.told(until, begins=begins))).result


def measured(key: TargetKey, story: Story, until: float, *, begins: float | None = None) -> Measured:
    found = result(key, story, until, begins=begins)
    assert isinstance(found, Measured), found
    return found


def active() -> Story:
    story = Story()
    story.did(0, ACTIVE, "project_leader")
    return story


def first_message(minute: float) -> Story:
    story = active()
    lines = g.FirstMessageReleased(lines=("Bliv inde.",), replace_before=at(60), minutes=minute)
    story.did(minute, lines, "crisis_leader")
    return story


@pytest.mark.parametrize(
    ("minute", "verdict"), [(10, "reached"), (10.5, "partly"), (20, "partly"), (21, "not_reached")]
)
def test_the_first_message_in_ten_minutes_and_half_reached_in_twenty(minute: float, verdict: str) -> None:
    found = measured("first_message", first_message(minute), 60)
    assert (found.verdict, found.value, found.entries) == (verdict, minute, (2,))


def test_no_first_message_is_missed_when_its_time_is_over_and_shows_when_it_was_decided() -> None:
    found = measured("first_message", active(), 30)
    assert (found.verdict, found.value, found.entries) == ("not_reached", 30, (1,))
    assert result("first_message", active(), 8) == NotMeasured(why="not_due")


def test_without_an_activation_there_is_nothing_to_be_late_with() -> None:
    assert result("first_message", Story(), 60) == NotMeasured(why="did_not_happen")


def test_what_the_recording_did_before_is_not_measured() -> None:
    assert result("first_message", first_message(6), 60, begins=30) == NotMeasured(why="before_start")


def test_a_measure_nobody_wrote_down_is_not_made() -> None:
    story = active()
    story.untold(20, MEETING)
    assert result("first_meeting", story, 60) == NotMeasured(why="no_entries")


@pytest.mark.parametrize(("minute", "verdict"), [(45, "reached"), (60, "partly"), (61, "not_reached")])
def test_the_first_meeting(minute: float, verdict: str) -> None:
    story = active()
    story.did(minute, MEETING, "log_keeper")
    assert measured("first_meeting", story, 120).verdict == verdict


def test_a_decision_that_does_not_come_is_measured_by_how_long_one_waited() -> None:
    story = Story()
    number = story.did(15, DecisionOverdue(waited_minutes=15))
    found = measured("decision", story, 40)
    assert (found.value, found.entries) == (15, (number,))


@pytest.mark.parametrize(("minute", "verdict"), [(58, "reached"), (80, "partly"), (95, "not_reached")])
def test_the_quorum_is_held_against_its_own_time_limit(minute: float, verdict: str) -> None:
    story = active()
    yes = CrisisActivated(
        kind="stormflod", authority=ACTIVE.authority, terms=ACTIVE.terms, ballots=(), confirms_provisional=True,
        minutes=minute,
    )  # fmt: skip
    story.did(minute, yes, "steering_group")
    found = measured("quorum", story, 120)
    assert (found.verdict, found.goal, found.entries) == (verdict, 60, (1, 2))


def test_the_quorums_answer_is_not_due_before_its_time() -> None:
    assert result("quorum", active(), 59) == NotMeasured(why="not_due")
    assert measured("quorum", active(), 100).verdict == "not_reached"


@pytest.mark.parametrize(("minute", "verdict"), [(60, "reached"), (75, "partly"), (76, "not_reached")])
def test_the_longest_time_without_a_fresh_guide(minute: float, verdict: str) -> None:
    story = active()
    story.did(0, g.GuideOpened(kind="stormflod", authority=ACTIVE.authority, interval_minutes=60, opening=(),
                               first_message_before=at(10)))  # fmt: skip
    story.did(minute, g.GuideConfirmed(version=1, confirmed_by="en-person"), "local_information_lead")
    found = measured("guide_gap", story, minute)
    assert (found.verdict, found.value, found.goal) == (verdict, minute, 60)


@pytest.mark.parametrize(("seen", "verdict"), [(4, "reached"), (3, "partly"), (2, "not_reached")])
def test_versions_seen_by_enough(seen: int, verdict: str) -> None:
    story = active()
    for number in range(4):
        share = 0.95 if number < seen else 0.94
        story.did(15 + number, g.GuideSeenMeasured(version=number, on_shift=20, seen=19, share=share, target=0.95,
                                                   receipts_sha256="0" * 64))  # fmt: skip
    found = measured("guide_seen", story, 60)
    assert (found.verdict, found.hit, found.of) == (verdict, seen, 4)


def report(number: int, *, before: float | None = 60) -> f.ReportIssued:
    topics = (f.TopicCount(topic="vandstand", total=10, answered_yes=7, answered_no=3, urgent=1, transferred=2),)
    return f.ReportIssued(
        number=number, period_from=at(0), period_to=at(30), total=10, late=0, by_topic=topics, previous_total=0,
        gaps=(), proposals=(), earlier=(), final=False, receipt_before=None if before is None else at(before),
    )  # fmt: skip


def test_a_receipt_in_time_a_late_one_and_one_that_is_not_due() -> None:
    story = active()
    story.did(30, report(1, before=60))
    story.did(50, f.ReportAcknowledged(number=1, by="en-person", answers=()), "local_information_lead")
    story.did(90, report(2, before=120))
    story.did(130, f.ReportAcknowledged(number=2, by="en-person", answers=()), "local_information_lead")
    story.did(150, report(3, before=180))
    found = measured("reports_received", story, 160)
    assert (found.hit, found.of, found.verdict) == (1, 2, "not_reached")


def test_answered_and_settled_are_counted_from_the_reports() -> None:
    story = active()
    number = story.did(30, report(1))
    answered, settled = measured("answered", story, 60), measured("first_contact", story, 60)
    assert (answered.value, answered.verdict, answered.entries) == (0.7, "reached", (number,))
    assert (settled.value, settled.verdict) == (0.7, "shown")
    assert result("answered", active(), 60) == NotMeasured(why="not_due")


@pytest.mark.parametrize(("minute", "hit"), [(60, 1), (90, 0)])
def test_a_gap_is_closed_in_time_or_not(minute: float, hit: int) -> None:
    story = active()
    story.did(10, f.GapFound(topic="stroem", unanswered=5, first_seen_in_report=1, answer_before=at(70)))
    story.did(minute, f.GapClosed(topic="stroem", version=2), "communications_lead")
    assert measured("gaps_closed", story, 120).hit == hit


def test_an_urgent_notice_wants_somebody_to_act() -> None:
    story = active()
    notice = story.did(10, f.UrgentNoticeRaised(topic="medicinsk-udstyr", count=3, window_start=at(0)))
    assert result("urgent_passed_on", story, 30) == NotMeasured(why="did_not_happen")
    assert measured("urgent_passed_on", story, 60).verdict == "not_reached"
    act = story.did(25, s.ActionAdded(number=1, text="Ring til hjemmeplejen", owner="en-person", due_at=None))
    assert measured("urgent_passed_on", story, 60).entries == (notice, act)


def assumed(role: StaffRole, person: str) -> s.RoleAssumed:
    return s.RoleAssumed(role=role, person=person, deputy=False)


@pytest.mark.parametrize(("hours", "verdict"), [(12, "reached"), (12.5, "partly"), (14, "not_reached")])
def test_relief_in_twelve_hours(hours: float, verdict: str) -> None:
    story = active()
    story.did(0, assumed("crisis_leader", "asta"))
    handed = s.RoleHandedOver(role="crisis_leader", from_person="asta", to_person="signe", note="", overlap_minutes=30,
                              rest_until=at(hours * 60 + 660))  # fmt: skip
    story.did(hours * 60, handed, "crisis_leader")
    assert measured("relief", story, hours * 60 + 10).verdict == verdict
    assert measured("rest", story, hours * 60 + 10).verdict == "reached"
    story.did(hours * 60 + 60, assumed("log_keeper", "asta"))
    rest = measured("rest", story, hours * 60 + 70)
    assert (rest.verdict, rest.entries) == ("not_reached", (3, 4))


def test_a_short_drill_says_nothing_about_relief() -> None:
    story = active()
    story.did(0, assumed("crisis_leader", "asta"))
    assert result("relief", story, 60) == NotMeasured(why="too_short")


def test_late_lines_corrections_omissions_and_silence() -> None:
    story = active()
    for minute in (5, 10, 40):
        story.wrote(minute)
    late, left_out = story.wrote(50, late=True), story.wrote(55, "omission")
    found = measured("log_late", story, 60)
    assert (found.value, found.hit, found.of, found.verdict, found.entries) == (0.2, 4, 5, "partly", (late,))
    assert measured("log_omissions", story, 60).entries == (left_out,)
    assert measured("log_corrections", story, 60).value == 0
    assert measured("log_silence", story, 60).value == 30


def test_what_is_measured_elsewhere_says_so() -> None:
    assert result("wait", active(), 60) == NotMeasured(why="elsewhere")
    assert result("satisfaction", active(), 60) == NotMeasured(why="elsewhere")
