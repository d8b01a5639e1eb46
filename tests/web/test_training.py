"""Uddannelse as pages: who is overdue stands first, each sees what is his to see, and nothing is noted by itself."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import httpx
from openpyxl import load_workbook

from ddh_beredskab.drills import environment
from ddh_beredskab.drills.plan import Plan, save
from ddh_beredskab.journal.connection import Conn
from ddh_beredskab.journal.database import sqlite_path
from ddh_beredskab.people import register
from ddh_beredskab.people.training import Done, Training, noon, trainings
from schemas.activation import ReportIncident
from tests.projections.stage import Stage, commands_only, storm_surge
from tests.web.engine import Desk, desk

NOTED = {"person": "mona-baeklund", "what": "course", "day": "2026-01-15", "reference": "Kursus i Klitvang"}
TWO_O_CLOCK = "2023-10-21T02:00:00+02:00"


def old(conn: Conn) -> None:
    """Jonas, the log keeper, was trained long ago; a local leader of another municipality never."""
    held = next(p for p in register.positions(conn) if (p.person, p.role) == ("jonas-tangmark", "log_keeper"))
    at = noon(date(2020, 3, 1))
    register.mark(conn, held.id, by="test", on_duty=False, absent=False, call_order=held.call_order, trained_at=at)
    register.add_person(conn, "Else Andetsteds", "9002", by="test", ref="else", fictional=True)
    register.give(conn, "else", "local_leader", by="test", municipality="9002")


def noted(site: Desk) -> list[Training]:
    """What somebody noted beside what the demo's people have."""
    return [each for each in site.stage.read(trainings) if each.noted_by != "demo"]


