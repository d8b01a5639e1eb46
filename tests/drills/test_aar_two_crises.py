"""The report of a drill with two crises: what was expected in the one is not looked for in the other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ddh_beredskab.drills import controls, injects, plan
from ddh_beredskab.drills.aar import compared_recording, drill_head, evaluate
from ddh_beredskab.drills.casting import cast_recording
from ddh_beredskab.drills.environment import begin
from ddh_beredskab.drills.inject_files import load_injects
from ddh_beredskab.drills.plan import Plan
from ddh_beredskab.drills.recording import load_recording
from ddh_beredskab.drills.recording_model import Recording
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.reports.drill_report import Teller, drill_report_excel, drill_report_facts, drill_report_pdf
from ddh_beredskab.web.rendering import words_in
from schemas.drill_evaluation import DrillEvaluation, Measured
from tests.drills.timelines import ROOT, playbooks, targets
from tests.projections.stage import Stage, commands_only

BEGINS, ENDS = datetime(2025, 11, 12, 8, 5, tzinfo=UTC), datetime(2025, 11, 12, 10, 15, tzinfo=UTC)
TELLER = Teller(words_in("da"), lambda ref: ref or "", lambda role: role, lambda text: text)
RUMOUR, WISH = "naerstrand-falsk-sms", "hedeby-vil-have-flere"


@pytest.fixture(scope="module")
def recording() -> Recording:
    return commands_only(load_recording("to-kommuner-2025", [ROOT / "playbooks" / "drills"]))


@pytest.fixture(scope="module")
def report(recording: Recording, tmp_path_factory: pytest.TempPathFactory) -> DrillEvaluation:
    """Hedeby's log keeper takes part, and does nothing; the recording plays everybody else."""
    made = Plan(
        title="To på én gang", template="dilemma", recording=recording.name, recording_sha256=recording.sha256,
        starts_at=BEGINS, ends_at=ENDS, leader="svend-aagaardsmose", cast={"jonas-tangmark": "deltager-1"},
        name="to-1", injects=load_injects(recording, playbooks()),
    )  # fmt: skip
    casting = cast_recording(recording, made)
    stage = Stage(tmp_path_factory.mktemp("to") / "journal.db", "oevelse.to-1", casting.recording)

    def prepare(conn: Conn) -> None:
        begin(conn, "to-1", "oevelse.to-1", casting.recording)
        plan.save(conn, made, "rikke-klitroe")
        injects.add(conn, made.injects)
        controls.set_control(conn, "running", 30.0, "rikke-klitroe")

    def end(conn: Conn) -> None:
        for key in (WISH, RUMOUR):
            at = next(each.at for each in made.injects if each.key == key)
            assert at is not None
            injects.deliver(conn, key, at - timedelta(minutes=35) if key == RUMOUR else at)
        controls.set_control(conn, "ended", 30.0, "rikke-klitroe")

    stage.write(prepare)
    stage.play(ENDS)
    stage.write(end)
    found = stage.read(
        lambda conn: evaluate(conn, drill_head(conn, "oevelse.to-1"), playbooks(), targets(), withheld=casting.withheld)
    )
    stage.database.close_now()
    assert found is not None
    compared = compared_recording(recording, playbooks(), targets(), BEGINS)
    return found.model_copy(update={"compared": (compared,)})


def test_what_was_expected_stands_with_its_crisis_and_its_log(report: DrillEvaluation, recording: Recording) -> None:
    one, two = report.crises
    assert [one.crisis_id, two.crisis_id] == [recording.crisis_id(1), recording.crisis_id(2)]
    found = {each.key: each for each in report.expected}
    assert found[RUMOUR].crisis_id == two.crisis_id
    assert found[RUMOUR].outcome == "done", "Nærstrand's guide at 10.20, five minutes after the inject"
    assert found[WISH].crisis_id == one.crisis_id
    for crisis in (one, two):
        own = [each for each in report.expected if each.crisis_id == crisis.crisis_id and each.outcome != "open"]
        score = next(each for each in crisis.scores if each.key == "expected_actions").result
        assert isinstance(score, Measured)
        assert score.of == len(own) > 0
        assert [x.what for x in crisis.moments if x.lane == "inject"] == [
            each.title for each in sorted(found.values(), key=lambda x: x.asked_at)
            if each.source == "inject" and each.crisis_id == crisis.crisis_id
        ]  # fmt: skip


def test_each_crisis_is_held_against_itself_in_the_recording(report: DrillEvaluation) -> None:
    (compared,) = report.compared
    assert len(compared.crises) == 2
    facts = drill_report_facts(report, TELLER, at=ENDS)
    labels = [row[0] for row in facts["compared"]]
    assert len(labels) == len(set(labels)), "a row says which crisis it is about"
    assert all(any(row[0].startswith(f"{each.title}: ") for row in facts["compared"]) for each in report.crises)
    titles = {each.title for each in report.crises}
    assert all(any(line["cells"][0].startswith(f"{title}: ") for title in titles) for line in facts["expected"])
    assert b"pdfuaid" in drill_report_pdf(report, TELLER, at=ENDS)
    assert drill_report_excel(report, TELLER)[:2] == b"PK"


def test_the_injects_of_the_recording_are_about_crises_it_has(recording: Recording) -> None:
    path: Path = recording.folder / "injects.yaml"
    assert path.is_file()
    assert {each.crisis for each in load_injects(recording, playbooks())} == {1, 2}
