"""The after-action report as pages and files, over the surge as it was replayed: figures and forms."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ddh_beredskab.danish_time import local
from ddh_beredskab.drills.casting import cast_recording
from ddh_beredskab.drills.controls import set_control
from ddh_beredskab.drills.environment import begin, finish
from ddh_beredskab.drills.survey import answer
from ddh_beredskab.journal.connection import Conn, Statement
from ddh_beredskab.journal.database import sqlite_path
from schemas.drill_evaluation import DrillEvaluation, Measured
from tests.projections.stage import Stage, commands_only
from tests.web.engine import Desk, desk
from tests.web.test_exercise import made

ENVIRONMENT = "oevelse.stormflod-2023-1"
WHERE = f"/oevelse/{ENVIRONMENT}"
EVENING = datetime(2023, 10, 20, 22, 45, tzinfo=UTC)
"""The staff is in place and the first message out."""


def over(site: Desk) -> None:
    """The recording has been played to its end."""
    name = ENVIRONMENT.removeprefix("oevelse.")

    def job(conn: Conn) -> None:
        begin(conn, name, ENVIRONMENT, site.stage.recording)
        finish(conn, name, "{}")

    site.stage.write(job)


async def test_the_report_says_each_target_in_words_and_leads_to_the_log(tmp_path: Path) -> None:
    async with desk(tmp_path, environment=ENVIRONMENT, play=True) as site:
        over(site)
        rikke = await site.be("rikke-klitroe")
        text = (await rikke.get(f"{WHERE}/evaluering")).text
        assert "114 minutter" in text
        assert "højst 120 minutter" in text
        assert f"/krise/{ENVIRONMENT}/{site.stage.crisis}/log/nr/307" in text
        assert "Delvist nået" in text
        assert "Måles i et andet system." in text
        told = DrillEvaluation.model_validate_json((await rikke.get(f"{WHERE}/evaluering.json")).text)
        assert (told.ended, len(told.crises), told.recording) == (True, 1, "stormflod-2023")
        pdf = await rikke.get(f"{WHERE}/evaluering.pdf")
        assert pdf.headers["content-type"] == "application/pdf"
        assert pdf.content.startswith(b"%PDF")
        assert (await rikke.get(f"{WHERE}/evaluering.xlsx")).content.startswith(b"PK")


async def test_a_finding_stays_open_until_a_later_drill(tmp_path: Path) -> None:
    async with desk(tmp_path, environment=ENVIRONMENT, play=True, until=EVENING) as site:
        over(site)
        rikke = await site.be("rikke-klitroe")
        day = f"{local(datetime.now(UTC)) + timedelta(days=30):%Y-%m-%d}"
        given = {"finding": "Kvitteringen kom for sent.", "owner": "DDH-sekretariatet", "due_on": day}
        wrong = await rikke.post(f"{WHERE}/evaluering/fund", data=given | {"due_on": "2020-01-01"})
        assert wrong.status_code == 422
        assert "Kvitteringen kom for sent." in wrong.text, "nothing typed is lost"
        assert (await rikke.post(f"{WHERE}/evaluering/fund", data=given)).status_code == 303
        assert "Kvitteringen kom for sent." in (await rikke.get(f"{WHERE}/evaluering")).text
        found = (await rikke.get("/fund")).text
        assert "Kvitteringen kom for sent." in found
        assert "når en senere øvelse har vist" in found
        made = json.loads((await rikke.get(f"{WHERE}/evaluering.json")).text)["findings"]
        id_ = made[0]["id"]
        same = await rikke.post(f"/fund/{id_}/luk", data={"drill": ENVIRONMENT, "how": "Vist."})
        assert same.status_code == 422, "the drill it came from cannot close it"


async def test_the_survey_is_answered_once_and_keeps_no_name(tmp_path: Path) -> None:
    async with desk(tmp_path, environment=ENVIRONMENT, play=True, until=EVENING) as site:
        mona = await site.be("mona-baeklund")
        assert (await mona.get(f"{WHERE}/evaluering")).status_code == 403
        over(site)
        assert "Hvad gik godt?" in (await mona.get(f"{WHERE}/spoergeskema")).text
        empty = await mona.post(f"{WHERE}/spoergeskema", data={"part": "call_agent"})
        assert empty.status_code == 422
        given = {"part": "call_agent", "well": "Førstebeskeden. Ring 12 34 56 78.", "less": "", "prepared": "4"}
        assert (await mona.post(f"{WHERE}/spoergeskema", data=given)).status_code == 303
        assert "Tak for dit svar" in (await mona.get(f"{WHERE}/spoergeskema?gjort=svar")).text
        await mona.post(f"{WHERE}/spoergeskema", data=given)
        rows = site.stage.read(_answers)
        assert len(rows) == 1, "answered once"
        assert "mona" not in repr(rows)
        assert "12 34 56 78" not in repr(rows)


async def test_few_answers_are_not_counted_on_the_page(tmp_path: Path) -> None:
    async with desk(tmp_path, environment=ENVIRONMENT, play=True, until=EVENING) as site:
        over(site)
        rikke = await site.be("rikke-klitroe")
        site.stage.write(lambda conn: answer(conn, "a", "staff", "Godt møde", "", 5))
        few = (await rikke.get(f"{WHERE}/evaluering")).text
        assert "Under 5 svar." in few
        assert "Godt møde" in few
        for number in range(5):
            _add(site, number)
        told = json.loads((await rikke.get(f"{WHERE}/evaluering.json")).text)["survey"]
        assert (told["answers"], told["prepared"], told["parts"]) == (6, [0, 0, 0, 5, 1], {"other": 6})


def _add(site: Desk, number: int) -> None:
    site.stage.write(lambda conn: answer(conn, f"b{number}", "call_agent", "", "", 4))


def _answers(conn: Conn) -> list[tuple[object, ...]]:
    return [
        tuple(row) for row in conn.all(Statement("SELECT part, went_well, went_less_well, prepared FROM drill_survey"))
    ]


async def test_the_debriefing_is_kept_and_only_a_drill_has_a_report(tmp_path: Path) -> None:
    async with desk(tmp_path, environment=ENVIRONMENT, play=True, until=EVENING) as site:
        over(site)
        rikke = await site.be("rikke-klitroe")
        assert (await rikke.post(f"{WHERE}/evaluering/debriefing", data={"text": ""})).status_code == 422
        assert (
            await rikke.post(f"{WHERE}/evaluering/debriefing", data={"text": "Vi talte om natten."})
        ).status_code == 303
        assert "Vi talte om natten." in (await rikke.get(f"{WHERE}/evaluering")).text
        assert (await rikke.get("/oevelse/drift/evaluering")).status_code == 404


async def test_a_planned_drill_says_what_was_expected_of_whom(tmp_path: Path) -> None:
    """The recording plays everybody else; the crisis leader and the log keeper do nothing, and the report says so."""
    async with desk(tmp_path) as site:
        drill = await made(site)
        plan, recording = drill.plan(), site.stage.recording
        casting = cast_recording(recording, plan)
        ends = plan.ends_at or recording.ends_at
        inputs = tuple(
            each for each in casting.recording.inputs if each.index not in casting.skipped and each.at <= ends
        )
        played = replace(casting.recording, inputs=inputs)
        stage = Stage(sqlite_path(site.data, drill.environment), drill.environment, commands_only(played))
        stage.play(ends)
        drill.deliver("rygte-dige", plan.starts_at or ends)
        stage.write(lambda conn: set_control(conn, "ended", None, "svend-aagaardsmose"))
        leader = await site.be("svend-aagaardsmose")
        page = (await leader.get(f"{drill.base}/evaluering")).text
        assert "Procedureøvelse" in page
        assert "Som i optagelsen: frigive førstebesked" in page
        assert "Asta Klitvang" in page
        told = DrillEvaluation.model_validate_json((await leader.get(f"{drill.base}/evaluering.json")).text)
        assert {each.outcome for each in told.expected if each.source == "recording"} == {"missed"}
        assert any(each.key == "rygte-dige" for each in told.expected)
        first = next(each.result for each in told.crises[0].scores if each.key == "first_message")
        assert isinstance(first, Measured)
        assert first.verdict == "not_reached"
        assert [each.kind for each in told.compared] == ["recording"]
        assert (await leader.get(f"{drill.base}/evaluering.pdf")).content.startswith(b"%PDF")
