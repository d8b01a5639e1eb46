"""Set: counts for those who may look, names for those who must reach people, and a reminder that names nobody."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ddh_beredskab.drills.recording_model import RecordedInput
from ddh_beredskab.journal import intake
from ddh_beredskab.journal.clock_row import clock_now
from ddh_beredskab.people import receipts
from ddh_beredskab.people.briefing import ongoing
from ddh_beredskab.people.receipts import Seen
from tests.web.engine import Desk, desk

DRILL = "oevelse.stormflod"
AT = datetime.fromisoformat("2023-10-21T03:00:00+02:00")
REMINDED = re.compile(r"class=\"desk-nudge\"><strong>Krisestaben mindede om guiden")
PERSONNEL_LEAD, OWN_LEADER, STEERING = "dorte-vibeholm", "ditte-lyngbo", "lone-tangholt"


def after(given: RecordedInput) -> bool:
    return given.at > AT


def now(site: Desk) -> Seen:
    crisis = site.stage.crisis
    version = int(site.stage.read(ongoing)[crisis]["version"])
    return site.stage.read(lambda conn: receipts.seen_now(conn, crisis, version, clock_now(conn)))


def clock_of(site: Desk) -> datetime:
    return site.stage.read(clock_now)


def three_who_have_not_seen_it(site: Desk) -> None:
    """Two of Fjordbakke and one of Nørremark come on shift just before this moment."""
    agents = [("agent-x1", "9002"), ("agent-x2", "9002"), ("agent-x3", "9003")]
    site.stage.write(lambda conn: intake.begin_shift(conn, agents, clock_now(conn)))


@pytest.mark.timeout(180)
async def test_counts_for_all_names_for_those_who_must_reach_them_and_a_reminder_with_none(tmp_path: Path) -> None:
    async with desk(tmp_path, environment=DRILL, until=after, play=True) as site:
        path = f"/krise/{DRILL}/{site.stage.crisis}/guide"
        missing = {each.agent for line in now(site).lines for each in line.missing}
        three_who_have_not_seen_it(site)
        found = now(site)
        assert {each.agent for line in found.lines for each in line.missing} == missing | {
            "agent-x1",
            "agent-x2",
            "agent-x3",
        }
        lead, own, member = [await site.be(who) for who in (PERSONNEL_LEAD, OWN_LEADER, STEERING)]

        page = (await member.get(f"{path}/set")).text
        assert f"{found.seen} af {found.on_shift}" in page
        assert "agent-x1" not in page
        assert "Måske er vagten glemt" not in page
        forgot = clock_of(site) - timedelta(hours=13)
        site.stage.write(lambda conn: intake.begin_shift(conn, [("agent-x4", "9004")], forgot))
        page = (await member.get(f"{path}/set")).text
        assert "1 af dem, der mangler, har været på vagt i over 12 timer" in page
        site.stage.write(lambda conn: intake.end_shift(conn, ["agent-x4"], clock_now(conn)))
        page = (await own.get(f"{path}/set")).text
        assert "agent-x1, agent-x2" in page
        assert "agent-x3" not in page
        page = (await lead.get(f"{path}/set")).text
        assert "agent-x1, agent-x2" in page
        assert "agent-x3" in page

        assert (await own.post(f"{path}/mind", data={"version": str(found.version)})).status_code == 403
        answer = await lead.post(
            f"{path}/mind", data={"version": str(found.version)}, headers={"accept": "application/json"}
        )
        assert answer.json()["status"] == "decided", answer.text
        log = (await lead.get(f"/krise/{DRILL}/{site.stage.crisis}/log")).text
        assert f"{found.missing} på vagt har ikke set guidens version {found.version}" in log
        assert "agent-x1" not in log

        mona, crisis, version = await site.be("mona-baeklund"), site.stage.crisis, found.version
        assert REMINDED.search((await mona.get(f"/vagt/{DRILL}")).text)
        for agent in ("mona-baeklund", "agent-x1"):
            site.stage.write(
                lambda conn, agent=agent: intake.add_receipts(conn, crisis, version, [(agent, "9002")], clock_now(conn))
            )
        assert not REMINDED.search((await mona.get(f"/vagt/{DRILL}")).text), "who has seen it is left in peace"
        assert f"{found.seen + 1} af {found.on_shift}" in (await member.get(f"{path}/set")).text


@pytest.mark.timeout(180)
async def test_when_the_crisis_is_over_nobody_sees_a_name(tmp_path: Path) -> None:
    async with desk(tmp_path, environment=DRILL, play=True) as site:
        path = f"/krise/{DRILL}/{site.stage.crisis}/guide"
        three_who_have_not_seen_it(site)
        page = await (await site.be(OWN_LEADER)).get(f"{path}/set")
        assert page.status_code == 200
        assert "agent-x" not in page.text
        assert "agent-x" not in (await (await site.be(PERSONNEL_LEAD)).get(f"{path}/set")).text
