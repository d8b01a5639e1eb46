"""Two municipalities on one morning: nobody works in two crises without a reason, and the log says who got whom."""

from __future__ import annotations

from pathlib import Path

import pytest

from ddh_beredskab.drills.core_replay import Replay, replay
from ddh_beredskab.drills.recording import Recording, load_recording
from ddh_beredskab.playbooks import load_playbooks
from schemas import crisis_staff as s
from schemas.activation import CapacityPrioritised
from schemas.feedback import FeedbackItem
from schemas.logbook import LogEntryRecorded

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def recording() -> Recording:
    return load_recording("to-kommuner-2025", [ROOT / "playbooks" / "drills"])


@pytest.fixture(scope="module")
def played(recording: Recording) -> Replay:
    return replay(recording, load_playbooks(ROOT / "playbooks"))


def _log(played: Replay, crisis: str) -> list[str]:
    kept = [each for each in played.events(LogEntryRecorded) if each.stream == f"logbook-{crisis}"]
    return [each.event.text for each in kept if isinstance(each.event, LogEntryRecorded)]


def test_only_one_person_works_in_both_and_the_reason_stands_in_the_log(recording: Recording, played: Replay) -> None:
    first, second = recording.crisis_id(1), recording.crisis_id(2)
    held: dict[str, set[str]] = {}
    for each in played.events(s.RoleAssumed):
        assert isinstance(each.event, s.RoleAssumed)
        held.setdefault(each.event.person, set()).add(each.stream)
        if each.event.person == "dorte-vibeholm" and each.stream.endswith(second):
            assert each.event.also_in == first
            assert each.event.reason
    assert [person for person, crises in held.items() if len(crises) > 1] == ["dorte-vibeholm"]
    assert any(f"Arbejder også i krise {first}. Begrundelse: De to kriser" in text for text in _log(played, second))


def test_the_log_says_who_was_passed_over_for_the_other_crisis(recording: Recording, played: Replay) -> None:
    first, second = recording.crisis_id(1), recording.crisis_id(2)
    passed = [text for text in _log(played, second) if f"er optaget i en anden krise ({first})" in text]
    assert len(passed) == 5
    assert passed[0].startswith("@asta-klitvang bliver ikke kriseleder")
    assert passed[0].endswith("Vi spørger nu @signe-havtorn.")


def test_capacity_is_shared_with_ordinary_operation_by_a_logged_decision(recording: Recording, played: Replay) -> None:
    assert len(played.events(CapacityPrioritised)) == 2
    assert any("almindelig drift" in text for text in _log(played, recording.crisis_id(1)))


def test_each_question_is_counted_in_its_own_crisis(recording: Recording) -> None:
    items = [each for each in recording.inputs if isinstance(each.payload, FeedbackItem)]
    assert {each.crisis for each in items} == {1, 2}
    assert all(
        each.payload.crisis_id == recording.crisis_id(each.crisis)
        for each in items
        if isinstance(each.payload, FeedbackItem)
    )
