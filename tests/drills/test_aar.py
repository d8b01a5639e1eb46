"""The report of a drill for people: one participant in the night of the surge does some things, some late, some not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from ddh_beredskab.drills import controls, injects, plan
from ddh_beredskab.drills.aar import compared_recording, drill_head, evaluate
from ddh_beredskab.drills.casting import Casting, cast_recording
from ddh_beredskab.drills.environment import begin
from ddh_beredskab.drills.notes import add_note
from ddh_beredskab.drills.plan import Expected, Inject, Plan
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.people.register import give
from schemas.drill_evaluation import DrillEvaluation, Measured, NotMeasured
from tests.drills.timelines import playbooks, targets
from tests.projections.stage import Stage, commands_only, storm_surge

BEGINS, ENDS = datetime(2023, 10, 21, 0, 30, tzinfo=UTC), datetime(2023, 10, 21, 2, 45, tzinfo=UTC)
DONE = {1392: 5, 1393: 18, 1395: 2}
"""Index of what the recorded person did -> minutes later the participant does it. The rest is left undone."""
RUMOUR = Inject(
    key="rygte",
    title="Rygte",
    text="Diget skulle være brudt.",
    to=("local_information_lead",),
    at=BEGINS + timedelta(minutes=10),
    expect=Expected(text="Guiden er bekræftet", owner="local_information_lead", within_minutes=30,
                    done_by=("guide_confirmed",)),
)  # fmt: skip


def night() -> tuple[Plan, Casting]:
    recording = commands_only(storm_surge())
    made = Plan(
        title="Natøvelse", template="procedure", recording=recording.name, recording_sha256=recording.sha256,
        starts_at=BEGINS, ends_at=ENDS, leader="rikke-klitroe", cast={"tobias-havrimmel": "deltager-1"}, name="nat-1",
        injects=(RUMOUR,),
    )  # fmt: skip
    return made, cast_recording(recording, made)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> DrillEvaluation:
    made, casting = night()
    own = [
        replace(each, at=each.at + timedelta(minutes=DONE[each.index]), id=uuid4())
        for each in casting.withheld
        if each.index in DONE
    ]
    played = [each for each in casting.recording.inputs if each.index not in casting.skipped and each.at <= ENDS]
    inputs = tuple(sorted([*played, *own], key=lambda each: each.at))
    folder: Path = tmp_path_factory.mktemp("aar")
    stage = Stage(folder / "journal.db", "oevelse.nat-1", replace(casting.recording, inputs=inputs))

    def prepare(conn: Conn) -> None:
        begin(conn, "nat-1", "oevelse.nat-1", casting.recording)
        plan.save(conn, made, "rikke-klitroe")
        injects.add(conn, made.injects)
        for role in ("local_information_lead", "local_leader"):  # the second part he never plays
            give(conn, "deltager-1", role, by="rikke-klitroe", municipality="9001")
        controls.set_control(conn, "running", 30.0, "rikke-klitroe")

    def end(conn: Conn) -> None:
        injects.deliver(conn, "rygte", BEGINS + timedelta(minutes=10))
        controls.set_control(conn, "ended", 30.0, "rikke-klitroe")
        add_note(conn, "n1", "observation", "Roligt rum.", "rikke-klitroe", clock=BEGINS)

    stage.write(prepare)
    stage.play(ENDS)
    stage.write(end)
    found = stage.read(
        lambda conn: evaluate(
            conn, drill_head(conn, "oevelse.nat-1"), stage.playbooks, targets(), withheld=casting.withheld
        )
    )
    stage.database.close_now()
    assert found is not None
    return found


def test_it_says_what_it_was_and_who_played(report: DrillEvaluation) -> None:
    assert (report.title, report.template, report.ended) == ("Natøvelse", "procedure", True)
    assert (report.begins_at, report.ends_at <= ENDS) == (BEGINS, True)
    players = [(each.role, each.person) for each in report.parts if each.by == "participant"]
    assert players == [("local_information_lead", "deltager-1"), ("local_leader", "deltager-1")], "also what nobody did"
    assert "tobias-havrimmel" not in report.model_dump_json()
    assert [each.text for each in report.notes] == ["Roligt rum."]


def test_each_expected_action_went_as_it_went(report: DrillEvaluation) -> None:
    found = {each.key: each for each in report.expected}
    outcomes = {key: each.outcome for key, each in found.items()}
    assert outcomes == {  # no drafts: the log has none; nor what was due after the end
        "rygte": "done",  # confirmed 01.03, 23 minutes after the rumour
        "recording.1392": "done",
        "recording.1393": "late",
        "recording.1394": "missed",
        "recording.1433": "missed",
    }
    assert all(each.entries for each in report.expected if each.outcome in ("done", "late"))
    score = next(each for each in report.crises[0].scores if each.key == "expected_actions").result
    assert isinstance(score, Measured)
    assert (score.hit, score.of, score.verdict) == (2, 5, "not_reached")


def test_what_the_recording_did_before_is_not_judged(report: DrillEvaluation) -> None:
    scores = {each.key: each.result for each in report.crises[0].scores}
    for key in ("decision", "staff_established", "first_meeting", "first_message"):
        assert scores[key] == NotMeasured(why="before_start")
    received = scores["reports_received"]
    assert isinstance(received, Measured)
    assert (received.hit, received.of) == (1, 2), "the 3rd at 01.17 in time, the 4th never; the others were due before"


def test_the_recording_itself_is_measured_over_the_same_stretch() -> None:
    made, _ = night()
    found = compared_recording(commands_only(storm_surge()), playbooks(), targets(), made.starts_at)
    (crisis,) = found.crises
    scores = {each.key: each.result for each in crisis}
    assert scores["decision"] == NotMeasured(why="before_start")
    assert "expected_actions" not in scores
    assert isinstance(scores["relief"], Measured)
