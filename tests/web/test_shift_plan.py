"""The shift plan as a page: planned is shown beside on shift, and a file is taken with its mistakes told by line."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from ddh_beredskab.danish_time import day_and_clock
from ddh_beredskab.journal.clock_row import clock_now
from tests.web.engine import Desk, desk


def plan_file(site: Desk) -> bytes:
    """Mona's shift now, and a line with somebody nobody knows."""
    at = site.stage.read(clock_now)
    begins, ends = day_and_clock(at - timedelta(hours=1)), day_and_clock(at + timedelta(hours=3))
    rows = [f"Mona Bæklund;Fjordbakke;{begins};{ends}", f"Per Ukendt;9002;{begins};{ends}"]
    return ("Navn;Kommune;Fra;Til\r\n" + "\r\n".join(rows)).encode("utf-8-sig")


async def test_a_plan_is_taken_and_whoever_is_missing_is_counted(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        rikke, mona = await site.be("rikke-klitroe"), await site.be("mona-baeklund")
        raw = plan_file(site)
        answer = await rikke.post("/vagtplan/drift", files={"file": ("plan.csv", raw, "text/csv")})
        assert answer.status_code == 200
        assert "1 nye vagter" in answer.text
        assert "Linje 3 i filen er sprunget over: Per Ukendt kender vi ikke" in answer.text
        assert "1 i planen har ikke trykket På vagt" in answer.text
        again = await rikke.post("/vagtplan/drift", files={"file": ("plan.csv", raw, "text/csv")})
        assert "0 nye vagter, 0 ændrede, 1 kendte vi i forvejen" in again.text

        await mona.post("/vagt/drift/begynd")
        page = (await rikke.get("/vagtplan")).text
        assert "1 i planen har ikke trykket" not in page
        assert "Mona" not in page, "names are for the personnel lead of a crisis that goes on"


async def test_what_is_no_plan_is_said_and_nothing_is_taken(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        rikke = await site.be("rikke-klitroe")
        none = await rikke.post("/vagtplan/drift", files={"file": ("", b"", "text/csv")})
        assert (none.status_code, "Vælg en fil først" in none.text) == (422, True)
        wrong = await rikke.post("/vagtplan/drift", files={"file": ("x.csv", b"a;b\n1;2\n", "text/csv")})
        assert (wrong.status_code, "i hvilken kolonne" in wrong.text) == (422, True)
        mona = await site.be("mona-baeklund")
        assert (await mona.get("/vagtplan")).status_code == 403
