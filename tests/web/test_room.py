"""Stabsrummet: what waits for whom, the steps that a person ticks, the list with what is mine, and the look."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from ddh_beredskab.people.identity import InCrisis
from ddh_beredskab.web.duties import duties
from ddh_beredskab.web.reading import read_crisis
from ddh_beredskab.web.views import overview
from ddh_beredskab.web.visit import crisis_people
from tests.projections.stage import Stage, storm_surge
from tests.web.engine import Desk, desk
from tests.web.site import PLAYBOOKS, browser
from tests.web.test_pages import text_of


@pytest.fixture
async def site(night_copy: Path) -> AsyncIterator[Desk]:
    """The surge at night, with somebody who decides."""
    async with desk(night_copy, environment="oevelse.surge") as site:
        yield site


def room(site: Desk) -> str:
    return f"/krise/oevelse.surge/{site.stage.crisis}"


def waiting_for(stage: Stage, person: str, *roles: str) -> list[str]:
    """The keys of what waits for a person who is all this, in their order."""
    read = stage.read(lambda conn: read_crisis(conn, stage.environment, stage.crisis, {}, staff=True, hide_under=5))
    assert read is not None
    people: InCrisis = crisis_people(read.situation, read.roster)
    return [duty.key for duty in duties(read, person, roles, people, PLAYBOOKS)]  # type: ignore[arg-type]


def test_what_waits_follows_the_surge(tmp_path: Path) -> None:
    """One story: who is to vote, who is asked, who releases, who approves."""
    stage = Stage(tmp_path / "oevelse" / "hele" / "journal.db", "oevelse.hele", storm_surge())

    def until(name: str, number: int = 1, after: bool = False) -> None:
        wanted = [given for given in stage.recording.inputs if type(given.payload).__name__ == name][number - 1]
        stage.play(wanted.at if after else lambda given: given.index >= wanted.index)

    until("ProposeDecision")
    assert waiting_for(stage, "lone-tangholt", "steering_group") == ["propose"]
    until("ProposeDecision", after=True)
    assert waiting_for(stage, "lone-tangholt", "steering_group") == ["vote"]
    assert waiting_for(stage, "mads-fjordsand", "steering_group") == ["vote"]  # is asked next, and barred then
    assert waiting_for(stage, "birgit-vesterklit", "steering_group") == []  # who asked never votes
    until("CastVote", 2)
    assert waiting_for(stage, "henrik-brisager", "steering_group") == []  # has voted
    assert waiting_for(stage, "mads-fjordsand", "steering_group") == []  # barred
    until("AnswerRoleOffer")
    assert waiting_for(stage, "jonas-tangmark") == ["answer"]
    assert "confirm" in waiting_for(stage, "lone-tangholt", "steering_group")
    until("ReleaseFirstMessage")
    assert waiting_for(stage, "asta-klitvang", "crisis_leader")[0] == "first_message"
    until("ReleaseFirstMessage", after=True)
    assert "first_message" not in waiting_for(stage, "asta-klitvang", "crisis_leader")
    until("ApproveGuideFacts")
    assert "approve_facts" in waiting_for(stage, "tobias-havrimmel", "local_information_lead")
    assert "release" not in waiting_for(stage, "line-oestersand", "communications_lead")
    until("ReleaseGuide")
    assert "release" in waiting_for(stage, "line-oestersand", "communications_lead")
    until("ApproveMinutes")
    assert "minutes" in waiting_for(stage, "asta-klitvang", "crisis_leader")
    until("ApproveMinutes", after=True)
    assert "minutes" not in waiting_for(stage, "asta-klitvang", "crisis_leader")
    stage.database.close_now()


def test_what_is_late_comes_first_and_what_has_no_clock_last(surge_at_night: Stage) -> None:
    read = surge_at_night.read(
        lambda conn: read_crisis(conn, "oevelse.surge", surge_at_night.crisis, {}, staff=True, hide_under=5)
    )
    people = crisis_people(read.situation, read.roster)
    found = duties(read, "birgit-vesterklit", ["local_leader"], people, PLAYBOOKS)
    assert len(found) > 1
    order = [(not duty.late, duty.due is None, duty.due or read.clock.now) for duty in found]
    assert order == sorted(order)
    late = [duty for duty in found if duty.due and duty.due < read.clock.now - timedelta(seconds=1)]
    assert all(duty.late for duty in late)


def test_calls_and_waiting_are_what_the_staff_has_approved_and_otherwise_not_known(surge_at_night: Stage) -> None:
    read = surge_at_night.read(
        lambda conn: read_crisis(conn, "oevelse.surge", surge_at_night.crisis, {}, staff=True, hide_under=5)
    )
    assert overview(read, PLAYBOOKS)["calls"] is None
    said = {"version": 1, "sections": {"calls": "40 i kø, ventetid 6 minutter."}, "at": "2023-10-21T00:20:00Z"}
    waits = {"latest": 1, "approved": None, "overdue_at": None, "versions": [said | {"approved": None}]}
    assert overview(replace(read, room={**read.room, "statuses": waits}), PLAYBOOKS)["calls"] is None
    status = waits | {"approved": 1}
    seen = overview(replace(read, room={**read.room, "statuses": status}), PLAYBOOKS)
    assert seen["calls"]["text"] == "40 i kø, ventetid 6 minutter."
    assert (seen["status"]["version"], seen["status"]["waits"]) == (1, None)


async def test_everybody_reads_who_they_are_and_what_is_next_for_them(site: Desk) -> None:
    jonas = text_of(await (await site.be("jonas-tangmark")).get(room(site)))
    assert "Du er logfører" in jonas
    assert "Stabsmøde kl. 02.45" in jonas
    lone = text_of(await (await site.be("lone-tangholt")).get(room(site)))
    assert "Bekræft eller omgør den foreløbige aktivering kl. 09.00" in lone
    mona = text_of(await (await site.be("mona-baeklund")).get(room(site)))
    assert "Det næste for dig" not in mona


async def test_the_list_says_what_waits_for_whom(site: Desk) -> None:
    lone = text_of(await (await site.be("lone-tangholt")).get("/"))
    assert "Det venter på dig ØVELSE Varslet stormflod ved Strandby Bekræft eller omgør" in lone
    assert "Det venter på dig" not in text_of(await (await site.be("mona-baeklund")).get("/"))


async def test_a_step_that_no_event_shows_is_ticked_by_hand_with_who_and_when(tmp_path: Path) -> None:
    def ivr(given: object) -> bool:
        payload = getattr(given, "payload", None)
        return type(payload).__name__ == "CompleteActivationStep"

    async with desk(tmp_path, environment="oevelse.surge", play=True, until=ivr) as site:
        mette = await site.be("jonas-tangmark")
        page = (await mette.get(room(site))).text
        assert 'id="trin-7-note"' in page
        assert 'id="trin-3-note"' not in page  # the engine sees that by itself
        form = {"step": "7", "note": "Prøvet af med et opkald."}
        assert (await mette.post(f"{room(site)}/trin", data=form)).status_code == 303
        text = text_of(await mette.get(room(site)))
        assert re.search(r"Gjort kl\. \d\d\.\d\d af Jonas Tangmark · afkrydset i hånden · frist kl\.", text)
        assert "Prøvet af med et opkald." in text
        again = await mette.post(f"{room(site)}/trin", data=form)
        assert again.status_code == 409
        assert "trin 7" in text_of(again).lower()
        mona = await site.be("mona-baeklund")
        assert "Sæt kryds" not in (await mona.get(room(site))).text
        assert (await mona.post(f"{room(site)}/trin", data=form)).status_code == 403


async def test_the_look_is_chosen_once_and_kept(tmp_path: Path) -> None:
    async with browser(tmp_path) as client:
        assert "data-theme" not in (await client.get("/")).text.split("<body")[0]
        answer = await client.post("/tema", data={"tema": "dark", "til": "/drift/tilstand"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/drift/tilstand")
        assert '<html lang="da" data-theme="dark">' in (await client.get("/")).text
        await client.post("/tema", data={"tema": "auto", "til": "/"})
        assert '<html lang="da">' in (await client.get("/")).text
        for til in ("https://andet.example/", "//andet.example", "/\\andet.example", ""):
            assert (await client.post("/tema", data={"tema": "dark", "til": til})).headers["location"] == "/"
        assert '<html lang="da" data-theme="dark">' in (await client.get("/")).text
        await client.post("/tema", data={"tema": '"><script>', "til": "/"})
        assert '<html lang="da">' in (await client.get("/")).text