async def test_the_overdue_stand_first_and_each_sees_what_is_his(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        site.stage.write(old)
        rikke, birgit = await site.be("rikke-klitroe"), await site.be("birgit-vesterklit")
        page = (await rikke.get("/uddannelse?hvad=drill")).text
        assert page.index("Else Andetsteds") < page.index("Jonas Tangmark") < page.index("Asta Klitvang")
        assert "01-03-2020" in page
        assert "28-02-2021" not in page, "a year is 365 days"
        assert "01-03-2021" in page
        own = (await birgit.get("/uddannelse")).text
        assert "Birgit Vesterklit" in own
        assert "Jonas Tangmark" not in own
        assert "Else Andetsteds" not in own
        assert "Skriv en øvelse eller et kursus ind" not in own
        assert (await (await site.be("mona-baeklund")).get("/uddannelse")).status_code == 403


async def test_the_files_hold_what_the_filter_leaves(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        site.stage.write(old)
        rikke = await site.be("rikke-klitroe")
        table = (
            (await rikke.get("/uddannelse.csv?status=mangler&rolle=log_keeper"))
            .content.decode("utf-8-sig")
            .splitlines()
        )
        assert table[0] == "Navn;Rolle;Kommune;Hvad;Sidst;Igen senest;Status"
        assert [row.split(";")[0] for row in table[1:]] == ["Jonas Tangmark"]
        assert table[1].endswith("2020-03-01;2021-03-01;Over tiden")
        book = load_workbook(io.BytesIO((await rikke.get("/uddannelse.xlsx?rolle=log_keeper")).content))
        assert {str(row[1].value) for row in book.worksheets[0].iter_rows(min_row=2)} == {"logfører"}
        calendar = (await rikke.get("/uddannelse.ics")).text
        assert "Øvelse: logfører" in calendar
        assert "Jonas" not in calendar


async def test_a_training_is_noted_by_hand_once_and_what_is_wrong_is_said(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        rikke = await site.be("rikke-klitroe")
        said = [(await rikke.post("/uddannelse", data=NOTED)).headers["location"] for _ in range(2)]
        assert said == ["/uddannelse?gjort=noted", "/uddannelse?gjort=known"]
        (line,) = noted(site)
        assert (line.done, line.noted_by) == (
            Done("mona-baeklund", "course", date(2026, 1, 15), reference="Kursus i Klitvang"),
            "rikke-klitroe",
        )
        wrong = await rikke.post("/uddannelse", data={"person": "ingen", "what": "drill", "day": "2999-01-01"})
        assert wrong.status_code == 422
        for sentence in ("Vælg, hvem det er.", "Vælg den rolle, personen øvede.", "Skriv en dag, der har været"):
            assert sentence in wrong.text
        assert "skrev en øvelse eller et kursus ind" in (await rikke.get("/personer/log")).text
        mine = (await (await site.be("mona-baeklund")).get("/mig/det-registrerer-vi")).text
        assert "Kursus i Klitvang" in mine


async def test_a_line_that_was_wrong_is_taken_back_with_a_reason_that_stays(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        rikke, birgit = await site.be("rikke-klitroe"), await site.be("birgit-vesterklit")
        await rikke.post("/personer/mona-baeklund/rolle", data={"role": "log_keeper", "position": "pool"})
        for day in ("2026-01-15", "2026-02-20"):
            drill = {"person": "mona-baeklund", "what": "drill", "role": "log_keeper", "day": day}
            await rikke.post("/uddannelse", data=drill)
        wrong, right = noted(site)
        assert wrong.done.done_on == date(2026, 2, 20)
        page = (await rikke.get("/uddannelse")).text
        assert page.index("Senest skrevet ind") < page.index(f'value="{wrong.id}"') < page.index(f'value="{right.id}"')
        assert "Tag tilbage" not in (await birgit.get("/uddannelse")).text
        form = {"line": wrong.id, "why": "Forkert person, 010190-1234."}
        assert (await birgit.post("/uddannelse/fortryd", data=form)).status_code == 403
        empty = await rikke.post("/uddannelse/fortryd", data={"line": wrong.id, "why": " "})
        assert (empty.status_code, "Skriv kort, hvorfor det er forkert." in empty.text) == (422, True)
        said = [(await rikke.post("/uddannelse/fortryd", data=form)).headers["location"] for _ in range(2)]
        assert said == ["/uddannelse?gjort=undone", "/uddannelse?gjort=gone"]
        assert noted(site) == [right]
        held = next(p for p in site.stage.read(register.positions) if p.person == "mona-baeklund" and p.trained_at)
        assert held.trained_at == noon(date(2026, 1, 15)), "the mark goes back to the drill that stands"
        assert "tog en linje om øvelse eller kursus tilbage" in (await rikke.get("/personer/log")).text
        (line,) = [each for each in site.stage.read(register.read_log) if each["what"] == "training_taken_back"]
        assert (line["details"]["done_on"], "Forkert person" in line["details"]["reason"]) == ("2026-02-20", True)
        assert "1234" not in line["details"]["reason"]


async def test_a_drill_is_shown_at_a_role_that_is_given_after_it(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        rikke = await site.be("rikke-klitroe")
        drill = {"person": "mona-baeklund", "what": "drill", "role": "log_keeper", "day": "2026-01-15"}
        await rikke.post("/uddannelse", data=drill)
        await rikke.post("/personer/mona-baeklund/rolle", data={"role": "log_keeper", "position": "pool"})
        assert "øvet torsdag den 15. januar 2026" in (await rikke.get("/personer/mona-baeklund")).text
        lines = (await rikke.get("/uddannelse.csv?rolle=log_keeper&q=Mona")).content.decode("utf-8-sig").splitlines()
        assert "2026-01-15" in lines[1]


async def test_a_file_of_courses_is_taken_with_its_mistakes_told_by_line(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        rikke = await site.be("rikke-klitroe")
        raw = "navn;kursus;dato\nMona Bæklund;DDH Beredskab;15-01-2026\nPer Ukendt;Medlyt;15-01-2026\n".encode()
        page = await rikke.post("/uddannelse/fil", files={"file": ("kurser.csv", raw, "text/csv")})
        assert page.status_code == 200
        assert "Læst ind: 1 nye, 0 kendte vi i forvejen, 0 ikke gennemført." in page.text
        assert "Linje 3 i filen er sprunget over: Per Ukendt kender vi ikke" in page.text
        statement = {
            "id": "a1", "actor": {"account": {"name": "mona-baeklund"}}, "object": {"id": "medlyt"},
            "verb": {"id": "http://adlnet.gov/expapi/verbs/passed"}, "timestamp": "2026-01-16T10:00:00Z",
        }  # fmt: skip
        again = await rikke.post(
            "/uddannelse/fil", files={"file": ("x.json", json.dumps([statement]).encode(), "application/json")}
        )
        assert "Læst ind: 1 nye" in again.text
        assert [each.source for each in noted(site)] == ["xapi", "csv"]
        none = await rikke.post("/uddannelse/fil", files={"file": ("", b"", "text/csv")})
        assert (none.status_code, "Vælg en fil først" in none.text) == (422, True)
        assert (await rikke.post("/uddannelse/fil", files={"file": ("x.csv", b"a;b\n", "text/csv")})).status_code == 422


async def test_a_finished_drill_is_noted_when_somebody_says_so_and_never_by_itself(tmp_path: Path) -> None:
    recording = commands_only(storm_surge())
    drill = Stage(sqlite_path(tmp_path, "oevelse.proeve-1"), "oevelse.proeve-1", recording)
    drill.play(datetime.fromisoformat(TWO_O_CLOCK))

    def over(conn: Conn) -> None:
        given = Plan(
            title="Natten i Klitvang", template="procedure", recording="stormflod-2023", recording_sha256="0" * 64,
            leader="svend-aagaardsmose", cast={"asta-klitvang": "asta-klitvang"},
        )  # fmt: skip
        save(conn, given, "svend-aagaardsmose")
        environment.begin(conn, "proeve-1", "oevelse.proeve-1", recording)
        environment.finish(conn, "proeve-1", "{}")

    drill.write(over)
    drill.database.close_now()
    async with desk(tmp_path) as site:
        svend = await site.be("svend-aagaardsmose")
        page = (await svend.get("/uddannelse")).text
        assert "Natten i Klitvang" in page
        assert noted(site) == []
        answer = await svend.post("/uddannelse/oevelse", data={"environment": "oevelse.proeve-1"})
        assert answer.status_code == 303
        (line,) = noted(site)
        assert (line.done.person, line.done.role, line.done.reference, line.noted_by) == (
            "asta-klitvang", "crisis_leader", "oevelse.proeve-1", "svend-aagaardsmose",
        )  # fmt: skip
        assert "Natten i Klitvang" not in (await svend.get("/uddannelse")).text
        again: httpx.Response = await svend.post("/uddannelse/oevelse", data={"environment": "oevelse.proeve-1"})
        assert again.status_code == 404


async def test_an_offer_to_somebody_untrained_says_so_on_the_board_and_in_the_log(tmp_path: Path) -> None:
    """Jonas, the log keeper by position, was trained long ago: he is asked all the same, and it is said."""
    surge = storm_surge()
    untrained = tuple(
        each.model_copy(update={"trained": each.person != "jonas-tangmark"}) for each in surge.directory.candidates
    )
    report = surge.inputs[0]
    assert isinstance(report.payload, ReportIncident)
    directory = report.payload.directory.model_copy(update={"candidates": untrained})
    first = replace(report, payload=report.payload.model_copy(update={"directory": directory}))
    recording = commands_only(replace(surge, inputs=(first, *surge.inputs[1:])))
    drill = Stage(sqlite_path(tmp_path, "oevelse.proeve-2"), "oevelse.proeve-2", recording)
    drill.play(datetime.fromisoformat("2023-10-21T00:29:00+02:00"))
    crisis = drill.crisis
    drill.database.close_now()
    async with desk(tmp_path) as site:
        asta = await site.be("asta-klitvang")
        board = (await asta.get(f"/krise/oevelse.proeve-2/{crisis}/stab")).text
        assert board.count("ikke øvet i rollen det sidste år") == 1
        log = (await asta.get(f"/krise/oevelse.proeve-2/{crisis}/log")).text
        assert log.count("Ikke øvet i rollen inden for det sidste år.") == 1
