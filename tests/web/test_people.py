"""The register by the secretariat's hand: who is who, who gets in, and what is written down about it."""

from __future__ import annotations

import re
from pathlib import Path

import httpx

from ddh_beredskab.people import register
from ddh_beredskab.people.register import PositionHeld
from tests.web.engine import Desk, desk

PERSON = "/personer/birgit-vesterklit"


def _held(site: Desk, person: str) -> list[PositionHeld]:
    return [each for each in site.stage.database.read_now(register.positions) if each.person == person]


async def test_the_register_shows_everybody_and_finds_who_is_missing_something(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        rikke = await site.be("rikke-klitroe")
        page = (await rikke.get("/personer")).text
        assert "Birgit Vesterklit" in page
        assert "Vesterklit" in (await rikke.get("/personer?q=vesterk")).text
        assert "Birgit" not in (await rikke.get("/personer?rolle=log_keeper")).text
        assert "Birgit Vesterklit" not in (await rikke.get("/personer?mangler=kontakt")).text
        await rikke.post(f"{PERSON}/kontakt", data={"phone": "", "sms": "", "mail": ""})
        assert "Birgit Vesterklit" in (await rikke.get("/personer?mangler=kontakt")).text


async def test_a_person_is_added_gets_a_role_and_comes_in_by_the_invitation(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        rikke = await site.be("rikke-klitroe")
        made = await rikke.post("/personer", data={"name": "Ny Prøvesen", "login": "ny@example.invalid"})
        assert made.headers["location"] == "/personer/ny-proevesen?gjort=person"
        here = "/personer/ny-proevesen"
        given = await rikke.post(f"{here}/rolle", data={"role": "evaluator", "position": "holder"})
        assert given.status_code == 303
        page = (await rikke.post(f"{here}/invitation")).text
        link = re.search(r"/invitation/[\w-]+", page)
        assert link is not None
        picture = await site.client.get(f"{link[0]}/qr.svg")
        assert (picture.status_code, picture.headers["content-type"]) == (200, "image/svg+xml")
        assert "style" not in picture.text
        good = {"password": "fire gode gamle ord", "again": "fire gode gamle ord"}
        assert (await site.client.post(link[0], data=good)).status_code == 303
        assert "Ny Prøvesen" in (await site.client.get("/mig")).text
        assert (await site.client.get(f"{link[0]}/qr.svg")).status_code == 404


async def test_a_code_is_spelled_for_reading_aloud_and_lets_in(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        rikke = await site.be("rikke-klitroe")
        page = (await rikke.post(f"{PERSON}/kode")).text
        code = re.search(r"<strong>([A-Z2-9]{4}-[A-Z2-9]{4})</strong>", page)
        assert code is not None
        spelled = re.findall(r"<li lang=\"da\"><strong>(.)</strong> (?:som|tallet) \w+</li>", page)
        assert "".join(spelled) == code[1].replace("-", "")
        assert (await site.client.post("/log-ind/kode", data={"code": code[1]})).status_code == 303
        assert code[1] not in (await rikke.get(PERSON)).text


async def test_a_role_taken_is_gone_at_the_next_click(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        rikke, mona = await site.be("rikke-klitroe"), await site.be("mona-baeklund")
        here = "/personer/mona-baeklund"
        await rikke.post(f"{here}/rolle", data={"role": "secretariat", "position": "holder"})
        assert (await mona.get("/personer")).status_code == 200
        held = next(each for each in _held(site, "mona-baeklund") if each.role == "secretariat")
        assert (await rikke.post(f"{here}/rolle/{held.id}/fjern")).status_code == 303
        assert (await mona.get("/personer")).status_code == 403
        log = (await rikke.get("/personer/log")).text
        assert "Rolle givet" in log
        assert "Rolle fjernet" in log


async def test_marks_say_who_is_on_duty_who_is_away_and_who_is_trained(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        rikke = await site.be("rikke-klitroe")
        member = next(p for p in site.stage.database.read_now(register.positions) if p.role == "steering_group")
        here = f"/personer/{member.person}"
        form = {"on_duty": "on", "order": "7", "trained": "2020-01-31"}
        assert (await rikke.post(f"{here}/rolle/{member.id}", data=form)).status_code == 303
        after = next(each for each in _held(site, member.person) if each.id == member.id)
        assert (after.on_duty, after.absent, after.call_order) == (True, False, 7)
        assert "øvet for over et år siden" in (await rikke.get(here)).text
        wrong = await rikke.post(f"{here}/rolle/{member.id}", data={"order": "syv"})
        assert (wrong.status_code, "Skriv et helt tal" in wrong.text) == (422, True)


async def test_a_channel_that_cannot_be_right_is_not_kept_and_a_new_one_is_not_tested(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        rikke = await site.be("rikke-klitroe")
        wrong = await rikke.post(f"{PERSON}/kontakt", data={"phone": "ring til mig", "mail": "birgit"})
        assert wrong.status_code == 422
        assert "Skriv telefonnummeret med tal" in wrong.text
        assert 'value="ring til mig"' in wrong.text
        await rikke.post(f"{PERSON}/kontakt", data={"phone": "00 00 11 22", "mail": "birgit@example.invalid"})
        await rikke.post(f"{PERSON}/kontakt/afproevet", data={"channel": "phone"})
        channels = {c.channel: c for c in site.stage.database.read_now(register.channels) if c.person in PERSON}
        assert channels["phone"].tested_at is not None
        assert channels["mail"].tested_at is None
        await rikke.post(f"{PERSON}/kontakt", data={"phone": "00 00 11 22", "mail": ""})
        channels = {c.channel: c for c in site.stage.database.read_now(register.channels) if c.person in PERSON}
        assert list(channels) == ["phone"]
        assert channels["phone"].tested_at is not None


async def test_a_closed_access_ends_at_once_and_nobody_closes_his_own(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        rikke, birgit = await site.be("rikke-klitroe"), await site.be("birgit-vesterklit")
        assert (await rikke.post(f"{PERSON}/adgang", data={"to": "closed"})).status_code == 303
        assert (await birgit.get("/mig")).status_code == 303
        await rikke.post(f"{PERSON}/adgang", data={"to": "open"})
        assert (await birgit.get("/mig")).status_code == 303, "an old session does not come alive again"
        own = await rikke.post("/personer/rikke-klitroe/adgang", data={"to": "closed"})
        assert (own.status_code, "Du kan ikke lukke din egen adgang" in own.text) == (422, True)


async def test_the_secretariat_cannot_make_itself_or_be_who_runs_the_system(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        rikke = await site.be("rikke-klitroe")
        up = await rikke.post("/personer/rikke-klitroe/rolle", data={"role": "operator", "position": "holder"})
        assert up.status_code == 422
        site.stage.write(lambda conn: register.give(conn, "bo-mosegren", "operator", by="test"))
        for move in ("kode", "invitation"):
            answer: httpx.Response = await rikke.post(f"/personer/bo-mosegren/{move}")
            assert (answer.status_code, "Personen driver systemet" in answer.text) == (422, True)
        held = next(each for each in _held(site, "bo-mosegren") if each.role == "operator")
        assert (await rikke.post(f"/personer/bo-mosegren/rolle/{held.id}/fjern")).status_code == 404


async def test_somebody_elses_role_and_unknown_people_are_not_found(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        rikke = await site.be("rikke-klitroe")
        held = _held(site, "birgit-vesterklit")[0]
        assert (await rikke.post(f"/personer/bo-mosegren/rolle/{held.id}/fjern")).status_code == 404
        assert (await rikke.get("/personer/ingen")).status_code == 404
        assert _held(site, "birgit-vesterklit")
