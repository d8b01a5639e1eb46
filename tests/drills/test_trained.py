"""Who a drill trains: its participants, in the roles they had after they took over, and nobody the recording played."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from ddh_beredskab.drills import environment
from ddh_beredskab.drills.demo_people import add_demo_people
from ddh_beredskab.drills.plan import Plan, save
from ddh_beredskab.drills.trained import FinishedDrill, Taken, finished_drill, write_down
from ddh_beredskab.journal.clock_row import set_clock
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.people.register import read_log
from ddh_beredskab.people.training import trainings
from ddh_beredskab.playbooks.training import load_training
from tests.projections.stage import ROOT, Stage, commands_only, storm_surge

RULES = load_training(ROOT / "playbooks")
NAME = "oevelse.proeve-1"
BEGINS = datetime.fromisoformat("2023-10-21T00:40:00+02:00")
"""The staff is there; Asta Klitvang leads it from before."""
UNTIL = datetime.fromisoformat("2023-10-21T02:00:00+02:00")


def plan(starts_at: datetime | None = BEGINS, *cast: str) -> Plan:
    return Plan(
        title="Prøve", template="procedure", recording="stormflod-2023", recording_sha256="0" * 64,
        starts_at=starts_at, leader="svend-aagaardsmose", cast={each: each for each in cast},
    )  # fmt: skip


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The night until two o'clock; whoever a plan casts did himself what stands in the recording."""
    made = Stage(tmp_path_factory.mktemp("drill") / "journal.db", NAME, commands_only(storm_surge()))
    made.play(UNTIL)
    yield made
    made.database.close_now()


def found(stage: Stage, given: Plan, *, over: bool = True) -> FinishedDrill | None:
    """What the drill shows under this plan; the journal is left as it was."""
    kept: list[FinishedDrill | None] = []

    class Back(Exception):
        pass

    def job(conn: Conn) -> None:
        save(conn, given, "svend-aagaardsmose")
        environment.begin(conn, "proeve-1", NAME, stage.recording)
        if over:
            environment.finish(conn, "proeve-1", "{}")
        set_clock(conn, "fast", UNTIL)
        kept.append(finished_drill(conn, NAME, RULES))
        raise Back

    with pytest.raises(Back):
        stage.write(job)
    return kept[0]


def test_participants_are_trained_in_what_they_did_and_held_and_nobody_else(stage: Stage) -> None:
    drill = found(stage, plan(BEGINS, "asta-klitvang", "tobias-havrimmel"))
    assert drill is not None
    assert drill.taken == (
        Taken("asta-klitvang", "crisis_leader"),
        Taken("tobias-havrimmel", "local_information_lead"),
    )
    assert (drill.environment, drill.title, drill.leader) == (NAME, "Prøve", "svend-aagaardsmose")


def test_who_did_nothing_after_taking_over_is_not_trained(stage: Stage) -> None:
    drill = found(stage, plan(UNTIL + timedelta(hours=1), "asta-klitvang"))
    assert drill is not None
    assert drill.taken == ()


def test_a_drill_that_goes_on_or_was_only_replayed_trains_nobody(stage: Stage) -> None:
    assert found(stage, plan(BEGINS, "asta-klitvang"), over=False) is None
    assert stage.read(lambda conn: finished_drill(conn, NAME, RULES)) is None


def test_the_operation_is_written_in_once_with_the_register_s_own_municipality(tmp_path: Path) -> None:
    operation = Stage(tmp_path / "journal.db", "drift", storm_surge())
    operation.write(lambda conn: add_demo_people(conn, operation.recording))
    taken = (Taken("tobias-havrimmel", "local_information_lead"), Taken("ingen-kender", "log_keeper"))
    drill = FinishedDrill(NAME, "Prøve", date(2099, 11, 20), "svend-aagaardsmose", taken)
    counts = [operation.write(lambda conn: write_down(conn, drill, by="rikke-klitroe")) for _ in range(2)]
    assert counts == [1, 0]
    (line,) = [each for each in operation.read(trainings) if each.source == "drill"]
    assert (line.done.person, line.done.role, line.done.municipality) == (
        "tobias-havrimmel", "local_information_lead", "9001",
    )  # fmt: skip
    assert (line.done.done_on, line.done.reference, line.source) == (date(2099, 11, 20), NAME, "drill")
    log = [each for each in operation.read(read_log) if each["what"] == "training" and each["by"] != "demo"]
    assert [each["person"] for each in log] == ["tobias-havrimmel"]
    operation.database.close_now()
