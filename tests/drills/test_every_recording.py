"""Every recording in the playbooks, through the deciders alone: rules and story agree, and it ends as meant."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest

from ddh_beredskab.core.playbook import Playbooks
from ddh_beredskab.drills.core_replay import Replay, replay
from ddh_beredskab.drills.decisions import compare, decisions_of, kept
from ddh_beredskab.drills.recording import known_recordings, load_recording
from ddh_beredskab.drills.recording_model import Recording
from ddh_beredskab.playbooks import load_playbooks
from ddh_beredskab.projections.phase import Phase, phase_after, summary_phase

ROOT = Path(__file__).resolve().parents[2]
DRILLS = ROOT / "playbooks" / "drills"


@pytest.fixture(scope="module")
def playbooks() -> Playbooks:
    return load_playbooks(ROOT / "playbooks")


@pytest.fixture(scope="module", params=sorted(known_recordings([DRILLS])))
def recording(request: pytest.FixtureRequest, playbooks: Playbooks) -> Recording:
    name = str(request.param)
    topics = [topic.key for topic in playbooks.kinds[load_recording(name, [DRILLS]).kind].topics]
    return load_recording(name, [DRILLS], topics=topics)


@pytest.fixture(scope="module")
def played(recording: Recording, playbooks: Playbooks) -> Replay:
    return replay(recording, playbooks)


def test_nothing_is_refused_but_what_is_meant_to_be(played: Replay) -> None:
    assert played.surprises() == []


def test_each_crisis_ends_as_it_is_meant_to(recording: Recording, played: Replay) -> None:
    phases: dict[str, Phase] = {}
    for each in played.kept:
        crisis = each.stream.partition("-")[2]
        phases[crisis] = phase_after(phases.get(crisis, cast("Phase", "reported")), each.event)
    ended = tuple(summary_phase(phases[recording.crisis_id(n)]) for n in range(1, recording.crises + 1))
    assert ended == recording.ends


def test_everything_is_decided_as_it_was_then(recording: Recording, played: Replay) -> None:
    """Changed on purpose: `ddh-beredskab drill replay NAME --keep`, and say in the commit what and why."""
    differences = compare(kept(recording).decisions, decisions_of(played))
    assert [(each.at, each.type, each.fields()) for each in differences] == []


def test_nobody_real_is_shown(recording: Recording) -> None:
    assert recording.authority.fictional
    assert all(each.code.startswith("9") for each in recording.municipalities)
    assert recording.about
