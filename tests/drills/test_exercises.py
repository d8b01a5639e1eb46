"""Templates and injects are data: what lies in the checkout is whole, and every slip is told with its line."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ddh_beredskab.core.playbook import Playbooks
from ddh_beredskab.drills.exercises import TEMPLATES, load_exercises, read_exercises
from ddh_beredskab.drills.inject_files import check_drills, load_injects, read_injects
from ddh_beredskab.drills.recording import known_recordings, load_recording
from ddh_beredskab.drills.recording_model import Recording
from ddh_beredskab.playbooks import load_playbooks
from tests.projections.stage import ROOT

PLAYBOOKS: Playbooks = load_playbooks(ROOT / "playbooks")
DRILLS = ROOT / "playbooks" / "drills"


def test_all_four_kinds_of_exercise_are_there_each_with_injects_that_fit_any_recording() -> None:
    found = load_exercises(ROOT / "playbooks")
    assert set(found.templates) == set(TEMPLATES)
    for exercise in found.templates.values():
        assert exercise.roles
        assert any(each.expect for each in exercise.injects)
    conditional = [each for exercise in found.templates.values() for each in exercise.injects if each.after]
    assert conditional, "no template shows an inject that waits for what the participants do"


def test_an_inject_of_a_template_is_placed_from_when_the_participants_take_over() -> None:
    begins = datetime(2023, 10, 20, 22, 6, tzinfo=UTC)
    exercise = load_exercises(ROOT / "playbooks").templates["procedure"]
    timed, conditional = (each.placed(begins) for each in exercise.injects)
    assert timed.at == datetime(2023, 10, 20, 22, 26, tzinfo=UTC)
    assert conditional.at is None
    assert conditional.after is not None


def test_every_recording_s_own_injects_are_sound_and_three_recordings_have_some() -> None:
    recordings = [load_recording(folder) for folder in known_recordings([DRILLS]).values()]
    check_drills(ROOT / "playbooks", recordings, PLAYBOOKS)
    own = {each.name: load_injects(each, PLAYBOOKS) for each in recordings}
    assert len(own["stormflod-2023"]) >= 5
    assert sum(1 for injects in own.values() if injects) >= 3


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("done_by: [log_entry_recorded]", "done_by: [log_entry_recordet]", "log_entry_recorded"),
        ("event: guide_released, minutes: 15", "event: guide_relased, minutes: 15", "guide_released"),
        ("to: [personnel_lead]", "to: [personaleleder]", "personaleleder"),
        ("key: fast-mangel", "key: telefonerne-er-nede", "to gange"),
        (
            "    after: {event: guide_released, minutes: 15}",
            "    after: {event: guide_released}\n        minutes: 5",
            "både",
        ),
        ("  full_scale:", "  fullscale:", "full_scale"),
    ],
)
def test_a_slip_in_the_templates_is_told_with_its_line(tmp_path: Path, old: str, new: str, told: str) -> None:
    text = (ROOT / "playbooks" / "exercises.yaml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "exercises.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    document, _ = read_exercises(tmp_path)
    assert any(told in problem.sentence and problem.line > 0 for problem in document.problems), document.problems


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("topic: varsling-link", "topic: varslings-link", "varsling-link"),
        ("at: 2023-10-21T00:22+02:00", "at: 2024-10-21T00:22+02:00", "uden for optagelsen"),
        ("channel: phone", "channel: telefon", "telefon"),
        ("channel: phone", "channel: phone\n    crisis: 2", "krise, som optagelsen ikke har"),
    ],
)
def test_a_slip_in_a_recording_s_injects_is_told_with_its_line(tmp_path: Path, old: str, new: str, told: str) -> None:
    recording = _copied("stormflod-2023", tmp_path)
    path = recording.folder / "injects.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    document, _ = read_injects(recording, PLAYBOOKS)
    assert document is not None
    assert any(told in problem.sentence and problem.line > 0 for problem in document.problems), document.problems


def _copied(name: str, to: Path) -> Recording:
    shutil.copytree(DRILLS / name, to / name)
    return load_recording(to / name)
