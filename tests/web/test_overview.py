"""Several crises at once: what waits, what is late, who is missing, and which belong together."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import pytest

from ddh_beredskab.doors import accept
from ddh_beredskab.journal.messages import Journal
from schemas.base import Actor
from schemas.logbook import WriteLogEntry
from tests.core.cast import REPORT
from tests.projections.stage import Stage, commands_only
from tests.web.engine import Desk, desk
from tests.web.site import Stream, application

BEFORE_THE_LAST_ROLE = datetime.fromisoformat("2023-10-21T00:30:00+02:00")


def _report(site: Desk, crisis: str) -> None:
    asker = Actor(person="birgit-vesterklit", role="municipal_leader", municipality="9001")
    at = site.stage.recording.starts_at
    site.stage.write(lambda conn: accept(conn, Journal("drift"), REPORT, crisis, asker, time=at, id_=uuid4()))


@pytest.mark.parametrize(("vis", "there"), [("alle", True), ("oevelse", True), ("drift", False)])
async def test_drills_and_operation_can_be_looked_at_apart(tmp_path: Path, vis: str, there: bool) -> None:
    async with desk(tmp_path, environment="oevelse.aften") as site:
        site.stage.play(site.stage.recording.inputs[3].at)
        page = (await (await site.be("rikke-klitroe")).get(f"/overblik?vis={vis}")).text
        assert (site.stage.crisis in page) is there


async def test_a_running_crisis_tells_its_guide_its_clocks_and_who_is_missing(tmp_path: Path) -> None:
    async with desk(tmp_path, environment="oevelse.nat") as site:
        site.stage.recording = commands_only(site.stage.recording)
        site.stage.play(BEFORE_THE_LAST_ROLE)
        page = (await (await site.be("rikke-klitroe")).get("/overblik")).text
        assert "ØVELSE" in page
        assert "Foreløbigt aktiveret" in page
        assert "Den foreløbige aktivering skal bekræftes." in page
        assert re.search(r"Mangler i staben</dt><dd lang=\"da\" class=\"overdue\">procesansvarlig<", page)
        assert "Første afløsning" in page
        assert 'data-topic="list"' in page


async def test_the_same_incident_told_twice_is_pointed_out_until_the_two_are_linked(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        for crisis in ("strandby-1", "strandby-2"):
            _report(site, crisis)
        rikke = await site.be("rikke-klitroe")
        page = ""
        for _ in range(100):
            page = (await rikke.get("/overblik")).text
            if page.count("Kan være den samme hændelse som") == 2:
                break
            await asyncio.sleep(0.05)
        assert page.count("Kan være den samme hændelse som") == 2
        assert "Styregruppen skal vurdere hændelsen." in page


async def test_the_page_is_told_when_something_happened_in_any_crisis(evening: Stage) -> None:
    app = application(Path(evening.database.path).parents[2])
    async with app.router.lifespan_context(app):
        stream = Stream(app, "topic=list")
        await stream.until(lambda event: event["event"] == "fragment")
        await asyncio.sleep(0.5)
        evening.take(next(each for each in evening.recording.inputs if isinstance(each.payload, WriteLogEntry)))
        told = await stream.until(lambda event: event["event"] == "changed", 20)
        assert told["data"] == {"topic": "list"}
        await stream.leave()
