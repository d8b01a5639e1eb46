"""På vagt, Jeg går hjem, and the brief that comes first."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from ddh_beredskab.drills.recording_model import RecordedInput
from ddh_beredskab.journal.clock_row import clock_now
from ddh_beredskab.people import briefing, shifts
from tests.web.engine import Desk, desk

DRILL = "oevelse.stormflod"
STAFFED = datetime.fromisoformat("2023-10-21T03:00:00+02:00")


def after(given: RecordedInput) -> bool:
    return given.at > STAFFED


async def since(site: Desk, agent: str) -> datetime | None:
    return site.stage.read(lambda conn: shifts.on_shift_since(conn, agent, clock_now(conn)))


async def understand(client: httpx.AsyncClient, path: str, version: int, **fields: str) -> httpx.Response:
    right = {"version": str(version), "answer.0": "1", "answer.1": "2", "read": "on"}
    return await client.post(path, data=right | fields)


async def test_without_a_crisis_one_goes_on_shift_at_once_and_home_again(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        mona = await site.be("mona-baeklund")
        answer = await mona.post("/vagt/drift/begynd")
        assert (answer.status_code, answer.headers["location"]) == (303, "/vagt/drift")
        assert await since(site, "mona-baeklund") is not None
        await mona.post("/vagt/drift/slut")
        assert await since(site, "mona-baeklund") is None


async def test_pressed_twice_it_is_one_shift(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        mona = await site.be("mona-baeklund")
        await mona.post("/vagt/drift/begynd")
        first = await since(site, "mona-baeklund")
        await mona.post("/vagt/drift/begynd")
        assert await since(site, "mona-baeklund") == first
        await mona.post("/vagt/drift/slut")
        await mona.post("/vagt/drift/slut")
        assert await since(site, "mona-baeklund") is None


async def test_only_an_agent_goes_on_shift(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        birgit = await site.be("birgit-vesterklit")
        assert (await birgit.post("/vagt/drift/begynd")).status_code == 403


@pytest.mark.timeout(120)
async def test_no_shift_begins_before_the_brief_is_understood(tmp_path: Path) -> None:
    async with desk(tmp_path, environment=DRILL, until=after, play=True) as site:
        crisis, mona = site.stage.crisis, await site.be("mona-baeklund")
        path = f"/vagt/{DRILL}/brief/{crisis}"
        answer = await mona.post(f"/vagt/{DRILL}/begynd")
        assert (answer.status_code, answer.headers["location"]) == (303, path)
        assert await since(site, "mona-baeklund") is None

        page = (await mona.get(path)).text
        guide = site.stage.read(briefing.ongoing)[crisis]
        version = int(guide["version"])
        assert "Livsfare: bed borgeren ringe 112 nu." in page
        assert guide["content"]["answers"]["citizens_do"].split("\n")[0][:40] in page

        wrong = await understand(mona, path, version, **{"answer.1": "1"})
        assert wrong.status_code == 422
        assert "Det er ikke rigtigt" in wrong.text
        assert "Ved livsfare beder du borgeren ringe 112" in wrong.text, "the right one is explained at once"
        unread = await understand(mona, path, version, read="")
        assert unread.status_code == 422
        assert "Sæt kryds" in unread.text

        answer = await understand(mona, path, version)
        assert answer.status_code == 303
        page = (await mona.get(path)).text
        assert "Læst og forstået" in page
        assert (await mona.post(f"/vagt/{DRILL}/begynd")).headers["location"] == f"/vagt/{DRILL}"
        assert await since(site, "mona-baeklund") is not None


@pytest.mark.timeout(120)
async def test_the_brief_is_the_receipt_of_its_version_and_an_old_one_is_not(tmp_path: Path) -> None:
    async with desk(tmp_path, environment=DRILL, until=after, play=True) as site:
        crisis, mona = site.stage.crisis, await site.be("mona-baeklund")
        path = f"/vagt/{DRILL}/brief/{crisis}"
        version = int(site.stage.read(briefing.ongoing)[crisis]["version"])
        old = await understand(mona, path, version - 1)
        assert old.status_code == 422
        assert "ny version" in old.text
        await understand(mona, path, version)
        await understand(mona, path, version)
        receipts = site.stage.read(lambda conn: briefing.read_at(conn, crisis, "mona-baeklund"))
        assert list(receipts) == [version]
        assert site.stage.read(lambda conn: briefing.has_seen(conn, crisis, version, "mona-baeklund"))


@pytest.mark.timeout(120)
async def test_the_brief_can_be_read_in_three_minutes_and_has_no_holes(tmp_path: Path) -> None:
    async with desk(tmp_path, environment=DRILL, until=after, play=True) as site:
        page = (await (await site.be("mona-baeklund")).get(f"/vagt/{DRILL}/brief/{site.stage.crisis}")).text
        assert "udfyldes" not in page
        assert "Myndighed: Strandby Kommune." in page
        assert "DDH Beredskab er aktiveret siden kl." in page
        told = re.search(r"cirka (\d) min at læse", page)
        assert told is not None
        assert int(told[1]) <= briefing.MOST_MINUTES
