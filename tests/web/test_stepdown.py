"""Nedtrapning through its page: facts, both agreements, closing with debriefing and a dated evaluation, reopening."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from schemas.activation import AgreeStepDown, CastVote, ProposeDecision, ProposeStepDown
from schemas.base import StaffRole
from schemas.crisis_staff import AnswerRoleOffer
from tests.web.engine import Desk, desk
from tests.web.incidents import ASKER, CRISIS, PATH, give, report, send, situation, until

COPENHAGEN = ZoneInfo("Europe/Copenhagen")


def field(when: datetime) -> str:
    """As a `datetime-local` field has it."""
    return f"{when.astimezone(COPENHAGEN):%Y-%m-%dT%H:%M}"


def soon(**length: float) -> str:
    return field(datetime.now(COPENHAGEN) + timedelta(**length))


async def activated(site: Desk) -> None:
    """Active, with Asta as crisis leader and Birgit as local leader."""
    await report(site)
    terms = {"channels": ("contact_centre",), "level": "operation"}
    put = ProposeDecision.model_validate({"outcome": "activate", "terms": terms, "grounds": "Presset er for stort."})
    give(site, put, "henrik-brisager", "steering_group")
    for person in ("henrik-brisager", "lone-tangholt", "karin-lyngstroem"):
        give(site, CastVote(vote="for", grounds="Enig."), person, "steering_group")
    await until(site, "phase", "active")
    roles: tuple[tuple[str, StaffRole], ...] = (("asta-klitvang", "crisis_leader"), (ASKER, "local_leader"))
    for person, role in roles:
        give(site, AnswerRoleOffer(role=role, answer="coming"), person, role)
    for _ in range(200):
        page = (await (await site.be("asta-klitvang")).get(f"{PATH}/nedtrapning")).text
        if 'id="foreslaa-h"' in page and "Birgit Vesterklit <span" in page:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("nobody took the roles")


def in_the_past(site: Desk) -> None:
    """A last step that both agreed to, and that holds already."""
    step = ProposeStepDown(
        step="DDH stopper.", facts="Ingen opkald.", effective_at=datetime.now(COPENHAGEN), final=True
    )
    give(site, step, "asta-klitvang", "crisis_leader", minutes_ago=1)
    give(site, AgreeStepDown(), ASKER, "local_leader")


async def test_a_step_rests_on_facts_and_both_sides_agree(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        await activated(site)
        asta, birgit = await site.be("asta-klitvang"), await site.be(ASKER)
        page = (await asta.get(f"{PATH}/nedtrapning")).text
        assert "Antal opkald er ikke oplyst." in page
        assert "0 spørgsmål den sidste time, 0 i alt.\nIngen spørgsmål uden svar." in page
        words = {"step": "DDH stopper kl. 16.00.", "facts": "To opkald den sidste time.", "effective_at": soon(hours=1)}
        none = await send(asta, f"{PATH}/trin-foreslaa", **words | {"facts": ""})
        assert none.status_code in (409, 422)
        assert (await send(asta, f"{PATH}/trin-foreslaa", **words, final="on")).status_code == 303
        await until(site, "step_down")
        page = (await asta.get(f"{PATH}/nedtrapning")).text
        assert "Mangler kommunens ja: Birgit Vesterklit" in page
        again = await send(asta, f"{PATH}/trin-enig")
        assert again.status_code == 409
        assert "Asta Klitvang har foreslået trinet. Nu skal den anden side sige ja" in again.text
        page = (await birgit.get(f"{PATH}/nedtrapning")).text
        assert page.index("Trinnet mangler dit ja") < page.index("Det bygger I på")
        assert (await send(birgit, f"{PATH}/trin-enig")).status_code == 303
        await until(site, "phase", "stepping_down")
        page = (await asta.get(f"{PATH}/nedtrapning")).text
        assert "Begge har sagt ja: Asta Klitvang og Birgit Vesterklit" in page
        assert "Det sidste trin gælder først fra" in page
        assert (await send(birgit, f"{PATH}/trin-tilbage", grounds="Vandet stiger igen.")).status_code == 303
        await until(site, "phase", "active")
        assert "Taget tilbage" in (await asta.get(f"{PATH}/nedtrapning")).text


async def test_what_the_municipality_says_on_the_phone_is_typed_with_both_names(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        await activated(site)
        asta, rikke = await site.be("asta-klitvang"), await site.be("rikke-klitroe")
        await send(
            asta, f"{PATH}/trin-foreslaa", step="Chatbot lukker.", facts="Ingen spørger.", effective_at=soon(hours=1)
        )
        await until(site, "step_down")
        nobody = await send(rikke, f"{PATH}/trin-enig")
        assert nobody.status_code == 422
        assert "Vælg, hvem i kommunen der taler i telefonen." in nobody.text
        assert (await send(rikke, f"{PATH}/trin-enig", on_behalf_of=ASKER)).status_code == 303
        found = await until(site, "phase", "stepping_down")
        assert found["step_down"][0]["agreed_by"] == ["asta-klitvang", ASKER]


async def test_it_closes_when_debriefing_is_offered_and_the_evaluation_dated_and_reopens(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        await activated(site)
        asta, karin = await site.be("asta-klitvang"), await site.be("karin-lyngstroem")
        early = await send(asta, f"{PATH}/afslut", debriefing="x", summary="x")
        assert early.status_code == 422
        in_the_past(site)
        await until(site, "phase", "stepping_down")
        form = {
            "debriefing": "Fælles møde i Teams.", "summary": "Det gik.", "debriefing_at": soon(days=1),
            "evaluation_at": soon(days=7), "debriefing_offered_to": ["staff"],
        }  # fmt: skip
        half = await send(asta, f"{PATH}/afslut", **form)
        assert half.status_code == 409
        assert "Debriefing skal tilbydes både staben og agenterne" in half.text
        both = form | {"debriefing_offered_to": ["staff", "agents"]}
        late = await send(asta, f"{PATH}/afslut", **both | {"evaluation_at": soon(days=30)})
        assert "Evalueringen skal holdes senest" in late.text
        assert "Fælles møde i Teams." in late.text
        done = await send(asta, f"{PATH}/afslut", **both)
        assert done.status_code == 303
        await until(site, "phase", "deactivated")
        page = (await karin.get(f"{PATH}/nedtrapning")).text
        assert "tilbudt krisestaben og agenterne" in page
        assert "Genåbn" in page
        assert (await send(karin, f"{PATH}/genaabn", grounds="Digerne brast.")).status_code == 303
        await until(site, "phase", "active")
        assert situation(site)["reopened"]


async def test_whoever_led_it_may_reopen_and_evaluate_when_the_staff_has_gone_home(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        await activated(site)
        in_the_past(site)
        await until(site, "phase", "stepping_down")
        asta = await site.be("asta-klitvang")
        form = {
            "debriefing": "Møde.", "summary": "Det gik.", "debriefing_at": soon(days=1), "evaluation_at": soon(days=7),
            "debriefing_offered_to": ["staff", "agents"],
        }  # fmt: skip
        await send(asta, f"{PATH}/afslut", **form)
        await until(site, "phase", "deactivated")
        page = (await asta.get(f"{PATH}/nedtrapning")).text
        assert "Genåbn" in page
        assert (await send(asta, f"{PATH}/evaluering", findings="Ring tidligere.")).status_code == 303
        await until(site, "phase", "evaluated")
        page = (await asta.get(f"{PATH}/nedtrapning")).text
        assert "Ring tidligere." in page
        assert (await send(asta, f"{PATH}/genaabn", grounds="Igen.")).status_code == 409


async def test_sustained_operation_is_declared_and_each_day_has_its_overview(tmp_path: Path) -> None:
    async with desk(tmp_path) as site:
        await activated(site)
        asta, mona = await site.be("asta-klitvang"), await site.be("mona-baeklund")
        page = (await asta.get(f"{PATH}/nedtrapning")).text
        assert "Faste møder hver dag kl. 08.30 og 15.30." in page
        assert "huller i planen" in page
        assert (await send(asta, f"{PATH}/vedvarende", grounds="Det varer ved.")).status_code == 303
        await until(site, "phase", "sustained")
        today = f"{datetime.now(COPENHAGEN):%Y-%m-%d}"
        page = (await asta.get(f"{PATH}/nedtrapning/doegn/{today}")).text
        assert "Beslutninger" in page
        assert "Presset er for stort." in page
        for wrong in ("2020-01-01", "2099-01-01", "i-gaar"):
            assert (await asta.get(f"{PATH}/nedtrapning/doegn/{wrong}")).status_code == 404
        assert (await mona.get(f"{PATH}/nedtrapning")).status_code == 403
        assert (await mona.get(f"/krise/drift/{CRISIS}/nedtrapning/doegn/{today}")).status_code == 403
