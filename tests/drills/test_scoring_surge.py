"""The whole surge measured: figures that can be counted by hand in the recording, each with the entries behind it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ddh_beredskab.core.playbook import Playbooks
from ddh_beredskab.drills.core_replay import Replay, replay
from ddh_beredskab.drills.recording import load_recording
from ddh_beredskab.drills.scoring.reading import Reading, score
from ddh_beredskab.drills.scoring.scores import scores_of
from ddh_beredskab.drills.scoring.timeline import Timeline, timelines_replayed
from ddh_beredskab.playbooks import load_playbooks
from ddh_beredskab.playbooks.targets import TargetKey, Targets, load_targets
from schemas.drill_evaluation import Measured, NotMeasured, Score
from schemas.feedback import ReportIssued

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def playbooks() -> Playbooks:
    return load_playbooks(ROOT / "playbooks")


@pytest.fixture(scope="module")
def targets() -> Targets:
    return load_targets(ROOT / "playbooks")


@pytest.fixture(scope="module")
def played(playbooks: Playbooks) -> Replay:
    return replay(load_recording("stormflod-2023", [ROOT / "playbooks" / "drills"]), playbooks)


@pytest.fixture(scope="module")
def surge(played: Replay, playbooks: Playbooks) -> Timeline:
    (found,) = timelines_replayed(played, playbooks)
    return found


@pytest.fixture(scope="module")
def scores(surge: Timeline, targets: Targets) -> dict[str, Score]:
    return {each.key: each for each in scores_of(surge, targets)}


@pytest.mark.parametrize(
    ("key", "verdict", "value", "goal", "entries"),
    [
        ("decision", "reached", 13, 15, (13, 52)),  # forewarned in 13 minutes, provisionally activated in 12
        ("quorum", "reached", 458, 520, (52, 220)),  # 00.20 to 07.58; by 09.00
        ("staff_established", "shown", 15, None, (86,)),
        ("first_meeting", "reached", 38, 45, (108,)),
        ("first_message", "reached", 6, 10, (73,)),
        ("guide_gap", "reached", 114, 120, (293, 307)),  # 14.36 to 16.30 at an interval of two hours
        ("guide_versions", "shown", 13, None, None),
        ("picture_first", "reached", 50, 60, (117,)),
        ("relief", "reached", 10.8333, 12, (63, 266)),  # the local leader, 00.22 to 11.12
        ("log_corrections", "shown", 1, None, (28,)),
        ("log_omissions", "shown", 4, None, (19, 31, 161, 276)),
    ],
)
def test_the_surge_is_measured(
    scores: dict[str, Score],
    key: TargetKey,
    verdict: str,
    value: float,
    goal: float | None,
    entries: tuple[int, ...] | None,
) -> None:
    found = scores[key].result
    assert isinstance(found, Measured)
    assert (found.verdict, found.value, found.goal) == (verdict, value, goal)
    assert entries is None or found.entries == entries


@pytest.mark.parametrize(
    ("key", "verdict", "hit", "of"),
    [
        ("guide_seen", "partly", 12, 14),  # two versions were seen by under 95 % in time
        ("reports_received", "partly", 17, 19),  # the 4th came late, the 19th never; the last one needs none
        ("picture_updates", "reached", 4, 4),
        ("trained", "reached", 14, 14),
        ("rest", "reached", 7, 7),
        ("gaps_closed", "not_reached", 4, 12),
        ("urgent_passed_on", "reached", 1, 1),
    ],
)
def test_what_is_counted_says_how_many_of_how_many(
    scores: dict[str, Score], key: TargetKey, verdict: str, hit: int, of: int
) -> None:
    found = scores[key].result
    assert isinstance(found, Measured)
    assert (found.verdict, found.hit, found.of) == (verdict, hit, of)


def test_every_report_counts_once(surge: Timeline, scores: dict[str, Score]) -> None:
    found = scores["answered"].result
    assert isinstance(found, Measured)
    assert found.of == sum(topic.total for each in _reports(surge) for topic in each.by_topic)
    assert len(_reports(surge)) == 20


def _reports(surge: Timeline) -> list[ReportIssued]:
    return [each.event for each in surge.of(ReportIssued)]


def test_every_number_behind_a_score_is_an_entry_of_the_log(surge: Timeline, scores: dict[str, Score]) -> None:
    there = {each.event.number for each in surge.lines}
    for each in scores.values():
        if isinstance(each.result, Measured):
            assert each.result.entries
            assert set(each.result.entries) <= there


def test_what_lay_before_the_participants_stretch_is_not_theirs(
    played: Replay, playbooks: Playbooks, targets: Targets
) -> None:
    """From Saturday 06.00 on: the decision, the staff and the first message were the recording's."""
    begins = datetime(2023, 10, 21, 4, tzinfo=UTC)
    (found,) = timelines_replayed(played, playbooks, begins=begins)
    later = {each.key: each.result for each in scores_of(found, targets)}
    for key in ("decision", "staff_established", "first_meeting", "first_message", "picture_first"):
        assert later[key] == NotMeasured(why="before_start")
    quorum, reports = later["quorum"], later["reports_received"]
    assert isinstance(quorum, Measured), "the quorum answered at 07.58"
    assert isinstance(reports, Measured)
    assert reports.of == 13, "reports 7 to 19"
    assert isinstance(later["trained"], Measured)


def test_a_measure_without_entries_cannot_be_made(targets: Targets) -> None:
    target = targets.get("first_message")
    assert target is not None
    assert score(target, Reading(6, ())).result == NotMeasured(why="no_entries")
