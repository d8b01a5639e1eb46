"""The guide in force: which version, how fresh, what changed, and the longest gap over staffed time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ddh_beredskab.playbooks import load_playbooks
from ddh_beredskab.projections.documents import document
from ddh_beredskab.projections.guide_gaps import gaps, late_gaps, longest_gap_minutes
from ddh_beredskab.projections.guide_in_force import GUIDE_IN_FORCE
from ddh_beredskab.projections.read_model import Json
from schemas import guides as g
from schemas.activation import OpeningOutsideHours
from schemas.base import DeadlineCancelled, DeadlineSet, Message, TimerFired
from tests.core.strandby import COMMUNICATIONS, STRANDBY
from tests.projections.stage import ROOT, Stage
from tests.projections.telling import CRISIS, T0, folded, minute, told

HOURS = load_playbooks(ROOT / "playbooks").opening_hours


def guide(*messages: tuple[float, Message]) -> Json:
    rows = [told(message, at, position=i + 1, actor=COMMUNICATIONS) for i, (at, message) in enumerate(messages)]
    return folded(GUIDE_IN_FORCE, rows)[CRISIS]


def opened(*opening: OpeningOutsideHours, interval: int = 60) -> g.GuideOpened:
    return g.GuideOpened(
        kind="stormflod", authority=STRANDBY, interval_minutes=interval, opening=opening, first_message_before=T0
    )


def released(version: int, happened: str = "Vandet stiger", duty_number: str = "") -> g.GuideReleased:
    return g.GuideReleased(
        version=version,
        draft=version,
        content=g.GuideContent(answers={"what_happened": happened, "latest": "Intet nyt"}, duty_number=duty_number),
        reason="Nyt",
        channels=("contact_centre",),
        closes_gaps=(),
        released_by="frederik-maagevang",
        alone=False,
        duty_number_missing=False,
    )


FIRST = g.FirstMessageReleased(lines=("Vi ved, at vandet stiger.",), replace_before=T0, minutes=5)
OVERDUE = g.GuideUpdateOverdue(version=1, since=T0)
CONFIRMED = g.GuideConfirmed(version=1, confirmed_by="tobias-havrimmel")
CLOSED = g.GuideClosed(version=1)


def test_the_first_message_is_in_force_until_a_version_replaces_it() -> None:
    assert guide((0, opened()), (5, FIRST))["state"] == "first_message"
    doc = guide((0, opened()), (5, FIRST), (30, released(1)))
    assert (doc["state"], doc["version"], doc["released_at"]) == ("in_force", 1, minute(30))
    assert [(v["version"], v["state"]) for v in doc["versions"]] == [(0, "replaced"), (1, "in_force")]


def test_what_changed_is_told_against_the_version_before() -> None:
    doc = guide((0, opened()), (5, released(1)), (9, released(2, "Vandet falder", duty_number="00 00 00 01")))
    assert doc["changed"] == ["what_happened", "duty_number"]
    assert guide((0, opened()), (5, released(1)))["changed"] == []


@pytest.mark.parametrize("fresh", [CONFIRMED, released(2)])
def test_overdue_stands_until_the_guide_is_confirmed_or_updated(fresh: Message) -> None:
    stale = ((0, opened()), (5, released(1)), (65, OVERDUE))
    escalated = g.GuideEscalated(version=1, step=1, role="local_information_lead", person="tobias-havrimmel")
    assert guide(*stale)["overdue_since"] == minute(0)
    assert len(guide(*stale, (66, escalated))["escalations"]) == 1
    assert guide(*stale, (66, escalated), (70, fresh))["overdue_since"] is None
    assert guide(*stale, (66, escalated), (70, fresh))["escalations"] == []


def test_a_night_version_is_no_update() -> None:
    night = g.NightVersionSet(version=1, holds_until=T0 + timedelta(hours=20), owner="tobias-havrimmel")
    doc = guide((0, opened()), (5, released(1)), (65, OVERDUE), (70, night))
    assert doc["night"]["owner"] == "tobias-havrimmel"
    assert doc["overdue_since"] is not None
    assert doc["fresh_at"] == minute(5)


def test_a_recalled_version_says_what_was_wrong_until_the_next() -> None:
    recalled = g.GuideRecalled(version=1, wrong="Kør", correction="Bliv", in_force_from=T0, in_force_to=T0)
    doc = guide((0, opened()), (5, released(1)), (10, recalled))
    assert doc["state"] == "recalled"
    assert doc["versions"][0]["recalled"]["correction"] == "Bliv"
    assert guide((0, opened()), (5, released(1)), (10, recalled), (12, released(2)))["state"] == "in_force"


def test_an_old_timer_never_ends_a_newer_deadline() -> None:
    first = told(DeadlineSet(concern="guides", name="guide_update", due_at=T0), 0)
    second = told(DeadlineSet(concern="guides", name="guide_update", due_at=T0 + timedelta(hours=1)), 1, position=2)
    late = TimerFired(concern="guides", name="guide_update", deadline_id=first.id, due_at=T0, fired_at=T0)
    gone = DeadlineCancelled(concern="guides", name="guide_update", deadline_id=second.id)
    rows = [first, second, told(late, 2, position=3)]
    assert folded(GUIDE_IN_FORCE, rows)[CRISIS]["deadlines"]["guide_update"]["due_at"] == minute(60)
    assert folded(GUIDE_IN_FORCE, [*rows, told(gone, 3, position=4)])[CRISIS]["deadlines"] == {}


def test_the_longest_gap_runs_between_updates_and_the_last_up_to_now() -> None:
    doc = guide((0, opened()), (5, FIRST), (40, released(1)), (95, CONFIRMED))
    assert longest_gap_minutes(doc, HOURS, T0 + timedelta(minutes=100)) == 55
    assert longest_gap_minutes(doc, HOURS, T0 + timedelta(minutes=170)) == 75
    assert [gap.minutes for gap in late_gaps(gaps(doc, HOURS, T0 + timedelta(minutes=170)))] == [75]
    assert longest_gap_minutes(None, HOURS, T0) is None


def test_nothing_counts_after_the_closing() -> None:
    doc = guide((0, opened()), (5, released(1)), (20, CLOSED))
    assert longest_gap_minutes(doc, HOURS, T0 + timedelta(days=3)) == 15


def test_only_staffed_time_counts_unless_the_night_was_opened() -> None:
    """T0 is a Monday at 10; DDH closes at 20 and opens again at 8."""
    evening, morning = 9.5 * 60, 22.5 * 60  # 19.30 and 8.30
    doc = guide((evening, opened()), (evening, released(1)), (morning, CONFIRMED))
    until = T0 + timedelta(minutes=morning)
    assert longest_gap_minutes(doc, HOURS, until) == 60
    night = OpeningOutsideHours(
        opens_at=T0 + timedelta(hours=10), closes_at=T0 + timedelta(hours=22), channels=(), staffed_by="Nat"
    )
    opened_too = guide((evening, opened(night)), (evening, released(1)), (morning, CONFIRMED))
    assert longest_gap_minutes(opened_too, HOURS, until) == 13 * 60


def test_a_gap_carries_the_interval_it_was_promised_within() -> None:
    shorter = g.GuideIntervalSet(minutes=30, previous=60, reason="")
    doc = guide((0, opened()), (5, released(1)), (10, shorter), (50, CONFIRMED), (75, CONFIRMED))
    found = gaps(doc, HOURS, T0 + timedelta(minutes=75))
    assert [(gap.minutes, gap.interval_minutes) for gap in found] == [(5, 60), (45, 30), (25, 30)]


def test_the_surge_never_leaves_the_agents_longer_than_the_interval(surge: Stage) -> None:
    doc = surge.read(lambda conn: document(conn, GUIDE_IN_FORCE, surge.crisis))
    longest = longest_gap_minutes(doc, HOURS, surge.now)
    assert longest is not None
    assert 0 < longest <= doc["interval_minutes"]
    assert all(version["seen"]["seen"] <= version["seen"]["on_shift"] for version in doc["versions"] if version["seen"])
